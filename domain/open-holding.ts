import { add, type Money, negate, type Quantity, subtract, ZERO_MONEY } from "./amounts.ts";
import { type BaseFigures, type Holding, type LedgerRules, ZERO_BASE_FIGURES } from "./holding.ts";
import { invariant } from "./invariant.ts";
import { compareLots } from "./lot-order.ts";
import { OpenLots } from "./open-lots.ts";

/** A holding while a batch runs over it. */
export interface OpenHolding {
  currency: string | undefined;
  quantity: Quantity;
  unit: bigint;
  costBasis: Money;
  realizedGain: Money;
  fees: Money;
  base: BaseFigures | undefined;
  readonly lots: OpenLots;
}

/** Returns the holding opened for a batch. The argument stays as it is. */
export function openHolding(holding: Holding, rules: LedgerRules): OpenHolding {
  return {
    currency: holding.currency,
    quantity: holding.quantity,
    unit: holding.unit ?? 1n,
    costBasis: holding.costBasis,
    realizedGain: holding.realizedGain,
    fees: holding.fees,
    base: holding.base,
    lots: new OpenLots(holding.lots, holding.quantity, compareLots(rules.method)),
  };
}

/** Returns the holding as it stands after the batch. */
export function closeHolding(open: OpenHolding): Holding {
  const { currency, quantity, unit, costBasis, realizedGain, fees, base, lots } = open;
  const holding = { currency, quantity, costBasis, realizedGain, fees, lots: lots.remaining() };
  return { ...holding, ...(unit === 1n ? {} : { unit }), ...(base === undefined ? {} : { base }) };
}

/** What lots gained or lost. */
export interface HoldingChange {
  readonly quantity: Quantity;
  readonly cost: Money;
  readonly baseCost: Money | undefined;
}

/** Adds what lots gained or lost to the holding; all amounts are signed as the holding is. */
export function changeHolding(open: OpenHolding, change: HoldingChange): void {
  open.quantity = add(open.quantity, change.quantity);
  open.costBasis = add(open.costBasis, change.cost);
  if (change.baseCost !== undefined) addBaseCost(open, change.baseCost);
  settle(open);
}

/** As `changeHolding` with the signs turned: what every sale does, without three numbers made only to be added. */
export function changeHoldingBack(open: OpenHolding, change: HoldingChange): void {
  open.quantity = subtract(open.quantity, change.quantity);
  open.costBasis = subtract(open.costBasis, change.cost);
  if (change.baseCost !== undefined) addBaseCost(open, negate(change.baseCost));
  settle(open);
}

function addBaseCost(open: OpenHolding, costBasis: Money): void {
  addToBase(open, { costBasis, realizedGain: ZERO_MONEY, exchangeGain: ZERO_MONEY });
}

function settle(open: OpenHolding): void {
  if (open.quantity !== 0n) return;
  invariant(open.costBasis === 0n, "nothing is held, yet a cost is left");
  // An empty holding has no lots whose fractions the unit would have to hold.
  open.unit = 1n;
}

/** Adds a gain to the holding. */
export function addGain(
  open: OpenHolding,
  gain: { realizedGain: Money; base?: { realizedGain: Money; exchangeGain: Money } | undefined },
): void {
  open.realizedGain = add(open.realizedGain, gain.realizedGain);
  if (gain.base !== undefined) {
    const { realizedGain, exchangeGain } = gain.base;
    addToBase(open, { costBasis: ZERO_MONEY, realizedGain, exchangeGain });
  }
}

/** Returns the difference of two base amounts that are kept or not kept together. */
export function subtractBase(a: Money | undefined, b: Money | undefined): Money | undefined {
  return a === undefined || b === undefined ? undefined : subtract(a, b);
}

function addToBase(open: OpenHolding, figures: BaseFigures): void {
  const before = open.base ?? ZERO_BASE_FIGURES;
  open.base = {
    costBasis: add(before.costBasis, figures.costBasis),
    realizedGain: add(before.realizedGain, figures.realizedGain),
    exchangeGain: add(before.exchangeGain, figures.exchangeGain),
  };
}
