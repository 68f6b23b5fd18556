/**
 * Between the browser's own date controls, which know local time only, and instants with an offset.
 *
 * The offset is sent along, because the server reads the trade's civil date from it: what was bought late in New York on
 * 5 January was bought on the 5th, though it is the 6th in UTC, and the holding period counts from there.
 */

const two = (value: number) => String(Math.trunc(Math.abs(value))).padStart(2, "0");

/** 2026-01-05 */
export const toLocalDate = (date: Date): string =>
  `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

/** 2026-01-05T15:30 */
export const toLocalTime = (date: Date): string =>
  `${toLocalDate(date)}T${two(date.getHours())}:${two(date.getMinutes())}`;

/** 2026-01-05T15:30:12.345+01:00: the very instant, as the clocks here showed it. */
export function toInstant(date: Date): string {
  const offsetMinutes = -date.getTimezoneOffset();
  const sign = offsetMinutes < 0 ? "-" : "+";
  const seconds = `${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  return `${toLocalTime(date)}:${seconds}${sign}${two(offsetMinutes / 60)}:${two(offsetMinutes % 60)}`;
}

/** A day alone is taken at its noon, which is the same day in nearly every other time zone too. */
export const noonOf = (localDate: string): Date => new Date(`${localDate}T12:00`);
