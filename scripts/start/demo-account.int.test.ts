import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { matchPortfolios } from "#workers/handlers/match-announced.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";
import { inProcessFanOut } from "#adapters/in-process/fan-out.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import { ensureDemoAccount } from "./demo-account.ts";

const SETTINGS = { bcryptCost: 4, simulatedExchangeSeed: 1 };

describe("the demo account", () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  const make = () => ensureDemoAccount(database.api, SETTINGS);
  const run = (statement: string) => sql.raw(statement).execute(database.owner);
  /** By portfolio, oldest first: its name and how many trades it has. */
  async function portfolios(): Promise<[string, number][]> {
    const { rows } = await sql<{ name: string; trades: number }>`
      select p.name, (select count(*) from transaction t where t.portfolio_id = p.id) as trades
      from portfolio p order by p.created_at, p.id`.execute(database.owner);
    return rows.map(({ name, trades }) => [name, trades]);
  }

  test("has two portfolios with trades that can all be matched, and is made once", async () => {
    await make();
    const made = await portfolios();
    expect(made.map(([name]) => name)).toEqual(["Long-term savings", "Trading"]);
    for (const [, trades] of made) expect(trades).toBeGreaterThan(50);
    await make();
    expect(await portfolios()).toEqual(made);
    const { rows } = await sql<{ id: string }>`select id from portfolio`.execute(database.owner);
    const ids = rows.map(({ id }) => id);
    await matchPortfolios({ db: database.worker, fanOut: inProcessFanOut({ log }), log }, ids);
    expect(await checkRebuild(database.worker)).toMatchObject({
      portfolios: 2,
      behind: 0,
      rows: { rejection: 0 },
      differences: [],
    });
  });

  test("is made once by processes that start at the same moment", async () => {
    await Promise.all([make(), make(), make(), make()]);
    const made = await portfolios();
    await make();
    expect(await portfolios()).toEqual(made);
    expect(made.map(([name]) => name)).toEqual(["Long-term savings", "Trading"]);
  });

  const NEWEST = "(select id from portfolio order by created_at desc, id desc limit 1)";
  const WITHOUT_TRADES = [
    `delete from outbox where portfolio_id = ${NEWEST}`,
    `delete from transaction where portfolio_id = ${NEWEST}`,
    `update ledger_head set head_sequence = 0 where portfolio_id = ${NEWEST}`,
  ];
  const WITHOUT_PORTFOLIO = [
    ...WITHOUT_TRADES,
    `delete from ledger_head where portfolio_id = ${NEWEST}`,
    `delete from portfolio_state where portfolio_id = ${NEWEST}`,
    `delete from portfolio where id = ${NEWEST}`,
  ];

  test.each<[string, readonly string[]]>([
    ["before the trades of the second portfolio", WITHOUT_TRADES],
    ["before the second portfolio", WITHOUT_PORTFOLIO],
    ["before the trades of the first portfolio", [...WITHOUT_PORTFOLIO, ...WITHOUT_TRADES]],
    ["before the first portfolio", [...WITHOUT_PORTFOLIO, ...WITHOUT_PORTFOLIO]],
  ])("is finished by the next start after one that was killed %s", async (_name, undoing) => {
    await make();
    const whole = await portfolios();
    for (const statement of undoing) await run(statement);
    expect(await portfolios()).not.toEqual(whole);
    await make();
    expect(await portfolios()).toEqual(whole);
  });

  test("stays as its user has made it", async () => {
    await make();
    await run("update portfolio set name = 'Renamed' where name = 'Trading'");
    await run("update portfolio set deleted_at = clock_timestamp() where name = 'Long-term savings'");
    await make();
    expect((await portfolios()).map(([name]) => name)).toEqual(["Long-term savings", "Renamed"]);
  });
});
