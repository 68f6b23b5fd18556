import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProcessFanOut } from "#adapters/in-process/fan-out.ts";
import { silentLogger, type Logger } from "#adapters/ports.ts";
import { findRebuild, requestRebuild, type RebuildRow } from "#adapters/postgres/rebuilds.ts";
import { portfolioChannel, type PositionChanged } from "#contracts/events.ts";
import { longHistory } from "#testing/long-history.ts";
import { RandomLedger } from "#testing/random-ledger.ts";
import { readContents } from "#testing/table-contents.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { matchEverything, Trader } from "#testing/trader.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";
import { REPLAYED_PER_COMMIT } from "#use-cases/find-excess.ts";
import { startLongTasks } from "./long-tasks.ts";
import type { BatchDependencies } from "./match-batch.ts";
import { startSchedule } from "./schedule.ts";

const WITHIN = { timeout: 50_000, interval: 50 };

let database: TestDatabase;
let trader: Trader;
let portfolioIds: string[];
let schedule: Parameters<typeof startSchedule>[1];
const logged: { level: string; words: object; text: string | undefined }[] = [];
const log: Logger = {
  ...silentLogger,
  error: (words: object, text?: string) => logged.push({ level: "error", words, text }),
};

beforeAll(async () => {
  database = await createTestDatabase();
  schedule = { url: database.workerUrl, reconcileEverySeconds: 0 };
  trader = await new Trader(database.api).register();
  const ledger = await new RandomLedger(trader, 5).begin();
  for (let round = 0; round < 15; round += 1) await ledger.playRound();
  const long = await trader.portfolio();
  await trader.record(long, longHistory(REPLAYED_PER_COMMIT + 1));
  const [healed, broken] = (await trader.portfolios(2)) as [string, string];
  for (const id of [healed, broken])
    await trader.record(id, [{ quantity: "5" }, { type: "sell", quantity: "2" }]);
  portfolioIds = [healed, broken, ...ledger.portfolioIds, long];
  await matchEverything(database.worker, portfolioIds);
});
afterAll(() => database.drop());

const DERIVED = ["position", "tax_lot", "disposal", "disposal_slice", "cash_flow", "rejection"] as const;

async function derived(): Promise<Record<string, string | undefined>> {
  const contents = await readContents(database.owner);
  const { rows: progress } = await sql<{ place: string }>`
    select concat_ws(' ', s.portfolio_id, h.head_sequence, s.applied_sequence, s.rules_version = p.rules_version) as place
    from portfolio_state s
    full join ledger_head h on h.portfolio_id = s.portfolio_id
    left join portfolio p on p.id = s.portfolio_id
    order by 1`.execute(database.owner);
  return {
    ...Object.fromEntries(DERIVED.map((table) => [table, contents[table]])),
    progress: progress.map(({ place }) => place).join("\n"),
  };
}

/** Asks for all to be rebuilt and resolves when they are. */
async function rebuildAll(): Promise<RebuildRow> {
  const id = randomUUID();
  await requestRebuild(database.operator, { id, requestedBy: "test" });
  const long = startLongTasks({ url: database.workerUrl, log });
  const matcher: BatchDependencies = { db: database.worker, fanOut: inProcessFanOut({ log }), log, long };
  const parts = [...startSchedule(matcher, schedule), long];
  await expect
    .poll(async () => (await findRebuild(database.operator, id))?.finished_at, WITHIN)
    .toEqual(expect.any(String));
  await Promise.all(parts.map((part) => part.stop()));
  return (await findRebuild(database.operator, id))!;
}

describe("rebuilding everything", () => {
  test.each([
    ["what follows from the ledger", DERIVED],
    ["also how far each portfolio is matched", [...DERIVED, "portfolio_state", "ledger_head"]],
  ])("from nothing makes the same bytes: %s", async (_name, tables) => {
    const before = await derived();
    expect(before["tax_lot"]!.split("\n").length).toBeGreaterThan(1_500);
    await sql`truncate ${sql.join(tables.map((table) => sql.table(table)))}`.execute(database.owner);
    expect(await derived()).not.toEqual(before);
    const total = portfolioIds.length;
    expect(await rebuildAll()).toMatchObject({ total, done: total, failed: 0 });
    expect(await derived()).toEqual(before);
  });

  test("finds nothing to do where all is well", async () => {
    const before = await derived();
    logged.length = 0;
    expect(await rebuildAll()).toMatchObject({ differing: 0, differences: 0, failed: 0 });
    expect(await derived()).toEqual(before);
    expect(logged).toEqual([]);
  });

  test("counts and tells what was different, and what failed, and why", async () => {
    const [healed, broken] = portfolioIds as [string, string];
    const before = await derived();
    const slices = sql`disposal_slice set quantity = quantity + 1 where portfolio_id = ${healed}`;
    await sql`update ${slices}`.execute(database.owner);
    await sql`alter table transaction drop constraint transaction_fees_exact`.execute(database.owner);
    const damage = sql`1e-50 where portfolio_id = ${broken} and sequence = 1`;
    await sql`update transaction set fees = fees + ${damage}`.execute(database.owner);
    logged.length = 0;
    const counts = { done: portfolioIds.length, differing: 1, differences: 1, failed: 1 };
    expect(await rebuildAll()).toMatchObject(counts);
    expect(logged.map(({ text }) => text)).toContain("rebuilt, and rows were not as they should be");
    expect(logged.map(({ text }) => text)).toContain("a portfolio cannot be rebuilt");
    const { rows } = await sql<{ failure: string }>`
      select failure from rebuild_portfolio where portfolio_id = ${broken} and failure is not null`.execute(
      database.operator,
    );
    expect(rows[0]?.failure).toMatch(/invariant: not a decimal/);
    await sql`update transaction set fees = fees - ${damage}`.execute(database.owner);
    expect(await derived()).toEqual(before);
    expect((await checkRebuild(database.worker)).differences).toEqual([]);
  });

  test("tells whoever watches a portfolio that its figures changed", async () => {
    const [id] = portfolioIds as [string];
    await sql`delete from disposal where portfolio_id = ${id}`.execute(database.owner);
    const fanOut = inProcessFanOut({ log });
    const hints: PositionChanged[] = [];
    await fanOut.subscribe(portfolioChannel(id), (hint) => hints.push(hint as PositionChanged));
    await requestRebuild(database.operator, { id: randomUUID(), requestedBy: "test", portfolioIds: [id] });
    const parts = startSchedule({ db: database.worker, fanOut, log }, schedule);
    await expect.poll(() => hints, WITHIN).toMatchObject([{ portfolioId: id }]);
    await Promise.all(parts.map((part) => part.stop()));
  });
});
