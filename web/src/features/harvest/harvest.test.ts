import { expect, test } from "vitest";
import { checkLeastLoss, filterOf } from "./harvest-filter.ts";
import { lotKey, planSales, withoutTerm, type HarvestItem } from "./planned-sales.ts";

interface LotOf {
  readonly id: string;
  readonly symbol: string;
  readonly quantity: string;
  readonly loss: string;
  readonly side?: "long" | "short";
}

const item = ({ id, symbol, quantity, loss, side = "long" }: LotOf): HarvestItem => ({
  lot: {
    id,
    symbol,
    side,
    openedAt: "2026-01-05T15:00:00Z",
    openedDate: "2026-01-05",
    originalQuantity: quantity,
    remainingQuantity: quantity,
    unitCost: "10",
    costBasis: "100",
    baseCostBasis: "100",
    exchangeRate: null,
    unrealizedGain: `-${loss}`,
    term: "short",
  },
  currency: "USD",
  price: "9",
  priceAsOf: "2026-01-05T15:00:00Z",
  stale: false,
  marketValue: "90",
  loss,
  longTermFrom: "2027-01-06",
});

const old = item({ id: "a", symbol: "ACME.SIM", quantity: "10.5", loss: "30.1" });
const young = item({ id: "b", symbol: "ACME.SIM", quantity: "4", loss: "20.2" });
const spunOff = item({ id: "a", symbol: "SPIN.SIM", quantity: "2", loss: "5" });
const short = item({ id: "s", symbol: "HOOLI.SIM", quantity: "7", loss: "3", side: "short" });
const all = [old, young, spunOff, short];

test("chosen lots of one symbol become one sale that names them", () => {
  expect(planSales(all, new Set([lotKey(old), lotKey(young)]))).toEqual([
    {
      type: "sell",
      symbol: "ACME.SIM",
      currency: "USD",
      quantity: "14.5",
      loss: "50.3",
      lots: [
        { lotId: "a", quantity: "10.5" },
        { lotId: "b", quantity: "4" },
      ],
    },
  ]);
});

test("several symbols become several sales, and a lot that shares its id with another is not sold with it", () => {
  const sales = planSales(all, new Set([lotKey(old), lotKey(short)]));
  expect(sales.map(({ type, symbol, quantity }) => [type, symbol, quantity])).toEqual([
    ["sell", "ACME.SIM", "10.5"],
    ["buy", "HOOLI.SIM", "7"],
  ]);
});

test("a lot that is no longer in the list is not sold", () => {
  expect(planSales([young], new Set([lotKey(old)]))).toEqual([]);
});

test("what of a total has no term is what the two terms leave", () => {
  expect(withoutTerm({ currency: "USD", shortTerm: "10.1", longTerm: "20", total: "35.3" })).toBe("5.2");
  expect(withoutTerm({ currency: "USD", shortTerm: "10", longTerm: "20", total: "30" })).toBe("0");
});

test("a filter in the address counts only where it makes sense", () => {
  expect(filterOf(new URLSearchParams("view=losses&term=long&minLoss=12.50"))).toEqual({
    term: "long",
    minLoss: "12.50",
  });
  expect(filterOf(new URLSearchParams("term=middle&minLoss=a%20lot"))).toEqual({});
});

test("a least loss is an amount above zero, written plainly", () => {
  expect(checkLeastLoss("1234.56")).toBeNull();
  expect(checkLeastLoss("1,234")).toMatch(/point/);
  expect(checkLeastLoss("-5")).toMatch(/minus/);
  expect(checkLeastLoss("007")).toMatch(/not an amount/);
});
