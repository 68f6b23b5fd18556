/*
 * Every type of transaction that a ledger knows. A trade is a `LedgerTransaction` with the account and the
 * instrument that it belongs to; the others are here. Amounts are exact but not yet judged, as in a trade.
 *
 * An account is whatever holds lots and cash of its own: in Lotwise a portfolio. What a company does to its
 * shares (split, spin-off, merger, symbol change) concerns every account that holds them unless it names one.
 */
import type { Money, Price, Quantity } from "../amounts.ts";
import type { Ratio } from "../ratio.ts";
import type { LedgerPlace, LedgerTransaction, LotSelection } from "../transaction.ts";

/** A purchase or a sale. Cash −/+ quantity × price, minus fees. */
export interface Trade extends LedgerTransaction {
  readonly account: string;
  readonly instrument: string;
}

/** Income of an instrument. Cash + amount − tax − fees; no lot changes. */
export interface Dividend extends LedgerPlace {
  readonly type: "dividend";
  readonly account: string;
  readonly instrument: string;
  /** Gross. Negative: paid in lieu on a short holding. */
  readonly amount: Money;
  /** Withheld at the source. */
  readonly tax: Money;
  readonly fees: Money;
  readonly currency: string;
}

/** Money in or out of one account: interest received (or paid, below zero), a fee or a tax paid (or refunded, below zero). */
export interface CashEntry extends LedgerPlace {
  readonly type: "interest" | "fee" | "tax";
  readonly account: string;
  readonly amount: Money;
  readonly currency: string;
}

/** Money that its owner brings in or takes out: an external flow. */
export interface ExternalCash extends LedgerPlace {
  readonly type: "deposit" | "withdrawal";
  readonly account: string;
  /** Above zero. */
  readonly amount: Money;
  readonly currency: string;
}

/** Money moved between two accounts of one owner. */
export interface CashTransfer extends LedgerPlace {
  readonly type: "cash-transfer";
  readonly account: string;
  readonly toAccount: string;
  /** Above zero. */
  readonly amount: Money;
  readonly currency: string;
}

/** Every open lot: quantity × ratio, cost and opening as before. No cash for fractions. */
export interface Split extends LedgerPlace {
  readonly type: "split";
  readonly instrument: string;
  /** Absent: all accounts. */
  readonly account?: string | undefined;
  /** New shares for an old one: 2 for "2:1", 1/10 for "1:10". */
  readonly ratio: Ratio;
}

/** Lots moved between two accounts of one owner, with id, opening and cost; no gain. */
export interface LotTransfer extends LedgerPlace {
  readonly type: "transfer";
  readonly account: string;
  readonly toAccount: string;
  readonly instrument: string;
  readonly quantity: Quantity;
  /** Absent or empty: the oldest first, under every method. */
  readonly lots?: readonly LotSelection[] | undefined;
  /** An expense of `account`, not cost. */
  readonly fees: Money;
  /** Of the fees, and of the instrument. Absent: the instrument's. */
  readonly currency?: string | undefined;
  /** Rate to the base currency of `toAccount`; needed only when the accounts' base currencies differ. */
  readonly exchangeRate?: Price | undefined;
}

/** A delivery from outside opens a lot with the cost and date that it brings. */
export interface DeliveryIn extends LedgerPlace {
  readonly type: "transfer-in";
  readonly account: string;
  readonly instrument: string;
  readonly quantity: Quantity;
  /** Total. */
  readonly cost: Money;
  /** When it was bought; absent: now. Units: milliseconds since 1970. */
  readonly acquiredAt?: number | undefined;
  /** Local trade date of the purchase. */
  readonly acquiredDate?: string | undefined;
  readonly currency: string;
  /** Rate to the base currency when it was bought. */
  readonly exchangeRate?: Price | undefined;
}

/** A delivery to the outside takes lots away without a gain. */
export interface DeliveryOut extends LedgerPlace {
  readonly type: "transfer-out";
  readonly account: string;
  readonly instrument: string;
  readonly quantity: Quantity;
  readonly lots?: readonly LotSelection[] | undefined;
}

/** Money that reduces the cost of the lots, and is a gain where no cost is left. */
export interface ReturnOfCapital extends LedgerPlace {
  readonly type: "return-of-capital";
  readonly account: string;
  readonly instrument: string;
  /** Above zero, in total; divided over the lots by quantity. */
  readonly amount: Money;
  readonly currency: string;
  readonly exchangeRate?: Price | undefined;
}

/** Every lot of an instrument gets a sibling of another one, and gives it a share of its cost. */
export interface SpinOff extends LedgerPlace {
  readonly type: "spin-off";
  readonly instrument: string;
  readonly toInstrument: string;
  readonly account?: string | undefined;
  /** New shares for an old one. */
  readonly ratio: Ratio;
  /** Part of the cost that goes to the new shares: from 0 to 1. */
  readonly costShare: Ratio;
}

/** Every lot of an instrument becomes one of another, with its cost; for cash beside it, part of the cost is sold. */
export interface Merger extends LedgerPlace {
  readonly type: "merger";
  readonly instrument: string;
  readonly toInstrument: string;
  readonly account?: string | undefined;
  /** New shares for an old one. */
  readonly ratio: Ratio;
  readonly cash?:
    { readonly perShare: Price; readonly costShare: Ratio; readonly currency: string } | undefined;
  readonly exchangeRate?: Price | undefined;
}

/** The same instrument under another name: everything about it goes along, also what was gained. */
export interface SymbolChange extends LedgerPlace {
  readonly type: "symbol-change";
  readonly instrument: string;
  readonly toInstrument: string;
  readonly account?: string | undefined;
}

/** Any transaction of a ledger. */
export type Transaction =
  | Trade
  | Dividend
  | CashEntry
  | ExternalCash
  | CashTransfer
  | Split
  | LotTransfer
  | DeliveryIn
  | DeliveryOut
  | ReturnOfCapital
  | SpinOff
  | Merger
  | SymbolChange;
