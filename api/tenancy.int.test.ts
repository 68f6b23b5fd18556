/*
 * Nobody sees or changes what is another's, and nobody learns that it exists: it answers like what does not exist at
 * all. Generated from the live description of the API, so that a new route with an id in it is tested by existing.
 */
import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Portfolio, PortfolioList } from "#contracts/portfolios.ts";
import type { DisposalList } from "#contracts/positions.ts";
import type { RecordedBatch, Transaction, TransactionList } from "#contracts/transactions.ts";
import { ApiClient, signedInClient, type Answer } from "#testing/api-client.ts";
import { readOperations, urlOf, type Operation } from "#testing/openapi-operations.ts";
import { validValue } from "#testing/schema-violations.ts";
import { readContents } from "#testing/table-contents.ts";
import { startTestServer } from "#testing/test-server.ts";

const server = await startTestServer({ ticking: false });
const operations = await readOperations(server.app);
afterAll(() => server.close());

/** In everything that the victim stores; in nothing that the other is told. */
const CANARY = "canary-7f3a";
const told: string[] = [];

let victim: ApiClient;
let other: ApiClient;
let victims: Portfolio;
let victimsTrades: Transaction[];
let others: Portfolio;

beforeAll(async () => {
  [victim, other] = [await signedInClient(server.baseUrl), await signedInClient(server.baseUrl)];
  victims = await victim.portfolio({ name: CANARY, description: CANARY });
  others = await other.portfolio({ name: "Other" });
  const trade = { portfolioId: victims.id, symbol: "CANARY.SIM", price: "10", notes: CANARY };
  victimsTrades = [];
  for (const [type, quantity] of [
    ["buy", "10"],
    ["buy", "5"],
    ["sell", "3"],
    ["sell", "2"],
  ] as const) {
    victimsTrades.push(await victim.record({ ...trade, type, quantity }));
  }
});
// What is on its way to the matchers arrives, so that afterwards only requests change anything.
beforeEach(async () => {
  const waiting = sql<{ count: number }>`select count(*) as count from outbox`;
  const isMatched = async () => (await waiting.execute(server.database.owner)).rows[0]!.count === 0;
  await vi.waitUntil(isMatched, { timeout: 5_000 });
});
afterEach(() => {
  const leaks = told.filter((text) => /canary/i.test(text));
  if (leaks.length > 0) throw new Error(`the other was told: ${leaks[0]}`);
});

/** An answer to the one who is not the owner. */
async function asOther<Body>(method: string, path: string, body?: unknown, headers?: Record<string, string>) {
  const answer = await other.request<Body>(method, path, {
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers }),
  });
  told.push(answer.text, JSON.stringify([...answer.headers]));
  return answer;
}

const isId = (name: string) => name.endsWith("Id");
const withIds = operations.filter((operation) =>
  operation.parameters.some((parameter) => parameter.in === "path" && isId(parameter.name)),
);

/** A disposal has the id of the transaction that made it. */
const idsOf = (portfolioId: string, transactionId: string) => ({
  portfolioId,
  transactionId,
  disposalId: transactionId,
  // Operators' alone: for everybody else no such route is there, whatever the id.
  deadLetterId: portfolioId,
  rebuildId: portfolioId,
});

function ask(client: ApiClient, operation: Operation, ids: Record<string, string>): Promise<Answer> {
  const path = urlOf(operation, { symbol: "CANARY.SIM", ...ids }).replace("/api/v1", "");
  const body = operation.body && validValue(operation.body);
  return client.request(operation.method, path, body === undefined ? {} : { body });
}

/** What two answers must have in common to be one to their reader. */
function seen(answer: Answer) {
  const headers = [...answer.headers].filter(([name]) => !["date", "x-request-id"].includes(name));
  return { status: answer.status, text: answer.text, headers };
}

describe("another's id in the path", () => {
  const rows = withIds.map((operation) => [operation.name, operation] as const);

  test("there are routes with ids", () => expect(withIds.length).toBeGreaterThan(10));

  test.for(rows)("%s: the same 404 as for nothing, and nothing changes", async ([, operation]) => {
    const before = await readContents(server.database.owner);
    const foreign = idsOf(victims.id, victimsTrades[0]!.id);
    const unknown = idsOf(randomUUID(), randomUUID());
    const upper = idsOf(victims.id.toUpperCase(), victimsTrades[0]!.id.toUpperCase());
    const answers = [await ask(other, operation, foreign), await ask(other, operation, unknown)];
    answers.push(await ask(other, operation, upper));
    told.push(...answers.map((answer) => answer.text));
    expect(answers[0]!.status).toBe(404);
    expect(seen(answers[0]!)).toEqual(seen(answers[1]!));
    expect(seen(answers[2]!)).toEqual(seen(answers[1]!));
    expect(await readContents(server.database.owner)).toEqual(before);
  });

  test.for(rows)("%s: without a token 401, whatever the id", async ([, operation]) => {
    const before = await readContents(server.database.owner);
    const anonymous = new ApiClient(server.baseUrl);
    const ids = [victims.id, randomUUID(), "not-an-id"];
    const answers: Answer[] = [];
    for (const id of ids) answers.push(await ask(anonymous, operation, idsOf(id, id)));
    expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401]);
    expect(new Set(answers.map((answer) => JSON.stringify(seen(answer)))).size).toBe(1);
    expect(await readContents(server.database.owner)).toEqual(before);
  });

  test("its owner gets it", async () => {
    const isOwners = ({ method, path }: Operation) =>
      method === "GET" && !path.includes("/operations/") && !path.endsWith("/rebuild");
    const reads = withIds.filter(isOwners);
    // A sale: only what closed lots is a disposal.
    const ids = idsOf(victims.id, victimsTrades[2]!.id);
    for (const operation of reads) {
      expect([operation.name, (await ask(victim, operation, ids)).status]).toEqual([operation.name, 200]);
    }
  });

  test("an operation that needs no token is one of those that cannot", () => {
    const open = operations.filter((operation) => !operation.isSecured).map((operation) => operation.name);
    expect(open.toSorted()).toEqual([
      "GET /api/v1/demo",
      "GET /health/live",
      "GET /health/ready",
      "POST /api/v1/auth/login",
      "POST /api/v1/auth/refresh",
      "POST /api/v1/auth/register",
    ]);
  });
});

describe("another's id where it is less in sight", () => {
  const trade = () => ({
    portfolioId: others.id,
    symbol: "ACME.SIM",
    type: "buy",
    quantity: "1",
    price: "1",
    tradedAt: "2026-01-05T15:00:00Z",
  });

  test("as the portfolio of a trade, alone or among one's own in a batch", async () => {
    const before = await readContents(server.database.owner);
    const answers: Answer[] = [];
    for (const portfolioId of [victims.id, randomUUID()]) {
      const foreign = { ...trade(), portfolioId, symbol: "NEVER.SEEN" };
      answers.push(await asOther("POST", "/transactions", foreign));
      answers.push(
        await asOther("POST", "/transactions/batch", { transactions: [trade(), foreign, trade()] }),
      );
      answers.push(
        await asOther("POST", "/transactions", foreign, { "idempotency-key": "k", prefer: "wait=1" }),
      );
    }
    expect(answers.map((answer) => answer.status)).toEqual(Array(6).fill(404));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(await readContents(server.database.owner)).toEqual(before);
  });

  test("as the id of a trade of one's own: it is free to use, and the other's stays what it was", async () => {
    const id = victimsTrades[0]!.id;
    const recorded = await asOther<Transaction>("POST", "/transactions", { ...trade(), id });
    expect(recorded).toMatchObject({
      status: 201,
      body: { id, portfolioId: others.id, sequence: 1, notes: "" },
    });
    expect((await asOther<Transaction>("GET", `/transactions/${id}`)).body.portfolioId).toBe(others.id);
    const edit = { ...trade(), portfolioId: undefined, quantity: "2" };
    expect((await asOther("PUT", `/transactions/${id}`, edit)).status).toBe(200);
    expect((await asOther("DELETE", `/transactions/${id}`)).status).toBe(204);
    const kept = await victim.get<Transaction>(`/transactions/${id}`);
    expect(kept.body).toEqual(victimsTrades[0]);
  });

  test("as an Idempotency-Key: each user has keys of their own", async () => {
    const headers = { "idempotency-key": "the-same-key" };
    const first = await victim.post<Transaction>(
      "/transactions",
      { ...trade(), portfolioId: victims.id, notes: CANARY },
      headers,
    );
    const second = await asOther<Transaction>("POST", "/transactions", trade(), headers);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toMatchObject({ portfolioId: others.id, notes: "" });
    const again = await asOther("POST", "/transactions", trade(), headers);
    expect(again.text).toBe(second.text);
  });

  test("as a cursor: it is a place in time, and leads to one's own", async () => {
    const pages: (readonly [string, string])[] = [
      [`/transactions/portfolio/${victims.id}`, `/transactions/portfolio/${others.id}`],
      [`/portfolios/${victims.id}/disposals`, `/portfolios/${others.id}/disposals`],
    ];
    for (const [theirs, own] of pages) {
      const { nextCursor } = (await victim.get<TransactionList | DisposalList>(`${theirs}?limit=1`)).body;
      expect(nextCursor).not.toBeNull();
      const answer = await asOther<TransactionList>("GET", `${own}?limit=500&cursor=${nextCursor}`);
      expect(answer.status).toBe(200);
      expect(answer.body.items.every((item) => item.portfolioId === others.id)).toBe(true);
    }
  });

  test("in the lists of everything", async () => {
    const portfolios = await asOther<PortfolioList>("GET", "/portfolios");
    expect(portfolios.body.items.map((portfolio) => portfolio.id)).toEqual([others.id]);
    const batch = { transactions: [{ ...trade(), id: victimsTrades[1]!.id }] };
    const recorded = await asOther<RecordedBatch>("POST", "/transactions/batch", batch, { prefer: "wait=8" });
    expect(recorded.body.items).toMatchObject([{ portfolioId: others.id, symbol: "ACME.SIM" }]);
  });
});

test("1,000 requests of two users through one another: each gets their own", async () => {
  const asked = Array.from({ length: 1_000 }, (_, index) => {
    const [client, own] = index % 2 === 0 ? [victim, victims] : [other, others];
    const paths = ["/portfolios", `/portfolios/${own.id}`, `/transactions/portfolio/${own.id}`, "/auth/me"];
    return { client, own, path: paths[index % 4 < 2 ? 0 : index % paths.length]! };
  });
  const ask = async ({ client, own, path }: (typeof asked)[number]) => {
    const answer = await server.app.inject({
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${client.token}` },
    });
    expect(answer.statusCode).toBe(200);
    const [foreign] = own === victims ? [others] : [victims];
    expect(answer.body).not.toContain(foreign.id);
    if (client === other) told.push(answer.body);
  };
  for (let start = 0; start < asked.length; start += 50) {
    await Promise.all(asked.slice(start, start + 50).map(ask));
  }
});
