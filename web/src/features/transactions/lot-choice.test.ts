import { expect, test } from "vitest";
import { chooseLot, isMoreThan, mostOf, tallyLots } from "./lot-choice.ts";

const choice = [
  { lotId: "old", quantity: "60" },
  { lotId: "new", quantity: "20.5" },
];

test("a lot is added, changed, and taken out by an empty quantity", () => {
  expect(chooseLot([], "old", "5")).toEqual([{ lotId: "old", quantity: "5" }]);
  expect(chooseLot(choice, "old", "70")).toEqual([{ lotId: "old", quantity: "70" }, choice[1]]);
  expect(chooseLot(choice, "old", " ")).toEqual([choice[1]]);
});

test("the sum tells what is missing from the quantity, or beyond it", () => {
  expect(tallyLots(choice, "100")).toEqual({ sum: "80.5", missing: "19.5", excess: undefined });
  expect(tallyLots(choice, "80.5")).toEqual({ sum: "80.5", missing: undefined, excess: undefined });
  expect(tallyLots(choice, "80")).toEqual({ sum: "80.5", missing: undefined, excess: "0.5" });
  expect(tallyLots(choice, "")).toEqual({ sum: "80.5", missing: undefined, excess: undefined });
});

test("the sum is exact to the last digit", () => {
  const thirds = ["0.333333333333333333", "0.666666666666666667"].map((quantity, index) => ({
    lotId: `${index}`,
    quantity,
  }));
  expect(tallyLots(thirds, "1")).toEqual({ sum: "1", missing: undefined, excess: undefined });
});

test("the most of a lot is what it has and what is still asked for", () => {
  expect(mostOf(choice, { id: "third", available: "50" }, "100")).toBe("19.5");
  expect(mostOf(choice, { id: "third", available: "5" }, "100")).toBe("5");
  expect(mostOf(choice, { id: "old", available: "100" }, "100")).toBe("79.5");
  expect(mostOf([], { id: "old", available: "50" }, "")).toBe("50");
});

test("more than a lot has is noticed", () => {
  expect(isMoreThan("10.1", "10")).toBe(true);
  expect(isMoreThan("10", "10")).toBe(false);
  expect(isMoreThan("", "10")).toBe(false);
});
