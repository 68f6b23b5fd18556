/*
 * Narrowing down: what keeps a portfolio from being matched?
 *
 * Matching a portfolio's news fails as a whole, every time. Which version is to blame is found by halving: the versions
 * that are pending, of the portfolio and of all that transfers tie to it, stand in a row as they were recorded, and a
 * prefix of the row is matched, committed where that succeeds, and made shorter where it fails. For 2,000 versions that is
 * 11 attempts. In the end everything before the version to blame is matched, and it and what follows wait: a ledger is
 * ordered, so nothing in it is skipped.
 *
 *   pending      11 12 13 14 15 16      all fail
 *   up to 13     fails                  so the fault is in 11 … 13
 *   up to 12     is matched             so 13 is to blame: parked at 13, applied 12
 *
 * Before it is parked, two things are tried that may cure it: to build on nothing that is stored (that may be what was
 * wrong), and to go on to a later version of the same transaction (its owner has mended it already). What is only too slow
 * is put off a few times first: the machine may be busy.
 */
import {
  databaseErrorKind,
  describeError,
  isInstallationFault,
  sqlState,
} from "#adapters/postgres/errors.ts";
import { rulesChanged } from "#adapters/postgres/matching-reads.ts";
import { parkPortfolios, putOff, takeBack, type Blame, type Parked } from "#adapters/postgres/parking.ts";
import { readPending, type Pending } from "#adapters/postgres/pending-versions.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import type { PositionChanged } from "#contracts/events.ts";
import { matchLots } from "./match-lots.ts";
import { VERSIONS_PER_COMMIT } from "./share-turn.ts";

/** What takes too long is tried so often, one, two, four … seconds apart, before it is narrowed down and parked. */
export const SLOW_ATTEMPTS_MAX = 5;

/**
 * What came of it.
 *   matched   everything is matched
 *   put-off   it is too slow just now
 *   too-long  so much has to be replayed that it is to be tried alone
 *   parked    it waits for what is to blame; `parked` is empty when somebody else has come past that meanwhile
 */
export type MatchedToFailure =
  | { readonly outcome: "matched" | "too-long" }
  | { readonly outcome: "put-off"; readonly error: unknown }
  | { readonly outcome: "parked"; readonly blame: Blame; readonly parked: readonly Parked[] };

export interface SearchOptions {
  /** Replays however much there is to replay. */
  readonly alone?: boolean;
  /** Gets the hints of each commit. */
  readonly onMatched: (changes: readonly PositionChanged[]) => Promise<void> | void;
}

/**
 * Matches what is new in a portfolio, and in all that is tied to it, as far as it can be matched, and parks them there.
 * Errors: throws on faults that are not the portfolio's own: they say nothing about what is recorded in it.
 */
export async function matchToFailure(
  db: Db,
  portfolioId: string,
  options: SearchOptions,
): Promise<MatchedToFailure> {
  try {
    return await matchOrPark(db, portfolioId, options);
  } catch (error) {
    if (error instanceof TooLong) return { outcome: "too-long" };
    throw error;
  }
}

async function matchOrPark(db: Db, portfolioId: string, options: SearchOptions): Promise<MatchedToFailure> {
  const pending = await readPending(db, portfolioId, VERSIONS_PER_COMMIT);
  const search = new Search(db, pending, options);
  const whole = await search.failureOf(pending.versions.length);
  if (whole !== undefined && isTooSlow(whole.error) && isPatient(pending, portfolioId)) {
    await putOff(db, portfolioId);
    return { outcome: "put-off", error: whole.error };
  }
  const failure = whole === undefined ? undefined : await search.narrow(whole);
  if (failure === undefined) {
    await takeBack(db, search.portfolioIds);
    return { outcome: "matched" };
  }
  const blame = blameOf(pending, failure);
  const parked = await db.transaction().execute((trx) => parkPortfolios(trx, blame));
  return { outcome: "parked", blame, parked };
}

/** Whether a failed match tells of the portfolios that it was about, and not of the database or the installation. */
export function isOwnFault(error: unknown): boolean {
  if (isInstallationFault(error)) return false;
  return databaseErrorKind(error) !== "transient" || isTooSlow(error);
}

/** Whether the server gave up because time was up. */
export function isTooSlow(error: unknown): boolean {
  return sqlState(error) === "57014";
}

function isPatient({ portfolios }: Pending, portfolioId: string): boolean {
  const portfolio = portfolios.find(({ portfolio_id: id }) => id === portfolioId)!;
  return portfolio.parked_portfolio_id === null && portfolio.failures < SLOW_ATTEMPTS_MAX;
}

/** What there is to replay does not fit into one commit. */
class TooLong extends Error {}

/** A prefix of what is pending that cannot be matched. */
interface Failure {
  readonly count: number;
  readonly error: unknown;
}

class Search {
  readonly portfolioIds: readonly string[];
  readonly #db: Db;
  readonly #pending: Pending;
  readonly #options: SearchOptions;
  /** How far each portfolio has come by what was matched here. */
  readonly #reached: Map<string, number>;

  constructor(db: Db, pending: Pending, options: SearchOptions) {
    this.#db = db;
    this.#pending = pending;
    this.#options = options;
    this.#reached = new Map(upToOf(pending, 0));
    this.portfolioIds = [...this.#reached.keys()];
  }

  /** Matches the first `count` of the pending versions. Undefined when that succeeds. */
  async failureOf(count: number, { anew = false } = {}): Promise<Failure | undefined> {
    const { alone = false, onMatched } = this.#options;
    const upTo = upToOf(this.#pending, count);
    try {
      const matched = await matchLots(this.#db, this.portfolioIds, { upTo, anew, alone });
      if (matched.tooLong.length > 0 || matched.postponed.length > 0) throw new TooLong();
      for (const { portfolioId, applied } of matched.changes) this.#reached.set(portfolioId, applied);
      await onMatched(matched.changes);
    } catch (error) {
      if (error instanceof TooLong || !isOwnFault(error)) throw error;
      return { count, error };
    }
    // Left out because somebody else is at it, or a transfer has just tied it to another.
    const isReached = [...upTo].every(([id, sequence]) => this.#reached.get(id)! >= sequence);
    if (!isReached) throw new Error("a portfolio was left out while it was being narrowed down");
    return undefined;
  }

  /**
   * Matches as much as it can, where not everything can be. Returns the shortest prefix that cannot, of which all but its
   * last version is matched then; its count is 0 when it is the rules that cannot be applied.
   */
  async narrow(whole: Failure): Promise<Failure | undefined> {
    const { portfolios, versions } = this.#pending;
    if (portfolios.some(rulesChanged)) {
      const ofRules = versions.length === 0 ? whole : await this.failureOf(0);
      if (ofRules !== undefined) return ofRules;
    }
    // Something that was recorded after we looked is to blame: the next look will see it.
    if (versions.length === 0) throw whole.error;
    let failure = await this.#halve(0, whole);
    for (;;) {
      const matched = await this.#cure(failure);
      if (matched === undefined) return failure;
      const rest = await this.failureOf(versions.length);
      if (rest === undefined) return undefined;
      failure = await this.#halve(matched, rest);
    }
  }

  /** The shortest prefix that fails, longer than `matched`. */
  async #halve(matched: number, failure: Failure): Promise<Failure> {
    let shortest = failure;
    let longest = matched;
    for (let probe = this.#lastCulprit(); shortest.count - longest > 1; probe = undefined) {
      const isBetween = probe !== undefined && probe > longest && probe < shortest.count;
      const count = isBetween ? probe! : Math.floor((longest + shortest.count) / 2);
      const next = await this.failureOf(count);
      if (next === undefined) longest = count;
      else shortest = next;
    }
    return shortest;
  }

  /** The prefix that ends with what the portfolio is parked for: most likely it fails once more. */
  #lastCulprit(): number | undefined {
    const { portfolios, versions } = this.#pending;
    const parked = portfolios.find((portfolio) => portfolio.parked_sequence !== null);
    const index = versions.findIndex(
      ({ portfolioId, sequence }) =>
        portfolioId === parked?.parked_portfolio_id && sequence === parked.parked_sequence,
    );
    return index === -1 ? undefined : index + 1;
  }

  /** How many of the pending versions are matched after all; undefined when the prefix still fails. */
  async #cure({ count, error }: Failure): Promise<number | undefined> {
    if (!isTooSlow(error) && (await this.failureOf(count, { anew: true })) === undefined) return count;
    const { versions } = this.#pending;
    const { id, portfolioId } = versions[count - 1]!;
    const amended =
      versions.findLastIndex((other) => other.id === id && other.portfolioId === portfolioId) + 1;
    if (amended === count || (await this.failureOf(amended)) !== undefined) return undefined;
    return amended;
  }
}

/** How far each portfolio comes with so many of the pending versions. */
function upToOf({ portfolios, versions }: Pending, count: number): ReadonlyMap<string, number> {
  const upTo = new Map(portfolios.map((portfolio) => [portfolio.portfolio_id, portfolio.applied_sequence]));
  for (const version of versions.slice(0, count)) upTo.set(version.portfolioId, version.sequence);
  return upTo;
}

function blameOf({ portfolios, versions }: Pending, { count, error }: Failure): Blame {
  const version = versions[count - 1];
  const portfolio = portfolios.find((one) =>
    version === undefined ? rulesChanged(one) : one.portfolio_id === version.portfolioId,
  )!;
  return {
    portfolioId: portfolio.portfolio_id,
    version: version && { sequence: version.sequence, transactionId: version.id },
    reason: isTooSlow(error) ? "takes-too-long" : "cannot-be-matched",
    detail: describeError(error),
    attempted: { head: portfolio.head_sequence, rulesVersion: portfolio.rules_version },
  };
}
