import {
  NO_INSTRUMENT,
  type LedgerVersion,
  type LockedPortfolio,
  type MatchingKey,
  type StoredLot,
  type StoredPosition,
} from "#adapters/postgres/matching-reads.ts";
import type { CashFlowRow, MatchedKey } from "#adapters/postgres/matched-key.ts";
import { add, formatMoney, money, type Money } from "#domain/amounts.ts";
import { EMPTY_HOLDING, type LedgerRules } from "#domain/holding.ts";
import { invariant } from "#domain/invariant.ts";
import { applyToLedger, replayLedger } from "#domain/ledger/apply-to-ledger.ts";
import { EMPTY_LEDGER, type HoldingPlace, type Ledger, type LedgerResult } from "#domain/ledger/ledger.ts";
import { compareLots, type LotMethod } from "#domain/lot-order.ts";
import { instrumentName, ledgerTransactionOf } from "./ledger-transaction-of.ts";
import { disposalRowOf, holdingOf, lotRowOf, positionRowOf, type LastPlace } from "./stored-figures.ts";

/** A portfolio and the rules by which its transactions are matched. */
export type RuledPortfolio = Pick<
  LockedPortfolio,
  "portfolio_id" | "base_currency" | "lot_method" | "allow_short" | "track_cash"
>;

/** One key goes on from what is stored. Shape: `versions` in ledger order, later than all that is matched. */
export interface Append {
  readonly kind: "append";
  readonly portfolio: RuledPortfolio;
  readonly key: MatchingKey;
  readonly versions: readonly LedgerVersion[];
  readonly position: StoredPosition | undefined;
  readonly lots: readonly StoredLot[];
}

/** Keys that hang together are replayed from nothing. Shape: `versions` in any order, none withdrawn, all that concerns them. */
export interface Rebuild {
  readonly kind: "rebuild";
  readonly portfolios: ReadonlyMap<string, RuledPortfolio>;
  readonly keys: readonly MatchingKey[];
  readonly versions: readonly LedgerVersion[];
}

export type MatchWork = Append | Rebuild;

/** Matches: rows in, rows out, nothing else. Shape: one result per key. */
export function matchWork(work: MatchWork): MatchedKey[] {
  const portfolios =
    work.kind === "append" ? new Map([[work.portfolio.portfolio_id, work.portfolio]]) : work.portfolios;
  const result = work.kind === "append" ? appendTo(work) : replay(work);
  const keys = work.kind === "append" ? [work.key] : work.keys;
  const figures = indexResult(result, work.versions, portfolios);
  const lastPlaces = lastPlacesOf(result, figures.versionOf, keys);
  return keys.map((key) => {
    const name = keyName(key);
    const holding = figures.holdings.get(name)?.holding ?? EMPTY_HOLDING;
    const last = lastPlaces.get(name);
    const isForeign = holding.currency !== portfolioOf(portfolios, key.portfolioId).base_currency;
    const lots = (figures.lots.get(name) ?? []).flatMap((row) => [...row.openedLots, ...row.touchedLots]);
    return {
      ...key,
      rebuilt: work.kind === "rebuild",
      position:
        last === undefined || key.instrumentId === NO_INSTRUMENT
          ? undefined
          : positionRowOf(holding, { income: figures.income.get(name) ?? [], isForeign, last }),
      lots: lots.map((lot) => lotRowOf(lot, isForeign)),
      lotsBefore: work.kind === "append" ? work.lots : [],
      disposals: (figures.disposals.get(name) ?? []).map((disposal) =>
        disposalRowOf(disposal, {
          disposedSequence: figures.versionOf(disposal.id).order_sequence,
          isForeign,
        }),
      ),
      cashFlows: figures.cashFlows.get(name) ?? [],
      rejections: figures.rejections.get(name) ?? [],
    };
  });
}

/** Replays keys that hang together, and leaves the result in the domain's own terms. */
export function replay({ portfolios, versions }: Rebuild): LedgerResult {
  const currencies = currenciesOf(versions);
  return replayLedger(versions.map(ledgerTransactionOf), (account) =>
    rulesOf(portfolioOf(portfolios, account), currencies),
  );
}

function appendTo({ portfolio, key, versions, position, lots }: Append): LedgerResult {
  const known = position?.currency ?? null;
  const currencies = known === null ? currenciesOf(versions) : [known];
  const rules = rulesOf(portfolio, currencies);
  const ledger =
    position === undefined ? EMPTY_LEDGER : ledgerOf(key, position, { lots, method: rules.method });
  return applyToLedger(ledger, versions.map(ledgerTransactionOf), () => rules);
}

function ledgerOf(
  key: MatchingKey,
  position: StoredPosition,
  { lots, method }: { readonly lots: readonly StoredLot[]; readonly method: LotMethod },
): Ledger {
  const holding = holdingOf(position, lots);
  const place = { account: key.portfolioId, instrument: instrumentName(key.instrumentId) };
  const { currency } = position;
  const paid = {
    dividends: money(position.income),
    withheld: money(position.withheld_tax),
    fees: money(position.income_fees),
  };
  return {
    ...EMPTY_LEDGER,
    // Lots are read oldest first; the domain wants them in the order in which the method takes them.
    holdings: [{ ...place, holding: { ...holding, lots: holding.lots.toSorted(compareLots(method)) } }],
    income: currency === null ? [] : [{ ...place, currency, ...paid }],
    instruments: currency === null ? [] : [{ instrument: place.instrument, currency }],
  };
}

/** The rules of a portfolio; its base currency is part of them only where something is in another currency. */
function rulesOf(portfolio: RuledPortfolio, currencies: readonly string[]): LedgerRules {
  const baseCurrency = portfolio.base_currency;
  const isForeign = currencies.some((currency) => currency !== baseCurrency);
  return {
    method: portfolio.lot_method,
    allowShort: portfolio.allow_short,
    ...(isForeign ? { baseCurrency } : {}),
  };
}

function currenciesOf(versions: readonly LedgerVersion[]): string[] {
  return [...new Set(versions.flatMap((version) => version.currency ?? []))];
}

function portfolioOf(portfolios: ReadonlyMap<string, RuledPortfolio>, id: string): RuledPortfolio {
  const portfolio = portfolios.get(id);
  invariant(portfolio !== undefined, `portfolio ${id} is not at hand`);
  return portfolio;
}

/** What came of it, by key. */
function indexResult(
  result: LedgerResult,
  versions: readonly LedgerVersion[],
  portfolios: ReadonlyMap<string, RuledPortfolio>,
) {
  const byId = new Map(versions.map((version) => [version.id, version]));
  const versionOf = (id: string): LedgerVersion => {
    const version = byId.get(id);
    invariant(version !== undefined, `no version of transaction ${id} in this batch`);
    return version;
  };
  return {
    versionOf,
    holdings: new Map(result.ledger.holdings.map((row) => [placeName(row), row])),
    income: Map.groupBy(result.ledger.income, placeName),
    lots: Map.groupBy(result.changedLots, placeName),
    disposals: Map.groupBy(result.disposals, placeName),
    cashFlows: cashFlowsOf(result, versionOf, portfolios),
    rejections: rejectionsOf(result, versionOf),
  };
}

function rejectionsOf(result: LedgerResult, versionOf: (id: string) => LedgerVersion) {
  const rejections = new Map<
    string,
    { transactionId: string; reason: MatchedKey["rejections"][number]["reason"] }[]
  >();
  for (const { transactionId, reason } of result.outcomes) {
    if (reason === undefined) continue;
    const name = keyName(keyOfVersion(versionOf(transactionId)));
    const rows = rejections.get(name);
    if (rows === undefined) rejections.set(name, [{ transactionId, reason }]);
    else rows.push({ transactionId, reason });
  }
  return rejections;
}

/** By the key of the transaction in the account that the money belongs to. One row per transaction and currency. */
function cashFlowsOf(
  result: LedgerResult,
  versionOf: (id: string) => LedgerVersion,
  portfolios: ReadonlyMap<string, RuledPortfolio>,
): Map<string, CashFlowRow[]> {
  const sums = new Map<string, { name: string; version: LedgerVersion; currency: string; amount: Money }>();
  for (const { transactionId, account, currency, amount } of result.cashFlows) {
    const version = versionOf(transactionId);
    const isTrade = version.type === "buy" || version.type === "sell";
    if (isTrade && !portfolioOf(portfolios, account).track_cash) continue;
    const name = keyName({ portfolioId: account, instrumentId: version.instrument_id });
    const sumName = `${name}/${transactionId}/${currency}`;
    const before = sums.get(sumName)?.amount;
    sums.set(sumName, {
      name,
      version,
      currency,
      amount: before === undefined ? amount : add(before, amount),
    });
  }
  const flows = new Map<string, CashFlowRow[]>();
  for (const { name, version, currency, amount } of sums.values()) {
    const row = {
      transaction_id: version.id,
      currency,
      type: version.type,
      amount: formatMoney(amount),
      flowed_at: version.traded_at,
      flowed_sequence: version.order_sequence,
    };
    const rows = flows.get(name);
    if (rows === undefined) flows.set(name, [row]);
    else rows.push(row);
  }
  return flows;
}

/** The newest transaction that concerns each key. */
function lastPlacesOf(
  { outcomes }: LedgerResult,
  versionOf: (id: string) => LedgerVersion,
  keys: readonly MatchingKey[],
): ReadonlyMap<string, LastPlace> {
  const last = new Map<string, LastPlace>();
  const missing = new Set(keys.map(keyName));
  // Outcomes are in ledger order: read from the end, the first that concerns a key is its newest.
  for (let index = outcomes.length - 1; index >= 0 && missing.size > 0; index--) {
    const version = versionOf(outcomes[index]!.transactionId);
    for (const name of keysOf(version, keys).map(keyName)) {
      if (missing.delete(name)) last.set(name, version);
    }
  }
  return last;
}

/** The keys whose figures a transaction can change. */
function keysOf(version: LedgerVersion, keys: readonly MatchingKey[]): MatchingKey[] {
  const own = keyOfVersion(version);
  if (version.type === "split") return keys.filter((key) => key.instrumentId === own.instrumentId);
  const { to_portfolio_id: toPortfolio, to_instrument_id: toInstrument } = version;
  if (toPortfolio !== null) return [own, { ...own, portfolioId: toPortfolio }];
  return toInstrument === null ? [own] : [own, { ...own, instrumentId: toInstrument }];
}

/** The key that a version is recorded under. */
export function keyOfVersion(version: LedgerVersion): MatchingKey {
  return { portfolioId: version.portfolio_id, instrumentId: version.instrument_id };
}

/** A key as text, for maps. */
export function keyName({ portfolioId, instrumentId }: MatchingKey): string {
  return `${portfolioId}/${instrumentName(instrumentId)}`;
}

function placeName({ account, instrument }: HoldingPlace): string {
  return `${account}/${instrument}`;
}
