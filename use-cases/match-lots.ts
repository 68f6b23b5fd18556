/*
 * Matching: brings portfolios up to date with their ledgers.
 *
 * It is level-triggered. The caller says which portfolios may have news; what the news is, is read from the ledger
 * under the portfolios' row locks. Called twice, late, out of order or by two processes at once, it finds nothing left
 * to do; that, and no delivery guarantee, is what makes each transaction count exactly once.
 *
 * A batch of portfolios is one SQL transaction. For each instrument with news there are two ways:
 *   append    everything new comes later, in ledger order, than everything matched: continue from the stored holding
 *   rebuild   something was backdated, edited or withdrawn, ties instruments or portfolios to each other, or the rules
 *             changed: replay the whole history of all that hangs together, store the differences, and raise the epoch
 * Both end in the same bytes, because matching is a fold (domain/ledger/apply-to-ledger.ts).
 *
 * Portfolios that a transfer ties to each other are locked together. A split concerns every portfolio of its owner: the
 * others are marked as if their rules had changed, and replayed in their own turn.
 */
import { announce } from "#adapters/postgres/ledger.ts";
import {
  lockPortfolios,
  readLinks,
  readUnmatched,
  type KeyLink,
  type LedgerVersion,
  type LockedPortfolio,
} from "#adapters/postgres/matching-reads.ts";
import {
  advancePortfolios,
  reopenSiblings,
  saveMatchedKeys,
  type MatchedKey,
} from "#adapters/postgres/matching-writes.ts";
import type { Db, Trx } from "#adapters/postgres/pool.ts";
import type { TransactionRef } from "#adapters/postgres/save-rebuilt.ts";
import type { PositionChanged } from "#contracts/events.ts";
import { statusOfReason } from "#contracts/transactions.ts";
import { gatherWork } from "./gather-work.ts";
import { matchWork } from "./match-work.ts";

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
    const locked = await lockPortfolios(trx, portfolioIds, { skipLocked: options.skipLocked ?? false });
    const behind = locked.filter(isBehind);
    if (behind.length === 0) return { changes: [], leftParked: [] };
    const tied = locked.filter((portfolio) => portfolio.is_tied);
    const links = await readLinks(
      trx,
      tied.map((portfolio) => portfolio.portfolio_id),
    );
    const ready = withoutStrangers(behind, locked, links);
    await announceLater(trx, behind, ready);
    const isLeft = (portfolio: LockedPortfolio) => options.leaveParked === true && portfolio.parked;
    const leftParked = ready.filter(isLeft).map((portfolio) => portfolio.portfolio_id);
    const portfolios = ready.filter((portfolio) => !isLeft(portfolio));
    if (portfolios.length === 0) return { changes: [], leftParked };
    const unmatched = await readUnmatched(trx, portfolios, VERSIONS_PER_TURN);
    const applied = appliedAfter(locked, unmatched);
    const work = await gatherWork(trx, {
      portfolios: new Map(locked.map((portfolio) => [portfolio.portfolio_id, portfolio])),
      anew: portfolios.filter(startsAnew).map((portfolio) => portfolio.portfolio_id),
      unmatched,
      applied,
      links,
    });
    const matched = work.flatMap(matchWork);
    const { reconsidered } = await saveMatchedKeys(trx, matched);
    const done = { locked, portfolios, unmatched, applied, matched, reconsidered };
    return { changes: await advance(trx, done), leftParked };
  });
}

function isBehind(portfolio: LockedPortfolio): boolean {
  if (portfolio.deleted) return false;
  return portfolio.head_sequence > portfolio.applied_sequence || rulesChanged(portfolio);
}

/** After a failure what is stored is not built upon: it may be what was wrong, and the ledger can replace it. */
function startsAnew(portfolio: LockedPortfolio): boolean {
  return portfolio.parked || rulesChanged(portfolio);
}

function rulesChanged(portfolio: LockedPortfolio): boolean {
  return portfolio.rules_version !== portfolio.applied_rules_version;
}

/**
 * Those whose tied portfolios are all locked too. Another matcher may hold one that this batch was to leave out, and a
 * transfer may have been recorded while the locks were being taken.
 */
function withoutStrangers(
  behind: readonly LockedPortfolio[],
  locked: readonly LockedPortfolio[],
  links: readonly KeyLink[],
): LockedPortfolio[] {
  const known = new Set(locked.map((portfolio) => portfolio.portfolio_id));
  const spoiled = new Set<string>();
  const ties = links.map(({ from, to }) => [from.portfolioId, to.portfolioId] as const);
  const isSpoiled = (id: string) => !known.has(id) || spoiled.has(id);
  for (let grew = true; grew;) {
    grew = false;
    for (const [a, b] of ties) {
      if (isSpoiled(a) === isSpoiled(b)) continue;
      spoiled.add(isSpoiled(a) ? b : a);
      grew = true;
    }
  }
  return behind.filter((portfolio) => !spoiled.has(portfolio.portfolio_id));
}

async function announceLater(
  trx: Trx,
  behind: readonly LockedPortfolio[],
  ready: readonly LockedPortfolio[],
): Promise<void> {
  for (const { portfolio_id, head_sequence } of behind) {
    if (ready.some((portfolio) => portfolio.portfolio_id === portfolio_id)) continue;
    await announce(trx, { portfolioId: portfolio_id, sequence: head_sequence });
  }
}

interface Done {
  readonly locked: readonly LockedPortfolio[];
  readonly portfolios: readonly LockedPortfolio[];
  readonly unmatched: readonly LedgerVersion[];
  readonly applied: ReadonlyMap<string, number>;
  readonly matched: readonly MatchedKey[];
  readonly reconsidered: readonly TransactionRef[];
}

async function advance(trx: Trx, done: Done): Promise<PositionChanged[]> {
  const rebuilt = new Set(done.matched.filter((key) => key.rebuilt).map((key) => key.portfolioId));
  const isAdvanced = new Set(done.portfolios);
  const moved = done.locked
    .filter((portfolio) => isAdvanced.has(portfolio) || rebuilt.has(portfolio.portfolio_id))
    .map((portfolio) => ({
      portfolio,
      applied: done.applied.get(portfolio.portfolio_id)!,
      epoch: portfolio.epoch + (rebuilt.has(portfolio.portfolio_id) ? 1 : 0),
      isAdvanced: isAdvanced.has(portfolio),
    }));
  await advancePortfolios(trx, moved);
  // What one turn does not take goes to the end of the queue, behind everybody else's news.
  for (const { portfolio, applied, isAdvanced: hadTurn } of moved) {
    if (hadTurn && applied < portfolio.head_sequence) {
      await announce(trx, { portfolioId: portfolio.portfolio_id, sequence: portfolio.head_sequence });
    }
  }
  const amended = done.unmatched.filter((version) => version.type === "split" || version.version > 1);
  await reopenSiblings(trx, amended);
  const outcomes = Map.groupBy(outcomesOf(done), (outcome) => outcome.portfolioId);
  return moved.map(({ portfolio, applied, epoch }) => {
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
function outcomesOf({ unmatched, matched, reconsidered }: Done) {
  const rejected = matched.flatMap((key) =>
    key.rejections.map((row) => ({ portfolioId: key.portfolioId, ...row })),
  );
  const recorded = unmatched
    .filter((version) => !version.withdrawn)
    .map((version) => ({ portfolioId: version.portfolio_id, transactionId: version.id }));
  const reasons = new Map(rejected.map((row) => [`${row.portfolioId}/${row.transactionId}`, row.reason]));
  const named = new Map(
    [...reconsidered, ...recorded, ...rejected].map((row) => [
      `${row.portfolioId}/${row.transactionId}`,
      row,
    ]),
  );
  return [...named].map(([name, { portfolioId, transactionId }]) => {
    const reason = reasons.get(name);
    return {
      portfolioId,
      id: transactionId,
      ...(reason === undefined ? { status: "matched" } : { status: statusOfReason(reason), reason }),
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
