import { v7 as uuidv7 } from "uuid";
import { databaseErrorKind } from "#adapters/postgres/errors.ts";
import { openPatientDatabase } from "#adapters/postgres/patient-database.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import type { Logger } from "#adapters/ports.ts";
import { deleteOldReconciliations, insertDueReconciliation } from "#adapters/postgres/reconciliations.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";
import { REPLAYED_PER_COMMIT } from "#use-cases/find-excess.ts";
import { reconcileSlice, type ReconciledSlice, type ReplayCheck } from "#use-cases/reconcile.ts";
import { LongTasksStopped, type LongTasks } from "./long-tasks.ts";
import { repeat, type Repeating } from "./repeat.ts";

/** Units: milliseconds. */
const LOOK_EVERY_MS = 2_000;
/** It rests four times as long as it works: a fifth of one connection, and of the database less. */
const REST_FACTOR = 4;
const KEPT_DAYS = 90;
/** Breaches of one slice that are logged one by one; all of them are stored. */
const LOGGED_MAX = 20;

export interface ReconcilerOptions {
  /** Of the role that matches. */
  readonly url: string;
  readonly log: Logger;
  /** Where replays of long histories are made; without it they are made here. */
  readonly long?: LongTasks;
  /** How often a round begins; 0: only when an operator asks for one. */
  readonly everySeconds: number;
}

/**
 * Begins rounds of reconciliation when they are due, and goes on with the one that is under way, slice by slice. Any number
 * of processes may do so: one of them works at a time.
 */
export function startReconciler({ url, log, long, everySeconds }: ReconcilerOptions): Repeating {
  const db = openPatientDatabase(url, { applicationName: "lotwise reconciliation", connectionsMax: 2 });
  const repeating = repeat("reconciliation", {
    everyMs: LOOK_EVERY_MS,
    log,
    async task() {
      if (everySeconds > 0 && (await insertDueReconciliation(db, uuidv7(), everySeconds))) {
        await deleteOldReconciliations(db, KEPT_DAYS);
      }
      const startedAt = performance.now();
      const slice = await reconcileSlice(db, replayCheck(db, long));
      if (slice === undefined) return undefined;
      logSlice(log, slice);
      return slice.isFinished ? undefined : REST_FACTOR * (performance.now() - startedAt);
    },
  });
  return {
    async stop() {
      await repeating.stop();
      await db.destroy();
    },
  };
}

/** Replays short histories here and long ones in their thread. What cannot be replayed differs in everything. */
export function replayCheck(db: Db, long?: LongTasks): ReplayCheck {
  return async ({ id, versions }) => {
    try {
      if (long !== undefined && versions > REPLAYED_PER_COMMIT) return await long.run("check", id);
      return (await checkRebuild(db, [id])).differences;
    } catch (error) {
      if (error instanceof LongTasksStopped || databaseErrorKind(error) === "transient") throw error;
      const stored = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return [{ portfolioId: id, table: "transaction", row: "replay", stored, rebuilt: undefined }];
    }
  };
}

function logSlice(log: Logger, { runId, breaches, isFinished }: ReconciledSlice): void {
  for (const breach of breaches.slice(0, LOGGED_MAX))
    log.error({ runId, ...breach }, "figures do not add up");
  if (breaches.length > LOGGED_MAX) log.error({ runId, count: breaches.length }, "figures do not add up");
  if (isFinished) log.info({ runId }, "reconciliation is done");
}
