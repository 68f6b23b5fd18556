import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { money } from "../amounts.ts";
import { dayNumber } from "../day-number.ts";
import { fractionalPower } from "../decimal.ts";
import {
  ONE,
  plus,
  productOf,
  PURE_SCALE,
  pureNumber,
  type PureNumber,
  quotientOf,
  roundPureNumber,
} from "../pure-number.ts";
import { type CashFlow, moneyWeightedReturn } from "./money-weighted-return.ts";

describe("the money-weighted return of published cases", () => {
  it.each([
    {
      source: "Microsoft, XIRR function",
      flows: "2008-01-01 -10000, 2008-03-01 2750, 2008-10-30 4250, 2009-02-15 3250, 2009-04-01 2750",
      rate: "0.3733625335",
    },
    {
      source: "Portfolio Performance, IRRTest, issue 1904: near -100 %",
      flows: "2019-05-24 -1560.94, 2020-01-13 -1160, 2020-06-29 42.80",
      rate: "-0.9992516434",
    },
    {
      source: "pyxirr, samples/unordered.csv: not by date",
      flows: "2015-06-11 -1000, 2015-07-21 -9000, 2018-06-10 20000, 2015-10-17 -3000",
      rate: "0.1635371584",
    },
    {
      source: "CFA Program, money-weighted return of 100, 118, 264",
      flows: "2021-01-01 -100, 2022-01-01 -118, 2023-01-01 264",
      rate: "0.1386121601",
    },
  ])("$source", ({ flows, rate }) => {
    expect(rateOf(read(flows))).toBe(rate);
  });
});

describe("the money-weighted return", () => {
  it.each([
    ["a year at 10 % is 10 %", "2021-01-01 -100, 2022-01-01 110", "0.1"],
    ["nothing gained is 0", "2021-01-01 -100, 2021-03-01 100", "0"],
    ["flows of one day count as their sum", "2021-01-01 -100, 2021-01-01 50, 2022-01-01 60", "0.2"],
    ["a loan is a flow the other way", "2021-01-01 100, 2022-01-01 -110", "0.1"],
    ["a leap day is a day", "2024-01-01 -100, 2025-01-01 110", "0.0997135859"],
    ["doubled in a day is 2^365 - 1", "2024-01-01 -1, 2024-01-02 2", ((1n << 365n) - 1n).toString()],
    [
      "a rate above -100 % by less than is printed",
      "2024-01-01 -0.01, 2024-12-31 0.000000000000000001",
      "-1",
    ],
    ["a touch of zero is one rate", "2021-01-01 -100, 2022-01-01 220, 2023-01-01 -121", "0.1"],
    [
      "three rates in one place are one rate",
      "2021-01-01 -1000, 2022-01-01 3300, 2023-01-01 -3630, 2024-01-01 1331",
      "0.1",
    ],
    [
      "three changes of sign, one rate",
      "2023-01-01 -1000, 2023-07-20 900, 2023-10-28 -100, 2024-05-15 230",
      "0.0429808044",
    ],
  ])("%s", (_rule, flows, rate) => {
    expect(rateOf(read(flows))).toBe(rate);
  });

  it.each([
    ["no flows", "", "no-sign-change"],
    ["money in only", "2024-01-01 100, 2024-06-01 200", "no-sign-change"],
    ["all on one day", "2024-01-01 -100, 2024-01-01 110", "no-sign-change"],
    ["flows that cancel out", "2024-01-01 -100, 2024-01-01 100", "no-sign-change"],
    ["10 % and 20 %", "2021-01-01 -100, 2022-01-01 230, 2023-01-01 -132", "no-single-rate"],
    ["0 % and -50 %", "2021-01-01 -100, 2022-01-01 150, 2023-01-01 -50", "no-single-rate"],
    [
      "149 %, and one above -100 % by 10^-875",
      "2021-01-01 -100, 2022-01-01 250, 2022-01-02 -1",
      "no-single-rate",
    ],
    ["no rate at all", "2021-01-01 100, 2021-01-02 -100, 2021-01-03 100", "no-single-rate"],
    ["just missing zero", "2021-01-01 -100, 2022-01-01 219.999999999999, 2023-01-01 -121", "no-single-rate"],
    [
      "just crossing zero twice",
      "2021-01-01 -100, 2022-01-01 220.000000000001, 2023-01-01 -121",
      "no-single-rate",
    ],
  ])("there is none: %s", (_rule, flows, reason) => {
    expect(moneyWeightedReturn(read(flows))).toEqual({ ok: false, error: reason });
  });

  it("makes the flows worth nothing, to 30 digits", () => {
    const amount = fc.bigInt({ min: -(10n ** 6n), max: 10n ** 6n });
    const flow = fc.record({ day: fc.nat(6_000), amount: amount.map((units) => money(units.toString())) });
    let rates = 0;
    fc.assert(
      fc.property(fc.array(flow, { minLength: 2, maxLength: 12 }), (flows) => {
        const rate = moneyWeightedReturn(flows);
        // Beyond these the 80 decimals of the check itself are too few.
        if (!rate.ok || rate.value < pureNumber("-0.9") || rate.value > pureNumber("100")) return;
        rates += 1;
        const { value, magnitude } = presentValue(flows, rate.value);
        expect(value * 10n ** 30n).toBeLessThan(magnitude);
      }),
      { numRuns: 100 },
    );
    expect(rates).toBeGreaterThan(20);
  });

  it("does not depend on the order, the currency's unit or whose side it is seen from", () => {
    const flow = fc.record({ day: fc.nat(2_000), amount: fc.bigInt({ min: -1000n, max: 1000n }) });
    fc.assert(
      fc.property(fc.array(flow, { minLength: 2, maxLength: 8 }), (flows) => {
        const ofUnit = (unit: bigint) =>
          flows.map(({ day, amount }) => ({ day, amount: money((amount * unit).toString()) }));
        const rate = moneyWeightedReturn(ofUnit(1n));
        expect(moneyWeightedReturn(ofUnit(1n).toReversed())).toEqual(rate);
        expect(moneyWeightedReturn(ofUnit(-700n))).toEqual(rate);
      }),
      { numRuns: 200 },
    );
  });

  it("agrees with counting the crossings on a fine grid of rates", () => {
    // Flows a year apart are a polynomial in 1 / (1 + r) of degree 3, sampled where its roots can be.
    const flow = fc.integer({ min: -20, max: 20 });
    fc.assert(
      fc.property(fc.tuple(flow, flow, flow, flow), (amounts) => {
        const flows = amounts.map((each, year) => ({ day: 365 * year, amount: money(`${each}`) }));
        const at = (v: number) => amounts.reduceRight((sum, each) => sum * v + each, 0);
        const grid = Array.from({ length: 8_000 }, (_, i) => at(Math.exp((i - 4_000.37) / 800)));
        const crossings = grid.filter((value, i) => i > 0 && value * grid[i - 1]! < 0).length;
        const rate = moneyWeightedReturn(flows);
        if (rate.ok && crossings !== 1) expect(isTouch(amounts)).toBe(true);
        // A value that touches zero beside one crossing is a second rate that the grid does not count.
        if (!rate.ok && crossings === 1) expect(isTouch(amounts)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

/** Whether the cubic has a root in common with its slope: its discriminant is zero. */
function isTouch([d, c, b, a]: readonly [number, number, number, number]): boolean {
  return 18 * a * b * c * d - 4 * b ** 3 * d + b * b * c * c - 4 * a * c ** 3 - 27 * a * a * d * d === 0;
}

/** What the flows are worth on the first day, without its sign, and the same if none went the other way. */
function presentValue(flows: readonly CashFlow[], rate: PureNumber) {
  const first = Math.min(...flows.map(({ day }) => day));
  let [value, magnitude] = [0n, 0n];
  for (const { day, amount } of flows) {
    const worth = quotientOf(amount, growthOf(plus(ONE, rate), day - first));
    value += worth;
    magnitude += absolute(worth);
  }
  return { value: absolute(value), magnitude };
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function growthOf(factor: PureNumber, days: number): PureNumber {
  let growth = ONE;
  for (let year = 1; year * 365 <= days; year += 1) growth = productOf(growth, factor);
  if (days % 365 === 0) return growth;
  const exponent = { numerator: days % 365, denominator: 365 };
  return productOf(growth, fractionalPower(factor, exponent, PURE_SCALE) as PureNumber);
}

function rateOf(flows: readonly CashFlow[]): string {
  const rate = moneyWeightedReturn(flows);
  return rate.ok ? roundPureNumber(rate.value, 10) : rate.error;
}

function read(text: string): CashFlow[] {
  return text.split(", ").flatMap((flow) => {
    const [date, amount] = flow.split(" ");
    return date === undefined || amount === undefined
      ? []
      : [{ day: dayNumber(date), amount: money(amount) }];
  });
}
