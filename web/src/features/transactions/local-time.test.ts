import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noonOf, toInstant, toLocalDate, toLocalTime } from "./local-time.ts";

/* Node reads the zone anew when it is set. */
const zone = process.env["TZ"];

describe.each([
  ["America/New_York", "2026-01-05T23:30:12.345-05:00"],
  ["Asia/Kolkata", "2026-01-05T23:30:12.345+05:30"],
  ["UTC", "2026-01-05T23:30:12.345+00:00"],
])("in %s", (name, instant) => {
  beforeEach(() => {
    process.env["TZ"] = name;
  });

  afterEach(() => {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  });

  test("an instant is sent as the clocks there showed it, so that its day is the day of the trade", () => {
    const date = new Date(2026, 0, 5, 23, 30, 12, 345);
    expect(toInstant(date)).toBe(instant);
    expect(new Date(toInstant(date)).getTime()).toBe(date.getTime());
    expect(toLocalTime(date)).toBe("2026-01-05T23:30");
    expect(toLocalDate(noonOf("2026-01-05"))).toBe("2026-01-05");
  });
});
