import { fieldsOf, type TypedField } from "#contracts/transaction-fields.ts";
import { toFraction } from "./cost-share.ts";
import { emptyText } from "./field-words.ts";
import { noonOf } from "./local-time.ts";
import { tallyLots } from "./lot-choice.ts";
import type { FormField, TransactionValues } from "./transaction-form.ts";

/** What is wrong with the form's values, in plain words and at the field that it concerns. */

/** `lots.<id>` is the quantity of one named lot. */
export type FaultPlace = FormField | `lots.${string}`;
export type Faults = Readonly<Partial<Record<FaultPlace, string>>>;

/** As in contracts/primitives.ts, repeated so that the schema library stays out of the page. */
const INTEGER_DIGITS = 20;
const FRACTION_DIGITS = 18;
const NOTES_LENGTH_MAX = 500;
const SYMBOL = /^[A-Za-z0-9^][A-Za-z0-9.=^-]{0,23}$/;

/** Shape: empty when nothing is wrong. Only what is shown is checked. */
export function checkTransaction(values: TransactionValues, shown: readonly TypedField[]): Faults {
  const faults: Partial<Record<FaultPlace, string>> = {};
  for (const field of shown) Object.assign(faults, faultsAt(field, values));
  const inTime = checkTradedAt(values.tradedAt);
  if (inTime !== null) faults.tradedAt = inTime;
  const inNotes = checkNotes(values.notes);
  if (inNotes !== null) faults.notes = inNotes;
  return faults;
}

function faultsAt(field: TypedField, values: TransactionValues): Faults {
  switch (field) {
    case "ratio":
      return checkRatio(values);
    case "lots":
      return checkLots(values);
    default: {
      const fault = isEmpty(values[field])
        ? isRequired(field, values)
          ? emptyText(field, values.type)
          : null
        : faultOf(field, values);
      return fault === null ? {} : { [field]: fault };
    }
  }
}

const isEmpty = (text: string) => text.trim() === "";

const isRequired = (field: TypedField, { type, content, cashPerShare }: TransactionValues): boolean =>
  fieldsOf(type, content).required.includes(field) ||
  (type === "merger" && field === "costShare" && !isEmpty(cashPerShare));

function faultOf(field: Exclude<TypedField, "ratio" | "lots">, values: TransactionValues): string | null {
  const text = values[field].trim();
  switch (field) {
    case "symbol":
      return checkSymbol(text);
    case "toSymbol":
      return checkSymbol(text) ?? checkOther(text, values.symbol);
    case "toPortfolioId":
      return null;
    case "quantity":
    case "exchangeRate":
    case "cashPerShare":
      return checkDecimal(text) ?? checkAboveZero(text);
    case "amount":
      return fieldsOf(values.type, values.content).signedAmount === true
        ? (checkDecimal(text.replace(/^-/, "")) ?? checkNotZero(text))
        : (checkDecimal(text) ?? checkAboveZero(text));
    case "price":
    case "fees":
    case "tax":
    case "costBasis":
      return checkDecimal(text);
    case "currency":
      return /^[A-Z]{3}$/.test(text) ? null : "A currency code has three letters, such as USD.";
    case "costShare":
      return checkCostShare(values);
    case "acquiredAt":
      return checkAcquiredAt(values);
  }
}

export function checkSymbol(symbol: string): string | null {
  const value = symbol.trim();
  if (value === "") return "Enter the symbol, such as AAPL or ACME.SIM.";
  if (value.length > 24) return "A symbol has at most 24 characters.";
  return SYMBOL.test(value) ? null : "Use letters, digits and . - = ^ only.";
}

const checkOther = (toSymbol: string, symbol: string): string | null =>
  toSymbol.toUpperCase() === symbol.trim().toUpperCase()
    ? "This is the old symbol: enter the new one."
    : null;

/** A comma is refused instead of guessed at: "1,234" is one thing in New York and another in Berlin. */
export function checkDecimal(value: string): string | null {
  if (value.startsWith("-")) return "Leave out the minus sign: the type already says which way it goes.";
  if (value.includes(",")) return "Use a point for decimals and no thousands separators, such as 1234.56.";
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(value);
  if (parts === null) return "This is not a number. Write it like 1234.56.";
  const [, whole = "", fraction = ""] = parts;
  if (whole.replace(/^0+/, "").length > INTEGER_DIGITS)
    return `At most ${INTEGER_DIGITS} digits before the point.`;
  return fraction.length > FRACTION_DIGITS ? `At most ${FRACTION_DIGITS} digits behind the point.` : null;
}

const checkAboveZero = (value: string) => (/[1-9]/.test(value) ? null : "This must be above zero.");
const checkNotZero = (value: string) => (/[1-9]/.test(value) ? null : "This must not be zero.");

/** Whether the text is a decimal above zero that the server takes. */
export const isQuantity = (text: string): boolean =>
  checkDecimal(text.trim()) === null && checkAboveZero(text) === null;

function checkRatio({ type, ratioNew, ratioOld }: TransactionValues): Faults {
  const faultOfPart = (text: string) =>
    isEmpty(text) ? emptyText("ratio", type) : (checkDecimal(text.trim()) ?? checkAboveZero(text));
  const [inNew, inOld] = [faultOfPart(ratioNew), faultOfPart(ratioOld)];
  return { ...(inNew === null ? {} : { ratioNew: inNew }), ...(inOld === null ? {} : { ratioOld: inOld }) };
}

function checkCostShare({ costShare, costShareUnit }: TransactionValues): string | null {
  const text = costShare.trim();
  const fault = checkDecimal(text);
  if (fault !== null || toFraction(text, costShareUnit) !== undefined) return fault;
  const digits = text.split(".")[1]?.length ?? 0;
  if (costShareUnit === "fraction") return "A fraction lies between 0 and 1, such as 0.2.";
  return digits > FRACTION_DIGITS - 2
    ? `At most ${FRACTION_DIGITS - 2} digits behind the point.`
    : "A share lies between 0 and 100 per cent.";
}

/** Naming no lot is fine: then the portfolio's lot method decides. */
function checkLots({ lots, quantity }: TransactionValues): Faults {
  if (lots.length === 0) return {};
  const faults: Partial<Record<FaultPlace, string>> = {};
  for (const { lotId, quantity: part } of lots) {
    const fault = checkDecimal(part.trim()) ?? checkAboveZero(part);
    if (fault !== null) faults[`lots.${lotId}`] = fault;
  }
  const { sum, missing, excess } = tallyLots(lots, quantity);
  if (missing !== undefined || excess !== undefined) {
    faults.lots = `The named lots add up to ${sum}, not to ${quantity.trim()}.`;
  }
  return faults;
}

export function checkTradedAt(localTime: string): string | null {
  if (localTime === "") return "Enter when it happened.";
  return checkYear(new Date(localTime));
}

function checkAcquiredAt({ acquiredAt, tradedAt }: TransactionValues): string | null {
  const fault = checkYear(noonOf(acquiredAt));
  if (fault !== null || tradedAt === "") return fault;
  return acquiredAt > tradedAt.slice(0, acquiredAt.length) ? "This is after it came in." : null;
}

function checkYear(date: Date): string | null {
  const year = date.getFullYear();
  if (Number.isNaN(year)) return "This is not a date.";
  return year >= 1900 && year < 2200 ? null : "The year must be between 1900 and 2199.";
}

export const checkNotes = (notes: string): string | null =>
  notes.length > NOTES_LENGTH_MAX ? `Use at most ${NOTES_LENGTH_MAX} characters.` : null;
