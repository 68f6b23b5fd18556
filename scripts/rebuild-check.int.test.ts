import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "#adapters/embedded/processes.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { Trader } from "#testing/trader.ts";
import { matchLots } from "#use-cases/match-lots.ts";

/** Runs a script as npm does, with these variables set and no other that names a database. */
function script(name: string, variables: Record<string, string>) {
  const { DATABASE_URL: _url, DATABASE_WORKER_URL: _workerUrl, ...env } = process.env;
  return runCommand(process.execPath, [join(import.meta.dirname, name)], { env: { ...env, ...variables } });
}

describe("npm run migrate", () => {
  test("says what it applied, and that there is nothing more to do", async () => {
    const database = await createTestDatabase({ empty: true });
    const variables = { DATABASE_URL: database.ownerUrl };
    const first = await script("migrate.ts", variables);
    expect(first.output).toMatch(/^applied 0001-accounts\.sql\napplied 0002-/);
    expect(first.code).toBe(0);
    expect(await script("migrate.ts", variables)).toEqual({
      code: 0,
      output: "the database is up to date\n",
    });
    await database.drop();
  });

  test.each([
    ["without DATABASE_URL", {}, /^npm run migrate: set DATABASE_URL to the database's owner \([^\n]*\n$/],
    [
      "with one where nobody answers",
      { DATABASE_URL: "postgres://lotwise@127.0.0.1:1/lotwise" },
      /^npm run migrate: [^\n]*ECONNREFUSED[^\n]*\n$/,
    ],
  ])("fails with one clear line %s", async (_name, variables, line) => {
    const { code, output } = await script("migrate.ts", variables);
    expect(output).toMatch(line);
    expect(code).toBe(1);
  });
});

describe("npm run rebuild:check", () => {
  let database: TestDatabase;
  let portfolioId: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    const trader = await new Trader(database.api).register();
    portfolioId = await trader.portfolio();
    await trader.record(portfolioId, [
      { quantity: "3", price: "10" },
      { type: "sell", quantity: "1", price: "12" },
    ]);
    await matchLots(database.worker, [portfolioId]);
  });
  afterAll(() => database.drop());

  test("prints what it compared", async () => {
    const { code, output } = await script("rebuild-check.ts", { DATABASE_URL: database.ownerUrl });
    expect(output).toMatch(/^portfolios +1\nledger versions +2\n/);
    expect(output).toMatch(/\ntax_lot +1\n/);
    expect(output).toMatch(/\ndifferences +0\n$/);
    expect(code).toBe(0);
  });

  test("prints what differs, and fails; the worker's own URL is enough", async () => {
    await sql`update position set realized_gain = realized_gain + 1e-36`.execute(database.owner);
    const { code, output } = await script("rebuild-check.ts", { DATABASE_WORKER_URL: database.workerUrl });
    expect(output).toMatch(/\ndifferences +1\n/);
    expect(output).toContain(`of portfolio ${portfolioId}\n`);
    expect(output).toContain('"2.000000000000000000000000000000000001"');
    expect(code).toBe(1);
  });

  test("says so when there is no database", async () => {
    const folder = await mkdtemp(join(tmpdir(), "lotwise-nothing-"));
    const { code, output } = await script("rebuild-check.ts", { LOTWISE_DATA: folder });
    expect(output).toMatch(/^npm run rebuild:check: there is no database in [^\n]*\n$/);
    expect(code).toBe(1);
    await rm(folder, { recursive: true, force: true });
  });
});
