import { sqlState } from "#adapters/postgres/errors.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { notMatchedAlone } from "#adapters/postgres/rebuild-reads.ts";
import { openGate, type FanOut, type Gate, type Logger } from "#adapters/ports.ts";
import { portfolioChannel, type PositionChanged } from "#contracts/events.ts";
import { matchLots, type MatchOptions } from "#use-cases/match-lots.ts";
import type { LongTasks } from "./long-tasks.ts";

export interface BatchDependencies {
  readonly db: Db;
  readonly fanOut: FanOut;
  readonly log: Logger;
  /** Where portfolios with very long replays are matched; without it they are matched here. */
  readonly long?: LongTasks;
  /** When it closes, what is in hand is finished and nothing further is begun. Default: always open. */
  readonly gate?: Gate;
}

export type Correlations = ReadonlyMap<string, string | undefined>;

export interface BatchOptions {
  /** Leaves out portfolios whose matching failed the last time, and those tied to them. */
  readonly leaveFailing?: boolean;
  /** Leaves out portfolios that another matcher is busy with, and does not come back to them. */
  readonly skipLocked?: boolean;
  readonly correlations?: Correlations;
  /** Told when a portfolio that was matched alone could not be. */
  readonly onLongFailed: (portfolioId: string, error: unknown) => Promise<void>;
}

export interface MatchedBatch {
  /** Portfolios with news that were left out, as asked: parked, failing, or tied to one that is. */
  readonly left: readonly string[];
  /** How many portfolios moved. */
  readonly moved: number;
  /** Some of them got their share of a turn and are still behind. */
  readonly isMoreToCome: boolean;
  /** The gate closed before all was done. */
  readonly isHeld: boolean;
}

/**
 * Matches portfolios and tells whoever is watching them, in as many commits as their replays take. What another matcher
 * has locked is matched after the others, unless it is being matched alone, which takes its time.
 */
export async function matchBatch(
  dependencies: BatchDependencies,
  portfolioIds: readonly string[],
  { skipLocked = false, leaveFailing = false, ...handling }: BatchOptions,
): Promise<MatchedBatch> {
  const left: string[] = [];
  let moved = 0;
  let isMoreToCome = false;
  let isHeld = false;
  const { gate = openGate } = dependencies;
  const turn = async (ids: readonly string[], options: MatchOptions): Promise<readonly string[]> => {
    let busy: string[] = [];
    for (let next = ids; next.length > 0;) {
      if (!gate.isOpen) {
        isHeld = true;
        break;
      }
      const matched = await matchLots(dependencies.db, next, { ...options, leaveFailing });
      await tellMatched(dependencies, matched.changes, handling.correlations);
      moved += matched.changes.length;
      isMoreToCome ||= matched.changes.some((change) => change.applied < change.head);
      left.push(...matched.left);
      busy = [...busy, ...matched.busy];
      await matchLong(dependencies, matched.tooLong, handling);
      next = matched.postponed;
    }
    return busy;
  };
  const busy = await turn(without(portfolioIds, dependencies.long?.portfolioIds), { skipLocked: true });
  if (skipLocked) return { left, moved, isMoreToCome, isHeld };
  const waiting = turn(await notMatchedAlone(dependencies.db, busy), { lockWithinMs: LOCK_WITHIN_MS });
  await waiting.catch((error: unknown) => {
    // Whoever holds them for so long hangs. The sweeper finds them when they are free.
    if (!isLock(error)) throw error;
    dependencies.log.warn({ err: error, portfolios: busy.length }, "left portfolios that are locked");
  });
  return { left, moved, isMoreToCome, isHeld };
}

/** A batch takes a fraction of a second. Units: milliseconds. */
const LOCK_WITHIN_MS = 500;

/** Not had in time, deadlock: somebody else is at work on the same rows, or hangs. */
export function isLock(error: unknown): boolean {
  return LOCK_STATES.has(sqlState(error) ?? "");
}

const LOCK_STATES = new Set(["55P03", "40P01"]);

function without(ids: readonly string[], left: ReadonlySet<string> = new Set()): readonly string[] {
  return left.size === 0 ? ids : ids.filter((id) => !left.has(id));
}

/** Hands portfolios over to be matched alone, without waiting for it. What is lost of it the sweeper finds. */
async function matchLong(
  dependencies: BatchDependencies,
  portfolioIds: readonly string[],
  { correlations, onLongFailed }: Pick<BatchOptions, "correlations" | "onLongFailed">,
): Promise<void> {
  const { db, long, log } = dependencies;
  for (const portfolioId of portfolioIds) {
    if (long === undefined) {
      const { changes } = await matchLots(db, [portfolioId], { alone: true });
      await tellMatched(dependencies, changes, correlations);
      continue;
    }
    log.info({ portfolioId }, "so much is to be replayed that it is matched alone");
    void long
      .run("match", portfolioId)
      .then((changes) => tellMatched(dependencies, changes, correlations))
      .catch((error: unknown) => onLongFailed(portfolioId, error))
      .catch((error: unknown) => log.warn({ err: error, portfolioId }, "a failure could not be noted"));
  }
}

/** Tells whoever watches the portfolios that have been matched. */
export async function tellMatched(
  dependencies: Pick<BatchDependencies, "fanOut" | "log">,
  changes: readonly PositionChanged[],
  correlations?: Correlations,
): Promise<void> {
  for (const { portfolioId, applied, epoch } of changes) {
    const correlationId = correlations?.get(portfolioId);
    dependencies.log.info({ portfolioId, applied, epoch, correlationId }, "matched");
  }
  await tell(dependencies, changes, correlations);
}

/** Tells whoever watches portfolios how they stand. All at once: with Redis away each hint takes its time to fail. */
export async function tell(
  { fanOut }: Pick<BatchDependencies, "fanOut">,
  changes: readonly PositionChanged[],
  correlations?: Correlations,
): Promise<void> {
  await Promise.all(
    changes.map((change) => {
      const correlationId = correlations?.get(change.portfolioId);
      return fanOut.publish(portfolioChannel(change.portfolioId), {
        ...change,
        ...(correlationId === undefined ? {} : { correlationId }),
      });
    }),
  );
}
