import { expect, it } from "vitest";
import { dayNumber, parseDayNumber } from "./day-number.ts";

it.each([
  ["1970-01-01", 0],
  ["1970-01-02", 1],
  ["1969-12-31", -1],
  ["2000-03-01", 11_017],
  ["2024-02-29", 19_782],
  ["0050-01-01", -701_265],
])("%s is day %i", (date, day) => {
  expect(dayNumber(date)).toBe(day);
});

it.each(["2023-02-29", "2024-13-01", "2024-00-10", "2024-1-1", "2024-01-01T00:00", "", "20240101"])(
  "%j is no date",
  (text) => {
    expect(parseDayNumber(text)).toBeUndefined();
    expect(() => dayNumber(text)).toThrow("not a calendar date");
  },
);
