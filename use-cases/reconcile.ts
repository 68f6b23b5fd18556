/*
 * Reconciliation: do the figures of everybody add up, and is the ledger what it was?
 *
 * A round goes through all portfolios in the order of their ids, some at a time. Each slice is one SQL transaction that
 * sees one moment: the laws are asked (adapters/postgres/laws.ts), seals are compared with what they sealed, and what is
 * new is sealed. A sample of the portfolios is replayed from nothing beside it, a different one in each round, so that a
 * day of rounds has replayed everything. How far a round has come is stored with what it found; whoever holds the lock
 * of its row goes on with it, so that one process works at it at a time and any other can take over.
 */
import { sqlState } from "#adapters/postgres/errors.ts";
import { findBreaches, findStuck, type Breach } from "#adapters/postgres/laws.ts";
import { findBrokenSeals, sealLedgers, type BrokenSeal } from "#adapters/postgres/ledger-seals.ts";
import type { Db, Trx } from "#adapters/postgres/pool.ts";
import {
  advanceReconciliation,
  listNextPortfolios,
  lockReconciliation,
  type CheckedPortfolio,
  type ReconciliationRow,
} from "#adapters/postgres/reconciliations.ts";
import type { RebuildDifference } from "./check-rebuild.ts";

/** A slice has so many portfolios, and of versions so many unless one portfolio alone has more. */
const PORTFOLIOS_PER_SLICE = 50;
const VERSIONS_PER_SLICE = 20_000;
/** Each portfolio is replayed in one round of so many: with a round an hour, once a day. */
const SAMPLES = 24;
/** What a replay of one portfolio finds at most: what is wrong everywhere is wrong once. */
const DIFFERENCES_KEPT_MAX = 100;
/** What waits for so long is not waiting for its turn. */
const STUCK_SECONDS = 300;

/** What one slice came to. */
export interface ReconciledSlice {
  readonly runId: string;
  readonly breaches: readonly Breach[];
  readonly isFinished: boolean;
}

/** Replays a portfolio and says what differs; apart, since it may take a thread of its own. */
export type ReplayCheck = (portfolio: {
  readonly id: string;
  readonly versions: number;
}) => Promise<readonly RebuildDifference[]>;

/**
 * Goes on with the round that is under way. Undefined when there is none, or another process is at it.
 * Errors: throws on any fault; the round then stands where it stood.
 */
export async function reconcileSlice(db: Db, checkReplay: ReplayCheck): Promise<ReconciledSlice | undefined> {
  const slice = db
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (trx) => {
      const run = await lockReconciliation(trx);
      if (run === undefined) return undefined;
      const portfolios = await nextSlice(trx, run);
      return portfolios.length === 0 ? endRun(trx, run) : checkSlice(trx, run, { portfolios, checkReplay });
    });
  return slice.catch((error: unknown) => {
    // Somebody else went on with it since this transaction began.
    if (sqlState(error) === SERIALIZATION_FAILURE) return undefined;
    throw error;
  });
}

const SERIALIZATION_FAILURE = "40001";

async function nextSlice(trx: Trx, run: ReconciliationRow): Promise<CheckedPortfolio[]> {
  const next = await listNextPortfolios(trx, run, { limit: PORTFOLIOS_PER_SLICE, samples: SAMPLES });
  let room = VERSIONS_PER_SLICE;
  return next.filter(({ versions }, index) => {
    const isIn = room > 0 && (index === 0 || versions <= room);
    // Everything after the first that is too long is for the next slice, so that none is passed over.
    room = isIn ? room - versions : 0;
    return isIn;
  });
}

async function checkSlice(
  trx: Trx,
  run: ReconciliationRow,
  slice: { readonly portfolios: readonly CheckedPortfolio[]; readonly checkReplay: ReplayCheck },
): Promise<ReconciledSlice> {
  const ids = slice.portfolios.map(({ id }) => id);
  const kept = slice.portfolios.filter(({ isDeleted }) => !isDeleted);
  const replayed = kept.filter(({ isDue }) => isDue || run.is_full);
  const broken = await findBrokenSeals(trx, ids);
  const breaches = [
    ...(await findBreaches(
      trx,
      kept.map(({ id }) => id),
    )),
    ...broken.map(breachOfSeal),
  ];
  for (const portfolio of replayed) {
    const differences = await slice.checkReplay(portfolio);
    breaches.push(...differences.slice(0, DIFFERENCES_KEPT_MAX).map(breachOfReplay));
  }
  await sealLedgers(trx, ids);
  const step = {
    lastPortfolioId: ids.at(-1)!,
    portfolios: ids.length,
    replayed: replayed.length,
    versions: slice.portfolios.reduce((sum, { versions }) => sum + versions, 0),
    isFinished: false,
  };
  await advanceReconciliation(trx, run.id, step, breaches);
  return { runId: run.id, breaches, isFinished: false };
}

async function endRun(trx: Trx, run: ReconciliationRow): Promise<ReconciledSlice> {
  const breaches = await findStuck(trx, STUCK_SECONDS);
  const nothing = { lastPortfolioId: null, portfolios: 0, replayed: 0, versions: 0 };
  await advanceReconciliation(trx, run.id, { ...nothing, isFinished: true }, breaches);
  return { runId: run.id, breaches, isFinished: true };
}

function breachOfSeal({ portfolioId, sequence, what }: BrokenSeal): Breach {
  return {
    portfolioId,
    law: "ledger-is-as-sealed",
    subject: sequence === undefined ? "a seal" : `sequence ${sequence}`,
    expected: "as it was sealed",
    found: what,
  };
}

function breachOfReplay({ portfolioId, table, row, stored, rebuilt }: RebuildDifference): Breach {
  return {
    portfolioId,
    law: "figures-are-a-replay",
    subject: `${table} ${row}`,
    expected: rebuilt ?? null,
    found: stored ?? null,
  };
}
