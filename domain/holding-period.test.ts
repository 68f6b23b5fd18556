import { describe, expect, it } from "vitest";
import { holdingTerm } from "./holding-period.ts";

describe("holdingTerm", () => {
  it.each([
    ["2023-02-05", "2024-02-06"],
    ["2024-02-29", "2025-03-01"],
    ["2023-02-28", "2024-03-01"],
    ["2024-02-28", "2025-03-01"],
    ["2023-12-31", "2025-01-01"],
    ["2024-01-15", "2025-01-16"],
    ["2023-04-30", "2024-05-01"],
  ])("a lot of %s is long term from %s and short the day before", (opened, longFrom) => {
    expect(holdingTerm(opened, longFrom)).toBe("long");
    expect(holdingTerm(opened, dayBefore(longFrom))).toBe("short");
  });

  it("a lot sold on the day it was bought is short term", () => {
    expect(holdingTerm("2024-05-05", "2024-05-05")).toBe("short");
  });

  it.each(["2023-02-29", "2024-13-01", "2024-1-1", "2024-01-01T00:00:00Z", ""])("throws on %j", (text) => {
    expect(() => holdingTerm(text, "2024-01-01")).toThrow("not a calendar date");
  });
});

function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
