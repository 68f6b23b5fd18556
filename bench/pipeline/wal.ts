import { sql } from "kysely";
import { openOwner, type BenchDatabase } from "../setup/bench-server.ts";

/** What was written ahead between two moments. Units: bytes. */
export interface WalBytes {
  /** Of the records without page images. */
  readonly records: number;
  /** Of these, those of SQL transactions that stored something in the ledger. */
  readonly recording: number;
  /** Whole pages, written along with their first change after a checkpoint. */
  readonly images: number;
  /** Records by what they do and where, without page images. Shape: most bytes first. */
  readonly kinds: readonly WalKind[];
}

export interface WalKind {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
}

/**
 * What `work` makes PostgreSQL write ahead, read from the log itself. The log is the server's: nothing else may be
 * going on. `work` ends its connections, so that nothing of it comes late.
 */
export async function measureWal(database: BenchDatabase, work: () => Promise<void>): Promise<WalBytes> {
  const owner = openOwner(database.ownerUrl);
  await sql`create extension if not exists pg_walinspect`.execute(owner);
  const position = async () => {
    // A commit that waits for the disk brings there what has not waited for it.
    await sql`select pg_logical_emit_message(true, 'bench', '')`.execute(owner);
    const { rows } = await sql<{ lsn: string }>`select pg_current_wal_insert_lsn() as lsn`.execute(owner);
    return rows[0]!.lsn;
  };
  const from = await position();
  await work();
  const to = await position();
  await sql`
    create temporary table record as
    select xid, resource_manager || ' ' || record_type as kind, record_length - fpi_length as bytes,
      fpi_length as image_bytes,
      substring(block_ref from 'rel [0-9]+/[0-9]+/([0-9]+) fork main')::oid as file
    from pg_get_wal_records_info(${from}, ${to})`.execute(owner);
  const { rows } = await sql<Omit<WalBytes, "kinds">>`
    select sum(bytes)::integer as records, sum(image_bytes)::integer as images,
      coalesce(sum(bytes) filter (where xid in (
        select xid from record where file = pg_relation_filenode('transaction')
      )), 0)::integer as recording
    from record`.execute(owner);
  const { rows: kinds } = await sql<WalKind>`
    select concat_ws(' ', kind, pg_filenode_relation(0, file)) as name, count(*)::integer as count,
      sum(bytes)::integer as bytes
    from record group by name order by bytes desc`.execute(owner);
  await owner.destroy();
  return { ...rows[0]!, kinds };
}
