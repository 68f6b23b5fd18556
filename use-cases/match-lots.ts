/*
 * Matching: brings portfolios up to date with their ledgers.
 *
 * It is level-triggered. The caller says which portfolios may have news; what the news is, is read from the ledger
 * under the portfolios' row locks. Called twice, late, out of order or by two processes at once, it finds nothing left
 * to do; that, and no delivery guarantee, is what makes each transaction count exactly once.
 *
 * A batch of portfolios is one SQL transaction. For each instrument with news there are two ways:
 *   append    everything new comes later, in ledger order, than everything matched: continue from the stored holding
 *   rebuild   something was backdated, edited or withdrawn, or the rules changed: replay the instrument's whole
 *             history, store the differences, and raise the portfolio's epoch
 * Both end in the same bytes, because matching is a fold (domain/match-lots.ts).
 */
import { announce } from "#adapters/postgres/ledger.ts";
import {
  lockPortfolios,
  readHistories,
  readKeys,
  readOpenLots,
  readStoredPositions,
  readUnmatched,
  type LedgerVersion,
  type LockedPortfolio,
  type MatchingKey,
  type StoredLot,
  type StoredPosition,
} from "#adapters/postgres/matching-reads.ts";
import {
  advancePortfolios,
  saveMatchedKeys,
  type MatchedKey,
  type TransactionRef,
} from "#adapters/postgres/matching-writes.ts";
import type { Db, Trx } from "#adapters/postgres/pool.ts";
import type { PositionChanged } from "#contracts/events.ts";
import { matchKey, type KeyWork } from "./match-key.ts";

/** How many versions one portfolio gets per turn, so that a long import does not hold up the others. */
export const VERSIONS_PER_TURN = 2_000;

/** Above this many outcomes a hint only says that there are some. */
const NAMED_OUTCOMES_MAX = 200;

export interface Matched {
  /** One hint per portfolio that moved, to be published now that it is committed. */
  readonly changes: readonly PositionChanged[];
  /** Parked portfolios with news that were left out, as asked. */
  readonly leftParked: readonly string[];
}

export interface MatchOptions {
  /** Leaves out portfolios that another matcher is busy with. */
  readonly skipLocked?: boolean;
  /** Leaves out portfolios whose matching failed the last time, so that they spoil no batch again. */
  readonly leaveParked?: boolean;
}

/**
 * Matches what is new in the portfolios, in one commit.
 * Errors: throws on any fault, having changed nothing.
 */
export async function matchLots(
  db: Db,
  portfolioIds: readonly string[],
  options: MatchOptions = {},
): Promise<Matched> {
  if (portfolioIds.length === 0) return { changes: [], leftParked: [] };
  return db.transaction().execute(async (trx) => {
    const behind = (
      await lockPortfolios(trx, portfolioIds, { skipLocked: options.skipLocked ?? false })
    ).filter(isBehind);
    const isLeft = (portfolio: LockedPortfolio) => options.leaveParked === true && portfolio.parked;
    const leftParked = behind.filter(isLeft).map((portfolio) => portfolio.portfolio_id);
    const portfolios = behind.filter((portfolio) => !isLeft(portfolio));
    if (portfolios.length === 0) return { changes: [], leftParked };
    const unmatched = await readUnmatched(trx, portfolios, VERSIONS_PER_TURN);
    const work = await gatherWork(trx, portfolios, unmatched);
    const matched = work.map(matchKey);
    const { reconsidered } = await saveMatchedKeys(trx, matched);
    return { changes: await advance(trx, { portfolios, unmatched, matched, reconsidered }), leftParked };
  });
}

function isBehind(portfolio: LockedPortfolio): boolean {
  return portfolio.head_sequence > portfolio.applied_sequence || rulesChanged(portfolio);
}

/** After a failure what is stored is not built upon: it may be what was wrong, and the ledger can replace it. */
function startsAnew(portfolio: LockedPortfolio): boolean {
  return portfolio.parked || rulesChanged(portfolio);
}

function rulesChanged(portfolio: LockedPortfolio): boolean {
  return portfolio.rules_version !== portfolio.applied_rules_version;
}

/** Reads what each key needs, all keys of a kind in one statement. */
async function gatherWork(
  trx: Trx,
  portfolios: readonly LockedPortfolio[],
  unmatched: readonly LedgerVersion[],
): Promise<KeyWork[]> {
  const applied = appliedAfter(portfolios, unmatched);
  const byPortfolio = new Map(portfolios.map((portfolio) => [portfolio.portfolio_id, portfolio]));
  const news = Map.groupBy(unmatched, (version) =>
    keyOf({ portfolioId: version.portfolio_id, instrumentId: version.instrument_id }),
  );
  const rebuildAll = portfolios.filter(startsAnew).map((portfolio) => portfolio.portfolio_id);
  const keys = new Map<string, MatchingKey>();
  for (const version of unmatched) {
    const key = { portfolioId: version.portfolio_id, instrumentId: version.instrument_id };
    keys.set(keyOf(key), key);
  }
  if (rebuildAll.length > 0) {
    for (const key of await readKeys(trx, rebuildAll)) keys.set(keyOf(key), key);
  }
  const positions = indexByKey(await readStoredPositions(trx, [...keys.values()]));
  const appends: (MatchingKey & { versions: LedgerVersion[]; position: StoredPosition | undefined })[] = [];
  const rebuilds: (MatchingKey & { upTo: number })[] = [];
  for (const [name, key] of keys) {
    const portfolio = byPortfolio.get(key.portfolioId)!;
    const versions = (news.get(name) ?? []).toSorted(ledgerOrder);
    const position = positions.get(name)?.[0];
    if (!startsAnew(portfolio) && canAppend(position, versions)) {
      appends.push({ ...key, versions, position });
    } else {
      rebuilds.push({ ...key, upTo: applied.get(key.portfolioId)! });
    }
  }
  const lots = indexByKey(await readLotsToClose(trx, appends));
  const histories = indexByKey(rebuilds.length > 0 ? await readHistories(trx, rebuilds) : []);
  return [
    ...appends.map((key) => ({
      kind: "append" as const,
      portfolio: byPortfolio.get(key.portfolioId)!,
      instrumentId: key.instrumentId,
      versions: key.versions,
      position: key.position,
      lots: lots.get(keyOf(key)) ?? [],
    })),
    ...rebuilds.map((key) => ({
      kind: "rebuild" as const,
      portfolio: byPortfolio.get(key.portfolioId)!,
      instrumentId: key.instrumentId,
      versions: (histories.get(keyOf(key)) ?? []).toSorted(ledgerOrder),
    })),
  ];
}

/** Only trades that run against the holding reach its lots; the others can be matched without reading any. */
async function readLotsToClose(
  trx: Trx,
  appends: readonly (MatchingKey & { versions: LedgerVersion[]; position: StoredPosition | undefined })[],
): Promise<StoredLot[]> {
  const closing = appends.filter(({ versions, position }) => {
    if (position === undefined || position.quantity === "0") return false;
    const against = position.quantity.startsWith("-") ? "buy" : "sell";
    return versions.some((version) => version.type === against);
  });
  return closing.length === 0 ? [] : readOpenLots(trx, closing);
}

function canAppend(position: StoredPosition | undefined, versions: readonly LedgerVersion[]): boolean {
  if (versions.some((version) => version.version > 1)) return false;
  const first = versions[0];
  if (position === undefined || first === undefined) return true;
  const later = Date.parse(first.traded_at) - Date.parse(position.last_traded_at);
  return later > 0 || (later === 0 && first.order_sequence > position.last_order_sequence);
}

async function advance(
  trx: Trx,
  done: {
    portfolios: readonly LockedPortfolio[];
    unmatched: readonly LedgerVersion[];
    matched: readonly MatchedKey[];
    reconsidered: readonly TransactionRef[];
  },
): Promise<PositionChanged[]> {
  const rebuilt = new Set(done.matched.filter((key) => key.rebuilt).map((key) => key.portfolioId));
  const appliedSequences = appliedAfter(done.portfolios, done.unmatched);
  const advanced = done.portfolios.map((portfolio) => ({
    portfolio,
    applied: appliedSequences.get(portfolio.portfolio_id)!,
    epoch: portfolio.epoch + (rebuilt.has(portfolio.portfolio_id) ? 1 : 0),
  }));
  await advancePortfolios(trx, advanced);
  // What one turn does not take goes to the end of the queue, behind everybody else's news.
  for (const { portfolio, applied } of advanced) {
    if (applied < portfolio.head_sequence) {
      await announce(trx, { portfolioId: portfolio.portfolio_id, sequence: portfolio.head_sequence });
    }
  }
  const outcomes = Map.groupBy(outcomesOf(done), (outcome) => outcome.portfolioId);
  return advanced.map(({ portfolio, applied, epoch }) => {
    const named = outcomes.get(portfolio.portfolio_id) ?? [];
    return {
      portfolioId: portfolio.portfolio_id,
      head: portfolio.head_sequence,
      applied,
      epoch,
      ...(named.length <= NAMED_OUTCOMES_MAX
        ? { transactions: named.map(({ portfolioId: _, ...outcome }) => outcome) }
        : {}),
    };
  });
}

/** The statuses that listeners may not know yet: of what was new, rejected, or rejected before. */
function outcomesOf(done: {
  unmatched: readonly LedgerVersion[];
  matched: readonly MatchedKey[];
  reconsidered: readonly TransactionRef[];
}) {
  const rejected = done.matched.flatMap((key) =>
    key.rejections.map((row) => ({ portfolioId: key.portfolioId, ...row })),
  );
  const recorded = done.unmatched
    .filter((version) => !version.withdrawn)
    .map((version) => ({ portfolioId: version.portfolio_id, transactionId: version.id }));
  const reasons = new Map(rejected.map((row) => [`${row.portfolioId}/${row.transactionId}`, row.reason]));
  const named = new Map(
    [...done.reconsidered, ...recorded, ...rejected].map((row) => [
      `${row.portfolioId}/${row.transactionId}`,
      row,
    ]),
  );
  return [...named].map(([name, { portfolioId, transactionId }]) => {
    const reason = reasons.get(name);
    return {
      portfolioId,
      id: transactionId,
      ...(reason === undefined ? { status: "matched" } : { status: "rejected", reason }),
    };
  });
}

/** Where each portfolio's figures stand once `unmatched` is matched; it is in sequence order. */
function appliedAfter(
  portfolios: readonly LockedPortfolio[],
  unmatched: readonly LedgerVersion[],
): ReadonlyMap<string, number> {
  const applied = new Map(
    portfolios.map((portfolio) => [portfolio.portfolio_id, portfolio.applied_sequence]),
  );
  for (const version of unmatched) applied.set(version.portfolio_id, version.sequence);
  return applied;
}

function ledgerOrder(a: LedgerVersion, b: LedgerVersion): number {
  return Date.parse(a.traded_at) - Date.parse(b.traded_at) || a.order_sequence - b.order_sequence;
}

function keyOf(key: MatchingKey): string {
  return `${key.portfolioId}/${key.instrumentId}`;
}

function indexByKey<Row extends { portfolio_id: string; instrument_id: number }>(
  rows: readonly Row[],
): Map<string, Row[]> {
  return Map.groupBy(rows, (row) =>
    keyOf({ portfolioId: row.portfolio_id, instrumentId: row.instrument_id }),
  );
}
