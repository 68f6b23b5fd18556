import type { PureNumber } from "#domain/pure-number.ts";
import { ok, refuse, type Result } from "#domain/result.ts";
import { type AssumedRate, type RiskAssumptions, riskFiguresOf } from "#domain/risk/risk-figures.ts";
import { printed, pureNumberIn, pureNumbersIn } from "./read-numbers.ts";
import type { VectorFile, VectorRecord } from "./read-vector.ts";

/** Returns the risk figures of the returns, under the keys of a vector's `expected`. */
export function evaluateRisk({ input }: Pick<VectorFile, "input">): Result<VectorRecord, string> {
  const returns = pureNumbersIn(input["returns"]);
  if (returns === undefined) return refuse("returns are not a list of decimals");
  const assumptions = readRiskAssumptions(input);
  if (!assumptions.ok) return assumptions;
  const { benchmark } = assumptions.value;
  if (benchmark !== undefined && benchmark.length !== returns.length)
    return refuse("benchmark of another length");
  return ok(riskRecord(returns, assumptions.value));
}

/** Returns what risk is measured against, from the input of kind `risk` or the market of kind `portfolio`. */
export function readRiskAssumptions(input: VectorRecord): Result<RiskAssumptions, string> {
  const periodsPerYear = Number(input["periods_per_year"] ?? 252);
  if (!Number.isSafeInteger(periodsPerYear) || periodsPerYear < 1) return refuse("periods_per_year");
  const risklessRate = rateIn(input, "risk_free");
  const target = rateIn(input, "mar");
  const confidence = pureNumberIn(input["confidence"] ?? "0.95");
  if (risklessRate === undefined || target === undefined) return refuse("risk_free or mar");
  if (confidence === undefined) return refuse("confidence");
  if (input["benchmark"] === undefined) return ok({ periodsPerYear, risklessRate, target, confidence });
  const benchmark = pureNumbersIn(input["benchmark"]);
  if (benchmark === undefined) return refuse("benchmark is not a list of decimals");
  return ok({ periodsPerYear, risklessRate, target, confidence, benchmark });
}

/** Returns the risk figures as vectors print them. */
export function riskRecord(returns: readonly PureNumber[], assumptions: RiskAssumptions): VectorRecord {
  const figures = riskFiguresOf(returns, assumptions);
  return {
    mean: printed(figures.mean),
    max_drawdown: printed(figures.drawdown.depth),
    max_drawdown_peak: figures.drawdown.peak,
    max_drawdown_trough: figures.drawdown.trough,
    max_drawdown_recovery: figures.drawdown.recovery,
    cumulative_return: printed(figures.cumulativeReturn),
    var_historical: printed(figures.historicalValueAtRisk),
    stdev: printed(figures.standardDeviation),
    volatility: printed(figures.volatility),
    sharpe: printed(figures.sharpe),
    downside_deviation: printed(figures.downsideDeviation),
    sortino: printed(figures.sortino),
    var_parametric: printed(figures.parametricValueAtRisk),
    ...(assumptions.benchmark !== undefined && { beta: printed(figures.beta) }),
  };
}

function rateIn(input: VectorRecord, name: "risk_free" | "mar"): AssumedRate | undefined {
  const periodic = input[`${name}_periodic`];
  const rate = pureNumberIn(periodic ?? input[`${name}_annual`] ?? "0");
  return rate === undefined ? undefined : { per: periodic === undefined ? "year" : "period", rate };
}
