import type { Money, Quantity } from "../amounts.ts";
import type { Disposal } from "../disposal.ts";
import type { Holding } from "../holding.ts";
import type { TaxLot } from "../tax-lot.ts";
import type { TransactionOutcome } from "../transaction.ts";
import type { Transaction } from "./transaction-types.ts";

/** All that the transactions of one owner add up to. Plain values: it can be stored, and continued from. */
export interface Ledger {
  /** Shape: sorted by account, then instrument; one that never held anything is not listed. */
  readonly holdings: readonly AccountHolding[];
  /** Shape: sorted by account, then currency. Balances may be below zero. */
  readonly cash: readonly CashBalance[];
  /** Shape: sorted by account, instrument, currency. */
  readonly income: readonly Income[];
  /** Interest, expenses and taxes. Shape: sorted by account, then currency. */
  readonly cashEntries: readonly CashEntryTotals[];
  /** Currency of each instrument, that of its first accepted transaction. Shape: sorted by instrument. */
  readonly instruments: readonly { readonly instrument: string; readonly currency: string }[];
}

/** Where lots are. */
export interface HoldingPlace {
  readonly account: string;
  readonly instrument: string;
}

/** The holding of one instrument in one account. */
export interface AccountHolding extends HoldingPlace {
  readonly holding: Holding;
}

/** The money of one currency in one account. */
export interface CashBalance {
  readonly account: string;
  readonly currency: string;
  readonly balance: Money;
}

/** What an instrument paid in one account. */
export interface Income extends HoldingPlace {
  readonly currency: string;
  /** Gross. */
  readonly dividends: Money;
  readonly withheld: Money;
  /** Fees on dividends. */
  readonly fees: Money;
}

/** What came and went in one currency of one account beside instruments. */
export interface CashEntryTotals {
  readonly account: string;
  readonly currency: string;
  readonly interest: Money;
  /** Fees that belong to no trade, those of transfers among them. */
  readonly expenses: Money;
  readonly taxes: Money;
}

/** The ledger before its first transaction. */
export const EMPTY_LEDGER: Ledger = { holdings: [], cash: [], income: [], cashEntries: [], instruments: [] };

/** What a batch did: the ledger after it, and everything there is to save. */
export interface LedgerResult {
  readonly ledger: Ledger;
  /** Shape: one per transaction, in ledger order. */
  readonly outcomes: readonly TransactionOutcome[];
  /** Shape: in ledger order; those of one transaction by account. */
  readonly disposals: readonly AccountDisposal[];
  /** Why lots changed that were not disposed of. Shape: in ledger order. */
  readonly movements: readonly LotMovement[];
  /** What the batch brought to and took from each account's money. Shape: in ledger order; nothing of amount 0. */
  readonly cashFlows: readonly CashFlow[];
  /** The lots of each holding that the batch changed. Shape: in the order the holdings were reached. */
  readonly changedLots: readonly ChangedLots[];
}

/** Money that one transaction brought to an account, or, below zero, took from it. */
export interface CashFlow {
  readonly transactionId: string;
  readonly account: string;
  readonly currency: string;
  readonly amount: Money;
}

/** A disposal, and where. */
export interface AccountDisposal extends HoldingPlace, Disposal {}

/** The lots of one holding that a batch changed, as they stand after it; remaining may be 0. */
export interface ChangedLots extends HoldingPlace {
  /** Opened, or brought in: new here, unless an earlier batch saw the same lot leave. */
  readonly openedLots: readonly TaxLot[];
  /** Here before the batch. After a split, a spin-off or a return of capital also their original figures differ. */
  readonly touchedLots: readonly TaxLot[];
}

/** What a transaction did to lots other than dispose of them. */
export interface LotMovement {
  readonly transactionId: string;
  readonly type: Transaction["type"];
  /** Absent for a delivery from outside. */
  readonly from: HoldingPlace | undefined;
  /** Absent for a delivery to the outside. */
  readonly to: HoldingPlace | undefined;
  /** What moved, as it was counted at `from`. */
  readonly parts: readonly MovedPart[];
}

/** What moved of one lot. */
export interface MovedPart {
  readonly lotId: string;
  readonly openedAt: number;
  /** Units: 1e-18 / `unit`. */
  readonly quantity: Quantity;
  readonly unit: bigint;
  readonly cost: Money;
  readonly baseCost: Money | undefined;
}
