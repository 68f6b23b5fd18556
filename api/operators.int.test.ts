/* Operators: accounts that may use the routes under /operations, which for everybody else do not exist. */
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setOperator } from "#adapters/postgres/operators.ts";
import type { SignedIn, User } from "#contracts/accounts.ts";
import type { OperatorActionList } from "#contracts/operations.ts";
import { ApiClient, signedInClient } from "#testing/api-client.ts";
import { signedInOperator } from "#testing/signed-in-operator.ts";
import { readOperations } from "#testing/openapi-operations.ts";
import { startTestServer } from "#testing/test-server.ts";

const server = await startTestServer({ ticking: false, matching: false });
const { owner } = server.database;
afterAll(() => server.close());

let user: ApiClient;
let operator: ApiClient;
const actor = { name: "root@here", userId: undefined };

async function nameOf(client: ApiClient): Promise<string> {
  return (await client.get<User>("/auth/me")).body.username;
}

beforeAll(async () => {
  [user, operator] = [await signedInClient(server.baseUrl), await signedInOperator(server)];
});

describe("an account", () => {
  test("says whether it is an operator's, when asked and when signing in", async () => {
    expect((await user.get<User>("/auth/me")).body.operator).toBe(false);
    expect((await operator.get<User>("/auth/me")).body.operator).toBe(true);
    const login = await nameOf(operator);
    const signedIn = await new ApiClient(server.baseUrl).post<SignedIn>("/auth/login", {
      login,
      password: "a long enough password",
    });
    expect(signedIn.body.user).toMatchObject({ username: login, operator: true });
  });

  test("cannot make itself one, whatever it sends", async () => {
    const client = new ApiClient(server.baseUrl);
    const body = { email: "sly@example.com", username: "sly", password: "a long enough password" };
    expect((await client.post("/auth/register", { ...body, operator: true })).status).toBe(400);
    await expect(sql`update app_user set operator = true`.execute(server.database.api)).rejects.toThrow(
      "permission denied",
    );
    await expect(sql`update app_user set operator = true`.execute(server.database.operator)).rejects.toThrow(
      "permission denied",
    );
  });

  test("that is none is not found; one that is already an operator's stays so, without a trace", async () => {
    const login = await nameOf(operator);
    expect(await setOperator(owner, { login: "nobody", operator: true, actor })).toBeUndefined();
    const before = await sql`select id from operator_action`.execute(owner);
    expect(await setOperator(owner, { login: login.toUpperCase(), operator: true, actor })).toEqual({
      username: login,
      changed: false,
    });
    expect(await sql`select id from operator_action`.execute(owner)).toEqual(before);
  });
});

describe("the routes under /operations", async () => {
  const paths = (await readOperations(server.app)).filter(({ path }) => path.includes("/operations/"));

  test.for(paths.map(({ name, ...rest }) => [name, rest] as const))(
    "%s answers those who are no operators as a path that is not there",
    async ([, { method, path }]) => {
      const url = path.replace("/api/v1", "").replaceAll(/\{\w+\}/g, "not-even-an-id");
      const [answer, nothing] = [await user.request(method, url), await user.request(method, "/nothing")];
      expect([answer.status, answer.text]).toEqual([404, nothing.text]);
      expect((await new ApiClient(server.baseUrl).request(method, url)).status).toBe(401);
    },
  );

  test("are shut within five seconds of the revocation", async () => {
    const late = await signedInClient(server.baseUrl);
    const login = await nameOf(late);
    expect((await late.get("/operations/actions")).status).toBe(404);
    await setOperator(owner, { login, operator: true, actor });
    expect((await late.get("/operations/actions")).status).toBe(200);
    await setOperator(owner, { login, operator: false, actor });
    const status = () => late.get("/operations/actions").then((answer) => answer.status);
    await expect.poll(status, { timeout: 6_000, interval: 100 }).toBe(404);
  });

  test("tell who did what, page by page, newest first", async () => {
    const all = (await operator.get<OperatorActionList>("/operations/actions")).body.items;
    expect(all.slice(0, 2)).toMatchObject([
      { actor: "root@here", action: "revoke-operator", reason: "" },
      { actor: "root@here", action: "grant-operator" },
    ]);
    const paged: unknown[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const path: string = `/operations/actions?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`;
      const { items, nextCursor } = (await operator.get<OperatorActionList>(path)).body;
      paged.push(...items);
      cursor = nextCursor;
    }
    expect(paged).toEqual(all);
  });
});
