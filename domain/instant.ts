/*
 * Instants: milliseconds since 1970-01-01T00:00:00Z. `Date` serves as a calendar here: no clock and no time zone.
 */

/**
 * Returns what `new Date(instantMs).toISOString()` does, in less than half the time.
 *
 * Errors: throws a RangeError when the number is no instant.
 * Example: `formatInstant(0)` is `"1970-01-01T00:00:00.000Z"`.
 */
export function formatInstant(instantMs: number): string {
  const date = new Date(instantMs);
  const year = date.getUTCFullYear();
  // What is left to `Date`: years that are not four digits long, and what is no instant at all.
  if (!(year >= 1000 && year <= 9999)) return date.toISOString();
  const day = `${year}-${TWO_DIGITS[date.getUTCMonth() + 1]}-${TWO_DIGITS[date.getUTCDate()]}`;
  const minute = `${TWO_DIGITS[date.getUTCHours()]}:${TWO_DIGITS[date.getUTCMinutes()]}`;
  const milliseconds = String(date.getUTCMilliseconds()).padStart(3, "0");
  return `${day}T${minute}:${TWO_DIGITS[date.getUTCSeconds()]}.${milliseconds}Z`;
}

const TWO_DIGITS: readonly string[] = Array.from({ length: 60 }, (_, value) =>
  String(value).padStart(2, "0"),
);
