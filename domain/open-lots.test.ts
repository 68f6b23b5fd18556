import { describe, expect, it } from "vitest";
import { money, negate, quantity } from "./amounts.ts";
import { compareLots, type LotOrder } from "./lot-order.ts";
import { OpenLots } from "./open-lots.ts";
import { consumedCost, takeFromLot, type TaxLot } from "./tax-lot.ts";

const oldestFirst = compareLots("fifo");
const newestFirst: LotOrder = (a, b) => -oldestFirst(a, b);

describe("OpenLots", () => {
  it("offers the lots in matching order and steps on when one is used up", () => {
    const lots = new OpenLots([lot("a", 1), lot("b", 2)], quantity("20"), oldestFirst);
    take(lots, "4");
    expect(lots.first().id).toBe("a");
    take(lots, "6");
    expect(lots.first().id).toBe("b");
    expect(lots.remaining().map((each) => each.id)).toEqual(["b"]);
  });

  it("places a new lot where the order wants it", () => {
    const lots = new OpenLots([lot("c", 3), lot("a", 1)], quantity("20"), newestFirst);
    lots.open(lot("d", 4));
    lots.open(lot("b", 2));
    expect(lots.remaining().map((each) => each.id)).toEqual(["d", "c", "b", "a"]);
    take(lots, "10");
    expect(lots.first().id).toBe("c");
  });

  it("does not place a new lot among those used up", () => {
    const lots = new OpenLots([lot("c", 3), lot("a", 1)], quantity("20"), newestFirst);
    take(lots, "10");
    lots.open(lot("d", 4));
    expect(lots.remaining().map((each) => each.id)).toEqual(["d", "a"]);
  });

  it("covers a short holding as it does a long one", () => {
    const lots = new OpenLots([lot("a", 1)], negate(quantity("10")), oldestFirst);
    lots.open(lot("b", 2));
    take(lots, "10");
    expect(lots.first().id).toBe("b");
  });

  it("knows a lot that comes back, whether it was given or opened here", () => {
    const lots = new OpenLots([lot("a", 1)], quantity("10"), oldestFirst);
    lots.openNew(lot("b", 2));
    take(lots, "10");
    take(lots, "10");
    lots.open(lot("b", 2));
    lots.open(lot("a", 1));
    lots.open(lot("c", 3));
    expect(lots.touched()).toEqual([lot("a", 1)]);
    expect(lots.opened()).toEqual([lot("b", 2), lot("c", 3)]);
    expect(lots.remaining().map((each) => each.id)).toEqual(["a", "b", "c"]);
  });

  it("throws when the given lots turn out not to be in matching order", () => {
    const lots = new OpenLots([lot("b", 2), lot("a", 1)], quantity("20"), oldestFirst);
    expect(() => take(lots, "10")).toThrow("not in matching order");
  });
});

function take(lots: OpenLots, units: string): void {
  const before = lots.first();
  const after = takeFromLot(before, quantity(units));
  lots.replaceFirst(before, after, consumedCost(after));
}

/** A long lot of 10 for 100, opened on the given day. */
function lot(id: string, day: number): TaxLot {
  return {
    id,
    side: "long",
    openedAt: day,
    openedSequence: day,
    originalQuantity: quantity("10"),
    originalCost: money("100"),
    remainingQuantity: quantity("10"),
  };
}
