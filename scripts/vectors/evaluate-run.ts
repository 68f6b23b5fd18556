import { roundDecimal } from "#domain/decimal.ts";
import { ok, refuse, type Result } from "#domain/result.ts";
import { evaluateLots } from "./evaluate-lots.ts";
import { evaluateDaily } from "./evaluate-daily.ts";
import { evaluateHhi } from "./evaluate-hhi.ts";
import { evaluatePortfolio } from "./evaluate-portfolio.ts";
import { evaluateRisk } from "./evaluate-risk.ts";
import { evaluateXirr } from "./evaluate-xirr.ts";
import { readOptions } from "./read-options.ts";
import { readTransactions } from "./read-transactions.ts";
import type { VectorFile, VectorRecord, VectorRun } from "./read-vector.ts";

/**
 * Returns what the domain makes of one run: an object with the keys of the run's `expected`, or
 * `{unsupported}` with the reason when the domain has no rule for something in it. Never a guess.
 */
export function evaluateRun(file: VectorFile, run: VectorRun): VectorRecord {
  const result = resultOf(file, run);
  return result.ok ? result.value : { unsupported: result.error };
}

function resultOf(file: VectorFile, run: VectorRun): Result<VectorRecord, string> {
  const unknownAbility = file.requires.find((ability) => !ABILITIES.has(ability));
  if (unknownAbility !== undefined) return refuse(`requires ${unknownAbility}`);
  switch (file.kind) {
    case "lots":
      return lotsOf(file, run);
    case "portfolio":
      return portfolioOf(file, run);
    case "xirr":
      return evaluateXirr(file);
    case "daily":
      return evaluateDaily(file);
    case "risk":
      return evaluateRisk(file);
    case "hhi":
      return evaluateHhi(file);
    case "rounding":
      return roundedOf(file.cases);
    default:
      return refuse(`kind ${file.kind}`);
  }
}

const ABILITIES: ReadonlySet<string> = new Set(["explicit_seq", "dedupe_by_id"]);

function lotsOf(file: VectorFile, run: VectorRun): Result<VectorRecord, string> {
  const options = readOptions(run.options);
  if (!options.ok) return options;
  const read = readTransactions(file.transactions, options.value.rateOn);
  if (!read.ok) return read;
  return ok(evaluateLots(read.value, options.value, { prices: file.prices, asof: file.asof }));
}

function portfolioOf(file: VectorFile, run: VectorRun): Result<VectorRecord, string> {
  const options = readOptions(run.options);
  if (!options.ok) return options;
  const read = readTransactions(file.transactions, options.value.rateOn);
  return read.ok ? evaluatePortfolio(read.value, options.value, file.market) : read;
}

function roundedOf(cases: readonly VectorRecord[]): Result<VectorRecord, string> {
  const values: string[] = [];
  for (const { value, scale } of cases) {
    if (typeof value !== "string" || !/^-?\d+(\.\d+)?$/.test(value)) return refuse(`value ${String(value)}`);
    if (typeof scale !== "number" || !Number.isInteger(scale) || scale < 0)
      return refuse(`scale ${String(scale)}`);
    values.push(roundDecimal(value, scale));
  }
  return ok({ values });
}
