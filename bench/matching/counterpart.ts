/*
 * What the matcher in another kind of number consists of, so that the ledger and the rows around it (`ledger-in.ts`,
 * `rows-in.ts`) are written once for floats and decimals.
 */
import type { Disposal } from "#domain/disposal.ts";
import type { Holding } from "#domain/holding.ts";
import type { LedgerRules } from "#domain/match-lots.ts";
import type { TaxLot } from "#domain/tax-lot.ts";
import type { Trade } from "#domain/ledger/transaction-types.ts";
import type { Refusal } from "#domain/transaction.ts";
import type { InNumber } from "./in-number.ts";

export interface Counterpart<N, Open extends OpenHoldingIn<N>> {
  readonly zero: N;
  readonly read: (text: string) => N;
  readonly write: (value: N) => string;
  readonly add: (a: N, b: N) => N;
  readonly isZero: (value: N) => boolean;
  /** What a trade brings to its account's money. */
  readonly cashOf: (trade: InNumber<Trade, N>) => N;
  readonly compareLots: (method: LedgerRules["method"]) => (a: LotIn<N>, b: LotIn<N>) => number;
  readonly openHolding: (holding: HoldingIn<N>, rules: LedgerRules) => Open;
  readonly closeHolding: (open: Open) => HoldingIn<N>;
  readonly judgeTrade: (open: Open, trade: InNumber<Trade, N>, rules: LedgerRules) => Refusal | undefined;
  readonly applyTrade: (
    open: Open,
    trade: InNumber<Trade, N>,
    rules: LedgerRules,
  ) => DisposalIn<N> | undefined;
}

/** What is asked of a holding while a batch runs, beside what the counterpart's own functions do with it. */
export interface OpenHoldingIn<N> {
  currency: string | undefined;
  readonly lots: { opened(): readonly LotIn<N>[]; touched(): readonly LotIn<N>[] };
}

export type LotIn<N> = InNumber<TaxLot, N>;
export type HoldingIn<N> = InNumber<Holding, N>;
export type DisposalIn<N> = InNumber<Disposal, N>;
export type TradeIn<N> = InNumber<Trade, N>;
