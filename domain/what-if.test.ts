import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ledgerOf } from "#testing/ledger-table.ts";
import { formatQuantity, type Money, money, price, quantity, roundMoney } from "./amounts.ts";
import { gainByTerm, type GainByTerm, type TermGain } from "./gain-by-term.ts";
import { EMPTY_HOLDING, type Holding, type LedgerRules } from "./holding.ts";
import { LOT_METHODS, type LotMethod } from "./lot-order.ts";
import { matchTransactions } from "./match-lots.ts";
import type { LedgerTransaction } from "./transaction.ts";
import {
  type TradeEffect,
  whatIf,
  type WhatIfAnswer,
  type WhatIfAnswers,
  type WhatIfQuestion,
} from "./what-if.ts";

/*
 * A case reads: these trades make the holding, this trade is asked about, these are the answers:
 *   "b1:10 b2:2 | 480 - 160 = 320 | short 20 long 300"    what is consumed, the gain, its terms that are not zero
 */
const THREE_LOTS = ["b1 2022-03-01 buy 10 @ 10", "b2 2023-11-01 buy 10 @ 30", "b3 2024-02-01 buy 10 @ 20"];
const FIFO: LedgerRules = { method: "fifo", allowShort: false };
const SALE = "s1 2024-06-03 sell 12 @ 40";

describe("the methods side by side", () => {
  it("each takes its own lots, and the gain is divided by their terms", () => {
    expect(answers(THREE_LOTS, `${SALE} of b3:2 b1:10`)).toEqual({
      fifo: "b1:10 b2:2 | 480 - 160 = 320 | short 20 long 300",
      lifo: "b3:10 b2:2 | 480 - 260 = 220 | short 220",
      hifo: "b2:10 b3:2 | 480 - 340 = 140 | short 140",
      average: "b1:12 | 480 - 240 = 240 | short 40 long 200",
      specific: "b3:2 b1:10 | 480 - 140 = 340 | short 40 long 300",
    });
  });

  it("does not matter under which of the methods that keep lots the holding was matched", () => {
    for (const method of ["lifo", "hifo", "specific"] as const) {
      expect(answers(THREE_LOTS, SALE, { method })).toEqual(answers(THREE_LOTS, SALE));
    }
  });

  it("starts from the lots that earlier sales have left under the method in force", () => {
    const sold = [...THREE_LOTS, "s0 2024-03-01 sell 10 @ 40"];
    expect(answers(sold, "s1 2024-06-03 sell 10 @ 40", { method: "lifo" })).toMatchObject({
      fifo: "b1:10 | 400 - 100 = 300 | long 300",
      lifo: "b2:10 | 400 - 300 = 100 | short 100",
    });
    expect(answers(sold, "s1 2024-06-03 sell 10 @ 40")).toMatchObject({
      fifo: "b2:10 | 400 - 300 = 100 | short 100",
      lifo: "b3:10 | 400 - 200 = 200 | short 200",
    });
  });

  it("fees are divided over the lots, and appear in every method once", () => {
    expect(answers(THREE_LOTS, "s1 2024-06-03 sell 12 @ 40 fee 6")).toMatchObject({
      fifo: "b1:10 b2:2 | 474 - 160 = 314 | short 19 long 295",
      average: "b1:12 | 474 - 240 = 234 | short 39 long 195",
    });
  });

  it("leaves the rest of the holding, in the order of the method", () => {
    const { after } = effectUnder("lifo", THREE_LOTS, SALE);
    const left = after.lots.map((lot) => `${lot.id} ${formatQuantity(lot.remainingQuantity)}`);
    expect([...left, after.quantity, after.costBasis]).toEqual([
      "b2 8",
      "b1 10",
      quantity("18"),
      money("340"),
    ]);
  });

  it("counts parts of a share after a split as the ledger does", () => {
    // 10 for 90 become 10/3, of which one is 27; the pool of 20/3 for 270 costs 40.5 a share.
    const { ledger } = ledgerOf(["b1 A buy 10 X @ 9", "b2 A buy 10 X @ 18", "sp split X 1:3"]);
    const holding = ledger.holdings[0]?.holding ?? EMPTY_HOLDING;
    expect(holding.unit).toBe(3n);
    const result = whatIf({ holding, trade: tradeOf("s1 2024-06-03 sell 1 @ 60", 100), rules: FIFO });
    expect(answerText(result.fifo)).toBe("b1:3 | 60 - 27 = 33 | short 33");
    expect(answerText(result.lifo)).toBe("b2:3 | 60 - 54 = 6 | short 6");
    expect(answerText(result.average)).toBe("b1:3 | 60 - 40.5 = 19.5 | short 19.5");
  });
});

describe("covers and crossings", () => {
  const SHORTS = ["s1 2022-03-01 sell 10 @ 30 fee 1", "s2 2024-02-01 sell 10 @ 50 fee 1"];
  const SHORT = { allowShort: true };

  it("a cover takes short lots, under HIFO those that brought most", () => {
    expect(answers(SHORTS, "c1 2024-06-03 buy 10 @ 20 fee 2", SHORT)).toEqual({
      fifo: "s1:10 | 299 - 202 = 97 | long 97",
      lifo: "s2:10 | 499 - 202 = 297 | short 297",
      hifo: "s2:10 | 499 - 202 = 297 | short 297",
      average: "s1:10 | 399 - 202 = 197 | long 197",
      specific: "no-lots-named",
    });
  });

  it("a trade that crosses zero closes everything and opens the rest, under every method but specific", () => {
    const sale = "s1 2024-06-03 sell 35 @ 40 fee 7";
    expect(answers(THREE_LOTS, sale, SHORT)).toMatchObject({
      fifo: "b1:10 b2:10 b3:10 | 1194 - 600 = 594 | short 296 long 298 | opens s1:5",
      lifo: "b3:10 b2:10 b1:10 | 1194 - 600 = 594 | short 296 long 298 | opens s1:5",
      average: "b1:30 | 1194 - 600 = 594 | short 396 long 198 | opens s1:5",
      specific: "no-lots-named",
    });
    const misfit = { specific: "lot-selection-mismatch" };
    expect(answers(THREE_LOTS, `${sale} of b1:10 b2:10 b3:10`, SHORT)).toMatchObject(misfit);
  });

  it("a trade that runs against nothing opens, and no lots need be named for that", () => {
    expect(answers([], "s1 2024-06-03 sell 10 @ 40", SHORT)).toEqual(everywhere("opens s1:10"));
  });

  it("a holding that returned to zero is no pool any more", () => {
    const flat = ["b1 2024-01-01 buy 1 @ 1", "s0 2024-01-02 sell 1 @ 1"];
    const pool = answers(flat, "s1 2024-06-03 sell 10 @ 40", { ...SHORT, method: "average" });
    expect(pool).toEqual(everywhere("opens s1:10"));
  });

  it("a purchase only adds to a pool", () => {
    const effect = effectUnder("average", THREE_LOTS, "b4 2024-06-03 buy 10 @ 40");
    expect([effect.disposal, effect.openedLots]).toEqual([undefined, []]);
    expect([effect.after.lots.length, effect.after.quantity]).toEqual([1, quantity("40")]);
    expect(effectUnder("fifo", THREE_LOTS, "b4 2024-06-03 buy 10 @ 40").openedLots).toHaveLength(1);
  });
});

describe("why there is no answer", () => {
  it("the ledger's own refusal, the same under every method", () => {
    expect(answers(THREE_LOTS, "s1 2024-06-03 sell 31 @ 40")).toEqual(everywhere("insufficient-quantity"));
    expect(answers(THREE_LOTS, "s1 2024-06-03 sell 0 @ 40")).toEqual(everywhere("invalid-quantity"));
    expect(answers(THREE_LOTS, "s1 2024-06-03 sell 1 @ -4")).toEqual(everywhere("invalid-price"));
    expect(answers(THREE_LOTS, "s1 2024-06-03 sell 1 @ 4 fee -1")).toEqual(everywhere("invalid-fees"));
    expect(answers(THREE_LOTS, "s1 2024-06-03 sell 1 @ 4 in EUR")).toEqual(everywhere("currency-mismatch"));
  });

  it("a rate that is not known is never taken to be 1", () => {
    const inEuro = THREE_LOTS.map((line) => `${line} rate 0.9`);
    expect(answers(inEuro, SALE, { baseCurrency: "EUR" })).toEqual(everywhere("missing-fx-rate"));
  });

  it("named lots that are not there, or do not fit, concern specific alone", () => {
    const fifo = "b1:10 b2:2 | 480 - 160 = 320 | short 20 long 300";
    expect(answers(THREE_LOTS, `${SALE} of b9:12`)).toMatchObject({ fifo, specific: "unknown-lot" });
    const misfit = { fifo, specific: "lot-selection-mismatch" };
    expect(answers(THREE_LOTS, `${SALE} of b1:12`)).toMatchObject(misfit);
    expect(answers(THREE_LOTS, `${SALE} of b1:10`)).toMatchObject(misfit);
    expect(answers(THREE_LOTS, SALE)).toMatchObject({ fifo, specific: "no-lots-named" });
  });

  it("a pool has forgotten its lots, and with them its term", () => {
    expect(answers(THREE_LOTS, `${SALE} of b1:12`, { method: "average" })).toEqual({
      ...everywhere("no-lots-in-a-pool"),
      average: "b1:12 | 480 - 240 = 240 | unknown 240",
    });
    expect(answers(THREE_LOTS, "s1 2024-06-03 sell 31 @ 40", { method: "average" })).toEqual(
      everywhere("insufficient-quantity"),
    );
  });

  it("throws for a holding without all of its open lots, whose youngest or dearest nobody knows", () => {
    const holding = holdingOf(THREE_LOTS);
    const partial = { ...holding, lots: holding.lots.slice(0, 2) };
    const question = { holding: partial, trade: tradeOf(SALE, 100), rules: FIFO };
    expect(() => whatIf(question)).toThrow("not all open lots");
  });
});

describe("terms", () => {
  it("of a pool: the shares sold are those acquired first (Publication 564: 200 long, 100 short)", () => {
    const fund = ["b1 2008-05-15 buy 200 @ 10", "b2 2009-05-14 buy 200 @ 14"];
    const average = "b1:300 | 4500 - 3600 = 900 | short 300 long 600";
    expect(answers(fund, "s1 2009-11-10 sell 300 @ 15")).toMatchObject({ average });
  });

  it("of a lot without a local trade date: unknown", () => {
    const [b1 = "", b2 = ""] = THREE_LOTS;
    const mixed = [`${b1} undated`, b2];
    expect(answers(mixed, SALE)).toMatchObject({
      fifo: "b1:10 b2:2 | 480 - 160 = 320 | short 20 unknown 300",
      average: "b1:12 | 480 - 240 = 240 | short 40 unknown 200",
    });
    expect(answers(THREE_LOTS, `${SALE} undated`)).toMatchObject({
      fifo: "b1:10 b2:2 | 480 - 160 = 320 | unknown 320",
    });
  });

  it("of a disposal on record: those of its slices, and none where it came out of a pool", () => {
    const { disposal } = effectUnder("fifo", THREE_LOTS, SALE);
    expect(disposal && termTexts(gainByTerm(disposal, "fifo"))).toBe("short 20 long 300");
    expect(disposal && termTexts(gainByTerm(disposal, "average"))).toBe("unknown 320");
  });

  it("a lot sold on the last short day and on the first long one", () => {
    const lot = ["b1 2023-02-05 buy 1 @ 1"];
    expect(answers(lot, "s1 2024-02-05 sell 1 @ 2")["fifo"]).toBe("b1:1 | 2 - 1 = 1 | short 1");
    expect(answers(lot, "s1 2024-02-06 sell 1 @ 2")["fifo"]).toBe("b1:1 | 2 - 1 = 1 | long 1");
  });
});

it("in the base currency gains and exchange gains are divided by term too, and a pool is merged", () => {
  // In EUR b1 cost 90, b2 240 and b3 200; the sale at 1.1 brings 528, and what was gained is worth gain × 1.1.
  // fifo: long 440 − 90 = 350, short 88 − 48 = 40. average: 528 − 530 × 12/30 = 316, of which 10/12 are long.
  const inEuro = THREE_LOTS.map((line, index) => `${line} rate ${["0.9", "0.8", "1"][index]}`);
  const long = "200 (base 263.33333333, currency 43.33333333)";
  expect(answers(inEuro, `${SALE} rate 1.1`, { baseCurrency: "EUR" })).toMatchObject({
    fifo: "b1:10 b2:2 | 480 - 160 = 320 | short 20 (base 40, currency 18) long 300 (base 350, currency 20)",
    average: `b1:12 | 480 - 240 = 240 | short 40 (base 52.66666667, currency 8.66666667) long ${long}`,
  });
});

/*
 * What holds for every holding and trade: up to nine trades under one of the methods, then the one asked about.
 * Months apart, so that terms mix; with rates to a base currency.
 */
describe("properties", () => {
  const WHOLE = [1, 2, 3, 5, 7, 10].map((units) => BigInt(units) * 10n ** 18n);
  const trades = fc
    .array(
      fc.record({
        type: fc.constantFrom("buy" as const, "buy" as const, "sell" as const),
        quantity: fc.oneof(fc.constantFrom(...WHOLE), fc.bigInt({ min: 1n, max: 10n ** 19n })),
        price: fc.bigInt({ min: 0n, max: 10n ** 21n }),
        fees: fc.bigInt({ min: 0n, max: 10n ** 37n }),
        exchangeRate: fc.bigInt({ min: 1n, max: 2n * 10n ** 18n }),
        days: fc.nat(300),
      }),
      { minLength: 2, maxLength: 10 },
    )
    .map((rows) => {
      let tradedAt = Date.UTC(2022, 0, 1);
      return rows.map(({ days, ...row }, index) => {
        tradedAt += days * 86_400_000;
        const tradeDate = new Date(tradedAt).toISOString().slice(0, 10);
        return { ...row, id: `t${index}`, orderSequence: index, tradedAt, tradeDate, currency: "USD" };
      }) as unknown as LedgerTransaction[];
    });

  function forAnyQuestion(holds: (asked: WhatIfQuestion, all: LedgerTransaction[]) => void): void {
    fc.assert(
      fc.property(trades, fc.constantFrom(...LOT_METHODS), fc.boolean(), (all, method, allowShort) => {
        const rules = { method, allowShort, baseCurrency: "EUR" };
        const [trade] = all.slice(-1);
        const { holding } = matchTransactions(EMPTY_HOLDING, all.slice(0, -1), rules);
        if (trade !== undefined) holds({ holding, trade, rules }, all);
      }),
      { numRuns: 400, plugins: [fc.interruptAfterTimeLimit(5_000, { failOnInterrupt: true })] },
    );
  }

  it("under the holding's own method the answer is what the ledger then does, and the holding stays as it was", () => {
    forAnyQuestion((asked, all) => {
      const copy = structuredClone(asked);
      const answer = whatIf(asked)[asked.rules.method];
      expect(asked).toEqual(copy);
      const really = matchTransactions(EMPTY_HOLDING, all, asked.rules);
      const outcome = really.outcomes.at(-1);
      if (answer.ok) {
        expect(outcome?.status).toBe("matched");
        expect(answer.value.disposal).toEqual(really.disposals.find(({ id }) => id === asked.trade.id));
        expect(answer.value.after).toEqual(really.holding);
      } else if (answer.error !== "no-lots-named") {
        expect(outcome?.reason).toBe(answer.error);
      }
    });
  });

  it("the terms add up to the gain, in both currencies, to the last digit", () => {
    forAnyQuestion((asked) => {
      for (const { disposal, gainByTerm: byTerm } of effectsOf(whatIf(asked))) {
        const total = (figure: (gain: TermGain) => bigint | undefined) =>
          Object.values(byTerm).reduce((sum, gain) => sum + (figure(gain) ?? 0n), 0n);
        expect(total((gain) => gain.realizedGain)).toBe(disposal?.realizedGain ?? 0n);
        expect(total((gain) => gain.base?.realizedGain)).toBe(disposal?.base?.realizedGain ?? 0n);
        expect(total((gain) => gain.base?.exchangeGain)).toBe(disposal?.base?.exchangeGain ?? 0n);
      }
    });
  });

  it("methods differ in what is gained by as much as in what is left: gain less open cost is one number", () => {
    forAnyQuestion((asked) => {
      const numbers = effectsOf(whatIf(asked)).map(({ after }) => after.realizedGain - after.costBasis);
      expect(new Set(numbers).size).toBeLessThanOrEqual(1);
    });
  });

  it("naming the lots that a method takes gives its figures", () => {
    forAnyQuestion((asked) => {
      for (const method of ["fifo", "lifo", "hifo"] as const) {
        const answer = whatIf(asked)[method];
        if (!answer.ok || answer.value.disposal === undefined || answer.value.openedLots.length > 0) continue;
        const { disposal } = answer.value;
        const lots = disposal.slices.map(({ lotId, quantity: count }) => ({ lotId, quantity: count }));
        const { specific } = whatIf({ ...asked, trade: { ...asked.trade, lots } });
        expect(specific.ok && specific.value.disposal).toEqual(disposal);
      }
    });
  });

  it("of a long holding no method gains less than HIFO, but for the last digit of a slice", () => {
    forAnyQuestion((asked) => {
      const { hifo, ...others } = whatIf(asked);
      if (!hifo.ok || hifo.value.disposal?.side !== "long") return;
      const least = hifo.value.disposal.realizedGain - 20n;
      const gains = effectsOf({ hifo, ...others }).map(({ disposal }) => disposal?.realizedGain ?? least);
      expect(gains.every((gain) => gain >= least)).toBe(true);
    });
  });

  it("a pool of one lot is that lot", () => {
    forAnyQuestion((asked) => {
      if (asked.holding.lots.length !== 1 || asked.rules.method === "average") return;
      const { fifo, average } = whatIf(asked);
      const [a, b] = [fifo, average].map((answer) => answer.ok && answer.value);
      expect(b && [b.disposal, b.gainByTerm]).toEqual(a && [a.disposal, a.gainByTerm]);
    });
  });
});

type Rules = Partial<LedgerRules>;

function answers(lines: readonly string[], asked: string, rules: Rules = {}): Record<string, string> {
  const result = ask(lines, asked, rules);
  return Object.fromEntries(LOT_METHODS.map((method) => [method, answerText(result[method])]));
}

function effectUnder(method: LotMethod, lines: readonly string[], asked: string): TradeEffect {
  const answer = ask(lines, asked)[method];
  if (!answer.ok) throw new Error(answer.error);
  return answer.value;
}

function ask(lines: readonly string[], asked: string, rules: Rules = {}): WhatIfAnswers {
  const all = { ...FIFO, ...rules };
  return whatIf({ holding: holdingOf(lines, rules), trade: tradeOf(asked, 100), rules: all });
}

function holdingOf(lines: readonly string[], rules: Rules = {}): Holding {
  return matchTransactions(EMPTY_HOLDING, lines.map(tradeOf), { ...FIFO, ...rules }).holding;
}

/** "s1 2024-06-03 sell 12 @ 40 fee 1 in USD rate 0.9 of b1:10 b2:2"; "undated" leaves the local date out. */
function tradeOf(line: string, index: number): LedgerTransaction {
  const [id = "", date = "", type, count = "", , each = "", ...rest] = line.split(" ");
  const after = (word: string) => (rest.includes(word) ? rest[rest.indexOf(word) + 1] : undefined);
  const rate = after("rate");
  return {
    id,
    type: type === "buy" ? "buy" : "sell",
    orderSequence: index,
    tradedAt: Date.parse(date),
    tradeDate: rest.includes("undated") ? undefined : date,
    quantity: quantity(count),
    price: price(each),
    fees: money(after("fee") ?? "0"),
    currency: after("in") ?? "USD",
    exchangeRate: rate === undefined ? undefined : price(rate),
    lots: rest
      .map((word) => word.split(":"))
      .flatMap(([lotId = "", part]) => (part === undefined ? [] : [{ lotId, quantity: quantity(part) }])),
  };
}

function everywhere(answer: string): Record<string, string> {
  return Object.fromEntries(LOT_METHODS.map((method) => [method, answer]));
}

function answerText(answer: WhatIfAnswer): string {
  if (!answer.ok) return answer.error;
  const { disposal, gainByTerm: byTerm, openedLots } = answer.value;
  const opened = openedLots.map((lot) => `opens ${lot.id}:${formatQuantity(lot.originalQuantity)}`);
  if (disposal === undefined) return opened.join();
  const { slices, proceeds, costBasis, realizedGain } = disposal;
  const taken = slices.map((slice) => `${slice.lotId}:${formatQuantity(slice.quantity)}`).join(" ");
  const gain = `${shown(proceeds)} - ${shown(costBasis)} = ${shown(realizedGain)}`;
  return [taken, gain, termTexts(byTerm), ...opened].join(" | ");
}

function termTexts(byTerm: GainByTerm): string {
  const terms = (["short", "long", "unknown"] as const).filter((term) => byTerm[term].realizedGain !== 0n);
  return terms.map((term) => `${term} ${gainText(byTerm[term])}`).join(" ");
}

/** "300", or "300 (base 350, currency 20)". */
function gainText({ realizedGain, base }: TermGain): string {
  if (base === undefined) return shown(realizedGain);
  return `${shown(realizedGain)} (base ${shown(base.realizedGain)}, currency ${shown(base.exchangeGain)})`;
}

function effectsOf(result: WhatIfAnswers): TradeEffect[] {
  return LOT_METHODS.map((method) => result[method]).flatMap((each) => (each.ok ? [each.value] : []));
}

function shown(value: Money): string {
  return roundMoney(value, 8);
}
