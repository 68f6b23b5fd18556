/*
 * The way of a batch from rows to rows in another kind of number: use-cases/match-work.ts with stored-figures.ts and
 * ledger-transaction-of.ts, step for step, as far as purchases and sales in the portfolio's own currency go. Every column
 * that the product reads or writes as text is read or written here too. When the product's way changes this one follows.
 */
import type { LedgerVersion, StoredLot, StoredPosition } from "#adapters/postgres/matching-reads.ts";
import type {
  CashFlowRow,
  DisposalRow,
  LotRow,
  MatchedKey,
  PositionRow,
  SliceRow,
} from "#adapters/postgres/matched-key.ts";
import type { DisposalSlice } from "#domain/disposal.ts";
import { formatInstant } from "#domain/instant.ts";
import { invariant } from "#domain/invariant.ts";
import type { LedgerRules } from "#domain/match-lots.ts";
import { instrumentName } from "#use-cases/ledger-transaction-of.ts";
import { keyName, keyOfVersion, type Append } from "#use-cases/match-work.ts";
import type { Counterpart, DisposalIn, HoldingIn, LotIn, OpenHoldingIn, TradeIn } from "./counterpart.ts";
import type { InNumber } from "./in-number.ts";
import { type AccountHoldingIn, applyToLedgerIn, emptyHolding, type LedgerResultIn } from "./ledger-in.ts";

/** As `matchWork` for one append. Shape: one result. */
export function matchRowsIn<N, Open extends OpenHoldingIn<N>>(
  numbers: Counterpart<N, Open>,
  work: Append,
): MatchedKey[] {
  const { portfolio, key, versions, position, lots } = work;
  const rules: LedgerRules = { method: portfolio.lot_method, allowShort: portfolio.allow_short };
  const given = position === undefined ? [] : [accountHoldingOf(numbers, work, { position, lots, rules })];
  const trades = versions.map((version) => tradeOf(numbers, version));
  const result = applyToLedgerIn(numbers, given, { trades, rules });
  const byId = new Map(versions.map((version) => [version.id, version]));
  const versionOf = (id: string): LedgerVersion => {
    const version = byId.get(id);
    invariant(version !== undefined, `no version of transaction ${id} in this batch`);
    return version;
  };
  const holdings = new Map(result.holdings.map((row) => [placeName(row), row]));
  const lotsByName = Map.groupBy(result.changedLots, placeName);
  const disposals = Map.groupBy(result.disposals, placeName);
  const name = keyName(key);
  const holding = holdings.get(name)?.holding ?? emptyHolding(numbers.zero);
  const changed = (lotsByName.get(name) ?? []).flatMap((row) => [...row.openedLots, ...row.touchedLots]);
  const matched: MatchedKey = {
    ...key,
    rebuilt: false,
    position: positionRowOf(numbers, holding, versionOf(result.outcomes.at(-1)!.transactionId)),
    lots: changed.map((lot) => lotRowOf(numbers, lot)),
    lotsBefore: lots,
    disposals: (disposals.get(name) ?? []).map((disposal) =>
      disposalRowOf(numbers, disposal, versionOf(disposal.id).order_sequence),
    ),
    cashFlows: cashFlowsOf(result, versionOf, portfolio.track_cash),
    rejections: rejectionsOf(result, versionOf).get(name) ?? [],
  };
  return [matched];
}

/** The trades leave money out of it, as portfolios do that were not asked to keep it. */
function cashFlowsOf<N>(
  result: LedgerResultIn<N>,
  versionOf: (id: string) => LedgerVersion,
  isTracked: boolean,
): CashFlowRow[] {
  for (const { transactionId } of result.cashFlows) {
    const { type } = versionOf(transactionId);
    invariant(
      !isTracked && (type === "buy" || type === "sell"),
      "only trades without money are matched here",
    );
  }
  return [];
}

function rejectionsOf<N>({ outcomes }: LedgerResultIn<N>, versionOf: (id: string) => LedgerVersion) {
  const rejections = new Map<string, MatchedKey["rejections"][number][]>();
  for (const { transactionId, reason } of outcomes) {
    if (reason === undefined) continue;
    const name = keyName(keyOfVersion(versionOf(transactionId)));
    const rows = rejections.get(name);
    if (rows === undefined) rejections.set(name, [{ transactionId, reason }]);
    else rows.push({ transactionId, reason });
  }
  return rejections;
}

/** As `ledgerTransactionOf` for a purchase or a sale. */
export function tradeOf<N>({ read }: { read: (text: string) => N }, version: LedgerVersion): TradeIn<N> {
  const { type, quantity, price, currency } = version;
  invariant(type === "buy" || type === "sell", "only trades are matched here");
  invariant(quantity !== null && price !== null && currency !== null, "a trade's column is null");
  const trade = {
    id: version.id,
    orderSequence: version.order_sequence,
    tradedAt: Date.parse(version.traded_at),
    tradeDate: version.trade_date,
    type,
    account: version.portfolio_id,
    instrument: instrumentName(version.instrument_id),
    quantity: read(quantity),
    price: read(price),
    fees: read(version.fees),
    exchangeRate: undefined,
    currency,
    lots: undefined,
  };
  return trade;
}

function accountHoldingOf<N, Open extends OpenHoldingIn<N>>(
  { read, compareLots }: Counterpart<N, Open>,
  { key }: Append,
  stored: { position: StoredPosition; lots: readonly StoredLot[]; rules: LedgerRules },
): AccountHoldingIn<N> {
  const { position, lots, rules } = stored;
  const holding = {
    currency: position.currency ?? undefined,
    quantity: read(position.quantity),
    costBasis: read(position.cost_basis),
    realizedGain: read(position.realized_gain),
    fees: read(position.fees),
    lots: lots.map((lot) => lotOf(read, lot)).toSorted(compareLots(rules.method)),
  } as HoldingIn<N>;
  // Read, and added to by dividends alone.
  for (const text of [position.income, position.withheld_tax, position.income_fees]) read(text);
  return { account: key.portfolioId, instrument: instrumentName(key.instrumentId), holding };
}

function lotOf<N>(read: (text: string) => N, row: StoredLot): LotIn<N> {
  const lot = {
    id: row.id,
    side: row.side,
    openedAt: Date.parse(row.opened_at),
    openedSequence: row.opened_sequence,
    openedDate: row.opened_date,
    originalQuantity: read(row.original_quantity),
    originalCost: read(row.original_cost),
    remainingQuantity: read(row.remaining_quantity),
    unit: undefined,
    exactUnitCost: undefined,
    originalBaseCost: undefined,
    openingRate: undefined,
  };
  return lot;
}

interface Writer<N> {
  readonly zero: N;
  readonly write: (value: N) => string;
}

function positionRowOf<N>(
  { write, zero }: Writer<N>,
  holding: HoldingIn<N>,
  last: LedgerVersion,
): PositionRow {
  return {
    currency: holding.currency ?? null,
    quantity: write(holding.quantity),
    unit: "1",
    cost_basis: write(holding.costBasis),
    realized_gain: write(holding.realizedGain),
    fees: write(holding.fees),
    income: write(zero),
    withheld_tax: write(zero),
    income_fees: write(zero),
    base_cost_basis: null,
    base_realized_gain: null,
    exchange_gain: null,
    last_traded_at: last.traded_at,
    last_order_sequence: last.order_sequence,
  };
}

function lotRowOf<N>({ write }: Writer<N>, lot: LotIn<N>): LotRow {
  invariant(lot.openedDate !== undefined, `lot ${lot.id} has no date`);
  return {
    id: lot.id,
    side: lot.side,
    opened_at: formatInstant(lot.openedAt),
    opened_sequence: lot.openedSequence,
    opened_date: lot.openedDate,
    original_quantity: write(lot.originalQuantity),
    original_cost: write(lot.originalCost),
    remaining_quantity: write(lot.remainingQuantity),
    unit: "1",
    original_base_cost: null,
    opening_rate: null,
    unit_cost_numerator: null,
    unit_cost_denominator: null,
  };
}

function disposalRowOf<N>(writer: Writer<N>, disposal: DisposalIn<N>, disposedSequence: number): DisposalRow {
  invariant(disposal.disposedDate !== undefined, `disposal ${disposal.id} has no date`);
  const { write } = writer;
  return {
    transaction_id: disposal.id,
    side: disposal.side,
    disposed_at: formatInstant(disposal.disposedAt),
    disposed_sequence: disposedSequence,
    disposed_date: disposal.disposedDate,
    quantity: write(disposal.quantity),
    unit: "1",
    exchange_rate: null,
    proceeds: write(disposal.proceeds),
    cost_basis: write(disposal.costBasis),
    realized_gain: write(disposal.realizedGain),
    base_proceeds: null,
    base_cost_basis: null,
    exchange_gain: null,
    slices: disposal.slices.map((slice, index) => sliceRowOf(writer, slice, index + 1)),
  };
}

function sliceRowOf<N>({ write }: Writer<N>, slice: InNumber<DisposalSlice, N>, number: number): SliceRow {
  return {
    slice_number: number,
    lot_id: slice.lotId,
    quantity: write(slice.quantity),
    proceeds: write(slice.proceeds),
    cost_basis: write(slice.costBasis),
    realized_gain: write(slice.realizedGain),
    base_proceeds: null,
    base_cost_basis: null,
    exchange_gain: null,
  };
}

function placeName({ account, instrument }: { account: string; instrument: string }): string {
  return `${account}/${instrument}`;
}
