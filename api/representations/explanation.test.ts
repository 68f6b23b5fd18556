/*
 * Every step can be checked: worked out in exact fractions, its formula comes to its result. Tried on random histories of
 * every type, under every method, long and short, with a base currency and between portfolios of different ones.
 */
import { describe, expect, it, vi } from "vitest";
import type { PositionRow } from "#adapters/postgres/derived-reads.ts";
import type { LedgerVersion } from "#adapters/postgres/matching-reads.ts";
import type { Step } from "#contracts/explanations.ts";
import {
  formatMoney,
  formatPrice,
  formatQuantity,
  type Money,
  price,
  type Quantity,
} from "#domain/amounts.ts";
import type { LedgerRules } from "#domain/holding.ts";
import { replayLedger } from "#domain/ledger/apply-to-ledger.ts";
import type { Transaction } from "#domain/ledger/transaction-types.ts";
import { LotStories } from "#domain/lot-story.ts";
import { type Ratio, ratioOf } from "#domain/ratio.ts";
import {
  type Fraction,
  fraction,
  minus,
  over,
  plus,
  print,
  read,
  times,
  ZERO,
} from "#testing/simple-engine/fraction.ts";
import { randomHistory } from "#testing/simple-engine/random-history.ts";
import { remainingBaseCost } from "#domain/tax-lot.ts";
import type { ExplainedDisposal } from "#use-cases/explain-disposal.ts";
import type { ExplainedLedger } from "#use-cases/explain-ledger.ts";
import { readOptions } from "../../scripts/vectors/read-options.ts";
import { readTransactions } from "../../scripts/vectors/read-transactions.ts";
import { toMoney } from "./amounts.ts";
import { isForeign, stepsOfSlices, totalSteps } from "./explanation-slices.ts";
import { summaryOfDisposal } from "./explanation-summary.ts";
import { exactQuantity, sumSteps } from "./explanation-formulas.ts";
import { toPositionExplanation } from "./explanation.ts";

vi.setConfig({ testTimeout: 60_000 });

const SEEDS = Array.from({ length: 1_500 }, (_, index) => 900_001 + index);
const PROGRESS = { head: 1, applied: 1, epoch: 0 };
const DECIMALS = { money: 8, unitPrice: 10 };

describe("on random histories", () => {
  it("the steps of a disposal come to their results, and the last ones to its gain", () => {
    let checked = 0;
    for (const seed of SEEDS) {
      for (const explained of disposalsOf(seed)) {
        const slices = stepsOfSlices(explained);
        const totals = totalSteps(explained);
        for (const step of [...slices.flat(), ...totals]) expectStep(seed, step);
        checked += slices.flat().length + totals.length;
        const gains = slices.map((steps) => steps.findLast(({ label }) => label === "Gain")?.result);
        expect({ seed, gains }).toEqual({
          seed,
          gains: explained.disposal.slices.map(({ realizedGain }) => toMoney(realizedGain)),
        });
        expect(totals.findLast(({ label }) => label === "Gain")?.result).toBe(
          toMoney(explained.disposal.realizedGain),
        );
      }
    }
    expect(checked).toBeGreaterThan(10_000);
  });

  it("the steps of a position come to their results, and those of each lot to its cost", () => {
    let [checked, inForeign] = [0, 0];
    for (const seed of SEEDS) {
      for (const explained of positionsOf(seed)) {
        const { lots, steps } = toPositionExplanation(explained, PROGRESS);
        for (const step of [...lots.flatMap((lot) => lot.steps), ...steps]) expectStep(seed, step);
        checked += lots.length;
        for (const { lot, costBasis, remainingQuantity } of lots) {
          const last = lot.events.at(-1);
          expect({ seed, quantity: last?.quantity, cost: last?.cost }).toEqual({
            seed,
            quantity: remainingQuantity,
            cost: costBasis,
          });
        }
        for (const { steps: own, costBasis, lot } of lots) {
          const inBase = own.findLast(({ label }) =>
            label.includes(` in ${explained.portfolio.base_currency}`),
          );
          const base = explained.holding.lots.find(({ id }) => id === lot.lotId);
          if (isForeign(explained)) {
            const expected = base && remainingBaseCost(base);
            expect({ seed, base: inBase?.result }).toEqual({
              seed,
              base: expected === undefined ? "none" : toMoney(expected),
            });
            inForeign += 1;
          }
          const inOwnCurrency = own.filter(({ label }) => !/ in (EUR|USD)/.test(label));
          expect({ seed, lot: lot.lotId, cost: inOwnCurrency.at(-1)?.result }).toEqual({
            seed,
            lot: lot.lotId,
            cost: costBasis,
          });
        }
      }
    }
    expect(checked).toBeGreaterThan(1_000);
    expect(inForeign).toBeGreaterThan(300);
  });

  it("every event and every gain has words, with symbols and without ids of instruments or gaps", () => {
    for (const seed of SEEDS.slice(0, 400)) {
      for (const explained of positionsOf(seed)) {
        const { lots, summary } = toPositionExplanation(explained, PROGRESS);
        const events = lots.flatMap(({ lot }) =>
          lot.events.flatMap(({ text, source }) => [text, source.text]),
        );
        for (const text of [...summary, ...events]) expect(text).not.toMatch(/undefined|null|NaN|\?|^$/);
      }
      for (const explained of disposalsOf(seed)) {
        for (const text of summaryOfDisposal(explained)) expect(text).not.toMatch(/undefined|null|NaN|\?|^$/);
      }
    }
  });
});

it("a quantity that no decimal holds is a quotient", () => {
  const thirds = (count: bigint) => ratioOf(count * 10n ** 18n, 3n);
  expect([exactQuantity(thirds(20n)), exactQuantity(thirds(6n)), exactQuantity(ratioOf(5n, 2n))]).toEqual([
    "(20 ÷ 3)",
    "2",
    "0.0000000000000000025",
  ]);
});

it("what is too much for one line is added up in lines of twenty", () => {
  const steps = sumSteps(
    "Cost basis",
    Array.from({ length: 45 }, (_, index) => (BigInt(index) * 10n ** 36n) as Money),
  );
  expect(steps.map(({ label, result }) => `${label}: ${result}`)).toEqual([
    "Cost basis, 1 to 20: 190",
    "Cost basis, 21 to 40: 590",
    "Cost basis, 41 to 45: 210",
    "Cost basis: 990",
  ]);
});

function expectStep(seed: number, step: Step): void {
  const value = evaluated(step.formula);
  const decimals = step.label === "Average cost of one" ? DECIMALS.unitPrice : DECIMALS.money;
  expect({ seed, ...step }).toEqual({ seed, ...step, result: print(value, decimals) });
}

/** Works a formula out in fractions: + − × ÷, parentheses, and a hyphen before a negative number. */
function evaluated(formula: string): Fraction {
  const tokens = formula.match(/\d+(?:\.\d+)?|[+−×÷()-]/g) ?? [];
  if (tokens.join("") !== formula.replaceAll(" ", "")) throw new Error(`unreadable: ${formula}`);
  let at = 0;
  const primary = (): Fraction => {
    const token = tokens[at++];
    if (token === "-") return minus(ZERO, primary());
    if (token !== "(") return read(token ?? "");
    const value = sum();
    if (tokens[at++] !== ")") throw new Error(`unbalanced: ${formula}`);
    return value;
  };
  const product = (): Fraction => {
    let value = primary();
    while (tokens[at] === "×" || tokens[at] === "÷")
      value = (tokens[at++] === "×" ? times : over)(value, primary());
    return value;
  };
  const sum = (): Fraction => {
    let value = product();
    while (tokens[at] === "+" || tokens[at] === "−")
      value = (tokens[at++] === "+" ? plus : minus)(value, product());
    return value;
  };
  const value = sum();
  if (at !== tokens.length) throw new Error(`left over: ${formula}`);
  return value;
}

function disposalsOf(seed: number): ExplainedDisposal[] {
  const ledger = explainedHistory(seed);
  return ledger.result.disposals.map((disposal) => {
    const { account, instrument } = disposal;
    return { ...ledger, ...atPlace(ledger, { account, instrument }), disposal };
  });
}

function positionsOf(seed: number) {
  const ledger = explainedHistory(seed);
  return ledger.result.ledger.holdings.map(({ account, instrument, holding }) => {
    const row = { symbol: `${instrument}.SIM`, currency: holding.currency ?? "USD" } as PositionRow;
    return { ...ledger, ...atPlace(ledger, { account, instrument }), holding, row };
  });
}

function atPlace(ledger: ExplainedLedger, place: ExplainedLedger["place"]) {
  return { place, portfolio: ledger.portfolios.get(place.account)! };
}

/** Accounts of two base currencies in every third history that has any. */
function explainedHistory(seed: number): ExplainedLedger {
  const history = randomHistory(seed);
  const options = readOptions(history.options);
  const parsed = options.ok ? readTransactions(history.transactions, options.value.rateOn) : undefined;
  if (!options.ok || parsed?.ok !== true) throw new Error(`unreadable history ${seed}`);
  const { rules } = options.value;
  const rulesOf = (account: string): LedgerRules => {
    if (rules.baseCurrency === undefined) return { ...rules, baseCurrency: undefined };
    return account === "b" && seed % 3 === 0 ? { ...rules, baseCurrency: "USD" } : rules;
  };
  const transactions = parsed.value.transactions.map((each) => {
    if (each.type !== "transfer") return each;
    return { ...each, exchangeRate: price("0.95"), ...(seed % 2 === 0 ? { currency: undefined } : {}) };
  });
  const result = replayLedger(transactions, rulesOf);
  const portfolios = new Map(
    ["a", "b"].map((id) => {
      const { method, allowShort, baseCurrency } = rulesOf(id);
      const settings = { lot_method: method, allow_short: allowShort, track_cash: false };
      return [id, { portfolio_id: id, base_currency: baseCurrency ?? "USD", ...settings }];
    }),
  );
  const currencies = new Map(result.ledger.instruments.map((each) => [each.instrument, each.currency]));
  // Histories without a base currency know no rates: what is in another currency is looked at in its own alone.
  if (rules.baseCurrency === undefined) for (const name of currencies.keys()) currencies.set(name, "USD");
  return {
    portfolios,
    portfolio: portfolios.get("a")!,
    place: { account: "a", instrument: "X" },
    versions: new Map(transactions.map((each, index) => [each.id, versionOf(each, index + 1)])),
    symbols: new Map(["X", "Y", "Z", "V", "W"].map((name) => [name, `${name}.SIM`])),
    currencies,
    portfolioNames: new Map([
      ["a", "First"],
      ["b", "Second"],
    ]),
    result,
    stories: new LotStories(transactions, result, rulesOf),
  };
}

/** A transaction as it would be stored; instruments by name, which only the words look up. */
function versionOf(transaction: Transaction, sequence: number): LedgerVersion {
  const all = transaction as unknown as Readonly<Record<string, unknown>>;
  const quantityText = (value: unknown) => (value === undefined ? null : formatQuantity(value as Quantity));
  const moneyText = (value: unknown) => (value === undefined ? null : formatMoney(value as Money));
  const ratio = all["ratio"] as Ratio | undefined;
  const cash = all["cash"] as Extract<Transaction, { type: "merger" }>["cash"];
  const costShare = (all["costShare"] as Ratio | undefined) ?? cash?.costShare;
  const rate = all["exchangeRate"] as ReturnType<typeof price> | undefined;
  const date = new Date(transaction.tradedAt).toISOString();
  return {
    portfolio_id: (all["account"] as string | undefined) ?? "a",
    sequence,
    id: transaction.id,
    version: 1,
    withdrawn: false,
    order_sequence: transaction.orderSequence,
    instrument_id: all["instrument"] as number,
    to_instrument_id: (all["toInstrument"] as number | undefined) ?? null,
    type: transaction.type === "cash-transfer" ? "transfer" : transaction.type,
    quantity: quantityText(all["quantity"]),
    price: quantityText(all["price"]),
    amount: moneyText(all["amount"]),
    fees: moneyText(all["fees"]) ?? "0",
    tax: moneyText(all["tax"]) ?? "0",
    currency: (all["currency"] as string | undefined) ?? cash?.currency ?? null,
    exchange_rate: rate === undefined ? null : formatPrice(rate),
    lots: null,
    ratio_new: ratio === undefined ? null : String(ratio.numerator),
    ratio_old: ratio === undefined ? null : String(ratio.denominator),
    to_portfolio_id: (all["toAccount"] as string | undefined) ?? null,
    cost_basis: moneyText(all["cost"]),
    acquired_at: null,
    acquired_date: (all["acquiredDate"] as string | undefined) ?? null,
    cost_share: costShare === undefined ? null : decimalOf(costShare),
    cash_per_share: cash === undefined ? null : formatPrice(cash.perShare),
    traded_at: date,
    trade_date: date.slice(0, 10),
  };
}

function decimalOf({ numerator, denominator }: Ratio): string {
  return print(fraction(numerator, denominator), 18);
}
