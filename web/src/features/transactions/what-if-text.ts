import type { WhatIf, WhatIfOutcome } from "#contracts/planning.ts";
import type { LotMethod } from "#contracts/portfolios.ts";
import type { OutcomeReason, TransactionType } from "#contracts/transactions.ts";
import { explain, ProblemError } from "#web/http/problem-error.ts";
import { reasonText } from "./status-text.ts";

/** The words of the comparison between lot methods. */

export const METHOD_LABELS: Readonly<Record<LotMethod, string>> = {
  fifo: "FIFO",
  lifo: "LIFO",
  hifo: "HIFO",
  average: "Average",
  specific: "Named",
};

const UNAVAILABLE: Readonly<Record<string, string>> = {
  "insufficient-quantity": "more than is held at that time",
  "no-lots-in-a-pool": "not possible: this portfolio keeps one pool, which has no lots",
  "no-lots-named": "no lots are named yet",
  "lot-selection-mismatch": "the named lots do not add up to the quantity, or hold less",
  "unknown-lot": "a named lot is not open at that time",
  "missing-fx-rate": "needs the exchange rate",
};

/** Why a method has no figures. A reason that this page does not know is shown as it came. */
export const unavailableText = (reason: string, type: TransactionType = "sell"): string =>
  UNAVAILABLE[reason] ?? reasonText({ type, reason: reason as OutcomeReason });

const NO_ANSWER: Readonly<Record<string, string>> = {
  "not-after-the-position":
    "There is no preview of a sale that is dated before the newest transaction of this symbol: what came later would change with it. You can record it all the same.",
  required: "Enter a price to see what it would come to: no live one is known in this currency.",
};

/** Why the whole question has no answer. */
export function noAnswerText(error: unknown): string {
  const code = error instanceof ProblemError ? error.errors[0]?.code : undefined;
  const known = code === undefined ? undefined : NO_ANSWER[code];
  return (
    known ?? `The preview cannot be worked out right now. ${explain(error)} Recording works all the same.`
  );
}

/** The reason, where all methods lack figures for the same one: then it is said once. */
export function commonReason({ items }: Pick<WhatIf, "items">): string | undefined {
  const [first] = items;
  const reason = first?.unavailable;
  if (reason === undefined) return undefined;
  const others = items.filter(({ lotMethod }) => lotMethod !== "specific");
  return others.every(({ unavailable }) => unavailable === reason) ? reason : undefined;
}

/**
 * What would really happen: the named lots, where there are some, else the portfolio's own method. A portfolio whose sales
 * name their lots closes the oldest where one names none.
 */
export function effectiveOutcome(
  { items }: Pick<WhatIf, "items">,
  namesLots: boolean,
): WhatIfOutcome | undefined {
  const own = items.find(({ isCurrent }) => isCurrent)?.lotMethod;
  const method = namesLots ? "specific" : own === "specific" ? "fifo" : own;
  return items.find(({ lotMethod }) => lotMethod === method);
}

/** Where the lots come from, after "Closes" or "Covers". */
export function sourceOfLots(lotMethod: LotMethod): string {
  if (lotMethod === "average") return "part of the pool";
  return lotMethod === "specific" ? "the lots that you named" : `by ${METHOD_LABELS[lotMethod]}`;
}

/** The part of the gain that comes from the exchange rate; undefined where there is no other currency. */
export function exchangePart({ disposal }: WhatIfOutcome): { amount: string; currency: string } | undefined {
  if (disposal === undefined || disposal.base.currency === disposal.currency) return undefined;
  return { amount: disposal.base.exchangeGain, currency: disposal.base.currency };
}
