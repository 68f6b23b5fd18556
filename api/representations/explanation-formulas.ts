/*
 * Arithmetic as text that can be checked: figures with all their digits, joined by + − × ÷ and parentheses. Worked out
 * exactly, a formula comes to its result, rounded once. A figure that no decimal holds is a quotient: (20 ÷ 3).
 */
import type { Step } from "#contracts/explanations.ts";
import { add, formatMoney, INPUT_SCALE, type Money, negate, ZERO_MONEY } from "#domain/amounts.ts";
import { formatDecimal } from "#domain/decimal.ts";
import { type Ratio, ratioOf } from "#domain/ratio.ts";
import { toMoney } from "./amounts.ts";

/** One step whose result is money. */
export function moneyStep(label: string, formula: string, result: Money): Step {
  return { label, formula, result: toMoney(result) };
}

/** The amount with all its digits. */
export function exactMoney(amount: Money): string {
  return formatMoney(amount);
}

const SHARE = 10n ** BigInt(INPUT_SCALE);

/** The quantity exactly. Units: 1e-18. */
export function exactQuantity(quantity: Ratio): string {
  const { numerator, denominator } = ratioOf(quantity.numerator, quantity.denominator * SHARE);
  const decimals = decimalsOf(denominator);
  if (decimals === undefined) return `(${numerator} ÷ ${denominator})`;
  return formatDecimal((numerator * 10n ** BigInt(decimals)) / denominator, decimals);
}

/** How many decimals one part of `denominator` has; undefined when they never end. */
function decimalsOf(denominator: bigint): number | undefined {
  let [rest, twos, fives] = [denominator, 0, 0];
  for (; rest % 2n === 0n; rest /= 2n) twos += 1;
  for (; rest % 5n === 0n; rest /= 5n) fives += 1;
  return rest === 1n ? Math.max(twos, fives) : undefined;
}

/** `total × part ÷ whole`, or the total itself when the part is all of it. */
export function shareFormula(total: string, part: Ratio, whole: Ratio): string {
  if (exactQuantity(part) === exactQuantity(whole)) return total;
  return `${factor(total)} × ${exactQuantity(part)} ÷ ${exactQuantity(whole)}`;
}

/** In parentheses where it is a sum or a negative number, so that it can be multiplied or taken away. */
export function factor(formula: string): string {
  return / [+−] |^-/.test(formula) ? `(${formula})` : formula;
}

/** The amounts with their signs between them. */
export function sumFormula(amounts: readonly Money[]): string {
  return amounts
    .map((amount, index) => {
      if (index === 0) return exactMoney(amount);
      return amount < 0n ? `− ${exactMoney(negate(amount))}` : `+ ${exactMoney(amount)}`;
    })
    .join(" ");
}

export function differenceFormula(from: Money, taken: Money): string {
  return taken < 0n
    ? `${exactMoney(from)} + ${exactMoney(negate(taken))}`
    : `${exactMoney(from)} − ${exactMoney(taken)}`;
}

/** As many as one can follow in a line. */
const TERMS_MAX = 20;

/** The steps that add the amounts up: in one line, or in lines of a few that are added up in turn. */
export function sumSteps(label: string, amounts: readonly Money[]): Step[] {
  const steps: Step[] = [];
  let terms = amounts;
  for (let level = 1; terms.length > TERMS_MAX; level += 1) {
    const sums: Money[] = [];
    for (let start = 0; start < terms.length; start += TERMS_MAX) {
      const part = terms.slice(start, start + TERMS_MAX);
      const sum = totalOf(part);
      const range =
        level === 1
          ? `${start + 1} to ${start + part.length}`
          : `sums ${start + 1} to ${start + part.length}`;
      steps.push(moneyStep(`${label}, ${range}`, sumFormula(part), sum));
      sums.push(sum);
    }
    terms = sums;
  }
  return [...steps, moneyStep(label, terms.length === 0 ? "0" : sumFormula(terms), totalOf(terms))];
}

function totalOf(amounts: readonly Money[]): Money {
  return amounts.reduce((sum, amount) => add(sum, amount), ZERO_MONEY);
}
