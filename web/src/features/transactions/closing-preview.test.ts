import { expect, test } from "vitest";
import type { Lot } from "#contracts/positions.ts";
import { previewClosing } from "./closing-preview.ts";

const lot = (id: string, remainingQuantity: string): Lot => ({
  id,
  symbol: "ACME.SIM",
  side: "long",
  openedAt: "2026-01-05T15:30:00Z",
  originalQuantity: "100",
  remainingQuantity,
  unitCost: "10",
  costBasis: "1000",
  unrealizedGain: null,
  term: "short",
});

const lots = [lot("old", "100"), lot("new", "50")];

const closings = (quantity: string) =>
  previewClosing(lots, quantity)?.closings.map((closing) => [
    closing.lot.id,
    closing.quantity,
    closing.whole,
  ]);

test("the oldest lot goes first, and only as much as is sold", () => {
  expect(closings("80")).toEqual([["old", "80", false]]);
  expect(closings("100")).toEqual([["old", "100", true]]);
  expect(closings("120.5")).toEqual([
    ["old", "100", true],
    ["new", "20.5", false],
  ]);
});

test("what is sold beyond all lots is told", () => {
  expect(previewClosing(lots, "150")?.missing).toBeUndefined();
  expect(previewClosing(lots, "151")?.missing).toBe("1");
});

test("there is no preview of something that is not a quantity", () => {
  expect(previewClosing(lots, "")).toBeUndefined();
  expect(previewClosing(lots, "0")).toBeUndefined();
  expect(previewClosing(lots, "-5")).toBeUndefined();
});
