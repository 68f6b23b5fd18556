import { Type } from "typebox";

/**
 * The building blocks of every shape on the wire. Amounts travel as decimal strings: a JSON number has already lost
 * digits by the time it is parsed. Patterns are anchored and linear, so a long hostile value costs one pass.
 */

/** Digits of an amount on input: 20 before the point, 18 behind it. */
export const DECIMAL_INTEGER_DIGITS = 20;
export const DECIMAL_FRACTION_DIGITS = 18;

const unsignedDecimal = `(0|[1-9][0-9]{0,${DECIMAL_INTEGER_DIGITS - 1}})(\\.[0-9]{1,${DECIMAL_FRACTION_DIGITS}})?`;
/** As `notZero`, but does not look past what follows the number. */
const partNotZero = "(?=[0.]*[1-9])";
const notZero = "(?=[^1-9]*[1-9])";

const decimal = (pattern: string, description: string, example: string) =>
  Type.String({ pattern: `^${pattern}$`, maxLength: 40, description, examples: [example] });

/** A decimal of any sign. Shape: plain digits, no exponent, no leading zeros. */
export const SignedNonZeroDecimal = decimal(`${notZero}-?${unsignedDecimal}`, "decimal, not zero", "-12.5");
export const PositiveDecimal = decimal(notZero + unsignedDecimal, "decimal above zero", "100");
export const NonNegativeDecimal = decimal(unsignedDecimal, "decimal, zero or above", "157.25");

/** A part of a whole, from 0 to 1. */
export const Fraction = decimal(
  `(0(\\.[0-9]{1,${DECIMAL_FRACTION_DIGITS}})?|1(\\.0{1,${DECIMAL_FRACTION_DIGITS}})?)`,
  "decimal from 0 to 1",
  "0.2",
);

/** New for old, exactly: "2:1" doubles, "1:10" takes ten together. */
export const Ratio = Type.String({
  pattern: `^${partNotZero}${unsignedDecimal}:${partNotZero}${unsignedDecimal}$`,
  maxLength: 80,
  description: "new:old, both above zero",
  examples: ["2:1", "1:10"],
});

/** A computed amount: rounded for output, so only its form is stated. */
export const DecimalOut = Type.String({ description: "decimal without exponent", examples: ["1600"] });

export const Uuid = Type.String({
  format: "uuid",
  maxLength: 36,
  examples: ["01932c07-9d2e-7cc3-8a50-3c1f0f5f1c11"],
});

/** ISO 8601 with an offset; at most milliseconds. Range and calendar are checked by the format. */
export const Instant = Type.String({
  format: "instant",
  maxLength: 35,
  description: "ISO 8601 instant with offset, between 1900 and 2200, at most three decimals of a second",
  examples: ["2026-01-05T15:30:00Z"],
});

export const InstantOut = Type.String({ examples: ["2026-01-05T15:30:00.000Z"] });

/** A day where something happened, whatever the time. */
export const CivilDate = Type.String({ examples: ["2026-01-05"], description: "YYYY-MM-DD" });

/** An instrument's symbol in any case; stored in upper case. */
export const SYMBOL_PATTERN = "^[A-Za-z0-9^][A-Za-z0-9.=^-]{0,23}$";
export const SymbolIn = Type.String({
  pattern: SYMBOL_PATTERN,
  maxLength: 24,
  description: "letters, digits, and . - = ^; up to 24 characters",
  examples: ["ACME.SIM"],
});

export const Currency = Type.String({
  pattern: "^[A-Z]{3}$",
  maxLength: 3,
  description: "ISO 4217 code",
  examples: ["USD"],
});

/** Free text that PostgreSQL can store unchanged: no NUL, no lone surrogate. */
export const text = (options: { minLength?: number; maxLength: number; examples?: string[] }) =>
  Type.String({ ...options, format: "text" });
