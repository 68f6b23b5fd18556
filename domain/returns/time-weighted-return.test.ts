import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { money } from "../amounts.ts";
import { dayNumber } from "../day-number.ts";
import {
  isNegligible,
  minus,
  ONE,
  plus,
  productOf,
  pureNumber,
  type PureNumber,
  roundPureNumber,
} from "../pure-number.ts";
import { annualizedReturn, periodicRate } from "./annualize.ts";
import { linkReturns, timeWeightedReturn, type ValuationRow } from "./time-weighted-return.ts";

describe("the time-weighted return of published cases", () => {
  it.each([
    {
      source: "Portfolio Performance, ClientIndexTest, testExcelSample",
      rows: [
        ["2011-12-31", "10000", "10000", "0"],
        ["2012-01-01", "10230", "0", "0"],
        ["2012-01-02", "10630", "200", "0"],
        ["2012-01-03", "9995.59", "0", "400"],
        ["2012-01-04", "10289.58", "0", "0"],
        ["2012-01-05", "10583.57", "0", "0"],
        ["2012-01-06", "16179.56", "5400", "0"],
        ["2012-01-07", "11600", "0", "3697.04"],
        ["2012-01-08", "10596.15", "0", "0"],
      ],
      returns:
        "0 0.023 0.0191754554 -0.0220517404 0.0294119707 0.0285716229 0.0122619665 -0.0545453646 -0.0865387931",
      total: "-0.0561826776",
      annualized: null,
    },
    {
      source: "Investopedia, Time-Weighted Rate of Return, scenario 1",
      rows: [
        ["2016-12-31", "1000000", "1000000", "0"],
        ["2017-08-14", "1162484", "0", "0"],
        ["2017-08-15", "1262484", "100000", "0"],
        ["2017-12-31", "1192328", "0", "0"],
      ],
      returns: "0 0.162484 0 -0.0555698132",
      total: "0.0978849813",
      annualized: "0.0978849813",
    },
    {
      source: "lotus-performance, zero_value_nip_scenario: days without capital",
      rows: [
        ["2024-12-31", "1000", "1000", "0"],
        ["2025-01-01", "1050", "0", "0"],
        ["2025-01-02", "0", "0", "1050"],
        ["2025-01-03", "0", "20", "20"],
        ["2025-01-04", "0", "0", "0"],
        ["2025-01-05", "110", "100", "0"],
      ],
      returns: "0 0.05 0 0 none 0.1",
      total: "0.155",
      annualized: null,
    },
    {
      source: "CFA Program, time-weighted return of two years",
      rows: [
        ["2021-01-01", "100", "100", "0"],
        ["2022-01-01", "240", "118", "0"],
        ["2023-01-01", "264", "0", "0"],
      ],
      returns: "0 0.1009174312 0.1",
      total: "0.2110091743",
      annualized: "0.10045862",
    },
  ])("$source", ({ rows, returns, total, annualized }) => {
    const result = timeWeightedReturn(rows.map(read));
    expect(result.returns.map((each) => print(each) ?? "none").join(" ")).toBe(returns);
    expect([print(result.total), print(result.annualized)]).toEqual([total, annualized]);
  });
});

describe("the time-weighted return", () => {
  it("is nothing without rows", () => {
    expect(timeWeightedReturn([])).toEqual({ returns: [], total: 0n, annualized: null });
  });

  it("is -100 % when everything is lost, per year too", () => {
    const result = timeWeightedReturn([
      read(["2021-01-01", "100", "100", "0"]),
      read(["2023-01-01", "0", "0", "0"]),
    ]);
    expect([print(result.total), print(result.annualized)]).toEqual(["-1", "-1"]);
  });

  it("of linked subperiods is that of the whole", () => {
    fc.assert(
      fc.property(seriesOfReturns, fc.nat(), (returns, place) => {
        const cut = place % (returns.length + 1);
        const parts = [returns.slice(0, cut), returns.slice(cut)].map(linkReturns);
        expect(isNegligible(minus(linkReturns(parts), linkReturns(returns)))).toBe(true);
      }),
    );
  });

  it("does not see what is paid in at the start of a day or out at its end", () => {
    const cents = fc.bigInt({ min: 1n, max: 10n ** 10n });
    const day = fc.record({
      growth: fc.bigInt({ min: 1n, max: 300n }),
      inflow: cents,
      paidOut: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(day, { minLength: 1, maxLength: 20 }), (days) => {
        let before = 0n;
        const rows = days.map(({ growth, inflow, paidOut }, index) => {
          const atEnd = (before + inflow) * growth;
          before = paidOut ? atEnd / 2n : atEnd;
          const [value, outflow] = [before, atEnd - before].map((each) => money(each.toString()));
          return { day: index, value: value!, inflow: money(inflow.toString()), outflow: outflow! };
        });
        const growths = days.map(({ growth }) => pureNumber((growth - 1n).toString()));
        expect(timeWeightedReturn(rows).total).toBe(linkReturns(growths));
      }),
    );
  });
});

describe("annualising", () => {
  it.each([
    ["0.21", 730, "0.1"],
    ["0.1", 365, "0.1"],
    ["0.1", 364, null],
    ["-1", 400, "-1"],
    ["-1.5", 400, null],
    ["0.5", 1234, "0.1274189752"],
  ])("a total of %s in %i days is %s a year", (total, days, expected) => {
    expect(print(annualizedReturn(pureNumber(total), days))).toBe(expected);
  });

  it("turns an annual rate into one per period that compounds to it", () => {
    expect(print(periodicRate(pureNumber("0.02"), 252))).toBe("0.0000785849");
    expect(periodicRate(pureNumber("0.02"), 1)).toBe(pureNumber("0.02"));
    fc.assert(
      fc.property(
        fc.integer({ min: -99, max: 1000 }),
        fc.integer({ min: 1, max: 365 }),
        (percent, periods) => {
          const annual = pureNumber((percent / 100).toFixed(2));
          const factor = plus(ONE, periodicRate(annual, periods));
          let compounded = ONE;
          for (let period = 1; period <= periods; period += 1) compounded = productOf(compounded, factor);
          expect(isNegligible(minus(compounded, plus(ONE, annual)))).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });
});

const seriesOfReturns = fc.array(
  fc.option(
    fc
      .bigInt({ min: -(10n ** 6n), max: 10n ** 6n })
      .map((millionths) => (millionths * (ONE / 10n ** 6n)) as PureNumber),
  ),
  { maxLength: 30 },
);

function read([date = "", value = "", inflow = "", outflow = ""]: readonly string[]): ValuationRow {
  return { day: dayNumber(date), value: money(value), inflow: money(inflow), outflow: money(outflow) };
}

function print(value: PureNumber | null): string | null {
  return value === null ? null : roundPureNumber(value, 10);
}
