/*
 * Where the roots of a polynomial are: stretches that hold one each, found in floating point.
 *
 * The polynomial is a sum of gains minus a sum of losses, and both grow with x > 0. Between two points it is
 * therefore at least gains(low) − losses(high) and at most gains(high) − losses(low), without looking in
 * between. The same holds for its slope. A stretch is done with when these bounds show that
 *
 *   the value is nowhere zero    → no root in it, or
 *   the slope is nowhere zero    → one root if the ends have different signs, else none.
 *
 * Otherwise it is cut in two. What cannot be cut any further is a point where the value turns next to zero,
 * with two roots, one or none; it is handed on as `turning`, to be settled with more digits.
 *
 * A float decides here only when it exceeds what rounding can have done to it at worst, so no answer depends on
 * floating point. The digits of a root come from `refine-root.ts`.
 */
import { type Evaluate, type Evaluation, evaluator, exceeds } from "./float-evaluation.ts";
import { degreeOf, type FlowPolynomial, signChangesOf } from "./flow-polynomial.ts";

/** A stretch of x. Shape: 0 < low < high; the polynomial's signs at both ends are beyond doubt. */
export interface Stretch {
  readonly polynomial: FlowPolynomial;
  readonly low: number;
  readonly high: number;
  /** `crossing`: one root, the signs differ. `turning`: the signs are the same; two roots, one or none. */
  readonly kind: "crossing" | "turning";
}

/**
 * Returns the stretches between 0 and `end` that may hold a root, or `undefined` when there are too many places
 * to look at, as only made-up flows have.
 *
 * Shape: two crossings end the search, because then there is no single root. The sign at `end` is beyond doubt.
 */
export function locateRoots(polynomial: FlowPolynomial, end: number): readonly Stretch[] | undefined {
  const evaluate = evaluator(polynomial);
  const ratioMin = 1 + STRETCH_MIN / degreeOf(polynomial);
  const pending: [Evaluation, Evaluation][] = [[evaluateBelowRoots(evaluate, end), evaluate(end)]];
  const hasOneRootAtMost = signChangesOf(polynomial) === 1;
  const found: Stretch[] = [];
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const ends = pending.pop();
    if (ends === undefined || found.filter(({ kind }) => kind === "crossing").length === 2) return found;
    const [low, high] = ends;
    const crosses = low.sign !== high.sign;
    const isDecided = hasOneRootAtMost || isNowhereZero(low, high) || isMonotone(low, high);
    if (isDecided && !crosses) continue;
    const middle = isDecided || high.x / low.x < ratioMin ? undefined : evaluateBetween(evaluate, low, high);
    if (middle === undefined) {
      found.push({ polynomial, low: low.x, high: high.x, kind: crosses ? "crossing" : "turning" });
    } else {
      pending.push([middle, high], [low, middle]);
    }
  }
  return undefined;
}

/**
 * Returns a narrower stretch with the same root: as narrow as floats can tell the sign, which is some 14 digits.
 */
export function narrowCrossing({ polynomial, low, high, kind }: Stretch): Stretch {
  const evaluate = evaluator(polynomial);
  const signAtLow = evaluate(low).sign;
  let [from, to] = [low, high];
  for (;;) {
    const middle = (from + to) / 2;
    const { sign } = evaluate(middle);
    if (middle <= from || middle >= to || sign === 0) return { polynomial, low: from, high: to, kind };
    if (sign === signAtLow) from = middle;
    else to = middle;
  }
}

/**
 * Returns a point x near 1 such that the signs of the polynomial at x, and of the reversed one at 1 / x, are
 * beyond doubt: a place to divide the search for roots.
 */
export function findDivide(polynomial: FlowPolynomial, mirrored: FlowPolynomial): number | undefined {
  const [evaluate, evaluateMirrored] = [evaluator(polynomial), evaluator(mirrored)];
  // Not 1 itself, the rate of zero, which often is the root; and near enough for x^degree to stay near 1.
  const points = [0.7234, -0.6129, 0.5037, -0.3911, 0.2153, -0.1279].map(
    (step) => 1 + step / degreeOf(polynomial),
  );
  return points.find((x) => evaluate(x).sign !== 0 && evaluateMirrored(1 / x).sign !== 0);
}

const LOOKS_MAX = 4_000;
// The narrowest stretch changes the highest power of x by a part in 10,000.
const STRETCH_MIN = 1e-4;

/** Below this point there is no root, because the first coefficient outweighs all others together. */
function evaluateBelowRoots(evaluate: Evaluate, end: number): Evaluation {
  let evaluation = evaluate(end);
  while (!exceeds(evaluation.first, evaluation.others, evaluation.error))
    evaluation = evaluate(evaluation.x / 2);
  return evaluation;
}

function isNowhereZero(low: Evaluation, high: Evaluation): boolean {
  return exceeds(low.gains, high.losses, low.error) || exceeds(low.losses, high.gains, low.error);
}

function isMonotone(low: Evaluation, high: Evaluation): boolean {
  return (
    exceeds(low.gainSlope, high.lossSlope, low.error) || exceeds(low.lossSlope, high.gainSlope, low.error)
  );
}

/** Returns a point well inside whose sign is beyond doubt, if the stretch is wide enough to have one. */
function evaluateBetween(evaluate: Evaluate, low: Evaluation, high: Evaluation): Evaluation | undefined {
  for (const share of [0.5, 0.4, 0.6]) {
    const evaluation = evaluate(low.x * (high.x / low.x) ** share);
    if (evaluation.sign !== 0) return evaluation;
  }
  return undefined;
}
