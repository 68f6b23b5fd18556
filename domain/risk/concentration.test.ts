import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { money } from "../amounts.ts";
import {
  minus,
  ONE,
  plus,
  type PureNumber,
  roundPureNumber,
  wholeNumber,
  ZERO,
  isNegligible,
} from "../pure-number.ts";
import { concentrationOf } from "./concentration.ts";

describe("concentration", () => {
  it.each([
    {
      rule: "portfolio-analytics-system, test_concentration_metrics.py",
      holdings: "AAPL 40000, MSFT 25000, GOOG 15000, AMZN 10000, BRK 10000",
      expected: ["0.265", "3.7735849057", "AAPL 0.4, MSFT 0.25, GOOG 0.15, AMZN 0.1, BRK 0.1"],
    },
    { rule: "one holding", holdings: "A 0.01", expected: ["1", "1", "A 1"] },
    {
      rule: "a short holding weighs as a long one",
      holdings: "A 300, B -100",
      expected: ["0.625", "1.6", "A 0.75, B 0.25"],
    },
    {
      rule: "values of a group are added up",
      holdings: "A 60, B 50, A -10",
      expected: ["0.5", "2", "A 0.5, B 0.5"],
    },
    { rule: "nothing held", holdings: "", expected: [null, null, ""] },
    { rule: "everything worthless", holdings: "A 0, B 0", expected: [null, null, ""] },
  ])("$rule", ({ holdings, expected }) => {
    const { index, effectiveNumber, weights } = concentrationOf(read(holdings));
    const printed = [...weights].map(([group, weight]) => `${group} ${print(weight) ?? ""}`).join(", ");
    expect([print(index), print(effectiveNumber), printed]).toEqual(expected);
  });

  it("lies between even and all in one, and its weights add up to 1", () => {
    const cents = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }).filter((value) => value !== 0n);
    fc.assert(
      fc.property(fc.array(cents, { minLength: 1, maxLength: 20 }), (values) => {
        const { index, effectiveNumber, weights } = concentrationOf(
          values.map((value, i) => ({ group: `${i}`, value: money(value.toString()) })),
        );
        expect(isNegligible(minus([...weights.values()].reduce(plus, ZERO), ONE))).toBe(true);
        expect(index !== null && index > 0n && index <= ONE).toBe(true);
        expect(effectiveNumber !== null && effectiveNumber <= wholeNumber(values.length)).toBe(true);
      }),
    );
  });
});

function read(text: string) {
  return text.split(", ").flatMap((holding) => {
    const [group, value] = holding.split(" ");
    return group === undefined || value === undefined ? [] : [{ group, value: money(value) }];
  });
}

function print(value: PureNumber | null): string | null {
  return value === null ? null : roundPureNumber(value, 10);
}
