import { type Money, type Quantity, ZERO_MONEY, ZERO_QUANTITY } from "./amounts.ts";
import type { LotMethod } from "./lot-order.ts";
import type { TaxLot } from "./tax-lot.ts";

/** What all accepted transactions of one instrument in one portfolio add up to: the state that matching folds over. */
export interface Holding {
  /** The instrument's currency: that of its first accepted transaction, kept when the holding returns to zero. */
  readonly currency: string | undefined;
  /** Signed: negative for a short holding. Units: 1e-18 / `unit`. */
  readonly quantity: Quantity;
  /** In how many parts a share is counted since the splits of what is held; absent: 1. */
  readonly unit?: bigint | undefined;
  /** Sum of the open lots' remaining cost; for a short holding the net proceeds, negative. */
  readonly costBasis: Money;
  readonly realizedGain: Money;
  /** All fees of accepted trades. They are already part of cost and gain: for information, never to be added. */
  readonly fees: Money;
  /** The same in the base currency; absent until a transaction is applied under rules that have one. */
  readonly base?: BaseFigures | undefined;
  /** Shape: open lots, all on one side, in matching order; may be a prefix (see `match-lots.ts`). */
  readonly lots: readonly TaxLot[];
}

/** Figures in the base currency: costs at the rates of the openings, proceeds at those of the closings. */
export interface BaseFigures {
  readonly costBasis: Money;
  readonly realizedGain: Money;
  /** The part of the realized gain that comes from the currency: realized − gain × closing rate. */
  readonly exchangeGain: Money;
}

/** The holding before its first transaction. */
export const EMPTY_HOLDING: Holding = {
  currency: undefined,
  quantity: ZERO_QUANTITY,
  costBasis: ZERO_MONEY,
  realizedGain: ZERO_MONEY,
  fees: ZERO_MONEY,
  lots: [],
};

/** Base figures before the first transaction. */
export const ZERO_BASE_FIGURES: BaseFigures = {
  costBasis: ZERO_MONEY,
  realizedGain: ZERO_MONEY,
  exchangeGain: ZERO_MONEY,
};

/** The portfolio's settings that decide how transactions are applied. */
export interface LedgerRules {
  readonly method: LotMethod;
  /** False: a sell larger than the holding is rejected whole. True: the rest opens a short lot. */
  readonly allowShort: boolean;
  /** Currency that costs and gains are also kept in; absent: each instrument's own currency only. */
  readonly baseCurrency?: string | undefined;
}
