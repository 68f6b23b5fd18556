/* The commands rebuild, reconcile and verify, run as npm runs them, on the test's database and no other. */
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "#adapters/embedded/processes.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { matchEverything, Trader } from "#testing/trader.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";

let database: TestDatabase;
let portfolioId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const trader = await new Trader(database.api).register();
  portfolioId = await trader.portfolio();
  await trader.record(portfolioId, [
    { quantity: "5", at: "2026-01-01T10:00:00Z" },
    { type: "sell", quantity: "2", at: "2026-01-02T10:00:00Z" },
    { symbol: "GLOBEX.SIM", at: "2026-01-03T10:00:00Z" },
  ]);
  await matchEverything(database.worker, [portfolioId]);
  await sql`delete from outbox`.execute(database.owner);
});
afterAll(() => database.drop());

function operate(...words: string[]) {
  const file = join(import.meta.dirname, "../operate.ts");
  const env = { ...process.env, DATABASE_URL: database.ownerUrl };
  return runCommand(process.execPath, [file, ...words], { env });
}

async function damage(statement: string): Promise<void> {
  await sql.raw(`${statement} and portfolio_id = '${portfolioId}'`).execute(database.owner);
}

describe("npm run operate -- rebuild", () => {
  test("waits for all to be rebuilt, without any worker, and tells what was different", async () => {
    await damage("delete from tax_lot where true");
    const { code, output } = await operate("rebuild", "--all", "--wait");
    expect(output).toBe(
      `rebuilt 1 portfolios, 2 differences in 1 of them, 0 failed\n  portfolio ${portfolioId}: 2 rows were not as they should be\n`,
    );
    expect(code).toBe(1);
    expect((await checkRebuild(database.worker)).differences).toEqual([]);
    const again = await operate("rebuild", portfolioId, "--wait");
    expect(again).toEqual({
      code: 0,
      output: "rebuilt 1 portfolios, 0 differences in 0 of them, 0 failed\n",
    });
  });

  test("leaves it to the workers unless it is to wait", async () => {
    const { code, output } = await operate("rebuild", portfolioId, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ total: 1, done: 0, finished_at: null });
  });

  test.each([
    ["nothing", [], 2, /usage: npm run operate -- rebuild PORTFOLIO\|--all \[--wait\]/],
    ["no id", ["mine"], 2, /usage/],
    ["nobody's portfolio", ["00000000-0000-4000-8000-000000000000"], 1, /there is no portfolio 0000/],
  ])("refuses %s in one line", async (_name, words, code, line) => {
    const refused = await operate("rebuild", ...words);
    expect(refused.output).toMatch(line);
    expect(refused.code).toBe(code);
  });
});

describe("npm run operate -- reconcile and verify", () => {
  test("find nothing where all is well", async () => {
    expect(await operate("reconcile", "--full")).toEqual({
      code: 0,
      output: "checked 1 portfolios with 3 versions, replayed 1: 0 findings\n",
    });
    const { code, output } = await operate("verify");
    expect(output).toMatch(
      /^3 versions are sealed, 0 are not as they were\nhash of all seals [0-9a-f]{64}: written down elsewhere/,
    );
    expect(code).toBe(0);
  });

  test("name the portfolio and the sequence where one byte of the ledger was changed", async () => {
    await damage("update transaction set notes = 'x' where sequence = 2");
    const verified = await operate("verify", portfolioId);
    expect(verified.output).toContain(
      `portfolio ${portfolioId}: sequence 2 was changed since it was sealed\n`,
    );
    expect(verified.code).toBe(1);
    const reconciled = await operate("reconcile");
    expect(reconciled.output).toContain(
      `ledger-is-as-sealed: sequence 2 of portfolio ${portfolioId} should be as it was sealed, is changed\n`,
    );
    expect(reconciled.code).toBe(1);
    await damage("update transaction set notes = '' where sequence = 2");
    expect((await operate("verify")).code).toBe(0);
  });
});
