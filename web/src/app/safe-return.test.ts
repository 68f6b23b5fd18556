import { expect, test } from "vitest";
import { safeReturn } from "./safe-return.ts";

test("a sign-in returns to paths of this site only", () => {
  expect(safeReturn("/portfolios/p1/gains?x=1")).toBe("/portfolios/p1/gains?x=1");
  expect(safeReturn("//evil.example")).toBe("/portfolios");
  expect(safeReturn("/\\evil.example")).toBe("/portfolios");
  expect(safeReturn("https://evil.example")).toBe("/portfolios");
  expect(safeReturn(null)).toBe("/portfolios");
});
