import { expect, test } from "vitest";
import { ProblemError } from "#web/http/problem-error.ts";
import { placeFaults } from "./placed-faults.ts";
import { emptyTransaction } from "./transaction-form.ts";

const problem = (...paths: string[]) =>
  new ProblemError({
    status: 400,
    code: "invalid-request",
    detail: "The request is not valid",
    errors: paths.map((path) => ({ path, code: "pattern", message: "must be above zero" })),
  });

const values = {
  ...emptyTransaction(0),
  lots: [
    { lotId: "old", quantity: "1" },
    { lotId: "new", quantity: "2" },
  ],
};

test("a pointer leads to the field that it names, the first fault of each", () => {
  const { atFields, elsewhere } = placeFaults(
    problem("/quantity", "/quantity", "/ratio", "/tradedAt", "/costShare"),
    values,
    ["quantity", "ratio", "costShare"],
  );
  expect(atFields).toEqual({
    quantity: "Must be above zero.",
    ratioNew: "Must be above zero.",
    tradedAt: "Must be above zero.",
    costShare: "Must be above zero.",
  });
  expect(elsewhere).toEqual([]);
});

test("a pointer into the lots leads to that lot, and never to the quantity of the transaction", () => {
  const { atFields } = placeFaults(problem("/lots/1/quantity", "/lots"), values, ["quantity", "lots"]);
  expect(atFields).toEqual({ "lots.new": "Must be above zero.", lots: "Must be above zero." });
});

test("what the form does not show is told above it", () => {
  const { atFields, elsewhere } = placeFaults(problem("/currency", "/portfolioId"), values, ["quantity"]);
  expect(atFields).toEqual({});
  expect(elsewhere).toEqual(["currency must be above zero", "portfolioId must be above zero"]);
});

test("another error has no places", () => {
  expect(placeFaults(new Error("boom"), values, ["quantity"])).toEqual({ atFields: {}, elsewhere: [] });
});
