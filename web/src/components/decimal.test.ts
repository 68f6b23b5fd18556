import { expect, test } from "vitest";
import {
  compareDecimals,
  negateDecimal,
  quantityOfSide,
  signOf,
  sumDecimals,
  tradeTotal,
} from "./decimal.ts";

test("the sign is read off the text", () => {
  expect(signOf("0.000000000000000001")).toBe(1);
  expect(signOf("-3")).toBe(-1);
  expect(signOf("-0.00")).toBe(0);
});

test("decimals are compared exactly and by value, not by text", () => {
  expect(compareDecimals("9", "10")).toBe(-1);
  expect(compareDecimals("9007199254740993", "9007199254740992")).toBe(1);
  expect(compareDecimals("1.50", "1.5")).toBe(0);
  expect(compareDecimals("-2", "-10")).toBe(1);
});

test("a sum keeps the last digit", () => {
  expect(sumDecimals(["0.1", "0.2", "-0.05"])).toBe("0.25");
  expect(sumDecimals([])).toBe("0");
});

test("fees add to what a purchase costs and take from what a sale brings", () => {
  const trade = { quantity: "3", price: "0.1", fees: "0.05" };
  expect(tradeTotal({ type: "buy", ...trade })).toBe("0.35");
  expect(tradeTotal({ type: "sell", ...trade })).toBe("0.25");
  expect(tradeTotal({ type: "buy", ...trade, quantity: "three" })).toBeUndefined();
});

test("the other side of zero is the same digits, and zero has none", () => {
  expect(negateDecimal("12.50")).toBe("-12.50");
  expect(negateDecimal("-3")).toBe("3");
  expect(negateDecimal("0.00")).toBe("0.00");
});

test("what is owed on the short side counts below zero", () => {
  expect(quantityOfSide("short", "40")).toBe("-40");
  expect(quantityOfSide("short", "-40")).toBe("-40");
  expect(quantityOfSide("long", "40")).toBe("40");
});
