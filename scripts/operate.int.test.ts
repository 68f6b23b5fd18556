import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "#adapters/embedded/processes.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { Trader } from "#testing/trader.ts";

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
