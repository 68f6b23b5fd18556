import { sql } from "kysely";
import { storeOperatorAction, type Actor } from "./operators.ts";
import type { Db } from "./pool.ts";
import { PROCESS_SILENT_SECONDS } from "./worker-processes.ts";

/** Consumers that operators can pause. */
export const CONSUMERS = ["lot-matching", "outbox-relay"] as const;
export type ConsumerName = (typeof CONSUMERS)[number];

/** A process that takes part in a consumer's work, as it last reported. */
export interface ConsumerProcess {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly started_at: string;
  readonly seen_at: string;
  /** Since when work has been in hand without a break. */
  readonly busy_since: string | null;
  /** It keeps to the pause that holds now. */
  readonly is_paused: boolean;
  /** It has said nothing for a while: it has died, or hangs, and takes up no work before it has asked whether it may. */
  readonly is_silent: boolean;
}

interface Pause {
  readonly name: ConsumerName;
  readonly paused_at: string | null;
  readonly paused_by: string | null;
  readonly reason: string | null;
}

export interface Consumer extends Pause {
  readonly processes: readonly ConsumerProcess[];
  /** It is paused, every process that is alive keeps to that, and none has anything in hand. */
  readonly isDrained: boolean;
}

/** Shape: all consumers in order of their names, processes in the order in which they started. */
export async function listConsumers(db: Db): Promise<Consumer[]> {
  const { rows } = await sql<Pause & (ConsumerProcess | NoProcess)>`
    select c.name, c.paused_at, c.paused_by, c.reason, p.id, p.host, p.pid, p.started_at, p.seen_at, p.busy_since,
      c.paused_at is not null and p.pause_number is not distinct from c.pause_number as is_paused,
      p.seen_at < clock_timestamp() - make_interval(secs => ${PROCESS_SILENT_SECONDS}::double precision) as is_silent
    from consumer_control c
    left join worker_process p on p.role = c.name
    order by c.name, p.started_at, p.id`.execute(db);
  return [...Map.groupBy(rows, (row) => row.name).values()].map((group) => {
    const { name, paused_at, paused_by, reason } = group[0]!;
    const processes = group.filter((row) => row.id !== null);
    const alive = processes.filter((process) => !process.is_silent);
    const isIdle = alive.every((process) => process.is_paused && process.busy_since === null);
    return { name, paused_at, paused_by, reason, processes, isDrained: paused_at !== null && isIdle };
  });
}

/** A consumer that has no process. */
interface NoProcess {
  readonly id: null;
}

/** What an operator decides about a consumer, and why. */
export interface ConsumerDecision {
  readonly name: ConsumerName;
  readonly actor: Actor;
  readonly reason: string;
}

/**
 * Has every process of a consumer take up no more work, those that start later included, until it is resumed. One that
 * is paused already stays so for its first reason. Returns whether that changed anything.
 */
export async function pauseConsumer(db: Db, { name, actor, reason }: ConsumerDecision): Promise<boolean> {
  return decide(
    db,
    { name, actor, reason, action: "pause-consumer" },
    sql`
    update consumer_control
    set paused_at = clock_timestamp(), paused_by = ${actor.name}, reason = ${reason}, pause_number = pause_number + 1
    where name = ${name} and paused_at is null`,
  );
}

/** Lets a consumer go on. Returns whether it was paused. */
export async function resumeConsumer(
  db: Db,
  { name, actor }: Omit<ConsumerDecision, "reason">,
): Promise<boolean> {
  return decide(
    db,
    { name, actor, reason: "", action: "resume-consumer" },
    sql`
    update consumer_control set paused_at = null, paused_by = null, reason = null
    where name = ${name} and paused_at is not null`,
  );
}

/** Makes a change, writes down who made it, and tells all processes; nothing of it when nothing is changed. */
function decide(
  db: Db,
  { name, ...action }: ConsumerDecision & { action: string },
  change: ReturnType<typeof sql>,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const { numAffectedRows } = await change.execute(trx);
    if (numAffectedRows === 0n) return false;
    await storeOperatorAction(trx, { ...action, subject: `consumer ${name}` });
    await sql`select pg_notify('consumer_control', ${name})`.execute(trx);
    return true;
  });
}
