import { describe, expect, test } from "vitest";
import type { MatchedKey } from "#adapters/postgres/matched-key.ts";
import {
  formatMoney,
  formatPrice,
  formatQuantity,
  type Money,
  type Price,
  type Quantity,
} from "#domain/amounts.ts";
import { LOT_METHODS } from "#domain/lot-order.ts";
import { EMPTY_HOLDING, type LedgerRules, matchTransactions, type MatchResult } from "#domain/match-lots.ts";
import { type Append, matchWork } from "#use-cases/match-work.ts";
import { DECIMALS } from "./decimals/counterpart.ts";
import { Decimal34 } from "./decimals/decimal.ts";
import { EMPTY_DECIMAL_HOLDING, matchDecimalTrades } from "./decimals/match-lots.ts";
import { FLOATS } from "./floats/counterpart.ts";
import { EMPTY_FLOAT_HOLDING, matchFloatTrades } from "./floats/match-lots.ts";
import { matchRowsIn } from "./rows-in.ts";
import { appendOf, emptyKey, stored, versionsOf } from "./stored-rows.ts";
import { exactTrade, tradeIn, writeTrades, type WrittenTrade } from "./trades.ts";

/*
 * B1 and B2 say something about numbers only as long as both sides do the same work. Their results are laid out as
 * lists of paths and values, amounts as floats, and compared: the same paths, and values as near as floats come.
 */
describe.each(LOT_METHODS.map((method) => ({ method })))("under $method", ({ method }) => {
  const cases: readonly { name: string; trades: WrittenTrade[]; allowShort: boolean }[] = [
    { name: "long only", trades: writeTrades(600, 5), allowShort: false },
    { name: "with short holdings and trades that cross zero", trades: mirrored(), allowShort: true },
    { name: "with trades that are rejected", trades: mirrored(), allowShort: false },
  ];
  const rulesOf = (allowShort: boolean): LedgerRules => ({ method, allowShort });

  test.each(cases)("floats do the work of the matcher: $name", ({ trades, allowShort }) => {
    const inFloats = trades.map((trade) => tradeIn(trade, Number));
    const floats = matchFloatTrades(EMPTY_FLOAT_HOLDING, inFloats, rulesOf(allowShort));
    expectSame(layOut(floats), exactly(trades, rulesOf(allowShort)), 1e-9);
  });

  test.each(cases)("floats make the product's rows: $name", ({ trades, allowShort }) => {
    for (const batch of BATCHES) {
      const inFloats = rowsOf((work) => matchRowsIn(FLOATS, work), trades, { batch, ...rulesOf(allowShort) });
      expectSame(inFloats, rowsOf(matchWork, trades, { batch, ...rulesOf(allowShort) }), 1e-9);
    }
  });

  test.each(cases)("decimals make the product's rows: $name", ({ trades, allowShort }) => {
    for (const batch of BATCHES) {
      const inDecimals = rowsOf((work) => matchRowsIn(DECIMALS, work), trades, {
        batch,
        ...rulesOf(allowShort),
      });
      expectSame(inDecimals, rowsOf(matchWork, trades, { batch, ...rulesOf(allowShort) }), 1e-12);
    }
  });

  test.each(cases)("decimals do the work of the matcher: $name", ({ trades, allowShort }) => {
    const inDecimals = trades.map((trade) => tradeIn(trade, (text) => new Decimal34(text)));
    const decimals = matchDecimalTrades(EMPTY_DECIMAL_HOLDING, inDecimals, rulesOf(allowShort));
    expectSame(layOut(decimals), exactly(trades, rulesOf(allowShort)), 1e-12);
  });
});

/** Sells and buys exchanged every hundred trades: short holdings, covers, and sales of more than is held. */
function mirrored(): WrittenTrade[] {
  return writeTrades(600, 6).map((trade, index) => {
    if (index % 200 < 100) return trade;
    return { ...trade, type: trade.type === "buy" ? "sell" : "buy" };
  });
}

/** All trades at once, and so many at a time, each batch going on from what was stored after the one before. */
const BATCHES = [600, 45];

function rowsOf(
  match: (work: Append) => MatchedKey[],
  trades: readonly WrittenTrade[],
  { batch, ...rules }: LedgerRules & { readonly batch: number },
): Laid {
  let key = emptyKey(rules, 1);
  const versions = versionsOf(trades, key, 1);
  const laid: Laid[] = [];
  for (let from = 0; from < versions.length; from += batch) {
    const matched = match(appendOf(key, versions.slice(from, from + batch)));
    laid.push(layOut(matched, String(from)));
    key = stored(key, matched[0]!);
  }
  return laid.flat();
}

type Laid = readonly (readonly [path: string, value: unknown])[];

function exactly(trades: readonly WrittenTrade[], rules: LedgerRules): Laid {
  const result: MatchResult = matchTransactions(EMPTY_HOLDING, trades.map(exactTrade), rules);
  return layOut(result);
}

const DECIMAL_TEXT = /^-?\d+(\.\d+)?(e[-+]\d+)?$/;
const EXACT_ONLY = ["exactUnitCost", "unit_cost_numerator", "unit_cost_denominator"];

/** Every field of a result that has a value, amounts and decimal text as floats. */
function layOut(value: unknown, path = ""): Laid {
  if (value === undefined) return [];
  if (typeof value === "bigint") return [[path, Number(formatAs(path, value))]];
  if (value instanceof Decimal34) return [[path, value.toNumber()]];
  if (typeof value === "string" && DECIMAL_TEXT.test(value)) return [[path, Number(value)]];
  if (typeof value !== "object" || value === null) return [[path, value]];
  return (
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      // A share of a total needs no exact fraction beside it where nothing is exact.
      .filter(([name]) => !EXACT_ONLY.includes(name))
      .flatMap(([name, field]) => layOut(field, `${path}/${name}`))
  );
}

function formatAs(path: string, value: bigint): string {
  if (/quantity$/i.test(path)) return formatQuantity(value as Quantity);
  return path.endsWith("/price") ? formatPrice(value as Price) : formatMoney(value as Money);
}

function expectSame(actual: Laid, expected: Laid, tolerance: number): void {
  expect(actual.map(([path]) => path)).toEqual(expected.map(([path]) => path));
  const different = actual.flatMap(([path, value], index) => {
    const wanted = expected[index]![1];
    const isSame =
      typeof value === "number" && typeof wanted === "number"
        ? Math.abs(value - wanted) <= tolerance * Math.max(1_000_000, Math.abs(wanted))
        : value === wanted;
    return isSame ? [] : [{ path, value, wanted }];
  });
  expect(different.slice(0, 5)).toEqual([]);
}
