/*
 * Seals: what the versions of a portfolio were when they were sealed, so that a byte that is changed later is found.
 *
 * A seal covers the versions since the one before it. Its hash is that of the hash before and of the versions' digests,
 * so that no version, no seal and no order of them can be changed without all hashes after it; its marks, eight bytes of
 * each digest, tell which version it was. PostgreSQL computes both where the versions are, and answers with one hash for
 * each seal.
 *
 * Nothing is sealed when it is recorded: a chain would make the writers of a portfolio wait for each other's hashes, and
 * would have to be computed again for each retry. The reconciliation seals later. Until then, and against somebody who
 * changes the seals as well, only a hash that was written down elsewhere helps: `verify` prints one.
 */
import { sql } from "kysely";
import type { Db, Trx } from "./pool.ts";

/** Versions that one seal covers at most. */
export const VERSIONS_PER_SEAL = 4_096;

const NOTHING_BEFORE = Buffer.alloc(32);
const MARK_BYTES = 8;

/** Seals that do not match their versions any more, and where. Shape: `sequence` undefined: the seal itself was changed. */
export interface BrokenSeal {
  readonly portfolioId: string;
  readonly sequence: number | undefined;
  readonly what: "changed" | "missing" | "seal-changed";
}

/** Checks the seals of portfolios against their versions. Shape: by portfolio and sequence; empty when all is well. */
export async function findBrokenSeals(trx: Trx, portfolioIds: readonly string[]): Promise<BrokenSeal[]> {
  const { rows } = await sql<{ portfolio_id: string; first: number; last: number }>`
    with seal as (
      select s.portfolio_id, s.sequence as last, s.hash,
        lag(s.sequence, 1, 0::bigint) over w + 1 as first, lag(s.hash, 1, ${NOTHING_BEFORE}::bytea) over w as hash_before
      from ledger_seal s
      where s.portfolio_id = any (${[...portfolioIds]}::uuid[])
      window w as (partition by s.portfolio_id order by s.sequence)
    )
    select s.portfolio_id, s.first, s.last
    from seal s
    cross join lateral (
      select sha256(s.hash_before || coalesce(string_agg(d.digest, '' order by d.sequence), '')) as hash
      from ledger_digests(s.portfolio_id, s.first, s.last) d
    ) now
    where now.hash <> s.hash
    order by s.portfolio_id, s.last`.execute(trx);
  const broken: BrokenSeal[] = [];
  for (const seal of rows) broken.push(...(await findBrokenVersions(trx, seal)));
  return broken;
}

/** Which versions of a seal are not what they were. */
async function findBrokenVersions(
  trx: Trx,
  seal: { readonly portfolio_id: string; readonly first: number; readonly last: number },
): Promise<BrokenSeal[]> {
  const { portfolio_id: portfolioId, first, last } = seal;
  const { rows } = await sql<{ sequence: number; missing: boolean }>`
    select m.sequence, d.digest is null as missing
    from ledger_seal s
    cross join lateral generate_series(${first}::bigint, ${last}::bigint) m (sequence)
    left join ledger_digests(${portfolioId}::uuid, ${first}::bigint, ${last}::bigint) d on d.sequence = m.sequence
    where s.portfolio_id = ${portfolioId} and s.sequence = ${last}
      and substr(d.digest, 1, ${MARK_BYTES})
        is distinct from substr(s.marks, ((m.sequence - ${first}) * ${MARK_BYTES} + 1)::integer, ${MARK_BYTES})
    order by m.sequence`.execute(trx);
  if (rows.length === 0) return [{ portfolioId, sequence: undefined, what: "seal-changed" }];
  return rows.map(({ sequence, missing }) => ({
    portfolioId,
    sequence,
    what: missing ? "missing" : "changed",
  }));
}

/** Seals what is matched and not sealed yet. Returns how many versions that were. */
export async function sealLedgers(trx: Trx, portfolioIds: readonly string[]): Promise<number> {
  let sealed = 0;
  for (;;) {
    const { rows } = await sql<{ count: number }>`
      insert into ledger_seal (portfolio_id, sequence, hash, marks)
      select n.portfolio_id, n.last, sha256(n.hash_before || d.digests), d.marks
      from (
        select s.portfolio_id, coalesce(b.sequence, 0) + 1 as first,
          least(s.applied_sequence, coalesce(b.sequence, 0) + ${VERSIONS_PER_SEAL}) as last,
          coalesce(b.hash, ${NOTHING_BEFORE}::bytea) as hash_before
        from portfolio_state s
        left join lateral (
          select sequence, hash from ledger_seal l where l.portfolio_id = s.portfolio_id order by sequence desc limit 1
        ) b on true
        where s.portfolio_id = any (${[...portfolioIds]}::uuid[]) and s.applied_sequence > coalesce(b.sequence, 0)
      ) n
      cross join lateral (
        select string_agg(d.digest, '' order by d.sequence) as digests,
          string_agg(substr(d.digest, 1, ${MARK_BYTES}), '' order by d.sequence) as marks, count(*) as count
        from ledger_digests(n.portfolio_id, n.first, n.last) d
      ) d
      -- A ledger with a hole in it is for the laws to tell of; it gets no seal over the hole.
      where d.count = n.last - n.first + 1
      returning octet_length(marks) / ${MARK_BYTES} as count`.execute(trx);
    if (rows.length === 0) return sealed;
    sealed += rows.reduce((sum, row) => sum + row.count, 0);
  }
}

/** One hash of all seals: as long as it is known elsewhere, nobody can change what is sealed, not even with the seals. */
export async function hashOfSeals(db: Db | Trx): Promise<{ versions: number; hash: string }> {
  const { rows } = await sql<{ versions: number; hash: string }>`
    select coalesce(sum(sequence), 0)::bigint as versions,
      encode(sha256(coalesce(string_agg(uuid_send(portfolio_id) || int8send(sequence) || hash, '' order by portfolio_id), '')),
        'hex') as hash
    from (
      select distinct on (portfolio_id) portfolio_id, sequence, hash
      from ledger_seal order by portfolio_id, sequence desc
    ) newest`.execute(db);
  return rows[0]!;
}
