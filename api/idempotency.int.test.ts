import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RecordedBatch, Transaction } from "#contracts/transactions.ts";
import { signedInClient, type ApiClient, type Answer } from "#testing/api-client.ts";
import { countRows } from "#testing/table-contents.ts";
import { startTestServer, type TestServer } from "#testing/test-server.ts";

let server: TestServer;
let user: ApiClient;
let portfolioId: string;
let key: string;

beforeAll(async () => {
  server = await startTestServer({ ticking: false });
  user = await signedInClient(server.baseUrl);
});
beforeEach(async () => {
  portfolioId = (await user.portfolio()).id;
  key = randomUUID();
});
afterAll(() => server.close());

const trade = (fields: object = {}) => ({
  portfolioId,
  symbol: "ACME.SIM",
  type: "buy",
  quantity: "1.5",
  price: "100",
  tradedAt: "2026-01-05T15:00:00Z",
  ...fields,
});

/** The three ways to record, each with a body that records one transaction. */
const WAYS = {
  "/transactions": (fields: object = {}) => trade(fields),
  "/transactions/batch": (fields: object = {}) => ({ transactions: [trade(fields)] }),
  "/portfolios/:id/trades": (fields: object = {}) => ({
    symbol: "ACME.SIM",
    qty: "-1.5",
    price: "100",
    ...fields,
  }),
};
const ways = Object.entries(WAYS);

const send = (way: string, body: unknown, headers: Record<string, string> = { "idempotency-key": key }) =>
  user.post<Transaction>(way.replace(":id", portfolioId), body, headers);

/** How many versions a portfolio has. */
async function versionsOf(id: string): Promise<number> {
  const rows = await server.database.owner
    .selectFrom("transaction")
    .select("sequence")
    .where("portfolio_id", "=", id)
    .execute();
  return rows.length;
}

/** Rows of what recording writes. What matching makes of them may be on its way. */
async function countRecorded() {
  const { transaction, idempotency_key, instrument } = await countRows(server.database.owner);
  return { transaction, idempotency_key, instrument };
}

const distinct = (answers: readonly Answer[]) =>
  new Set(answers.map((answer) => `${answer.status} ${answer.text}`));
const statuses = (answers: readonly Answer[]) =>
  answers.map((answer) => answer.status).toSorted((a, b) => a - b);

describe.for(ways)("the same Idempotency-Key again, %s", ([way, bodyOf]) => {
  test("gets the same bytes and records nothing", async () => {
    const answers = [await send(way, bodyOf()), await send(way, bodyOf()), await send(way, bodyOf())];
    expect(answers[0]!.status).toBe(201);
    expect(distinct(answers).size).toBe(1);
    expect(await versionsOf(portfolioId)).toBe(1);
  });

  test("gets the same also from one that waits until it is matched", async () => {
    const headers = { "idempotency-key": key, prefer: "wait=8" };
    const answers = [await send(way, bodyOf(), headers), await send(way, bodyOf(), headers)];
    expect(answers[0]!.text).toMatch(/"status":"(matched|rejected)"/);
    expect(distinct(answers).size).toBe(1);
  });

  test("ten times at once records once", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(way, bodyOf())));
    expect(answers[0]!.status).toBe(201);
    expect(distinct(answers).size).toBe(1);
    expect(await versionsOf(portfolioId)).toBe(1);
  });

  test("with another body is refused, also when that body is at fault in another way", async () => {
    const id = randomUUID();
    const withId = way.includes("trades") ? {} : { id };
    await send(way, bodyOf(withId));
    const before = await countRecorded();
    const answers = [
      await send(way, bodyOf({ ...withId, price: "101" })),
      await send(way, bodyOf({ symbol: "NEVER.SEEN" })),
      await send(way, bodyOf({ fees: "0" })),
    ];
    expect(statuses(answers)).toEqual([422, 422, 422]);
    expect(answers[0]!.text).toContain("idempotency-key-reused");
    expect(await countRecorded()).toEqual(before);
  });

  test("with ten bodies at once records one of them", async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => send(way, bodyOf({ price: String(100 + index) }))),
    );
    expect(statuses(answers)).toEqual([201, ...Array<number>(9).fill(422)]);
    expect(await versionsOf(portfolioId)).toBe(1);
  });

  test("after a refusal is as good as new", async () => {
    const refused = way.includes("trades")
      ? await user.post(`/portfolios/${randomUUID()}/trades`, bodyOf(), { "idempotency-key": key })
      : await send(way, bodyOf({ portfolioId: randomUUID() }));
    expect(refused.status).toBe(404);
    expect((await send(way, bodyOf())).status).toBe(201);
  });
});

test("a key belongs to one request, whichever way that went", async () => {
  for (const [first] of ways) {
    key = randomUUID();
    expect((await send(first, WAYS[first as keyof typeof WAYS]())).status).toBe(201);
    const others = ways.filter(([way]) => way !== first);
    const answers = await Promise.all(others.map(([way, bodyOf]) => send(way, bodyOf())));
    expect(statuses(answers)).toEqual([422, 422]);
  }
});

test("the order of fields and the spaces between them make no other request", async () => {
  const body = trade();
  const reversed = Object.fromEntries(Object.entries(body).toReversed());
  const answers = [
    await send("/transactions", body),
    await send("/transactions", reversed),
    await send("/transactions", JSON.stringify(body, null, 4)),
  ];
  expect(distinct(answers).size).toBe(1);
});

describe("the client's own id", () => {
  test("again, without any key, gets the same bytes and records nothing", async () => {
    const body = trade({ id: randomUUID() });
    const answers = [await send("/transactions", body, {}), await send("/transactions", body, {})];
    expect(answers[0]!.status).toBe(201);
    expect(distinct(answers).size).toBe(1);
    expect(await versionsOf(portfolioId)).toBe(1);
  });

  test("ten times at once, with and without keys, records once", async () => {
    const body = trade({ id: randomUUID() });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        send("/transactions", body, index % 2 === 0 ? {} : { "idempotency-key": `${key}-${index}` }),
      ),
    );
    expect(answers[0]!.status).toBe(201);
    expect(distinct(answers).size).toBe(1);
    expect(await versionsOf(portfolioId)).toBe(1);
  });

  test("in another spelling of the same request is the same", async () => {
    const id = randomUUID();
    const body = trade({ id, fees: "0" });
    const spelled = {
      ...body,
      id: id.toUpperCase(),
      portfolioId: portfolioId.toUpperCase(),
      symbol: "acme.sim",
      quantity: "1.500",
      fees: "0.00",
      currency: "USD",
      tradedAt: "2026-01-05T15:00:00.000Z",
      notes: "",
    };
    const answers = [await send("/transactions", body, {}), await send("/transactions", spelled, {})];
    expect(answers[0]!.status).toBe(201);
    expect(distinct(answers).size).toBe(1);
  });

  test.for<[string, object]>([
    ["type", { type: "sell" }],
    ["symbol", { symbol: "GLOBEX.SIM" }],
    ["quantity", { quantity: "1.500000000000000001" }],
    ["price", { price: "100.000000000000000001" }],
    ["fees", { fees: "0.1" }],
    ["currency", { currency: "EUR" }],
    ["instant", { tradedAt: "2026-01-05T15:00:00.001Z" }],
    ["civil date of the same instant", { tradedAt: "2026-01-06T01:00:00+10:00" }],
    ["notes", { notes: "other" }],
    ["portfolio", { portfolioId: "another" }],
  ])("for another %s is refused", async ([, fields]) => {
    const body = trade({ id: randomUUID() });
    expect((await send("/transactions", body, {})).status).toBe(201);
    const elsewhere = "portfolioId" in fields ? { portfolioId: (await user.portfolio()).id } : {};
    const before = await countRecorded();
    const answer = await send("/transactions", { ...body, ...fields, ...elsewhere }, {});
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([
      409,
      "transaction-id-taken",
    ]);
    expect(await countRecorded()).toEqual(before);
  });

  test("at once for two portfolios goes to one of them", async () => {
    const elsewhere = (await user.portfolio()).id;
    for (let round = 0; round < 20; round += 1) {
      const id = randomUUID();
      const answers = await Promise.all([
        send("/transactions", trade({ id }), {}),
        send("/transactions", trade({ id, portfolioId: elsewhere }), {}),
      ]);
      expect(statuses(answers)).toEqual([201, 409]);
    }
    expect((await versionsOf(portfolioId)) + (await versionsOf(elsewhere))).toBe(20);
  });

  test("of a withdrawn transaction records nothing again", async () => {
    const id = randomUUID();
    await send("/transactions", trade({ id }), {});
    expect((await user.request("DELETE", `/transactions/${id}`)).status).toBe(204);
    expect((await send("/transactions", trade({ id }), {})).status).toBe(201);
    expect((await user.get(`/transactions/${id}`)).status).toBe(404);
    expect(await versionsOf(portfolioId)).toBe(2);
  });
});

describe("a batch", () => {
  const batch = (transactions: readonly object[], headers: Record<string, string> = {}) =>
    user.post<RecordedBatch>("/transactions/batch", { transactions }, headers);

  test("answers in the order that it was asked in, over several portfolios", async () => {
    const elsewhere = (await user.portfolio()).id;
    const asked = Array.from({ length: 20 }, (_, index) =>
      trade({ id: randomUUID(), portfolioId: index % 3 === 0 ? elsewhere : portfolioId }),
    );
    const answer = await batch(asked);
    expect(answer.status).toBe(201);
    expect(answer.body.items.map((item) => item.id)).toEqual(asked.map((one) => (one as { id?: string }).id));
    for (const id of [portfolioId, elsewhere]) {
      const sequences = answer.body.items
        .filter((item) => item.portfolioId === id)
        .map((item) => item.sequence);
      expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    }
  });

  test("is recorded whole or not at all", async () => {
    const id = randomUUID();
    await send("/transactions", trade({ id }), {});
    const before = await countRecorded();
    const news = () => trade({ symbol: "NEVER.SEEN" });
    const refused = [
      await batch([news(), news(), trade({ id, price: "7" })]),
      await batch([news(), news(), trade({ portfolioId: randomUUID() })]),
      await batch([news(), news(), trade({ quantity: "-1" })]),
      await batch([news(), news(), trade({ tradedAt: "2199-01-01T00:00:00Z" })]),
    ];
    expect(refused.map((answer) => answer.status)).toEqual([409, 404, 400, 400]);
    expect(await countRecorded()).toEqual(before);
  });

  test("that was recorded in part before records the rest, once", async () => {
    const asked = Array.from({ length: 6 }, () => trade({ id: randomUUID() }));
    await batch(asked.slice(0, 3));
    const answers = await Promise.all([batch(asked), batch(asked), batch(asked)]);
    expect(statuses(answers)).toEqual([201, 201, 201]);
    expect(distinct(answers).size).toBe(1);
    expect(await versionsOf(portfolioId)).toBe(6);
  });
});
