/*
 * The transactions of a vector file, in the domain's words.
 *
 * Beside the types of ACCOUNTING section 2, the types that have no vector are read in the same manner, so that
 * the whole ledger can be tried out from a file: `tax` (amount); `return_of_capital` (instrument, amount);
 * `spin_off` (instrument, to_instrument, ratio "new:old", cost_share); `merger` (the same without cost_share,
 * and optional cash_per_share and cash_cost_share); `symbol_change` (instrument, to_instrument).
 */
import { INPUT_SCALE, multiply, parseMoney, parsePrice, parseQuantity, type Price } from "#domain/amounts.ts";
import { parseDecimal, roundDecimal } from "#domain/decimal.ts";
import type { Transaction } from "#domain/ledger/transaction-types.ts";
import { type Ratio, ratioOf } from "#domain/ratio.ts";
import { ok, refuse, type Result } from "#domain/result.ts";
import { compareLedgerOrder, type LedgerPlace, type LotSelection } from "#domain/transaction.ts";
import type { VectorRecord } from "./read-vector.ts";

/** The transactions of a file, ready for the ledger. */
export interface VectorTransactions {
  /** Shape: in ledger order; of transactions with one id, the first to arrive. */
  readonly transactions: readonly Transaction[];
  /** Those of a type that there is not. Shape: in ledger order. */
  readonly unknown: readonly LedgerPlace[];
  /** Ids that arrived again. Shape: in order of arrival. */
  readonly duplicates: readonly string[];
}

/** Returns the rate of a currency on a date, or undefined when it is not known. */
export type RateOn = (currency: string, date: string) => Price | undefined;

/** Returns the transactions, or why they cannot be read. */
export function readTransactions(
  records: readonly VectorRecord[],
  rateOn: RateOn,
): Result<VectorTransactions, string> {
  const places = new Map<string, LedgerPlace>();
  const transactions: Transaction[] = [];
  const unknown: LedgerPlace[] = [];
  const duplicates: string[] = [];
  try {
    for (const record of records) {
      const place = readPlace(record);
      if (places.has(place.id)) {
        duplicates.push(place.id);
        continue;
      }
      places.set(place.id, place);
      const transaction = readTransaction(record, place, rateOn);
      if (transaction === undefined) unknown.push(place);
      else transactions.push(transaction);
    }
  } catch (error) {
    if (error instanceof UnreadableError) return refuse(error.message);
    throw error;
  }
  return ok({
    transactions: transactions.toSorted(compareLedgerOrder),
    unknown: unknown.toSorted(compareLedgerOrder),
    duplicates,
  });
}

/** Leaves the reading of a file; what is wrong with it is its message. */
class UnreadableError extends Error {}

function readPlace(record: VectorRecord): LedgerPlace {
  const { id, seq } = record;
  if (typeof id !== "string" || typeof seq !== "number") throw new UnreadableError("id or seq is missing");
  return {
    id,
    orderSequence: seq,
    tradedAt: instantOf(record, "time"),
    tradeDate: textOf(record, "time").slice(0, 10),
  };
}

function readTransaction(record: VectorRecord, place: LedgerPlace, rateOn: RateOn): Transaction | undefined {
  const type = textOf(record, "type");
  switch (type) {
    case "buy":
    case "sell":
      return { ...place, type, ...heldIn(record), ...tradedIn(record, place.tradedAt, rateOn) };
    case "dividend":
      return { ...place, type, ...heldIn(record), ...paidIn(record), tax: moneyOf(record, "tax", "0") };
    case "interest":
    case "fee":
    case "tax":
    case "deposit":
    case "withdrawal":
      return { ...place, type, account: accountOf(record), ...amountIn(record) };
    case "transfer":
      return readTransfer(record, place);
    case "transfer_in":
      return readDeliveryIn(record, place, rateOn);
    case "transfer_out":
      return { ...place, type: "transfer-out", ...heldIn(record), ...leavingIn(record) };
    default:
      return readCorporateAction(record, place, rateOn);
  }
}

function readCorporateAction(
  record: VectorRecord,
  place: LedgerPlace,
  rateOn: RateOn,
): Transaction | undefined {
  const type = textOf(record, "type");
  const instrument = textOf(record, "instrument");
  const toInstrument = textOf(record, "to_instrument");
  switch (type) {
    case "split":
      return { ...place, type, instrument, ratio: ratioIn(record) };
    case "return_of_capital": {
      const paid = amountIn(record);
      const exchangeRate = rateIn(record, paid.currency, place.tradedAt, rateOn);
      return { ...place, type: "return-of-capital", ...heldIn(record), ...paid, exchangeRate };
    }
    case "spin_off": {
      const costShare = decimalRatioOf(record, "cost_share");
      return { ...place, type: "spin-off", instrument, toInstrument, ratio: ratioIn(record), costShare };
    }
    case "merger": {
      const cash =
        record["cash_per_share"] === undefined
          ? undefined
          : {
              perShare: priceOf(record, "cash_per_share"),
              costShare: decimalRatioOf(record, "cash_cost_share"),
              currency: textOf(record, "currency"),
            };
      const currency = textOf(record, "currency");
      const exchangeRate = rateIn(record, currency, place.tradedAt, rateOn);
      return { ...place, type, instrument, toInstrument, ratio: ratioIn(record), cash, exchangeRate };
    }
    case "symbol_change":
      return { ...place, type: "symbol-change", instrument, toInstrument };
    default:
      return undefined;
  }
}

function readTransfer(record: VectorRecord, place: LedgerPlace): Transaction {
  const account = accountOf(record);
  const toAccount = textOf(record, "to_account", "main");
  if (record["instrument"] === undefined) {
    return { ...place, type: "cash-transfer", account, toAccount, ...amountIn(record) };
  }
  const currency = record["currency"] === undefined ? undefined : textOf(record, "currency");
  const fees = moneyOf(record, "fees", "0");
  return { ...place, type: "transfer", ...heldIn(record), toAccount, ...leavingIn(record), fees, currency };
}

function readDeliveryIn(record: VectorRecord, place: LedgerPlace, rateOn: RateOn): Transaction {
  const currency = textOf(record, "currency");
  const quantity = quantityOf(record, "quantity");
  const acquiredAt = record["acquired"] === undefined ? undefined : instantOf(record, "acquired");
  const cost =
    record["cost"] === undefined ? multiply(quantity, priceOf(record, "price")) : moneyOf(record, "cost");
  return {
    ...place,
    type: "transfer-in",
    ...heldIn(record),
    quantity,
    cost,
    acquiredAt,
    acquiredDate: acquiredAt === undefined ? undefined : textOf(record, "acquired").slice(0, 10),
    currency,
    exchangeRate: rateIn(record, currency, acquiredAt ?? place.tradedAt, rateOn),
  };
}

function heldIn(record: VectorRecord): { account: string; instrument: string } {
  return { account: accountOf(record), instrument: textOf(record, "instrument") };
}

function tradedIn(record: VectorRecord, tradedAt: number, rateOn: RateOn) {
  const currency = textOf(record, "currency");
  return {
    ...leavingIn(record),
    price: priceOf(record, "price"),
    fees: moneyOf(record, "fees", "0"),
    currency,
    exchangeRate: rateIn(record, currency, tradedAt, rateOn),
  };
}

function leavingIn(record: VectorRecord) {
  return { quantity: quantityOf(record, "quantity"), lots: lotsIn(record) };
}

function paidIn(record: VectorRecord) {
  const amount =
    record["amount"] === undefined
      ? multiply(quantityOf(record, "quantity"), priceOf(record, "price"))
      : moneyOf(record, "amount");
  return { amount, fees: moneyOf(record, "fees", "0"), currency: textOf(record, "currency") };
}

function amountIn(record: VectorRecord) {
  return { amount: moneyOf(record, "amount"), currency: textOf(record, "currency") };
}

function lotsIn(record: VectorRecord): LotSelection[] | undefined {
  const named = record["lots"];
  if (named === undefined) return undefined;
  if (!Array.isArray(named)) throw new UnreadableError("lots is not a list");
  return named.map((selection: VectorRecord) => ({
    lotId: textOf(selection, "lot"),
    quantity: quantityOf(selection, "quantity"),
  }));
}

function rateIn(record: VectorRecord, currency: string, atMs: number, rateOn: RateOn): Price | undefined {
  if (record["fx_rate"] !== undefined) return priceOf(record, "fx_rate");
  return rateOn(currency, new Date(atMs).toISOString().slice(0, 10));
}

function ratioIn(record: VectorRecord): Ratio {
  const [newer = "", older = "", ...rest] = textOf(record, "ratio").split(":");
  const [numerator, denominator] = [parseDecimal(newer, INPUT_SCALE), parseDecimal(older, INPUT_SCALE)];
  if (numerator === undefined || denominator === undefined || rest.length > 0) {
    throw new UnreadableError("ratio is not new:old");
  }
  // Not above zero on either side is for the ledger to reject.
  return denominator <= 0n ? { numerator: 0n, denominator: 1n } : ratioOf(numerator, denominator);
}

function decimalRatioOf(record: VectorRecord, field: string): Ratio {
  const value = parseDecimal(textOf(record, field), INPUT_SCALE);
  if (value === undefined) throw new UnreadableError(`${field} is not a decimal`);
  return ratioOf(value, 10n ** BigInt(INPUT_SCALE));
}

function accountOf(record: VectorRecord): string {
  return textOf(record, "account", "main");
}

function instantOf(record: VectorRecord, field: string): number {
  const instantMs = Date.parse(textOf(record, field));
  if (Number.isNaN(instantMs)) throw new UnreadableError(`unreadable ${field}`);
  return instantMs;
}

function quantityOf(record: VectorRecord, field: string) {
  return amountOf(parseQuantity(textOf(record, field)), record, field);
}

function priceOf(record: VectorRecord, field: string) {
  return amountOf(parsePrice(roundLongPrice(textOf(record, field))), record, field);
}

function moneyOf(record: VectorRecord, field: string, absent?: string) {
  return amountOf(parseMoney(textOf(record, field, absent)), record, field);
}

function amountOf<Amount>(value: Amount | undefined, record: VectorRecord, field: string): Amount {
  if (value !== undefined) return value;
  throw new UnreadableError(
    `transaction ${String(record["id"])}: ${field} is missing, malformed or has more than 20 integer digits or 18 decimals`,
  );
}

/** The text of a field; empty, which no amount accepts, when there is none. A JSON number is not text. */
function textOf(record: VectorRecord, field: string, absent = ""): string {
  const value = record[field] ?? absent;
  return typeof value === "string" ? value : "";
}

/**
 * Lotwise refuses a price of more than 18 decimals. One published case (p038) states a total as quantity ×
 * 35.43333… with 58 decimals; rounded to 18, its total is off by less than 10^-17 and no printed digit changes.
 */
function roundLongPrice(text: string): string {
  return parseDecimal(text, INPUT_SCALE + 100) === undefined ? text : roundDecimal(text, INPUT_SCALE);
}
