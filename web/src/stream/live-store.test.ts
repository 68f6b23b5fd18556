import { describe, expect, test, vi } from "vitest";
import type { Position } from "#contracts/positions.ts";
import type { Totals } from "#contracts/portfolios.ts";
import type { ServerMessage } from "#contracts/stream.ts";
import { createLiveStore } from "./live-store.ts";

const ID = "p1";

const position = (symbol: string, price: string): Position => ({
  symbol,
  currency: "USD",
  quantity: "1",
  costBasis: "1",
  averageCost: "1",
  realizedGain: "0",
  income: "0",
  fees: "0",
  base: { currency: "USD", costBasis: "1", realizedGain: "0", exchangeGain: "0" },
  price,
  priceAsOf: null,
  stale: false,
  marketValue: price,
  unrealizedGain: "0",
  unrealizedGainPercent: "0",
  dayChange: "0",
  weight: "0.5",
});

const totals = (marketValue: string): Totals => ({
  marketValue,
  costBasis: "0",
  unrealizedGain: "0",
  unrealizedGainPercent: null,
  realizedGain: "0",
  dayChange: "0",
  asOf: null,
  stale: false,
  unpriced: 0,
  missingRates: [],
});

const ledger = (applied: number) => ({ head: applied, applied, epoch: 1 });

const snapshot = (positions: Position[], applied = 1): ServerMessage => ({
  type: "snapshot",
  portfolioId: ID,
  sequence: 0,
  ledger: ledger(applied),
  totals: totals("0"),
  positions,
});

const delta = (
  sequence: number,
  positions: Position[],
  removed: string[] = [],
  applied = 1,
): ServerMessage => ({
  type: "delta",
  portfolioId: ID,
  sequence,
  ledger: ledger(applied),
  totals: totals(String(sequence)),
  positions,
  removed,
});

function open() {
  const events = { onGap: vi.fn(), onLedger: vi.fn(), onTransaction: vi.fn() };
  return { store: createLiveStore(events), events };
}

describe("a subscription in order", () => {
  test("a delta replaces the positions it names and leaves the others the same object", () => {
    const { store } = open();
    store.receive(snapshot([position("A", "1"), position("B", "2")]));
    const before = store.position(ID, "B");
    store.receive(delta(1, [position("A", "3")]));
    expect(store.position(ID, "A")?.price).toBe("3");
    expect(store.position(ID, "B")).toBe(before);
    expect(store.get(ID)?.totals.marketValue).toBe("1");
  });

  test("a delta removes the positions that were closed", () => {
    const { store } = open();
    store.receive(snapshot([position("A", "1"), position("B", "2")]));
    store.receive(delta(1, [], ["A"]));
    expect([...(store.get(ID)?.positions.keys() ?? [])]).toEqual(["B"]);
  });

  test("only those who listen to what changed are woken", () => {
    const { store } = open();
    store.receive(snapshot([position("A", "1"), position("B", "2")]));
    const [a, b, all, sums] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
    store.onPosition(ID, "A")(a);
    store.onPosition(ID, "B")(b);
    store.onPositions(ID)(all);
    store.onTotals(ID)(sums);
    store.receive(delta(1, [position("A", "3")]));
    store.receive(delta(2, []));
    expect(a).toHaveBeenCalledTimes(1);
    expect(b).not.toHaveBeenCalled();
    expect(all).toHaveBeenCalledTimes(1);
    expect(sums).toHaveBeenCalledTimes(2);
  });

  test("a new snapshot with the same figures wakes no row", () => {
    const { store } = open();
    store.receive(snapshot([position("A", "1")]));
    const a = vi.fn();
    store.onPosition(ID, "A")(a);
    store.receive(snapshot([position("A", "1")]));
    expect(a).not.toHaveBeenCalled();
  });
});

describe("figures in the base currency", () => {
  test("count as unchanged when they say the same, and as changed when they do not", () => {
    const { store } = open();
    store.receive(snapshot([position("A", "1")]));
    const before = store.position(ID, "A");
    store.receive(snapshot([position("A", "1")]));
    expect(store.position(ID, "A")).toBe(before);
    const moved = position("A", "1");
    store.receive(snapshot([{ ...moved, base: { ...moved.base, exchangeGain: "-5" } }]));
    expect(store.position(ID, "A")?.base.exchangeGain).toBe("-5");
  });
});

describe("a gap", () => {
  test("asks once for a snapshot and ignores deltas until it arrives", () => {
    const { store, events } = open();
    store.receive(snapshot([position("A", "1")]));
    store.receive(delta(2, [position("A", "9")]));
    store.receive(delta(3, [position("A", "10")]));
    expect(events.onGap).toHaveBeenCalledTimes(1);
    expect(store.position(ID, "A")?.price).toBe("1");
    store.receive(snapshot([position("A", "11")]));
    store.receive(delta(1, [position("A", "12")]));
    expect(store.position(ID, "A")?.price).toBe("12");
  });

  test("a delta before any snapshot is a gap", () => {
    const { store, events } = open();
    store.receive(delta(1, [position("A", "1")]));
    expect(events.onGap).toHaveBeenCalledWith(ID);
    expect(store.get(ID)).toBeUndefined();
  });
});

describe("figures from REST", () => {
  const read = (price: string, applied: number) => ({
    items: [position("A", price)],
    totals: totals("0"),
    sequence: ledger(applied),
    pending: false,
  });

  test("fill the screen before the first snapshot and never replace a live one", () => {
    const { store } = open();
    store.seed(ID, read("1", 1));
    expect(store.position(ID, "A")?.price).toBe("1");
    store.receive(snapshot([position("A", "2")]));
    store.seed(ID, read("1", 1));
    expect(store.position(ID, "A")?.price).toBe("2");
  });

  test("replace what is shown once the connection is lost, unless they are older", () => {
    const { store } = open();
    store.receive(snapshot([position("A", "2")], 5));
    store.disconnect();
    store.seed(ID, read("3", 4));
    expect(store.position(ID, "A")?.price).toBe("2");
    store.seed(ID, read("4", 6));
    expect(store.position(ID, "A")?.price).toBe("4");
  });
});

test("the ledger is announced when it moves, not with every tick", () => {
  const { store, events } = open();
  store.receive(snapshot([], 1));
  store.receive(delta(1, [], [], 1));
  expect(events.onLedger).not.toHaveBeenCalled();
  store.receive(delta(2, [], [], 2));
  expect(events.onLedger).toHaveBeenCalledWith(ID);
});
