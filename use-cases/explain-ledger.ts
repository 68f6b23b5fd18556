/*
 * What a figure of one instrument in one portfolio rests on: the transactions with their versions, the replay that
 * makes lots and gains of them, and the story of each lot.
 *
 * Nothing is stored for it. The key is replayed together with all that hangs together with it (transfers to and from
 * the owner's other portfolios, mergers, splits recorded elsewhere) up to where it is matched, so that the figures are
 * those that are stored: both explanations check that they are.
 *
 * Reading and replaying are apart, so that no SQL transaction is held open while thousands of trades are replayed.
 */
import { findInstrumentId, readSymbols } from "#adapters/postgres/derived-reads.ts";
import type { LedgerVersion, LockedPortfolio, MatchingKey } from "#adapters/postgres/matching-reads.ts";
import type { Trx } from "#adapters/postgres/pool.ts";
import { listPortfolioRows } from "#adapters/postgres/portfolios.ts";
import type { LedgerRules } from "#domain/holding.ts";
import { invariant } from "#domain/invariant.ts";
import type { HoldingPlace, LedgerResult } from "#domain/ledger/ledger.ts";
import { LotStories } from "#domain/lot-story.ts";
import { gatherReplay } from "./gather-replay.ts";
import { instrumentName, ledgerTransactionOf } from "./ledger-transaction-of.ts";
import { type Rebuild, replay, type RuledPortfolio } from "./match-work.ts";

/** Why there is nothing to explain: it is not there, or (`under-old-rules`) its figures are about to be replaced. */
export type ExplanationRefusal = "disposal-not-found" | "position-not-found" | "under-old-rules";

/** What an explanation is made of, as read at one moment. */
export interface ExplanationRead {
  readonly portfolio: LockedPortfolio;
  readonly place: HoldingPlace;
  readonly work: Rebuild;
  /** Shape: by the instrument's name in the domain's ledger. */
  readonly symbols: ReadonlyMap<string, string>;
  readonly portfolioNames: ReadonlyMap<string, string>;
}

/** A replayed ledger with everything that is needed to put it into words. */
export interface ExplainedLedger {
  readonly portfolio: RuledPortfolio;
  /** The portfolio, and those that transfers tie to it. */
  readonly portfolios: ReadonlyMap<string, RuledPortfolio>;
  readonly place: HoldingPlace;
  /** Shape: by the transaction's id. */
  readonly versions: ReadonlyMap<string, LedgerVersion>;
  readonly symbols: ReadonlyMap<string, string>;
  /** Shape: by the instrument's name in the domain's ledger. */
  readonly currencies: ReadonlyMap<string, string>;
  readonly portfolioNames: ReadonlyMap<string, string>;
  readonly result: LedgerResult;
  readonly stories: LotStories;
}

/**
 * Reads what the figures of an instrument in a portfolio follow from. Undefined when rules have changed since they were
 * matched: by which rules they came about is not known any more, and matchers are about to replace them.
 */
export async function readForExplanation(
  trx: Trx,
  key: { userId: string; portfolioId: string; symbol: string },
): Promise<ExplanationRead | undefined> {
  const instrumentId = await findInstrumentId(trx, key.symbol);
  invariant(instrumentId !== undefined, `${key.symbol} has figures and is no instrument`);
  const only: MatchingKey = { portfolioId: key.portfolioId, instrumentId };
  const { portfolios, work } = await gatherReplay(trx, key.portfolioId, only);
  const [component] = work;
  const portfolio = portfolios.get(key.portfolioId);
  invariant(component !== undefined && portfolio !== undefined, "a key with figures has a ledger");
  const isUnderOldRules = component.keys.some(({ portfolioId }) => {
    const tied = portfolios.get(portfolioId);
    return tied !== undefined && tied.rules_version !== tied.applied_rules_version;
  });
  if (isUnderOldRules) return undefined;
  const names = await listPortfolioRows(trx, key.userId);
  return {
    portfolio,
    place: { account: key.portfolioId, instrument: instrumentName(instrumentId) },
    work: component,
    symbols: await symbolsOf(trx, component.versions),
    portfolioNames: new Map(names.map(({ id, name }) => [id, name])),
  };
}

async function symbolsOf(trx: Trx, versions: readonly LedgerVersion[]): Promise<Map<string, string>> {
  const ids = new Set(
    versions.flatMap((version) => [version.instrument_id, version.to_instrument_id ?? []].flat()),
  );
  const symbols = await readSymbols(trx, [...ids]);
  return new Map([...symbols].map(([id, symbol]) => [instrumentName(id), symbol]));
}

/** Replays what was read and tells the stories of its lots. Pure: it takes a moment per thousand transactions. */
export function explainLedger({ work, ...read }: ExplanationRead): ExplainedLedger {
  const result = replay(work);
  const stories = new LotStories(work.versions.map(ledgerTransactionOf), result, (account) =>
    rulesOf(work.portfolios, account),
  );
  const { portfolio, place, symbols, portfolioNames } = read;
  const versions = new Map(work.versions.map((version) => [version.id, version]));
  const { portfolios } = work;
  const currencies = new Map(
    result.ledger.instruments.map(({ instrument, currency }) => [instrument, currency]),
  );
  return { portfolio, portfolios, place, versions, symbols, currencies, portfolioNames, result, stories };
}

// Matching keeps a base currency only where something is in another one; a story may always have it.
function rulesOf(portfolios: ReadonlyMap<string, RuledPortfolio>, account: string): LedgerRules {
  const portfolio = portfolios.get(account);
  invariant(portfolio !== undefined, `portfolio ${account} is not at hand`);
  const { lot_method: method, allow_short: allowShort, base_currency: baseCurrency } = portfolio;
  return { method, allowShort, baseCurrency };
}
