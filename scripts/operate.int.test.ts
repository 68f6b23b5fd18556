import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProcessFanOut } from "#adapters/in-process/fan-out.ts";
import { runCommand } from "#adapters/embedded/processes.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import { mendLots, POISON, poisonLots } from "#testing/poison.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { Trader } from "#testing/trader.ts";
import { matchPortfolios } from "#workers/handlers/match-announced.ts";
import { retryFailing } from "#workers/retry-failing.ts";

let database: TestDatabase;
let username: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const trader = await new Trader(database.api).register();
  username = `trader-${trader.userId.slice(0, 8)}`;
});
afterAll(() => database.drop());

/** Runs it as npm does, on the test's database and no other. */
function operate(...words: string[]) {
  const file = join(import.meta.dirname, "operate.ts");
  const env = { ...process.env, DATABASE_URL: database.ownerUrl };
  return runCommand(process.execPath, [file, ...words], { env });
}

const isOperator = () =>
  database.owner
    .selectFrom("app_user")
    .select("operator")
    .where("username", "=", username)
    .executeTakeFirstOrThrow();

describe("npm run operate", () => {
  test("makes operators, and unmakes them", async () => {
    expect(await operate("grant-operator", username)).toEqual({
      code: 0,
      output: `${username} is now an operator\n`,
    });
    expect(await isOperator()).toEqual({ operator: true });
    const again = await operate("grant-operator", `${username}@example.com`, "--json");
    expect(again.code).toBe(0);
    expect(JSON.parse(again.output)).toEqual({ username, operator: true, changed: false });
    expect((await operate("revoke-operator", username)).output).toBe(`${username} is now no operator\n`);
    expect(await isOperator()).toEqual({ operator: false });
  });

  test("pauses consumers, waits until nothing is in hand, and lets them go on", async () => {
    const paused = await operate("pause", "lot-matching", "moving", "house");
    expect(paused).toMatchObject({ code: 0, output: "lot-matching is paused\n  no process\n" });
    expect((await operate("pause", "lot-matching", "again")).output).toContain("was paused already");
    const shown = await operate("consumers");
    expect(shown.output).toMatch(
      /^lot-matching: paused since \S+ by \S+: moving house \(nothing in hand\)\n/,
    );
    expect(shown.output).toMatch(/\noutbox-relay: working\n {2}no process\noutbox: 0 waiting\n$/);
    expect((await operate("resume", "lot-matching")).output).toMatch(/^lot-matching goes on\n/);
    await sql`insert into worker_process (id, role, host, pid, busy_since)
      values (gen_random_uuid(), 'lot-matching', 'elsewhere', 7, clock_timestamp())`.execute(database.owner);
    const late = await operate("drain", "lot-matching", "moving", "--within", "0");
    expect(late.code).toBe(1);
    expect(late.output).toMatch(
      /^lot-matching is paused, but something is still in hand after 0 s\n {2}pid 7 on/,
    );
    await sql`delete from worker_process`.execute(database.owner);
    const drained = await operate("drain", "lot-matching", "moving", "--json");
    expect(drained.code).toBe(0);
    expect(JSON.parse(drained.output)).toMatchObject({ name: "lot-matching", isDrained: true });
  });

  test("lists its commands", async () => {
    const { code, output } = await operate("--help");
    expect(code).toBe(0);
    expect(output).toContain("grant-operator LOGIN");
    expect((await operate()).code).toBe(2);
  });

  test.each([
    ["a command that there is not", ["fly"], 2, /^npm run operate: there is no command "fly"/],
    [
      "too few words",
      ["grant-operator"],
      2,
      /^npm run operate: usage: npm run operate -- grant-operator LOGIN\n$/,
    ],
    ["no reason", ["pause", "lot-matching"], 2, /^npm run operate: usage: npm run operate -- pause /],
    ["a consumer that there is not", ["drain", "nobody", "x"], 2, /usage: npm run operate -- drain /],
    ["a time that is none", ["drain", "lot-matching", "x", "--within", "soon"], 2, /usage: /],
    ["nobody's name", ["grant-operator", "nobody"], 1, /^npm run operate: there is no account "nobody"\n$/],
    [
      "nobody's name, for machines",
      ["grant-operator", "nobody", "--json"],
      1,
      /^\{"error":"there is no account/,
    ],
  ])("refuses %s in one line", async (_name, words, code, line) => {
    const refused = await operate(...words);
    expect(refused.output).toMatch(line);
    expect(refused.code).toBe(code);
  });
});

describe("npm run operate -- dead-letters and pipeline", () => {
  let portfolioId: string;
  let culprit: string;
  let id: string;

  beforeAll(async () => {
    const trader = await new Trader(database.api).register();
    portfolioId = await trader.portfolio();
    await poisonLots(database.owner);
    const matcher = { db: database.worker, fanOut: inProcessFanOut({ log }), log };
    [, culprit] = (await trader.record(portfolioId, [{}, { quantity: POISON }, {}])) as [
      string,
      string,
      string,
    ];
    await matchPortfolios(matcher, [portfolioId]);
    await retryFailing(matcher);
    const letters = await sql<{ id: string }>`select id from dead_letter`.execute(database.owner);
    id = letters.rows[0]!.id;
  });

  test("say what waits, and for what", async () => {
    const all = await operate("pipeline");
    expect(all.output).toMatch(/^portfolios +1, 1 with something to match\npending +2 versions\n/);
    expect(all.output).toMatch(new RegExp(`\n  ${portfolioId} of trader-\\w+: 2 pending, .*parked since`));
    const one = await operate("pipeline", portfolioId.toUpperCase());
    expect(one.output).toMatch(/\nsequence +head 3, applied 1, epoch 0\n/);
    expect(one.output).toContain(`transaction ${culprit} at 2 of portfolio ${portfolioId}`);
    expect(one.output).toContain(`dead letter   ${id}`);
    const list = await operate("dead-letters", "list", "open");
    expect(list.output).toMatch(new RegExp(`^${id}  open +portfolio ${portfolioId} at 2  1 attempt since `));
    const shown = await operate("dead-letters", "show", id);
    expect(shown.output).toMatch(
      /Calculation is paused: one transaction cannot be matched\.[^]*SQLSTATE 23514/,
    );
    expect(JSON.parse((await operate("dead-letters", "show", id, "--json")).output)).toMatchObject({
      id,
      attempts: 1,
    });
  });

  test("replay, also where no worker runs, and put away what nothing waits for", async () => {
    const blocked = await operate("dead-letters", "discard", id, "not", "wanted");
    expect([blocked.code, blocked.output]).toEqual([
      1,
      expect.stringMatching(
        /^npm run operate: a portfolio waits for this, and nothing in a ledger is skipped/,
      ),
    ]);
    const early = await operate("dead-letters", "replay", id);
    expect([early.code, early.output]).toEqual([
      1,
      expect.stringMatching(/^it fails again:\n +error: [^]*poison/),
    ]);
    await mendLots(database.owner);
    expect(await operate("dead-letters", "replay", id)).toEqual({
      code: 0,
      output: "replayed: everything is matched\n",
    });
    expect((await operate("dead-letters", "list", "open")).output).toBe("there are no open dead letters\n");
    expect(await operate("dead-letters", "discard", id, "done", "with")).toEqual({
      code: 0,
      output: "discarded\n",
    });
    const { rows } = await sql`select action, reason from operator_action order by id desc limit 3`.execute(
      database.owner,
    );
    expect(rows).toEqual([
      { action: "discard-dead-letter", reason: "done with" },
      { action: "replay-dead-letter", reason: "" },
      { action: "replay-dead-letter", reason: "" },
    ]);
  });

  test.each([
    [["dead-letters"], 2],
    [["dead-letters", "list", "lost"], 2],
    [["dead-letters", "show", "not-an-id"], 2],
    [["dead-letters", "show", randomUUID()], 1],
    [["pipeline", "not-an-id"], 2],
    [["pipeline", randomUUID()], 1],
  ])("refuse %s", async (words, code) => {
    expect((await operate(...words)).code).toBe(code);
  });
});
