/*
 * How the cost of a lot came about: a step for each event that settled it anew, from the purchase on.
 *
 * Shares that are taken out of a lot leave the cost of each share as it was, so that any number of sales and transfers
 * in a row are one step: cost × left ÷ what there was. A split changes no cost and has no step.
 *
 * The same steps can be told in the base currency, each opening at its own rate. They are needed where no one rate makes
 * the base cost of what is there: of a pool, and of a lot whose parts came from portfolios with other base currencies.
 */
import type { LedgerVersion } from "#adapters/postgres/matching-reads.ts";
import type { Step } from "#contracts/explanations.ts";
import { type Money, ZERO_MONEY } from "#domain/amounts.ts";
import { assertNever } from "#domain/invariant.ts";
import { isTaking, type LotAmounts, type LotEvent } from "#domain/lot-story.ts";
import type { LotSide } from "#domain/tax-lot.ts";
import type { ExplainedLedger } from "#use-cases/explain-ledger.ts";
import { exactMoney, exactQuantity, factor, moneyStep, shareFormula } from "./explanation-formulas.ts";
import { versionOf } from "./explanation-words.ts";

/** In which of its two currencies a cost is told. */
export type Measure = "own" | "base";

/**
 * The steps from nothing to the cost after the last event. `toLast`: also what the last takings left; a disposal goes on
 * from what they were taken from instead.
 */
export function makingSteps(
  ledger: ExplainedLedger,
  events: readonly LotEvent[],
  options: { measure: Measure; toLast: boolean },
): Step[] {
  const continued = new Set(events.flatMap((event) => (isTaking(event) ? [event.before] : [])));
  const runs = new Map<LotEvent | undefined, number>();
  const last = events.at(-1);
  return events.flatMap((event) => {
    if (isTaking(event)) {
      const run = (runs.get(event.before) ?? 0) + 1;
      runs.set(event, run);
      if (continued.has(event) || (event === last && !options.toLast)) return [];
      return [takingStep(ledger, event, { measure: options.measure, run })];
    }
    if (options.measure === "base" && !isInBaseCurrency(ledger, event)) return [];
    return settlingStep(ledger, event, options.measure);
  });
}

/** Amounts in the base currency of another portfolio say nothing here. */
function isInBaseCurrency({ portfolios, portfolio }: ExplainedLedger, { place }: LotEvent): boolean {
  return portfolios.get(place.account)?.base_currency === portfolio.base_currency;
}

function takingStep(
  ledger: ExplainedLedger,
  event: LotEvent,
  { measure, run }: { measure: Measure; run: number },
): Step {
  const from = event.since ?? event;
  const { trade_date: date } = versionOf(ledger, event.transactionId);
  const occasion = event.change.kind === "sent" ? "transfer" : event.side === "long" ? "sale" : "cover";
  const after = run === 1 ? `the ${occasion} on ${date}` : `${run} sales and transfers, the last on ${date}`;
  return moneyStep(
    `${nounOf(event.side)} left after ${after}${suffixOf(ledger, measure)}`,
    shareFormula(exactMoney(amountOf(from, measure)), event.quantity, from.quantity),
    amountOf(event, measure),
  );
}

/** None when the event left the cost as it was, or only handed it on. */
function settlingStep(ledger: ExplainedLedger, event: LotEvent, measure: Measure): Step[] {
  const version = versionOf(ledger, event.transactionId);
  const told = formulaOf(ledger, { event, version, measure });
  if (told === undefined) return [];
  const label = `${told.label} on ${version.trade_date}${suffixOf(ledger, measure)}`;
  return [moneyStep(label, told.formula, amountOf(event, measure))];
}

interface Told {
  readonly event: LotEvent;
  readonly version: LedgerVersion;
  readonly measure: Measure;
}

function formulaOf(ledger: ExplainedLedger, told: Told): { label: string; formula: string } | undefined {
  const { event, version, measure } = told;
  const { change, before, side } = event;
  const had = before === undefined ? "" : exactMoney(amountOf(before, measure));
  switch (change.kind) {
    case "opened": {
      const own = openingFormula(ledger, told, change.added);
      if (before !== undefined)
        return { label: `${nounOf(side)} of the pool, after the trade`, formula: plus(had, own) };
      if (version.type === "transfer-in")
        return { label: "Cost brought along by the delivery", formula: own };
      return {
        label: side === "long" ? "Cost of the purchase" : "Net proceeds of the short sale",
        formula: own,
      };
    }
    case "received": {
      const own = receivedFormula(ledger, told, change);
      const label = `${nounOf(side)} that came with the ${OCCASIONS[version.type] ?? "transfer"}`;
      if (before !== undefined) return { label: `${label}, and what was here`, formula: plus(had, own) };
      return /[×÷]/.test(own) ? { label, formula: own } : undefined;
    }
    case "paid": {
      const given = side === "long" ? change.slice.costBasis : change.slice.proceeds;
      const label = `${nounOf(side)} left after the ${OCCASIONS[version.type] ?? "payment"}`;
      const own = paidFormula(told, { given, paid: change.slice.proceeds, paidOn: change.paidOn });
      return { label, formula: `${had} − ${guarded(own)}` };
    }
    case "spun-off":
      return {
        label: `${nounOf(side)} left after the spin-off`,
        formula: `${had} − ${guarded(had)} × ${version.cost_share ?? "0"}`,
      };
    case "split":
    case "closed":
    case "sent":
      return undefined;
    default:
      return assertNever(change);
  }
}

const OCCASIONS: Partial<Record<LedgerVersion["type"], string>> = {
  "return-of-capital": "return of capital",
  "spin-off": "spin-off",
  merger: "merger",
  "symbol-change": "renaming",
};

/** What a trade cost or brought, or its part that opened the lot; what a delivery brought. */
function openingFormula(
  ledger: ExplainedLedger,
  { event, version, measure }: Told,
  added: LotAmounts,
): string {
  const count = version.quantity ?? "0";
  const opened = exactQuantity(added.quantity);
  const own =
    version.type === "transfer-in"
      ? (version.cost_basis ?? "0")
      : opened === count
        ? tradeFormula(version, count)
        : `${factor(tradeFormula(version, count))} × ${opened} ÷ ${count}`;
  return inMeasure(own, rateTextOf(ledger, { event, version, measure }));
}

/** `100 × 150 + 5.5`: what the whole trade cost or brought. */
export function tradeFormula(version: LedgerVersion, count: string): string {
  const gross = `${count} × ${version.price ?? "0"}`;
  if (version.fees === "0") return gross;
  return `${gross} ${version.type === "buy" ? "+" : "−"} ${version.fees}`;
}

/** The formula times the rate, if there is any. */
export function inMeasure(formula: string, rate: string | undefined): string {
  return rate === undefined ? formula : `${factor(formula)} × ${rate}`;
}

function receivedFormula(
  ledger: ExplainedLedger,
  told: Told,
  change: Extract<LotEvent["change"], { kind: "received" }>,
): string {
  const { version, measure } = told;
  const { source, added, isRevalued } = change;
  if (measure === "base" && isRevalued) return inMeasure(exactMoney(added.cost), rateTextOf(ledger, told));
  const had = exactMoney(amountOf(source, measure));
  if (version.type === "spin-off") return `${factor(had)} × ${version.cost_share ?? "0"}`;
  // A merger and a renaming take all of it, at another count.
  return version.type === "transfer" ? shareFormula(had, added.quantity, source.quantity) : had;
}

/** What was given for the money: the share of what was paid, but no more than there was. */
function paidFormula(
  { event, version, measure }: Told,
  { given, paid, paidOn }: { given: Money; paid: Money; paidOn: LotAmounts["quantity"] },
): string {
  const { before } = event;
  if (before === undefined) return "0";
  const had = exactMoney(amountOf(before, measure));
  if (version.type === "merger")
    return `${guarded(had)} × ${version.cash_per_share === null ? "0" : (version.cost_share ?? "0")}`;
  if (given !== paid || before.cost === ZERO_MONEY) return had;
  if (measure === "base") return `${guarded(had)} × ${exactMoney(given)} ÷ ${exactMoney(before.cost)}`;
  return shareFormula(version.amount ?? "0", before.quantity, paidOn);
}

function rateTextOf(ledger: ExplainedLedger, { version, measure }: Told): string | undefined {
  // A transfer may leave the currency to the instrument.
  const currency = version.currency ?? ledger.currencies.get(String(version.instrument_id));
  if (measure === "own" || currency === ledger.portfolio.base_currency) return undefined;
  return version.exchange_rate ?? undefined;
}

export function amountOf(amounts: LotAmounts, measure: Measure): Money {
  return measure === "own" ? amounts.cost : (amounts.baseCost ?? ZERO_MONEY);
}

function plus(had: string, added: string): string {
  return `${had} + ${guarded(added)}`;
}

/** A negative figure behind an operator. */
function guarded(formula: string): string {
  return formula.startsWith("-") ? `(${formula})` : formula;
}

function nounOf(side: LotSide): string {
  return side === "long" ? "Cost" : "Net proceeds";
}

function suffixOf({ portfolio }: ExplainedLedger, measure: Measure): string {
  return measure === "own" ? "" : ` in ${portfolio.base_currency}`;
}
