import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { LotMethod } from "#contracts/portfolios.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { matchEverything, Trader } from "#testing/trader.ts";
import { checkRebuild } from "./check-rebuild.ts";
import { FIRST_LOTS } from "./gather-lots.ts";

/*
 * A holding of many more lots than are read at first, three shares each, opened a minute apart. Sales that end within what
 * was read, at its edge and far beyond it leave what a replay of everything leaves; the check says so to the last digit.
 */

const LOTS = 3 * FIRST_LOTS;
const SHARES = 3;

let database: TestDatabase;
let trader: Trader;
let portfolioId: string;
let minute = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  trader = await new Trader(database.api).register();
});
afterAll(() => database.drop());

const next = () => new Date(Date.UTC(2026, 0, 1) + 60_000 * (minute += 1)).toISOString();
const match = () => matchEverything(database.worker, [portfolioId]);

beforeEach(() => {
  minute = 0;
});

async function openLots(method: LotMethod, type: "buy" | "sell" = "buy"): Promise<void> {
  portfolioId = await trader.portfolio({ lotMethod: method, allowShort: true });
  const prices = Array.from({ length: LOTS }, (_, index) => String(10 + ((index * 7) % 13)));
  await trader.record(
    portfolioId,
    prices.map((price) => ({ type, quantity: String(SHARES), price, fees: "1", at: next() })),
  );
  await match();
}

/** How many lots are used up, and how many of those still open were begun. */
async function openAndBegun() {
  const { rows } = await sql<{ used: number; begun: number }>`
    select count(*) filter (where remaining_quantity = 0)::integer as used,
      count(*) filter (where remaining_quantity > 0 and remaining_quantity < original_quantity)::integer as begun
    from tax_lot where portfolio_id = ${portfolioId}`.execute(database.owner);
  return rows[0];
}

describe.each(["fifo", "lifo", "hifo", "average", "specific"] as const)("under %s", (method) => {
  test.each([
    ["within what is read", "1"],
    ["to the edge of what is read", String(SHARES * FIRST_LOTS)],
    ["one beyond it", String(SHARES * FIRST_LOTS + 1)],
    ["everything", String(SHARES * LOTS)],
    ["across zero", String(SHARES * LOTS + 5)],
  ])("a sale of %s is matched as a replay matches it", async (_name, quantity) => {
    await openLots(method);
    await trader.record(portfolioId, [{ type: "sell", quantity, price: "20", fees: "1", at: next() }]);
    await match();
    expect((await checkRebuild(database.worker, [portfolioId])).differences).toEqual([]);
  });
});

test("several sales in one batch reach further than each of them", async () => {
  await openLots("fifo");
  const sale = { type: "sell", quantity: String(SHARES * FIRST_LOTS - 1), price: "20" } as const;
  await trader.record(portfolioId, [
    { ...sale, at: next() },
    { quantity: "1", price: "9", at: next() },
    { ...sale, at: next() },
  ]);
  await match();
  expect(await openAndBegun()).toEqual({ used: 2 * FIRST_LOTS - 1, begun: 1 });
  expect((await checkRebuild(database.worker, [portfolioId])).differences).toEqual([]);
});

test("a cover of many short lots as well", async () => {
  await openLots("lifo", "sell");
  await trader.record(portfolioId, [{ quantity: String(SHARES * FIRST_LOTS + 1), price: "5", at: next() }]);
  await match();
  expect(await openAndBegun()).toEqual({ used: FIRST_LOTS, begun: 1 });
  expect((await checkRebuild(database.worker, [portfolioId])).differences).toEqual([]);
});
