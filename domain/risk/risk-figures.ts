import type { PureNumber } from "../pure-number.ts";
import { periodicRate } from "../returns/annualize.ts";
import { linkReturns } from "../returns/time-weighted-return.ts";
import { betaOf } from "./beta.ts";
import { annualizedDeviation, downsideDeviation, meanOf, standardDeviation } from "./deviation.ts";
import { type Drawdown, maxDrawdown } from "./drawdown.ts";
import { sharpeRatio, sortinoRatio } from "./risk-adjusted-return.ts";
import { historicalValueAtRisk, parametricValueAtRisk } from "./value-at-risk.ts";

/** What risk is measured against. */
export interface RiskAssumptions {
  /** 252 for trading days. */
  readonly periodsPerYear: number;
  readonly risklessRate: AssumedRate;
  /** The return below which a period counts as a loss. */
  readonly target: AssumedRate;
  /** Of value at risk. Units: 0 to 1. */
  readonly confidence: PureNumber;
  /** Shape: one return per period of the portfolio's returns. */
  readonly benchmark?: readonly PureNumber[];
}

/** A rate per year, which is turned into one that compounds to it, or per period. */
export interface AssumedRate {
  readonly per: "year" | "period";
  readonly rate: PureNumber;
}

/** The risk figures of a series of returns; `null` is what too few or too even returns do not define. */
export interface RiskFigures {
  readonly mean: PureNumber | null;
  readonly standardDeviation: PureNumber | null;
  /** The standard deviation per year. */
  readonly volatility: PureNumber | null;
  readonly sharpe: PureNumber | null;
  readonly downsideDeviation: PureNumber | null;
  readonly sortino: PureNumber | null;
  readonly cumulativeReturn: PureNumber;
  readonly drawdown: Drawdown;
  readonly historicalValueAtRisk: PureNumber | null;
  readonly parametricValueAtRisk: PureNumber | null;
  /** Also `null` without a benchmark. */
  readonly beta: PureNumber | null;
}

/** Returns every risk figure of the returns. Shape: one simple return per period, in order. */
export function riskFiguresOf(returns: readonly PureNumber[], assumptions: RiskAssumptions): RiskFigures {
  const { periodsPerYear, confidence, benchmark } = assumptions;
  const riskless = { rate: perPeriod(assumptions.risklessRate, periodsPerYear), periodsPerYear };
  const target = { rate: perPeriod(assumptions.target, periodsPerYear), periodsPerYear };
  const deviation = standardDeviation(returns);
  return {
    mean: meanOf(returns),
    standardDeviation: deviation,
    volatility: deviation === null ? null : annualizedDeviation(deviation, periodsPerYear),
    sharpe: sharpeRatio(returns, riskless),
    downsideDeviation: downsideDeviation(returns, target.rate),
    sortino: sortinoRatio(returns, target),
    cumulativeReturn: linkReturns(returns),
    drawdown: maxDrawdown(returns),
    historicalValueAtRisk: historicalValueAtRisk(returns, confidence),
    parametricValueAtRisk: parametricValueAtRisk(returns, confidence),
    beta: benchmark === undefined ? null : betaOf(returns, benchmark),
  };
}

function perPeriod({ per, rate }: AssumedRate, periodsPerYear: number): PureNumber {
  return per === "period" ? rate : periodicRate(rate, periodsPerYear);
}
