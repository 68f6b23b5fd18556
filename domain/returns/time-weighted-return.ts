/*
 * The return of the investments, whatever was paid in and out, and when.
 *
 * Each row is a day (or any stretch between two valuations). Money that comes in is there from its start,
 * money that goes out until its end:
 *
 *   return = (value + outflow) / (value of the row before + inflow) − 1
 *
 *   row   value   inflow   outflow   return
 *   1     1000    1000     -         1000 / 1000 − 1           = 0
 *   2     1050    -        -         1050 / 1000 − 1           = 5 %
 *   3     0       -        1050      (0 + 1050) / 1050 − 1     = 0      everything is taken out
 *   4     0       -        -         nothing was invested: no return, and the chain goes on
 *   5     110     100      -         110 / 100 − 1             = 10 %
 *
 * Linked: 1.05 × 1.10 − 1 = 15.5 %.
 */
import type { Money } from "../amounts.ts";
import type { DayNumber } from "../day-number.ts";
import { minus, ONE, plus, productOf, type PureNumber, quotientOf } from "../pure-number.ts";
import { annualizedReturn } from "./annualize.ts";

/** One valuation, and what crossed the portfolio's border since the one before. All in one currency. */
export interface ValuationRow {
  readonly day: DayNumber;
  /** At the end of the day. */
  readonly value: Money;
  readonly inflow: Money;
  readonly outflow: Money;
}

/** The time-weighted return of a series of rows. */
export interface TimeWeightedReturn {
  /** Shape: one per row; `null` where nothing was invested. */
  readonly returns: readonly (PureNumber | null)[];
  readonly total: PureNumber;
  /** Per year; `null` for less than 365 days from the first row to the last. */
  readonly annualized: PureNumber | null;
}

/**
 * Returns the returns of the rows, linked.
 *
 * Shape: rows by ascending day; before the first one the portfolio is worth nothing. No rows: a total of zero.
 * Source: GIPS 2020, 2.A.22; CFA Program Curriculum, "Time-Weighted Rate of Return".
 */
export function timeWeightedReturn(rows: readonly ValuationRow[]): TimeWeightedReturn {
  const returns = returnsOf(rows);
  const total = linkReturns(returns);
  const days = (rows.at(-1)?.day ?? 0) - (rows[0]?.day ?? 0);
  return { returns, total, annualized: annualizedReturn(total, days) };
}

/**
 * Returns the return of each row, `null` where nothing was invested.
 *
 * Shape: rows as for `timeWeightedReturn`; as many returns as rows.
 */
export function returnsOf(rows: readonly ValuationRow[]): (PureNumber | null)[] {
  return rows.map(({ value, inflow, outflow }, index) => {
    const before = rows[index - 1]?.value ?? 0n;
    const invested = before + inflow;
    return invested === 0n ? null : minus(quotientOf(value + outflow, invested), ONE);
  });
}

/** Returns the return of all periods together: the product of 1 + return, minus 1. `null` counts for nothing. */
export function linkReturns(returns: readonly (PureNumber | null)[]): PureNumber {
  let factor = ONE;
  for (const each of returns) if (each !== null) factor = productOf(factor, plus(ONE, each));
  return minus(factor, ONE);
}
