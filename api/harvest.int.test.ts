import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { LotRow } from "#adapters/postgres/derived-reads.ts";
import type { Harvest } from "#contracts/planning.ts";
import type { LotList } from "#contracts/positions.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { startTestServer, type TestServer } from "#testing/test-server.ts";
import { toHarvest } from "./representations/harvest.ts";

let server: TestServer;
let user: ApiClient;
let portfolioId: string;

beforeAll(async () => {
  server = await startTestServer({ ticking: false });
});
beforeEach(async () => {
  user = await signedInClient(server.baseUrl);
  portfolioId = (await user.portfolio({ allowShort: true })).id;
});
afterAll(() => server.close());

const DAY_MS = 86_400_000;
const dayBefore = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();
/** The same day of the next year, counted from the day after. */
function longTermFrom(tradedAt: string): string {
  const date = new Date(Date.parse(tradedAt) + DAY_MS);
  date.setUTCFullYear(date.getUTCFullYear() + 1);
  return date.toISOString().slice(0, 10);
}

const harvest = async (query = "", id = portfolioId) =>
  (await user.get<Harvest>(`/portfolios/${id}/harvest${query}`)).body;
/** Nobody pays a million for a share of the simulated exchange, and nobody gets one for a cent. */
const HIGH = 1_000_000;
const LOW = 0.01;
const trade = (
  type: "buy" | "sell",
  lot: { symbol: string; quantity: number; price: number; tradedAt: string },
) => user.record({ portfolioId, type, ...lot, quantity: String(lot.quantity), price: String(lot.price) });

/** Quantity × (cost − price), both in cents. */
const lossOf = (quantity: number, cost: number, price: string) =>
  (quantity * (Math.round(cost * 100) - Math.round(Number(price) * 100))) / 100;
const sum = (losses: readonly string[]) =>
  Math.round(losses.reduce((total, loss) => total + Number(loss) * 100, 0)) / 100;

describe("open lots at a loss", () => {
  const [long, short] = [dayBefore(800), dayBefore(10)];
  beforeEach(async () => {
    await trade("buy", { symbol: "ACME.SIM", quantity: 3, price: HIGH, tradedAt: long });
    await trade("buy", { symbol: "ACME.SIM", quantity: 5, price: LOW, tradedAt: dayBefore(700) });
    await trade("buy", { symbol: "ACME.SIM", quantity: 7, price: HIGH, tradedAt: short });
    await trade("sell", { symbol: "ACME.SIM", quantity: 1, price: HIGH, tradedAt: dayBefore(5) });
    await trade("sell", { symbol: "GLOBEX.SIM", quantity: 2, price: LOW, tradedAt: long });
    await trade("sell", { symbol: "GLOBEX.SIM", quantity: 2, price: HIGH, tradedAt: dayBefore(9) });
  });

  test("the largest first, each as the list of lots has it; those that gained are not there", async () => {
    const { items, unpriced, sequence } = await harvest();
    expect([unpriced, sequence]).toEqual([0, { head: 6, applied: 6, epoch: 0 }]);
    expect(items.map(({ lot }) => [lot.symbol, lot.side, lot.remainingQuantity, lot.term])).toEqual([
      ["ACME.SIM", "long", "7", "short"],
      ["ACME.SIM", "long", "2", "long"],
      ["GLOBEX.SIM", "short", "2", "long"],
    ]);
    const [acmeShort, acmeLong, globex] = items;
    expect(Number(acmeShort!.loss)).toBe(lossOf(7, HIGH, acmeShort!.price));
    expect(Number(acmeLong!.loss)).toBe(lossOf(2, HIGH, acmeLong!.price));
    expect(Number(globex!.loss)).toBe(-lossOf(2, LOW, globex!.price));
    expect(globex!.marketValue).toBe(String(-2 * Number(globex!.price)));
    expect(items.map((item) => item.longTermFrom)).toEqual([short, long, long].map(longTermFrom));
    for (const { lot, price, priceAsOf, marketValue, loss, currency } of items) {
      const lots = await user.get<LotList>(`/portfolios/${portfolioId}/positions/${lot.symbol}/lots`);
      expect(lots.body.items).toContainEqual(lot);
      expect([currency, lot.unrealizedGain]).toEqual(["USD", `-${loss}`]);
      expect(Number(lot.costBasis) - Number(marketValue)).toBeCloseTo(Number(loss), 6);
      expect(Number(price)).toBeGreaterThan(0);
      expect(Date.now() - Date.parse(priceAsOf)).toBeLessThan(120_000);
    }
  });

  test("the totals are of all that the filters let through, however few are listed", async () => {
    const all = await harvest();
    const losses = all.items.map((item) => item.loss);
    const totals = (shortTerm: string[], longTerm: string[]) => [
      {
        currency: "USD",
        shortTerm: sum(shortTerm),
        longTerm: sum(longTerm),
        total: sum(shortTerm.concat(longTerm)),
      },
    ];
    const read = ({ totals: shown }: Harvest) =>
      shown.map(({ currency, ...rest }) => ({
        currency,
        ...Object.fromEntries(Object.entries(rest).map(([name, text]) => [name, Number(text)])),
      }));
    expect(read(all)).toEqual(totals([losses[0]!], losses.slice(1)));
    const one = await harvest("?limit=1");
    expect(one.items).toEqual(all.items.slice(0, 1));
    expect(one.totals).toEqual(all.totals);
    const longOnly = await harvest("?term=long");
    expect(longOnly.items).toEqual(all.items.slice(1));
    expect(read(longOnly)).toEqual(totals([], losses.slice(1)));
    const atLeast = await harvest(`?minLoss=${losses[1]}&limit=500`);
    expect(atLeast.items).toEqual(all.items.slice(0, 2));
    expect(read(atLeast)).toEqual(totals([losses[0]!], [losses[1]!]));
    const none = await harvest("?minLoss=99999999999");
    expect([none.items, none.totals, none.unpriced]).toEqual([[], [], 0]);
  });

  test("under average cost there is one lot, without a term", async () => {
    await user.request("PUT", `/portfolios/${portfolioId}`, {
      body: { name: "Main", lotMethod: "average", allowShort: true },
    });
    await expect.poll(async () => (await harvest()).sequence.epoch, { timeout: 8_000 }).toBe(1);
    const { items, totals } = await harvest();
    expect(
      items.map(({ lot, longTermFrom: from }) => [lot.symbol, lot.remainingQuantity, lot.term, from]),
    ).toEqual([["ACME.SIM", "14", null, null]]);
    expect(totals).toEqual([{ currency: "USD", shortTerm: "0", longTerm: "0", total: items[0]!.loss }]);
    expect((await harvest("?term=short")).items).toEqual([]);
  });

  test("a position without a price in its currency is counted, and a closed one is not", async () => {
    const foreign = {
      portfolioId,
      type: "buy" as const,
      quantity: "2",
      price: "5",
      currency: "EUR",
      exchangeRate: "1.1",
    };
    await user.record({ ...foreign, symbol: "SIE.DE" });
    await user.record({ ...foreign, symbol: "EURO.SIM" });
    await user.record({ ...foreign, symbol: "SAP.DE" });
    await user.record({ ...foreign, symbol: "SAP.DE", type: "sell", tradedAt: "2026-01-06T00:00:00Z" });
    const { items, unpriced } = await harvest("?term=short");
    expect([items.length, unpriced]).toEqual([1, 2]);
  });

  test("what is no filter is refused, and a stranger sees nothing", async () => {
    const path = `/portfolios/${portfolioId}/harvest`;
    for (const query of [
      "term=medium",
      "minLoss=-1",
      "minLoss=a",
      "limit=0",
      "limit=501",
      "limit=x",
      "sort=a",
    ]) {
      expect((await user.get(`${path}?${query}`)).status).toBe(400);
    }
    const stranger = await signedInClient(server.baseUrl);
    expect((await stranger.get(path)).status).toBe(404);
    stranger.token = undefined;
    expect((await stranger.get(path)).status).toBe(401);
  });
});

describe("several currencies, which no source here quotes", () => {
  const nowMs = Date.parse("2026-01-05T12:00:00Z");
  const quotes = new Map(
    ["EUR", "USD"].map((currency) => [
      `X.${currency}`,
      { symbol: `X.${currency}`, currency, price: "10", asOf: "2026-01-05T11:00:00Z", source: "test" },
    ]),
  );
  const lot = (currency: string, id: string, cost: string): LotRow => ({
    portfolio_id: "p",
    id,
    symbol: `X.${currency}`,
    currency,
    lot_method: "fifo",
    side: "long",
    opened_at: "2025-12-01T00:00:00.000Z",
    opened_sequence: 1,
    opened_date: "2025-12-01",
    original_quantity: "1",
    original_cost: cost,
    remaining_quantity: "1",
    unit: "1",
    original_base_cost: null,
    opening_rate: null,
    unit_cost_numerator: null,
    unit_cost_denominator: null,
  });
  const found = (rows: LotRow[], filters: { limit?: number; minLoss?: string }) => {
    const { items, totals } = toHarvest(rows, { filters, quotes, nowMs });
    return { items: items.map((item) => `${item.lot.id} ${item.loss}`), totals };
  };

  test("are listed one after the other, and a short list has the largest of each", () => {
    const rows = [
      lot("EUR", "e1", "11"),
      lot("EUR", "e2", "12"),
      lot("USD", "u1", "1000"),
      lot("USD", "u2", "900"),
    ];
    expect(found(rows, {}).items).toEqual(["e2 2", "e1 1", "u1 990", "u2 890"]);
    expect(found(rows, { limit: 3 }).items).toEqual(["e2 2", "e1 1", "u1 990"]);
    expect(found(rows, { limit: 2 }).items).toEqual(["e2 2", "u1 990"]);
    expect(found(rows, { limit: 2 }).totals).toEqual([
      { currency: "EUR", shortTerm: "3", longTerm: "0", total: "3" },
      { currency: "USD", shortTerm: "1880", longTerm: "0", total: "1880" },
    ]);
  });

  test("a loss too small to be shown is none", () => {
    expect(
      found([lot("EUR", "e1", "10.00000001"), lot("EUR", "e2", "10.000000009")], { minLoss: "0" }),
    ).toEqual({
      items: ["e1 0.00000001"],
      totals: [{ currency: "EUR", shortTerm: "0.00000001", longTerm: "0", total: "0.00000001" }],
    });
  });

  test("an old price is said to be stale", () => {
    const { items } = toHarvest([lot("EUR", "e1", "11")], { filters: {}, quotes, nowMs });
    expect(items[0]).toMatchObject({
      stale: true,
      price: "10",
      marketValue: "10",
      longTermFrom: "2026-12-02",
    });
  });
});
