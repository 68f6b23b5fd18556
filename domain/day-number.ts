import { invariant } from "./invariant.ts";

/** Days since 1970-01-01, of a calendar without time zones. */
export type DayNumber = number;

/**
 * Returns the number of the day that trusted text names.
 *
 * Shape: a civil date, YYYY-MM-DD.
 * Errors: text that is no calendar date is a bug.
 * Example: `dayNumber("1970-01-02")` is 1, `dayNumber("2023-02-29")` throws.
 */
export function dayNumber(civilDate: string): DayNumber {
  const day = parseDayNumber(civilDate);
  invariant(day !== undefined, `not a calendar date: "${civilDate.slice(0, 40)}"`);
  return day;
}

/** Returns the number of the day, or `undefined` when the text is not a date that the calendar has. */
export function parseDayNumber(civilDate: string): DayNumber | undefined {
  if (!CIVIL_DATE.test(civilDate)) return undefined;
  const year = Number(civilDate.slice(0, 4));
  const month = Number(civilDate.slice(5, 7));
  const day = Number(civilDate.slice(8, 10));
  // `Date` serves as a calendar here. It carries 30 February over into March, which the comparison notices;
  // setUTCFullYear, because Date.UTC takes the year 50 for 1950.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() / DAY_MS;
}

const CIVIL_DATE = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;
