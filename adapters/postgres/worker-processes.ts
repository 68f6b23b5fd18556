import { sql } from "kysely";
import type { Db } from "./pool.ts";

/** A process and what it is doing in one of its roles, as it says itself. */
export interface RoleReport {
  readonly role: string;
  /** The pause that it keeps to. Undefined: none. */
  readonly pauseNumber: number | undefined;
  /** For how long work has been in hand. Units: milliseconds. Undefined: none is. */
  readonly busyForMs: number | undefined;
}

export interface ProcessIdentity {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
}

/**
 * Writes down what a process is doing, and reads which consumers may not take up work. Shape: the number of the pause by
 * name, for those that are paused.
 * By the server's clock alone, so that a process whose clock is wrong looks no older than it is.
 */
export async function reportProcess(
  db: Db,
  { id, host, pid }: ProcessIdentity,
  reports: readonly RoleReport[],
): Promise<ReadonlyMap<string, number>> {
  const roles = reports.map((report) => report.role);
  const pauses = reports.map((report) => report.pauseNumber ?? null);
  const busyForMs = reports.map((report) => report.busyForMs ?? null);
  const { rows } = await sql<{ name: string; pause_number: number }>`
    with said as (
      insert into worker_process (id, host, pid, role, pause_number, busy_since)
      select ${id}::uuid, ${host}, ${pid}::integer, role, pause_number,
        clock_timestamp() - make_interval(secs => busy_for_ms / 1000)
      from unnest(${roles}::text[], ${pauses}::integer[], ${busyForMs}::double precision[])
        as report (role, pause_number, busy_for_ms)
      on conflict (id, role) do update
      set seen_at = clock_timestamp(), pause_number = excluded.pause_number, busy_since = excluded.busy_since
    )
    select name, pause_number from consumer_control where paused_at is not null`.execute(db);
  return new Map(rows.map((row) => [row.name, row.pause_number]));
}

/** Forgets a process that has stopped. */
export async function forgetProcess(db: Db, id: string): Promise<void> {
  await sql`delete from worker_process where id = ${id}`.execute(db);
}

/** After how long a process that says nothing has died, or hangs and holds nothing any more. Units: seconds. */
export const PROCESS_SILENT_SECONDS = 15;
const FORGET_SILENT_AFTER_SECONDS = 600;

/** Forgets processes that have died without a word. Returns how many rows. */
export async function deleteSilentProcesses(db: Db): Promise<number> {
  const result = await sql`delete from worker_process
    where seen_at < clock_timestamp() - make_interval(secs => ${FORGET_SILENT_AFTER_SECONDS})`.execute(db);
  return Number(result.numAffectedRows ?? 0n);
}
