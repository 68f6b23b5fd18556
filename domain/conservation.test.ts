import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Money, multiply, price, type Price, type Quantity, subtract } from "./amounts.ts";
import { EMPTY_HOLDING, type LedgerRules, matchTransactions, type MatchResult } from "./match-lots.ts";
import { replay } from "./replay.ts";
import { remainingCost } from "./tax-lot.ts";
import { compareLedgerOrder, type LedgerTransaction } from "./transaction.ts";

/*
 * What holds for every ledger, tried on random ones: trades with ties of time, quantities from one share to
 * 10^-18 of one, oversells, fees that exceed proceeds, invalid amounts and a wrong currency now and then.
 */
const rulesOf = fc.record({ method: fc.constant("fifo" as const), allowShort: fc.boolean() });
// 300 ledgers take a tenth of a second; the limit is for a failure, which would be simplified for minutes.
const runs = { numRuns: 300, interruptAfterTimeLimit: 5_000, markInterruptAsFailure: true };

describe("conservation", () => {
  it("quantity bought minus quantity sold is what is open", () => {
    forAnyLedger((trades, rules) => {
      const { holding, accepted } = matched(trades, rules);
      const net = sum(accepted.map((each) => (each.type === "buy" ? each.quantity : -each.quantity)));
      expect(holding.quantity).toBe(net);
      const open = holding.lots.map((lot) => (lot.side === "long" ? 1n : -1n) * lot.remainingQuantity);
      expect(sum(open)).toBe(net);
    });
  });

  it("cost acquired is cost disposed of plus cost open, to the last digit, lot by lot", () => {
    forAnyLedger((trades, rules) => {
      const { holding, disposals, openedLots } = matched(trades, rules);
      const slices = disposals.flatMap((each) => each.slices.map((slice) => ({ ...slice, side: each.side })));
      for (const lot of openedLots) {
        const taken = slices.filter((slice) => slice.lotId === lot.id);
        const takenCost = sum(
          taken.map((slice) => (slice.side === "long" ? slice.costBasis : slice.proceeds)),
        );
        expect(takenCost + remainingCost(lot)).toBe(lot.originalCost);
        expect(sum(taken.map((slice) => slice.quantity)) + lot.remainingQuantity).toBe(lot.originalQuantity);
      }
      const openCost = holding.lots.map((lot) => (lot.side === "long" ? 1n : -1n) * remainingCost(lot));
      expect(holding.costBasis).toBe(sum(openCost));
    });
  });

  it("a disposal is the sum of its slices, and the gain is proceeds minus cost", () => {
    forAnyLedger((trades, rules) => {
      const { holding, disposals } = matched(trades, rules);
      for (const disposal of disposals) {
        for (const field of ["quantity", "proceeds", "costBasis", "realizedGain"] as const) {
          expect(sum(disposal.slices.map((slice) => slice[field]))).toBe(disposal[field]);
        }
        expect(disposal.realizedGain).toBe(disposal.proceeds - disposal.costBasis);
      }
      expect(holding.realizedGain).toBe(sum(disposals.map((each) => each.realizedGain)));
    });
  });

  it("fees appear exactly once: what trades paid and brought is in realized gain or in cost", () => {
    forAnyLedger((trades, rules) => {
      const { holding, accepted } = matched(trades, rules);
      expect(holding.fees).toBe(sum(accepted.map((each) => each.fees)));
      expect(holding.realizedGain - holding.costBasis).toBe(sum(accepted.map(cashOf)));
    });
  });

  it("realized plus unrealized at one price is what went in and out plus what is held, whatever the matching", () => {
    forAnyLedger((trades, rules) => {
      const { holding, accepted } = matched(trades, rules);
      const marketValue = multiply(holding.quantity, price("123.456789"));
      const unrealized = subtract(marketValue, holding.costBasis);
      expect(holding.realizedGain + unrealized).toBe(sum(accepted.map(cashOf)) + marketValue);
    });
  });

  it("lots of both sides never coexist, and without short selling there are no short lots", () => {
    forAnyLedger((trades, rules) => {
      const { holding, openedLots } = matched(trades, rules);
      const sides = new Set(holding.lots.map((lot) => lot.side));
      expect(sides.size).toBe(holding.quantity === 0n ? 0 : 1);
      if (!rules.allowShort) expect(openedLots.filter((lot) => lot.side === "short")).toEqual([]);
    });
  });
});

describe("the order of work does not matter", () => {
  it("two batches one after the other leave the state of both at once", () => {
    fc.assert(
      fc.property(ledgers(), rulesOf, fc.nat(40), (trades, rules, cut) => {
        const ordered = trades.toSorted(compareLedgerOrder);
        const whole = matchTransactions(EMPTY_HOLDING, ordered, rules);
        const first = matchTransactions(EMPTY_HOLDING, ordered.slice(0, cut), rules);
        const second = matchTransactions(first.holding, ordered.slice(cut), rules);
        expect(second.holding).toEqual(whole.holding);
        expect([...first.outcomes, ...second.outcomes]).toEqual(whole.outcomes);
        expect([...first.disposals, ...second.disposals]).toEqual(whole.disposals);
        const saved = new Map([...first.openedLots, ...second.openedLots].map((lot) => [lot.id, lot]));
        for (const lot of second.touchedLots) saved.set(lot.id, lot);
        expect([...saved.values()]).toEqual(whole.openedLots);
      }),
      runs,
    );
  });

  it("any order of arrival gives the same state", () => {
    const shuffled = ledgers().chain((trades) =>
      fc.tuple(
        fc.constant(trades),
        fc.shuffledSubarray(trades, { minLength: trades.length, maxLength: trades.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, rulesOf, ([trades, arrived], rules) => {
        expect(replay(arrived, rules)).toEqual(replay(trades, rules));
      }),
      runs,
    );
  });

  it("the lots that sales reach are enough, the rest need not be loaded", () => {
    fc.assert(
      fc.property(ledgers(), fc.nat(40), (trades, cut) => {
        const rules = { method: "fifo", allowShort: false } as const;
        const ordered = trades.toSorted(compareLedgerOrder);
        const { holding } = matchTransactions(EMPTY_HOLDING, ordered.slice(0, cut), rules);
        const batch = ordered.slice(cut);
        const whole = matchTransactions(holding, batch, rules);
        const reached = whole.touchedLots.length;
        // One sale more than the holding covers may reach lots that the batch itself opens.
        const lots = whole.disposals.some((each) =>
          each.slices.some((slice) => !holding.lots.some((lot) => lot.id === slice.lotId)),
        )
          ? holding.lots
          : holding.lots.slice(0, reached);
        const partial = matchTransactions({ ...holding, lots }, batch, rules);
        expect({ ...partial, holding: { ...partial.holding, lots: [] } }).toEqual({
          ...whole,
          holding: { ...whole.holding, lots: [] },
        });
      }),
      runs,
    );
  });
});

describe("exactness", () => {
  it("stays within three roundings of 10^-36 per slice of a ledger kept in fractions", () => {
    forAnyLedger((trades, rules) => {
      const { holding, accepted, disposals } = matched(trades, rules);
      const exact = keepInFractions(accepted);
      const slices = disposals.reduce((count, each) => count + each.slices.length, 0);
      expect(slices).toBe(exact.gains.length);
      const gain = exact.gains.reduce(plus, fraction(0n));
      expect(isWithin(holding.realizedGain, gain, BigInt(3 * slices))).toBe(true);
      const cost = exact.lots.map((lot) => lot.cost).reduce(plus, fraction(0n));
      expect(isWithin(holding.costBasis, cost, BigInt(1 + 3 * slices))).toBe(true);
      const units = exact.lots.map((lot) => lot.units).reduce(plus, fraction(0n));
      expect(isWithin(holding.quantity, units, 0n)).toBe(true);
    });
  });
});

/** An independent ledger: signed lots in exact fractions, one amount after another as the rules say it. */
function keepInFractions(accepted: readonly LedgerTransaction[]): { lots: FractionLot[]; gains: Fraction[] } {
  let lots: FractionLot[] = [];
  const gains: Fraction[] = [];
  for (const trade of accepted) {
    const direction = trade.type === "buy" ? 1n : -1n;
    let left = fraction(direction * trade.quantity);
    // A buy pays its fee on top, a sell receives that much less: per signed unit both are price + fee.
    const paid = fraction(direction * trade.quantity * trade.price + trade.fees);
    const perUnit = over(paid, left);
    while (left.top !== 0n && lots[0] !== undefined && isNegative(lots[0].units) !== isNegative(left)) {
      const lot = lots[0];
      const usesUpLot = !isNegative(minus(sizeOf(left), sizeOf(lot.units)));
      const taken = usesUpLot ? lot.units : minus(fraction(0n), left);
      const cost = times(lot.cost, over(taken, lot.units));
      gains.push(minus(times(perUnit, taken), cost));
      const rest = { units: minus(lot.units, taken), cost: minus(lot.cost, cost) };
      lots = usesUpLot ? lots.slice(1) : [rest, ...lots.slice(1)];
      left = plus(left, taken);
    }
    if (left.top !== 0n) lots = [...lots, { units: left, cost: times(perUnit, left) }];
  }
  return { lots, gains };
}

interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

interface FractionLot {
  readonly units: Fraction;
  readonly cost: Fraction;
}

function fraction(top: bigint, bottom = 1n): Fraction {
  let [a, b] = [top < 0n ? -top : top, bottom < 0n ? -bottom : bottom];
  while (b !== 0n) [a, b] = [b, a % b];
  const divisor = bottom < 0n ? -a : a;
  return { top: top / divisor, bottom: bottom / divisor };
}

const plus = (a: Fraction, b: Fraction) => fraction(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom);
const minus = (a: Fraction, b: Fraction) => plus(a, fraction(-b.top, b.bottom));
const times = (a: Fraction, b: Fraction) => fraction(a.top * b.top, a.bottom * b.bottom);
const over = (a: Fraction, b: Fraction) => fraction(a.top * b.bottom, a.bottom * b.top);
const isNegative = (a: Fraction) => a.top < 0n;
const sizeOf = (a: Fraction) => (isNegative(a) ? minus(fraction(0n), a) : a);

function isWithin(value: bigint, exact: Fraction, units: bigint): boolean {
  return !isNegative(minus(fraction(units), sizeOf(minus(fraction(value), exact))));
}

function forAnyLedger(holds: (trades: readonly LedgerTransaction[], rules: LedgerRules) => void): void {
  fc.assert(fc.property(ledgers(), rulesOf, holds), runs);
}

function ledgers(): fc.Arbitrary<LedgerTransaction[]> {
  const wholeShares = fc.bigInt({ min: 1n, max: 20n }).map((units) => units * 10n ** 18n);
  const anyQuantity = fc.bigInt({ min: 1n, max: 10n ** 19n });
  const tradeOf = fc.record({
    type: fc.constantFrom("buy", "buy", "sell"),
    tradedAt: fc.nat(15),
    quantity: fc.oneof(
      { weight: 6, arbitrary: wholeShares },
      { weight: 6, arbitrary: anyQuantity },
      { weight: 1, arbitrary: fc.constantFrom(0n, -1n, 1n) },
    ),
    price: fc.bigInt({ min: -(10n ** 17n), max: 10n ** 21n }),
    fees: fc.oneof(fc.constant(0n), fc.bigInt({ min: -1n, max: 10n ** 37n })),
    currency: fc.constantFrom(...Array<string>(12).fill("USD"), "EUR"),
  });
  return fc.array(tradeOf, { maxLength: 40 }).map((trades) =>
    trades.map((each, index) => ({
      id: `t${index}`,
      type: each.type === "buy" ? "buy" : "sell",
      orderSequence: index,
      tradedAt: each.tradedAt,
      quantity: each.quantity as Quantity,
      price: each.price as Price,
      fees: each.fees as Money,
      currency: each.currency,
    })),
  );
}

function matched(
  trades: readonly LedgerTransaction[],
  rules: LedgerRules,
): MatchResult & { accepted: LedgerTransaction[] } {
  const result = replay(trades, rules);
  const ordered = trades.toSorted(compareLedgerOrder);
  const accepted = ordered.filter((_, index) => result.outcomes[index]?.status === "matched");
  return { ...result, accepted };
}

/** What a trade moved in cash: a buy takes quantity × price + fees, a sell brings quantity × price − fees. */
function cashOf(trade: LedgerTransaction): bigint {
  const gross = trade.quantity * trade.price;
  return trade.type === "buy" ? -gross - trade.fees : gross - trade.fees;
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
