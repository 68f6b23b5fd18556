import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isNegligible,
  minus,
  ONE,
  productOf,
  pureNumber,
  type PureNumber,
  roundPureNumber,
} from "../pure-number.ts";
import { betaOf } from "./beta.ts";
import { standardDeviation } from "./deviation.ts";
import { type RiskAssumptions, riskFiguresOf } from "./risk-figures.ts";

const MIXED = "0.01 0.1 -0.04 0.02 0.03 0.02 0.01 -0.1";
const BENCHMARK = "-0.06 -0.07 -0.01 -0.09 -0.02 -0.06 -0.08 -0.05";

describe("the risk figures of published cases", () => {
  it.each([
    {
      source: "empyrical, test_stats.py, mixed_returns",
      returns: MIXED,
      benchmark: BENCHMARK,
      mean: "0.00625",
      deviation: "0.0575543222",
      volatility: "0.91364654",
      sharpe: "1.7238613962",
      downside: "0.0380788655",
      sortino: "2.6055312517",
      cumulative: "0.0389310917",
      historical: "0.079",
      parametric: "0.0884184356",
      beta: "-0.712962963",
    },
    {
      source: "empyrical, test_stats.py, positive_returns",
      returns: "0.01 0.02 0.01 0.01 0.01 0.01 0.01 0.01 0.01",
      benchmark: undefined,
      mean: "0.0111111111",
      deviation: "0.0033333333",
      volatility: "0.0529150262",
      sharpe: "52.9150262213",
      downside: "0",
      sortino: null,
      cumulative: "0.1045138397",
      historical: "-0.01",
      parametric: "-0.0056282657",
      beta: null,
    },
    {
      source: "empyrical, test_stats.py, flat_line_1",
      returns: "0.01 0.01 0.01 0.01 0.01 0.01 0.01 0.01 0.01",
      benchmark: "0 0 0 0 0 0 0 0 0",
      mean: "0.01",
      deviation: "0",
      volatility: "0",
      sharpe: null,
      downside: "0",
      sortino: null,
      cumulative: "0.0936852727",
      historical: "-0.01",
      parametric: "-0.01",
      beta: null,
    },
    {
      source: "portfolio-analytics-system, test_calculate_var_and_es",
      returns: "-0.05 -0.02 -0.01 0 0.01 0.01 0.02 0.02 0.03 0.1",
      benchmark: undefined,
      mean: "0.011",
      deviation: "0.0390014245",
      volatility: "0.6191284196",
      sharpe: "4.4772617636",
      downside: "0.0173205081",
      sortino: "10.0816665289",
      cumulative: "0.1083013865",
      historical: "0.0365",
      parametric: "0.0531516345",
      beta: null,
    },
  ])("$source", ({ source: _source, returns, benchmark, ...expected }) => {
    expect(figuresOf(returns, benchmark === undefined ? {} : { benchmark: read(benchmark) })).toEqual(
      expected,
    );
  });
});

describe("the risk figures", () => {
  it("of one return are those that one return defines", () => {
    expect(figuresOf("-0.02")).toMatchObject({
      mean: "-0.02",
      deviation: null,
      volatility: null,
      sharpe: null,
      downside: "0.02",
      historical: "0.02",
      parametric: null,
    });
  });

  it("of no returns are none", () => {
    const { cumulative, ...figures } = figuresOf("");
    expect(cumulative).toBe("0");
    expect(Object.values(figures).every((each) => each === null)).toBe(true);
  });

  it("take rates per year as they compound, and rates per period as they are", () => {
    const perYear = { per: "year", rate: pureNumber("0.02") } as const;
    const perPeriod = {
      per: "period",
      rate: pureNumber("0.000078584941984712858361274464299755214"),
    } as const;
    const figures = figuresOf(MIXED, { risklessRate: perYear, target: perYear });
    expect(figures).toEqual(figuresOf(MIXED, { risklessRate: perPeriod, target: perPeriod }));
    // (0.00625 − 0.0000785849…) / 0.0575543222… × √252
    expect(figures.sharpe).toBe("1.7021862685");
  });

  it("scale with the returns: deviation and mean do, ratios do not", () => {
    fc.assert(
      fc.property(series, (returns) => {
        const doubled = returns.map((each) => (each * 2n) as PureNumber);
        const [once, twice] = [riskFiguresOf(returns, ASSUMPTIONS), riskFiguresOf(doubled, ASSUMPTIONS)];
        expect(near(twice.standardDeviation, twoTimes(once.standardDeviation))).toBe(true);
        expect(near(twice.downsideDeviation, twoTimes(once.downsideDeviation))).toBe(true);
        expect(near(twice.sharpe, once.sharpe)).toBe(true);
        expect(near(twice.sortino, once.sortino)).toBe(true);
      }),
    );
  });

  it("make returns a benchmark of beta 1 to themselves, and of beta 3 to a third of themselves", () => {
    fc.assert(
      fc.property(series, (returns) => {
        const thrice = returns.map((each) => (each * 3n) as PureNumber);
        const isStill = standardDeviation(returns) === 0n;
        expect(betaOf(returns, returns)).toBe(isStill ? null : ONE);
        expect(betaOf(thrice, returns)).toBe(isStill ? null : ONE * 3n);
      }),
    );
  });

  it("do not compare with a benchmark of other periods", () => {
    expect(() => betaOf(read(MIXED), read("0.01"))).toThrow("8 returns, 1 of the benchmark");
  });
});

const ASSUMPTIONS: RiskAssumptions = {
  periodsPerYear: 252,
  risklessRate: { per: "year", rate: pureNumber("0") },
  target: { per: "year", rate: pureNumber("0") },
  confidence: pureNumber("0.95"),
};

const basisPoint = fc
  .bigInt({ min: -5000n, max: 5000n })
  .map((each) => productOf((each * ONE) as PureNumber, pureNumber("0.0001")));
const series = fc.array(basisPoint, { minLength: 2, maxLength: 20 });

function figuresOf(returns: string, changes: Partial<RiskAssumptions> = {}) {
  const figures = riskFiguresOf(read(returns), { ...ASSUMPTIONS, ...changes });
  return {
    mean: print(figures.mean),
    deviation: print(figures.standardDeviation),
    volatility: print(figures.volatility),
    sharpe: print(figures.sharpe),
    downside: print(figures.downsideDeviation),
    sortino: print(figures.sortino),
    cumulative: print(figures.cumulativeReturn),
    historical: print(figures.historicalValueAtRisk),
    parametric: print(figures.parametricValueAtRisk),
    beta: print(figures.beta),
  };
}

function twoTimes(value: PureNumber | null): PureNumber | null {
  return value === null ? null : ((value * 2n) as PureNumber);
}

function near(a: PureNumber | null, b: PureNumber | null): boolean {
  return a === null || b === null ? a === b : isNegligible(minus(a, b));
}

function read(text: string): PureNumber[] {
  return text === "" ? [] : text.split(" ").map(pureNumber);
}

function print(value: PureNumber | null): string | null {
  return value === null ? null : roundPureNumber(value, 10);
}
