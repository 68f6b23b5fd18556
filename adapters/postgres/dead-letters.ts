import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import type { Db } from "./pool.ts";

/** A Kafka record that is no event of ours. */
export interface UndecodableRecord {
  readonly topic: string;
  readonly partition: number;
  /** Shape: decimal digits. */
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** In words: "not JSON". */
  readonly reason: string;
}

/** Units: bytes. What is kept of one record; operators are told its whole length. */
export const KEPT_VALUE_MAX = 1_048_576;
const KEPT_KEY_MAX = 1_024;
/** What is kept in one hour. A flooded topic fills 200 MB a day at most, and a week of that is kept. */
export const KEPT_PER_HOUR_MAX = 100;
export const KEPT_BYTES_PER_HOUR_MAX = 8 * 1_048_576;

/**
 * Keeps a record for operators to look at, as a dead letter; the same record again is one more attempt at it. Of a flood
 * only the first records of each hour are kept, the others counted.
 * Shape: whether it is kept.
 */
export async function storeUndecodable(db: Db, record: UndecodableRecord): Promise<boolean> {
  // A flood costs one statement a record.
  const full = await sql`
    update unreadable_record_count set passed_over = passed_over + 1
    where hour = date_trunc('hour', clock_timestamp())
      and (kept >= ${KEPT_PER_HOUR_MAX} or kept_bytes >= ${KEPT_BYTES_PER_HOUR_MAX})`.execute(db);
  if (full.numAffectedRows === 1n) return false;
  const key = record.key?.subarray(0, KEPT_KEY_MAX) ?? null;
  const value = record.value?.subarray(0, KEPT_VALUE_MAX) ?? null;
  const size = record.value?.length ?? null;
  const { rows } = await sql<{ is_new: boolean }>`
    insert into dead_letter (id, source, reason, detail, topic, partition_number, record_offset, record_key,
      record_value, record_size)
    values (${uuidv7()}, 'record', 'unreadable', ${record.reason.slice(0, 500)}, ${record.topic}, ${record.partition},
      ${record.offset}::bigint, ${key}, ${value}, ${size})
    on conflict (topic, partition_number, record_offset) where source = 'record' do update
      set attempts = dead_letter.attempts + 1, last_failed_at = clock_timestamp()
    returning attempts = 1 as is_new`.execute(db);
  if (rows[0]?.is_new !== true) return true;
  await sql`
    insert into unreadable_record_count as c (hour, kept, kept_bytes, passed_over)
    values (date_trunc('hour', clock_timestamp()), 1, ${value?.length ?? 0}, 0)
    on conflict (hour) do update set kept = c.kept + 1, kept_bytes = c.kept_bytes + excluded.kept_bytes`.execute(
    db,
  );
  return true;
}
