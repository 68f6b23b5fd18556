import { expect, test } from "vitest";
import type { WhatIfOutcome } from "#contracts/planning.ts";
import { ProblemError } from "#web/http/problem-error.ts";
import {
  commonReason,
  effectiveOutcome,
  exchangePart,
  noAnswerText,
  unavailableText,
} from "./what-if-text.ts";

const outcome = (lotMethod: WhatIfOutcome["lotMethod"], unavailable?: string): WhatIfOutcome => ({
  lotMethod,
  isCurrent: lotMethod === "lifo",
  ...(unavailable === undefined ? {} : { unavailable }),
});

test("a reason that every method has is said once", () => {
  const short = "insufficient-quantity";
  const items = [outcome("fifo", short), outcome("average", short), outcome("specific", "no-lots-named")];
  expect(commonReason({ items })).toBe(short);
  expect(commonReason({ items: [outcome("fifo"), ...items] })).toBeUndefined();
});

test("the named lots are what would really happen, else the portfolio's own method", () => {
  const items = [outcome("fifo"), outcome("lifo"), outcome("specific")];
  expect(effectiveOutcome({ items }, false)?.lotMethod).toBe("lifo");
  expect(effectiveOutcome({ items }, true)?.lotMethod).toBe("specific");
  const named = items.map((item) => ({ ...item, isCurrent: item.lotMethod === "specific" }));
  expect(effectiveOutcome({ items: named }, false)?.lotMethod).toBe("fifo");
});

test("why there are no figures is told in words", () => {
  expect(unavailableText("no-lots-in-a-pool")).toMatch(/one pool/);
  expect(unavailableText("currency-mismatch")).toMatch(/another currency/);
  expect(unavailableText("moon-phase")).toBe("moon-phase");
});

test("there is a part from the exchange rate only between two currencies", () => {
  const base = { currency: "EUR", proceeds: "9", costBasis: "8", realizedGain: "1", exchangeGain: "-0.5" };
  const disposal = {
    symbol: "ACME.SIM",
    currency: "USD",
    side: "long",
    disposedAt: "2026-01-05T15:30:00.000Z",
    quantity: "1",
    proceeds: "10",
    costBasis: "9",
    realizedGain: "1",
    base,
    slices: [],
  } as const;
  const withDisposal = (currency: string): WhatIfOutcome => ({
    ...outcome("fifo"),
    disposal: { ...disposal, currency, slices: [] },
  });
  expect(exchangePart(withDisposal("USD"))).toEqual({ amount: "-0.5", currency: "EUR" });
  expect(exchangePart(withDisposal("EUR"))).toBeUndefined();
  expect(exchangePart(outcome("fifo"))).toBeUndefined();
});

test("why the question has no answer is told, and that recording works", () => {
  const refused = (code: string) =>
    new ProblemError({
      status: 400,
      code: "invalid-request",
      detail: "No.",
      errors: [{ path: "/tradedAt", code, message: "no" }],
    });
  expect(noAnswerText(refused("not-after-the-position"))).toMatch(/dated before the newest transaction/);
  expect(noAnswerText(refused("required"))).toMatch(/^Enter a price/);
  expect(noAnswerText(refused("else"))).toBe(
    "The preview cannot be worked out right now. No. Recording works all the same.",
  );
});
