/*
 * Short or long term.
 *
 * A lot is held from the day after it was acquired up to and including the day it is disposed of, and is long
 * term when that is more than one calendar year. Calendar years and not 365 days, and the dates of the
 * parties' calendars and not instants: the caller keeps the local trade date beside the instant.
 *
 * Counting starts the day after the acquisition; the same date one year on starts the second year, and a
 * disposal on or after it is long term.
 *
 *   acquired      counting starts   long term from
 *   2023-02-05    2023-02-06        2024-02-06
 *   2024-02-29    2024-03-01        2025-03-01   (the anniversary is 2025-02-28)
 *   2023-02-28    2023-03-01        2024-03-01   (a sale on the leap day is still short)
 *   2024-02-28    2024-02-29        2025-03-01   (2025 has no 29 February: the next day that exists)
 */
import { invariant } from "./invariant.ts";

/** How long a lot was held, as tax law divides it. */
export type HoldingTerm = "short" | "long";

/**
 * Returns the term of a lot acquired and disposed of on these local trade dates.
 *
 * Shape: civil dates, YYYY-MM-DD.
 * Errors: text that is no calendar date is a bug.
 * Source: IRS Publication 550, "Holding Period"; Rev. Rul. 66-7 (end of month), Rev. Rul. 66-97 (trade dates).
 */
export function holdingTerm(openedDate: string, disposedDate: string): HoldingTerm {
  return toDayNumber(disposedDate) >= longTermStart(openedDate) ? "long" : "short";
}

const DAY_MS = 86_400_000;

function longTermStart(openedDate: string): number {
  const secondDay = new Date((toDayNumber(openedDate) + 1) * DAY_MS);
  // A 29 February that does not exist a year on becomes 1 March, which is what the rule asks for.
  return Date.UTC(secondDay.getUTCFullYear() + 1, secondDay.getUTCMonth(), secondDay.getUTCDate()) / DAY_MS;
}

/** Days since 1970-01-01. `Date` serves as a calendar here: no clock and no time zone are involved. */
function toDayNumber(civilDate: string): number {
  const instantMs = /^\d{4}-\d{2}-\d{2}$/.test(civilDate) ? Date.parse(`${civilDate}T00:00:00Z`) : Number.NaN;
  const exists = !Number.isNaN(instantMs) && new Date(instantMs).toISOString().startsWith(civilDate);
  invariant(exists, `not a calendar date: "${civilDate}"`);
  return instantMs / DAY_MS;
}
