import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findRebuild, listWaitingRebuilds, requestRebuild } from "#adapters/postgres/rebuilds.ts";
import { RandomLedger } from "#testing/random-ledger.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { matchEverything, Trader } from "#testing/trader.ts";
import { checkRebuild } from "./check-rebuild.ts";
import { rebuildPortfolio } from "./rebuild-portfolio.ts";

let database: TestDatabase;
let trader: Trader;

beforeAll(async () => {
  database = await createTestDatabase();
  trader = await new Trader(database.api).register();
});
afterAll(() => database.drop());

const rebuild = (portfolioId: string) => rebuildPortfolio(database.worker, portfolioId);

async function stateOf(portfolioId: string) {
  const { rows } = await sql<{ applied: number; epoch: number; current: boolean }>`
    select s.applied_sequence as applied, s.epoch, s.rules_version = p.rules_version as current
    from portfolio_state s join portfolio p on p.id = s.portfolio_id
    where s.portfolio_id = ${portfolioId}`.execute(database.owner);
  return rows[0]!;
}

/** Every row that is stored, with the transaction that wrote it: the same again when nothing was written. */
async function writtenRows(): Promise<string[]> {
  const tables = ["position", "tax_lot", "disposal", "disposal_slice", "cash_flow", "rejection"];
  const rows = tables.map(
    (table) => sql`select ${table} || xmin::text || xmax::text || t::text as row from ${sql.table(table)} t`,
  );
  const all = await sql<{ row: string }>`${sql.join(rows, sql` union all `)} order by 1`.execute(
    database.owner,
  );
  return all.rows.map(({ row }) => row);
}

describe("a portfolio whose figures are as they should be", () => {
  test.each([11, 12, 13])("is left alone, whatever was done in it (seed %i)", async (seed) => {
    const ledger = await new RandomLedger(trader, seed).begin();
    for (let round = 0; round < 12; round += 1) {
      await ledger.playRound();
      await matchEverything(database.worker, ledger.portfolioIds);
    }
    const before = await writtenRows();
    expect(before.length).toBeGreaterThan(20);
    for (const id of ledger.portfolioIds) {
      const state = await stateOf(id);
      expect(await rebuild(id)).toEqual({ outcome: "done", differences: 0, changes: [] });
      expect(await stateOf(id)).toEqual(state);
    }
    expect(await writtenRows()).toEqual(before);
  });
});

describe("a portfolio whose figures were changed by hand", () => {
  let id: string;
  beforeEach(async () => {
    id = await trader.portfolio({ trackCash: true });
    await trader.record(id, [
      { quantity: "3", price: "10", fees: "1", at: "2026-01-01T10:00:00Z" },
      { quantity: "4", price: "11", at: "2026-01-02T10:00:00Z" },
      { type: "sell", quantity: "5", price: "12", at: "2026-01-03T10:00:00Z" },
      { type: "sell", quantity: "99", price: "12", at: "2026-01-04T10:00:00Z" },
    ]);
    await matchEverything(database.worker, [id]);
  });

  test.each([
    ["a quantity", "update position set quantity = quantity + 1e-18", 1],
    ["a digit nobody sees", "update position set realized_gain = realized_gain + 1e-36", 1],
    ["a position that is gone", "delete from position", 1],
    ["a lot", "update tax_lot set remaining_quantity = 0", 1],
    ["a disposal", "update disposal set disposed_sequence = disposed_sequence + 1", 1],
    ["slices", "update disposal_slice set quantity = quantity + 1", 2],
    ["slices that are gone", "delete from disposal_slice", 2],
    ["a cash flow", "update cash_flow set amount = 0 where type = 'sell'", 1],
    ["a reason", "update rejection set reason = 'currency-mismatch'", 1],
    ["a rejection that is gone", "delete from rejection", 1],
    [
      "figures of an instrument that it never had",
      `insert into position select portfolio_id, 0, currency, quantity, unit, cost_basis, realized_gain, fees, income,
        withheld_tax, income_fees, base_cost_basis, base_realized_gain, exchange_gain, last_traded_at, last_order_sequence
      from position`,
      1,
    ],
  ])("has %s replaced, and counted", async (_name, statement, differences) => {
    const condition = `${statement.includes("where") ? "and" : "where"} portfolio_id = '${id}'`;
    await sql.raw(`${statement} ${condition}`).execute(database.owner);
    expect((await checkRebuild(database.worker, [id])).differences).toHaveLength(differences);
    expect(await rebuild(id)).toEqual({
      outcome: "done",
      differences,
      changes: [{ portfolioId: id, head: 4, applied: 4, epoch: 1 }],
    });
    expect((await checkRebuild(database.worker, [id])).differences).toEqual([]);
    expect(await stateOf(id)).toEqual({ applied: 4, epoch: 1, current: true });
  });

  test("is rebuilt up to where it is matched, and what is new stays for the matcher", async () => {
    await trader.record(id, [{ quantity: "1", at: "2025-01-01T10:00:00Z" }]);
    await sql`delete from tax_lot where portfolio_id = ${id}`.execute(database.owner);
    expect(await rebuild(id)).toMatchObject({ outcome: "done", differences: 2 });
    expect(await stateOf(id)).toEqual({ applied: 4, epoch: 1, current: true });
    expect((await checkRebuild(database.worker, [id])).differences).toEqual([]);
  });
});

describe("a portfolio that cannot be rebuilt now", () => {
  test("waits for the matcher when its rules changed, also by a split elsewhere", async () => {
    const [first, second] = (await trader.portfolios(2)) as [string, string];
    await trader.record(first, [{ quantity: "4", at: "2026-01-01T10:00:00Z" }]);
    await matchEverything(database.worker, [first]);
    await trader.recordAny([
      {
        portfolioId: second,
        type: "split",
        symbol: "ACME.SIM",
        ratio: "2:1",
        tradedAt: "2026-02-01T10:00:00Z",
      },
    ]);
    await matchEverything(database.worker, [second]);
    expect(await rebuild(first)).toEqual({ outcome: "unmatched" });
    await matchEverything(database.worker, [first]);
    expect(await rebuild(first)).toMatchObject({ outcome: "done", differences: 0 });
  });

  test("is left to whoever has it locked", async () => {
    const [id] = (await trader.portfolios(1)) as [string];
    await trader.record(id, [{}]);
    await matchEverything(database.worker, [id]);
    await database.owner.transaction().execute(async (trx) => {
      await sql`select from portfolio_state where portfolio_id = ${id} for update`.execute(trx);
      expect(await rebuild(id)).toEqual({ outcome: "busy" });
    });
    expect(await rebuild(id)).toMatchObject({ outcome: "done" });
  });
});

describe("requests", () => {
  test("for few portfolios come before one for all, and end with the portfolios they name", async () => {
    const other = await new Trader(database.api).register();
    const [a, b, deleted] = (await other.portfolios(3)) as [string, string, string];
    await other.deletePortfolio(deleted);
    const [all, one] = [randomUUID(), randomUUID()];
    await requestRebuild(database.operator, { id: all, requestedBy: "operator" });
    const mine = { id: one, userId: other.userId, requestedBy: "owner", portfolioIds: [b] };
    await requestRebuild(database.operator, mine);
    expect((await listWaitingRebuilds(database.worker, 1_000))[0]).toBe(b);
    expect(await listWaitingRebuilds(database.worker, 1_000)).not.toContain(deleted);
    expect(await rebuild(b)).toMatchObject({ outcome: "done" });
    expect(await findRebuild(database.operator, one)).toMatchObject({
      total: 1,
      done: 1,
      failed: 0,
      differing: 0,
    });
    const { total, done } = (await findRebuild(database.operator, all))!;
    expect([total > 1, done]).toEqual([true, 1]);
    expect(await listWaitingRebuilds(database.worker, 1_000)).toContain(a);
  });
});
