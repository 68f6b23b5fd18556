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
  isBehind,
  lockPortfolios,
  readLinks,
  readUnmatched,
  rulesChanged,
  type KeyLink,
  type LedgerVersion,
  type LockedPortfolio,
} from "#adapters/postgres/matching-reads.ts";
import {
  advancePortfolios,
  reopenSiblings,
  saveMatchedKeys,
  type MatchedKey,
  type TransactionRef,
} from "#adapters/postgres/matching-writes.ts";
import { unparkPortfolios } from "#adapters/postgres/parking.ts";
import type { Db, Trx } from "#adapters/postgres/pool.ts";
import type { PositionChanged } from "#contracts/events.ts";
import { statusOfReason } from "#contracts/transactions.ts";
import { gatherWork } from "./gather-work.ts";
import { leaveFailing, reachedFrom } from "./leave-failing.ts";
import { matchWork } from "./match-work.ts";

/** How many versions one portfolio gets per turn, so that a long import does not hold up the others. */
export const VERSIONS_PER_TURN = 2_000;

/** Above this many outcomes a hint only says that there are some. */
const NAMED_OUTCOMES_MAX = 200;

export interface Matched {
  /** One hint per portfolio that moved, to be published now that it is committed. */
  readonly changes: readonly PositionChanged[];
  /** Portfolios with news that were left out, as asked: parked, failing, or tied to one that is. */
  readonly left: readonly string[];
}

export interface MatchOptions {
  /** Leaves out portfolios that another matcher is busy with. */
  readonly skipLocked?: boolean;
  /** Leaves out portfolios whose matching failed the last time, so that they spoil no batch again. */
  readonly leaveFailing?: boolean;
  /** How far each portfolio is taken; those that it does not name stay where they are. */
  readonly upTo?: ReadonlyMap<string, number>;
  /** Builds on nothing that is stored: it may be what was wrong, and the ledger can replace it. */
  readonly anew?: boolean;
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
  if (portfolioIds.length === 0) return { changes: [], left: [] };
  return db.transaction().execute(async (trx) => {
    const locked = await lockPortfolios(trx, portfolioIds, { skipLocked: options.skipLocked ?? false });
    const behind = locked.filter(isBehind);
    if (behind.length === 0) return { changes: [], left: [] };
    const links = await readLinks(
      trx,
      locked.map((portfolio) => portfolio.portfolio_id),
    );
    const ready = withoutStrangers(behind, locked, links);
    await announceLater(trx, behind, ready);
    const { portfolios, joined, ...others } =
      options.leaveFailing === true
        ? await leaveFailing(trx, { ready, locked, links })
        : { portfolios: ready, left: [], joined: [] };
    const left = others.left.map((portfolio) => portfolio.portfolio_id);
    if (portfolios.length === 0) return { changes: joined.map(standstill), left };
    const news = await readUnmatched(trx, portfolios, VERSIONS_PER_TURN);
    const { upTo } = options;
    const unmatched =
      upTo === undefined
        ? news
        : news.filter(({ portfolio_id: id, sequence }) => sequence <= (upTo.get(id) ?? 0));
    const applied = appliedAfter(locked, unmatched);
    const work = await gatherWork(trx, {
      portfolios: new Map(locked.map((portfolio) => [portfolio.portfolio_id, portfolio])),
      anew: portfolios
        .filter((portfolio) => options.anew === true || rulesChanged(portfolio))
        .map((portfolio) => portfolio.portfolio_id),
      unmatched,
      applied,
      links,
    });
    const matched = work.flatMap(matchWork);
    const { reconsidered } = await saveMatchedKeys(trx, matched);
    const done = {
      locked,
      portfolios,
      unmatched,
      applied,
      matched,
      reconsidered,
      isWhole: upTo === undefined,
    };
    return { changes: [...joined.map(standstill), ...(await advance(trx, done))], left };
  });
}

/** The hint for those who watch a portfolio that has just been parked with another. */
function standstill(portfolio: LockedPortfolio): PositionChanged {
  const { portfolio_id, head_sequence, applied_sequence, epoch } = portfolio;
  return { portfolioId: portfolio_id, head: head_sequence, applied: applied_sequence, epoch };
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
  const spoiled = reachedFrom(links, (id) => !known.has(id));
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
  /** Everything that there was for a turn was taken. */
  readonly isWhole: boolean;
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
  await unparkPortfolios(
    trx,
    done.portfolios.filter((portfolio) => portfolio.failures > 0 && isFreed(portfolio, done)),
  );
  // What one turn does not take goes to the end of the queue, behind everybody else's news.
  for (const { portfolio, applied, isAdvanced: hadTurn } of moved) {
    if (done.isWhole && hadTurn && applied < portfolio.head_sequence) {
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

/** Whether what a portfolio was parked for has been matched: where only a part is taken it may be still to come. */
function isFreed(portfolio: LockedPortfolio, { locked, applied }: Done): boolean {
  const { parked_portfolio_id: blamedId, parked_sequence: sequence } = portfolio;
  if (blamedId === null || sequence === null) return true;
  const blamed = locked.find((other) => other.portfolio_id === blamedId);
  return blamed === undefined || blamed.deleted || applied.get(blamedId)! >= sequence;
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
