/*
 * What a sale, or the cover of a short, would do: under every lot method side by side, recording nothing.
 *
 * Problem. Before a sale its owner wants to know what each method would make of it: which lots go, what is
 * gained, how much of that at short and at long term. The figures must be those that the ledger would really
 * come to, so they may not be worked out a second time in another way.
 *
 * Approach. The open lots are put in the order of each method, and the trade is matched against them by the
 * domain's own `matchTransactions`, once per method. Nothing is changed: a holding is a plain value.
 *
 * Worked example. Lots b1 10 for 100 (2022-03-01), b2 10 for 300 (2023-11-01), b3 10 for 200 (2024-02-01);
 * 12 are sold at 40 on 2024-06-03 and bring 480.
 *   fifo      10 of b1, 2 of b2   cost 160   gain 320   long 300, short  20
 *   lifo      10 of b3, 2 of b2   cost 260   gain 220   long   0, short 220
 *   hifo      10 of b2, 2 of b3   cost 340   gain 140   long   0, short 140
 *   average   12 of 30 for 600    cost 240   gain 240   long 200, short  40
 *   specific  as named; without names `no-lots-named`
 *
 * What is compared is this one trade, from the lots that are open now. These are what the earlier sales have
 * left under the method in force; that the earlier sales would have taken other lots under another method is a
 * different question, and `method-change.ts` answers it.
 *
 * Average. The open lots count as one pool, merged to the last digit. That is also the rule for going over to
 * average cost: what is still held is averaged. The way back is closed: a pool has forgotten its lots, so a
 * holding matched under average cost has no answer under another method (`no-lots-in-a-pool`).
 *
 * Term of a pool. The shares sold out of it are taken to be those acquired first, where the lots that make up
 * the pool are known (`gain-by-term.ts`). Of a holding that was matched under average cost only the first opening
 * is known, and not how much of it is left: its term is unknown, and the whole gain is reported as such. Nothing
 * is guessed from the date that the pool happens to carry.
 *
 * Named lots belong to `specific` alone, though the ledger honours them under fifo, lifo and hifo too: there
 * they would only give the same answer four times. Likewise `specific` without names would be FIFO over again.
 *
 * Limits. The trade must come after everything in the holding, in ledger order; a trade that is earlier would
 * need a replay, and the caller has to see to that. All open lots are needed, and the holding must have been
 * matched under `rules`: with a base currency every lot has its cost in it. A short lot's term is counted from
 * its own opening, as everywhere here; tax law has further rules for short sales.
 */
import { add, magnitude, ZERO_QUANTITY } from "./amounts.ts";
import type { Disposal } from "./disposal.ts";
import { gainByTerm, type GainByTerm, NO_GAIN_BY_TERM, pooledGainByTerm } from "./gain-by-term.ts";
import type { Holding, LedgerRules } from "./holding.ts";
import { invariant } from "./invariant.ts";
import { compareLots, type LotMethod, oldestFirst } from "./lot-order.ts";
import { matchTransactions } from "./match-lots.ts";
import { addToPool } from "./match-trade.ts";
import { closeHolding, openHolding } from "./open-holding.ts";
import { ok, refuse, type Result } from "./result.ts";
import type { TaxLot } from "./tax-lot.ts";
import type { AttentionReason, LedgerTransaction, RejectionReason } from "./transaction.ts";

/** A trade that is only thought of, and what it would meet. */
export interface WhatIfQuestion {
  /** Shape: with all open lots, in the matching order of `rules.method`. */
  readonly holding: Holding;
  /** The rules that the holding was matched under; their method says whether its lots are a pool. */
  readonly rules: LedgerRules;
  /** Later than all that is in the holding, with an id that no open lot has. `lots` are for `specific` only. */
  readonly trade: LedgerTransaction;
}

/** The answer under each lot method. */
export type WhatIfAnswers = Readonly<Record<LotMethod, WhatIfAnswer>>;

/** What the trade would do under one lot method, or why it cannot be said. */
export type WhatIfAnswer = Result<TradeEffect, WhatIfRefusal>;

/** Why there is no answer under a method: the ledger would refuse the trade, or the method has no lots to go by. */
export type WhatIfRefusal = RejectionReason | AttentionReason | "no-lots-in-a-pool" | "no-lots-named";

/** What the trade would do. */
export interface TradeEffect {
  /** Absent when the trade runs against nothing and only opens. */
  readonly disposal: Disposal | undefined;
  /** The disposal's gain, divided by term. Adds up to it exactly; all zero when nothing is disposed of. */
  readonly gainByTerm: GainByTerm;
  /**
   * What the trade opens: a lot when it crosses zero or runs against nothing. Empty where it only adds to a
   * pool. Shape: at most one.
   */
  readonly openedLots: readonly TaxLot[];
  /** The holding as it would stand, its lots in the order of the method. */
  readonly after: Holding;
}

/**
 * Returns what the trade would do under each lot method. Nothing is changed or recorded.
 *
 * Errors: per method, in this order: what the ledger refuses the trade for (`invalid-quantity`, `invalid-price`,
 * `invalid-fees`, `currency-mismatch`, `insufficient-quantity`, for specific also `unknown-lot` and
 * `lot-selection-mismatch`, then `missing-fx-rate`); `no-lots-in-a-pool`; `no-lots-named`. A holding without
 * all its open lots is a bug.
 * Source: ACCOUNTING 2.1, rule 3.
 */
export function whatIf(question: WhatIfQuestion): WhatIfAnswers {
  const { lots, quantity } = question.holding;
  const covered = lots.reduce((sum, lot) => add(sum, lot.remainingQuantity), ZERO_QUANTITY);
  invariant(covered === magnitude(quantity), "not all open lots of the holding were loaded");
  return {
    fifo: answerUnder("fifo", question),
    lifo: answerUnder("lifo", question),
    hifo: answerUnder("hifo", question),
    average: answerUnder("average", question),
    specific: answerUnder("specific", question),
  };
}

function answerUnder(method: LotMethod, question: WhatIfQuestion): WhatIfAnswer {
  const { holding, rules } = question;
  const isPool = rules.method === "average" && holding.lots.length > 0;
  if (isPool && method !== "average") {
    // What is wrong with the trade itself is said under every method.
    const underAverage = answerUnder("average", question);
    return underAverage.ok ? refuse("no-lots-in-a-pool") : underAverage;
  }
  const lots = method === "specific" ? question.trade.lots : undefined;
  const before = method === "average" ? pooled(holding, rules) : ordered(holding, method);
  const result = matchTransactions(before, [{ ...question.trade, lots }], { ...rules, method });
  const [outcome] = result.outcomes;
  const [disposal] = result.disposals;
  invariant(outcome !== undefined, "a trade had no outcome");
  if (outcome.status !== "matched") return refuse(outcome.reason);
  if (method === "specific" && disposal !== undefined && (lots ?? []).length === 0) {
    return refuse("no-lots-named");
  }
  return ok({
    disposal,
    gainByTerm: termsOf(disposal, method, isPool ? undefined : holding.lots),
    openedLots: result.openedLots,
    after: result.holding,
  });
}

function ordered(holding: Holding, method: LotMethod): Holding {
  return { ...holding, lots: holding.lots.toSorted(compareLots(method)) };
}

/** Returns the holding with its open lots merged into one pool. */
function pooled(holding: Holding, rules: LedgerRules): Holding {
  const open = openHolding({ ...holding, lots: [] }, { ...rules, method: "average" });
  for (const lot of holding.lots.toSorted(oldestFirst)) addToPool(open, lot);
  return closeHolding(open);
}

function termsOf(
  disposal: Disposal | undefined,
  method: LotMethod,
  knownLots: readonly TaxLot[] | undefined,
): GainByTerm {
  if (disposal === undefined) return NO_GAIN_BY_TERM;
  if (method === "average" && knownLots !== undefined) return pooledGainByTerm(disposal, knownLots);
  return gainByTerm(disposal, method);
}
