import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  divide,
  formatMoney,
  formatPrice,
  formatQuantity,
  money,
  type Money,
  multiply,
  negate,
  parseMoney,
  parsePrice,
  parseQuantity,
  percentage,
  price,
  quantity,
  type Quantity,
  ratio,
  roundMoney,
  shareOf,
  subtract,
} from "./amounts.ts";

describe("amounts from outside", () => {
  it("accepts 20 integer digits and 18 decimals", () => {
    const longest = "99999999999999999999.999999999999999999";
    expect(formatQuantity(parseQuantity(longest) ?? quantity("0"))).toBe(longest);
    expect(formatPrice(parsePrice(longest) ?? price("0"))).toBe(longest);
    expect(formatMoney(parseMoney(longest) ?? money("0"))).toBe(longest);
  });

  it.each(["100000000000000000000", "0.0000000000000000001", "1e3", "", "9".repeat(5_000_000)])(
    "refuses what is too long or malformed",
    (text) => {
      expect(parseQuantity(text)).toBeUndefined();
      expect(parsePrice(text)).toBeUndefined();
      expect(parseMoney(text)).toBeUndefined();
    },
  );

  it("keeps the sign: whether it is allowed is for the ledger to say", () => {
    expect(parseQuantity("-1")).toBe(-(10n ** 18n));
  });
});

describe("trusted amounts", () => {
  it("throws on malformed text", () => {
    expect(() => quantity("1,5")).toThrow("invariant");
    expect(() => price("1e3")).toThrow("invariant");
    expect(() => money("")).toThrow("invariant");
  });

  it("reads money of 36 decimals", () => {
    const third = "3.333333333333333333333333333333333333";
    expect(formatMoney(money(third))).toBe(third);
  });
});

describe("arithmetic", () => {
  it("multiplies quantity and price exactly", () => {
    const product = multiply(quantity("0.000000000000000001"), price("0.000000000000000001"));
    expect(formatMoney(product)).toBe(`0.${"0".repeat(35)}1`);
  });

  it("takes a share half to even at 36 decimals", () => {
    expect(formatMoney(shareOf(money("10"), quantity("1"), quantity("3")))).toBe(`3.${"3".repeat(36)}`);
    expect(formatMoney(shareOf(money("20"), quantity("1"), quantity("3")))).toBe(`6.${"6".repeat(35)}7`);
  });

  it("is the same share whether the counts end in zeros or not", () => {
    const count = fc.bigInt({ min: 1n, max: 10n ** 38n });
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }), count, count, (total, part, whole) => {
        const share = shareOf(total as Money, part as Quantity, whole as Quantity);
        for (const factor of [2n ** 11n, 2n ** 12n, 10n ** 15n]) {
          const [longerPart, longerWhole] = [part * factor, whole * factor];
          expect(shareOf(total as Money, longerPart as Quantity, longerWhole as Quantity)).toBe(share);
        }
      }),
    );
  });

  it("divides money by quantity", () => {
    expect(formatMoney(divide(money("11000"), quantity("70")))).toBe(
      "157.142857142857142857142857142857142857",
    );
  });

  it("shares of consecutive parts telescope to the whole", () => {
    const positive = fc.bigInt({ min: 1n, max: 10n ** 38n });
    fc.assert(
      fc.property(fc.bigInt(), fc.array(positive, { minLength: 1, maxLength: 20 }), (total, parts) => {
        const wholeOf = (count: number) =>
          parts.slice(0, count).reduce((sum, part) => sum + part, 0n) as ReturnType<typeof quantity>;
        const running = parts.map((_, index) =>
          shareOf(total as ReturnType<typeof money>, wholeOf(index + 1), wholeOf(parts.length)),
        );
        const slices = running.map((share, index) => subtract(share, running[index - 1] ?? money("0")));
        expect(slices.reduce((sum, slice) => sum + slice, 0n)).toBe(total);
      }),
    );
  });
});

describe("output", () => {
  it("gives a ratio of 10 decimals, and none over zero", () => {
    expect(ratio(money("1"), money("3"))).toBe("0.3333333333");
    expect(ratio(money("-2"), money("3"))).toBe("-0.6666666667");
    expect(ratio(money("1"), money("0"))).toBeUndefined();
  });

  it("gives a percentage with all of its 10 decimals", () => {
    expect(percentage(money("1"), money("3"))).toBe("33.3333333333");
  });

  it("rounds money half to even, and knows no minus zero", () => {
    expect(roundMoney(money("1.005"), 2)).toBe("1");
    expect(roundMoney(negate(money("0.001")), 2)).toBe("0");
  });
});
