import { Decimal } from "decimal.js";

/**
 * Decimals of 34 significant digits, rounded half to even: those of IEEE 754 decimal128. The only clone that the
 * counterpart uses, since an operation takes its precision from the clone of its left operand.
 */
export const Decimal34 = /* @__PURE__ */ Decimal.clone({ defaults: true, precision: 34, rounding: 6 });
export type Decimal34 = Decimal;

export const ZERO = new Decimal34(0);
