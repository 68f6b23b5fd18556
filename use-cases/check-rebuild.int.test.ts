import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { Trader } from "#testing/trader.ts";
import { checkRebuild } from "./check-rebuild.ts";
import { matchLots } from "./match-lots.ts";

let database: TestDatabase;
let trader: Trader;
let portfolioId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  trader = await new Trader(database.api).register();
});
afterAll(() => database.drop());

/** Two lots, a sale of one and a half of them, and a sale of more than is left. */
beforeEach(async () => {
  portfolioId = await trader.portfolio();
  await trader.record(portfolioId, [
    { quantity: "3", price: "10", fees: "1", at: "2026-01-01T10:00:00Z" },
    { quantity: "4", price: "11", at: "2026-01-02T10:00:00Z" },
    { type: "sell", quantity: "5", price: "12", at: "2026-01-03T10:00:00Z" },
    { type: "sell", quantity: "99", price: "12", at: "2026-01-04T10:00:00Z" },
  ]);
  await matchLots(database.worker, [portfolioId]);
});

const check = () => checkRebuild(database.worker, [portfolioId]);

describe("a check of the figures", () => {
  test("finds nothing where all is well, and says what it looked at", async () => {
    expect(await check()).toEqual({
      portfolios: 1,
      behind: 0,
      versions: 4,
      rows: { position: 1, tax_lot: 2, disposal: 1, disposal_slice: 2, cash_flow: 0, rejection: 1 },
      differences: [],
      differenceCount: 0,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  test("gives the same figures the same hash, and others another", async () => {
    const { hash } = await check();
    expect((await check()).hash).toBe(hash);
    await sql`update position set fees = fees + 1 where portfolio_id = ${portfolioId}`.execute(
      database.owner,
    );
    const changed = await check();
    expect([changed.hash === hash, changed.differenceCount]).toEqual([false, 1]);
  });

  test("does not expect a deleted portfolio to follow what happens elsewhere", async () => {
    await trader.deletePortfolio(portfolioId);
    const other = await trader.portfolio();
    const split = { portfolioId: other, type: "split", symbol: "ACME.SIM", ratio: "2:1" } as const;
    await trader.recordAny([{ ...split, tradedAt: "2026-01-03T09:00:00Z" }]);
    await matchLots(database.worker, [other]);
    expect(await check()).toMatchObject({ differences: [], rows: { position: 0 } });
  });

  test("compares a portfolio that is behind at the place it has come to", async () => {
    await trader.record(portfolioId, [{ at: "2025-12-31T10:00:00Z" }]);
    expect(await check()).toMatchObject({ behind: 1, versions: 5, differences: [] });
    await trader.allowShort(portfolioId, true);
    expect(await check()).toMatchObject({ behind: 1, rows: { position: 0 }, differences: [] });
    await matchLots(database.worker, [portfolioId]);
    expect(await check()).toMatchObject({ behind: 0, rows: { rejection: 0 }, differences: [] });
  });

  // As the owner of the tables, past every constraint that holds for the roles of the product.
  test.each([
    ["a quantity", "position", "update position set quantity = quantity + 1e-18"],
    ["a digit nobody sees", "position", "update position set realized_gain = realized_gain + 1e-36"],
    ["a needless zero", "position", "update position set cost_basis = cost_basis * 1.0"],
    ["a missing position", "position", "delete from position"],
    ["a lot", "tax_lot", "update tax_lot set opened_date = opened_date + 1"],
    [
      "a lot too many",
      "tax_lot",
      "insert into tax_lot select portfolio_id, instrument_id, gen_random_uuid(), side, opened_at, opened_sequence, opened_date, 1, 1, 0 from tax_lot",
    ],
    ["a disposal", "disposal", "update disposal set disposed_sequence = disposed_sequence + 1"],
    ["a slice", "disposal_slice", "update disposal_slice set quantity = quantity + 1"],
    ["a missing slice", "disposal_slice", "delete from disposal_slice"],
    ["a reason", "rejection", "update rejection set reason = 'currency-mismatch'"],
    ["a missing rejection", "rejection", "delete from rejection"],
    ["a recorded quantity", "position", "update transaction set quantity = quantity + 1"],
  ])("finds %s", async (_name, table, statement) => {
    const change = sql.raw(
      `${statement} ${statement.includes("where") ? "and" : "where"} portfolio_id = '${portfolioId}'`,
    );
    await change.execute(database.owner);
    const { differences } = await check();
    expect(differences.map((difference) => difference.table)).toContain(table);
  });

  test.each([
    ["a hole in the sequence", "delete from transaction where sequence = 2"],
    ["a head that is ahead", "update ledger_head set head_sequence = 5 where true"],
    ["a place that moved", "update transaction set order_sequence = 1 where sequence = 2"],
    ["a version left out", "update transaction set version = 2 where sequence = 2"],
    ["figures ahead of their ledger", "update portfolio_state set applied_sequence = 5 where true"],
  ])("finds %s", async (_name, statement) => {
    await sql.raw(`${statement} and portfolio_id = '${portfolioId}'`).execute(database.owner);
    const { differences } = await check();
    expect(differences.map((difference) => difference.table)).toContain("transaction");
  });
});
