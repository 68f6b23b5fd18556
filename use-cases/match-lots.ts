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
import type { MatchedKey } from "#adapters/postgres/matched-key.ts";
import { advancePortfolios, reopenSiblings, saveMatchedKeys } from "#adapters/postgres/matching-writes.ts";
import { unparkPortfolios } from "#adapters/postgres/parking.ts";
import type { Db, Trx } from "#adapters/postgres/pool.ts";
import { lockAlone, waitForLocks } from "#adapters/postgres/rebuild-reads.ts";
import type { TransactionRef } from "#adapters/postgres/save-rebuilt.ts";
import type { PositionChanged } from "#contracts/events.ts";
import { statusOfReason } from "#contracts/transactions.ts";
import { invariant } from "#domain/invariant.ts";
import { findExcess, type Excess } from "./find-excess.ts";
import { gatherWork, planWork, type Batch } from "./gather-work.ts";
import { leaveFailing, reachedFrom } from "./leave-failing.ts";
import { matchWork, type MatchWork } from "./match-work.ts";
import { shareTurn } from "./share-turn.ts";

/** Above this many outcomes a hint only says that there are some. */
const NAMED_OUTCOMES_MAX = 200;

export interface Matched {
  /** One hint per portfolio that moved, to be published now that it is committed. */
  readonly changes: readonly PositionChanged[];
  /** Portfolios with news that were left out, as asked: parked, failing, or tied to one that is. */
  readonly left: readonly string[];
  /** Portfolios that another matcher is busy with. Only where `skipLocked` is asked for. */
  readonly busy: readonly string[];
  /** Left out because so much has to be replayed that they are to be matched alone. */
  readonly tooLong: readonly string[];
  /** Left out because the commit was full. */
  readonly postponed: readonly string[];
}

const NOTHING: Matched = { changes: [], left: [], busy: [], tooLong: [], postponed: [] };

export interface MatchOptions {
  /** Leaves out portfolios that another matcher is busy with. */
  readonly skipLocked?: boolean;
  /** Waits no longer for the locks of others. Units: milliseconds. */
  readonly lockWithinMs?: number;
  /** Leaves out portfolios whose matching failed the last time, so that they spoil no batch again. */
  readonly leaveFailing?: boolean;
  /** How far each portfolio is taken; those that it does not name stay where they are. */
  readonly upTo?: ReadonlyMap<string, number>;
  /** Builds on nothing that is stored: it may be what was wrong, and the ledger can replace it. */
  readonly anew?: boolean;
  /** For one portfolio: takes everything that is new, and replays however much that is. */
  readonly alone?: boolean;
}

/**
 * Matches what is new in the portfolios, in one commit: of each as much as is its share.
 * Errors: throws on any fault, having changed nothing.
 */
export async function matchLots(
  db: Db,
  portfolioIds: readonly string[],
  options: MatchOptions = {},
): Promise<Matched> {
  if (portfolioIds.length === 0) return NOTHING;
  return db.transaction().execute(async (trx) => {
    if (options.lockWithinMs !== undefined) await waitForLocks(trx, options.lockWithinMs);
    if (options.alone === true && !(await lockAlone(trx, portfolioIds))) return NOTHING;
    const locked = await lockPortfolios(trx, portfolioIds, { skipLocked: options.skipLocked ?? false });
    if (options.alone === true) await lockAlone(trx, idsOf(locked));
    const busy = options.skipLocked === true ? missingFrom(locked, portfolioIds) : [];
    const behind = locked.filter(isBehind);
    if (behind.length === 0) return { ...NOTHING, busy };
    const links = await readLinks(trx, idsOf(locked.filter((portfolio) => portfolio.is_tied)));
    const ready = withoutStrangers(behind, locked, links);
    await announceLater(trx, behind, ready);
    const { joined, ...parted } =
      options.leaveFailing === true
        ? await leaveFailing(trx, { ready, locked, links })
        : { portfolios: ready, left: [], joined: [] };
    const left = idsOf(parted.left);
    const standing = joined.map(standstill);
    const turn = await takeTurn(trx, { locked, links, wanted: parted.portfolios, options });
    const { tooLong, postponed } = turn;
    if (turn.portfolios.length === 0) return { changes: standing, left, busy, tooLong, postponed };
    const matched = turn.work.flatMap(matchWork);
    const { reconsidered } = await saveMatchedKeys(trx, matched);
    const isWhole = options.upTo === undefined;
    const changes = await advance(trx, { ...turn, locked, matched, reconsidered, isWhole });
    // News that the others left to us while we were at it.
    if (options.alone === true && isWhole) await announceLater(trx, turn.portfolios, []);
    return { changes: [...standing, ...changes], left, busy, tooLong, postponed };
  });
}

/** The hint for those who watch a portfolio that has just been parked with another. */
function standstill(portfolio: LockedPortfolio): PositionChanged {
  const { portfolio_id, head_sequence, applied_sequence, epoch } = portfolio;
  return { portfolioId: portfolio_id, head: head_sequence, applied: applied_sequence, epoch, parked: true };
}

function idsOf(portfolios: readonly LockedPortfolio[]): string[] {
  return portfolios.map((portfolio) => portfolio.portfolio_id);
}

function missingFrom(locked: readonly LockedPortfolio[], portfolioIds: readonly string[]): string[] {
  const had = new Set(idsOf(locked));
  return portfolioIds.filter((id) => !had.has(id));
}

interface Turn {
  readonly portfolios: readonly LockedPortfolio[];
  readonly unmatched: readonly LedgerVersion[];
  readonly applied: ReadonlyMap<string, number>;
  readonly work: readonly MatchWork[];
  readonly tooLong: readonly string[];
  readonly postponed: readonly string[];
}

/** Reads what there is to do for those of the portfolios that fit into one commit. */
async function takeTurn(
  trx: Trx,
  given: {
    readonly locked: readonly LockedPortfolio[];
    readonly links: readonly KeyLink[];
    readonly wanted: readonly LockedPortfolio[];
    readonly options: MatchOptions;
  },
): Promise<Turn> {
  const { locked, links, options } = given;
  const tooLong: string[] = [];
  const postponed: string[] = [];
  for (let portfolios = given.wanted; ;) {
    if (portfolios.length === 0) {
      return { portfolios, unmatched: [], applied: new Map(), work: [], tooLong, postponed };
    }
    const upTo = limitsOf(portfolios, options);
    const unmatched = await readUnmatched(trx, portfolios, upTo);
    const applied = appliedAfter(locked, unmatched);
    const batch: Batch = {
      portfolios: new Map(locked.map((portfolio) => [portfolio.portfolio_id, portfolio])),
      anew: idsOf(portfolios.filter((portfolio) => options.anew === true || rulesChanged(portfolio))),
      unmatched,
      applied,
      links,
    };
    const plan = await planWork(trx, batch);
    const excess = options.alone === true ? NO_EXCESS : await findExcess(trx, plan, batch);
    const left = new Set([...excess.tooLong, ...excess.postponed]);
    tooLong.push(...excess.tooLong);
    postponed.push(...excess.postponed);
    if (left.size === 0) {
      const work = await gatherWork(trx, batch, plan);
      return { portfolios, unmatched, applied, work, tooLong, postponed };
    }
    portfolios = portfolios.filter((portfolio) => !left.has(portfolio.portfolio_id));
  }
}

const NO_EXCESS: Excess = { tooLong: [], postponed: [] };

/** How far each portfolio is taken: by its share, as far as is asked, or alone to its head. */
function limitsOf(
  portfolios: readonly LockedPortfolio[],
  { upTo, alone = false }: MatchOptions,
): ReadonlyMap<string, number> {
  if (upTo === undefined && !alone) return shareTurn(portfolios);
  return new Map(
    portfolios.map(({ portfolio_id: id, head_sequence: head }) => [
      id,
      upTo === undefined ? head : (upTo.get(id) ?? 0),
    ]),
  );
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
  for (const { portfolio_id: id, sequence } of unmatched) {
    // A ledger with a hole in it is damaged, and must not be matched past the hole.
    invariant(sequence === applied.get(id)! + 1, `sequence ${applied.get(id)! + 1} of ${id} is missing`);
    applied.set(id, sequence);
  }
  return applied;
}
