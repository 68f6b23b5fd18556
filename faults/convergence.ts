/*
 * After a heal: everything that was asked is answered, everything recorded is matched, nothing waits in the outbox,
 * nothing is parked, and whoever watches sees what a read shows.
 */
import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import type { Db } from "#adapters/postgres/pool.ts";
import type { PositionList } from "#contracts/positions.ts";
import { pictureOf } from "./checkers/pictures.ts";
import type { Crowd } from "./clients/crowd.ts";
import type { Listener } from "./clients/listener.ts";

/** Units: milliseconds. */
export const CONVERGE_WITHIN_MS = 30_000;
/** A hint that was lost is made good within five seconds; the rest is room for a busy machine. */
const PUSHED_WITHIN_MS = 15_000;

/** Resolves with the milliseconds that it took. Errors: rejects, naming what did not come about. */
export async function converge(owner: Db, crowd: Crowd): Promise<number> {
  const began = performance.now();
  const left = () => CONVERGE_WITHIN_MS - (performance.now() - began);
  if (!(await crowd.pause(left()))) throw new Error("requests are still unanswered after the heal");
  for (let behind = await readBehind(owner); behind.length > 0; behind = await readBehind(owner)) {
    if (left() < 0)
      throw new Error(`still behind ${CONVERGE_WITHIN_MS} ms after the heal: ${JSON.stringify(behind)}`);
    await delay(100);
  }
  const ms = performance.now() - began;
  await untilSeen(crowd);
  return ms;
}

interface Behind {
  readonly portfolio_id: string;
  readonly head: number | null;
  readonly applied: number | null;
  readonly parked: string | null;
  readonly announced: number;
}

/** Portfolios that are not matched, matched by old rules, parked, or still announced. Some of them. */
async function readBehind(owner: Db): Promise<readonly Behind[]> {
  const { rows } = await sql<Behind>`
    select p.id as portfolio_id, h.head_sequence as head, s.applied_sequence as applied, s.parked_reason as parked,
      (select count(*) from outbox o where o.portfolio_id = p.id) as announced
    from portfolio p
    join ledger_head h on h.portfolio_id = p.id
    join portfolio_state s on s.portfolio_id = p.id
    where p.deleted_at is null and (
      s.applied_sequence < h.head_sequence or (s.rules_version <> p.rules_version and h.head_sequence > 0)
      or s.parked_at is not null or exists (select from outbox o where o.portfolio_id = p.id))
    limit 10`.execute(owner);
  return rows;
}

/** Resolves when every listener sees what a read of its portfolio shows. */
async function untilSeen(crowd: Crowd): Promise<void> {
  const deadline = performance.now() + PUSHED_WITHIN_MS;
  for (const customer of crowd.present) {
    for (const listener of crowd.listeners.filter((one) => customer.portfolioIds.includes(one.portfolioId))) {
      const path = `/portfolios/${listener.portfolioId}/positions`;
      const read = await customer.insist<PositionList>({ operation: "read", method: "GET", path });
      if (read.status !== 200) throw new Error(`${path} cannot be read: ${read.text}`);
      await untilEqual(listener, { ...read.body, picture: pictureOf(read.body.items) }, deadline);
    }
  }
}

async function untilEqual(
  listener: Listener,
  read: Pick<PositionList, "sequence"> & { picture: string },
  deadline: number,
): Promise<void> {
  const { sequence, picture } = read;
  const isSeen = () =>
    listener.progress?.applied === sequence.applied &&
    listener.progress.epoch === sequence.epoch &&
    listener.picture === picture;
  while (!isSeen()) {
    if (performance.now() > deadline) {
      throw new Error(
        `a listener of ${listener.portfolioId} sees ${JSON.stringify(listener.progress)} and\n${listener.picture}\n` +
          `where a read shows ${JSON.stringify(sequence)} and\n${picture}`,
      );
    }
    await delay(50);
  }
}
