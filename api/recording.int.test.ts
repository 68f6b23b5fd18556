import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PositionList } from "#contracts/positions.ts";
import type {
  RecordedBatch,
  Transaction,
  TransactionList,
  TransactionVersions,
} from "#contracts/transactions.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { startTestServer, type TestServer } from "#testing/test-server.ts";

let server: TestServer;
let user: ApiClient;
let portfolioId: string;

beforeAll(async () => {
  server = await startTestServer({ ticking: false });
  user = await signedInClient(server.baseUrl);
});
beforeEach(async () => {
  portfolioId = (await user.portfolio()).id;
});
afterAll(() => server.close());

const trade = (fields: object = {}) => ({
  portfolioId,
  symbol: "ACME.SIM",
  type: "buy",
  quantity: "1",
  price: "100",
  tradedAt: "2026-01-05T15:00:00Z",
  ...fields,
});
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

describe("a batch of the greatest size", () => {
  const notes = "n".repeat(500);
  const rows = (count: number) =>
    times(count, (index) => trade({ id: randomUUID(), symbol: `S${index % 50}.SIM`, notes }));

  test("5,000 are recorded in one go, and again only answered; waiting for them is answered as well", async () => {
    const transactions = rows(5_000);
    const began = performance.now();
    const first = await user.post<RecordedBatch>("/transactions/batch", { transactions });
    const tookMs = performance.now() - began;
    expect(first.status).toBe(201);
    expect(first.body.items.map((item) => item.sequence)).toEqual(times(5_000, (index) => index + 1));
    // Half a second on an idle machine; it was a minute when each row carried the whole request with it.
    expect(tookMs).toBeLessThan(7_000);
    const again = await user.post("/transactions/batch", { transactions });
    expect(again.text).toBe(first.text);
    const headers = { prefer: "wait=8" };
    const waited = await user.post<RecordedBatch>("/transactions/batch", { transactions }, headers);
    expect(waited.status).toBe(201);
    expect(waited.body.items.map((item) => item.id)).toEqual(
      transactions.map((row) => (row as unknown as { id: string }).id),
    );
    const matched = async () =>
      (await user.get<PositionList>(`/portfolios/${portfolioId}/positions`)).body.sequence.applied;
    await expect.poll(matched, { timeout: 30_000 }).toBe(5_000);
  });

  test("5,001 are refused", async () => {
    const answer = await user.post("/transactions/batch", {
      transactions: rows(5_001).map((row) => ({ ...row, notes: "" })),
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ errors: [{ path: "/transactions", code: "maxItems" }] });
  });
});

test("16 writers at once leave no gap at any moment, whatever is refused, edited and withdrawn between", async () => {
  const elsewhere = (await user.portfolio()).id;
  const gaps: unknown[] = [];
  const writing = { isOver: false };
  const watch = async () => {
    const query = sql`select portfolio_id, count(*) as count, max(sequence) as last from transaction
      where portfolio_id in (${portfolioId}, ${elsewhere}) group by portfolio_id having count(*) <> max(sequence)`;
    while (!writing.isOver) gaps.push(...(await query.execute(server.database.owner)).rows);
  };
  const write = async (writer: number) => {
    for (let round = 0; round < 6; round += 1) {
      const first = await user.post<Transaction>("/transactions", trade());
      expect(first.status).toBe(201);
      const { id } = first.body;
      const edit = trade({
        portfolioId: undefined,
        quantity: "2",
        symbol: round % 2 === 0 ? "ACME.SIM" : "GLOBEX.SIM",
      });
      const others = [
        user.post("/transactions", trade({ id, price: "7" })),
        user.post("/transactions/batch", { transactions: [trade(), trade({ portfolioId: randomUUID() })] }),
        user.post("/transactions/batch", {
          transactions: [trade({ portfolioId: elsewhere }), trade(), trade()],
        }),
        user.request("PUT", `/transactions/${id}`, { body: edit }),
      ];
      expect((await Promise.all(others)).map((answer) => answer.status)).toEqual([409, 404, 201, 200]);
      if (writer % 2 === 0) expect((await user.request("DELETE", `/transactions/${id}`)).status).toBe(204);
    }
  };
  const watching = watch();
  try {
    await Promise.all(times(16, write));
  } finally {
    writing.isOver = true;
    await watching;
  }
  expect(gaps).toEqual([]);
  const { rows } = await sql<{ count: number; last: number; head: number }>`
    select count(*) as count, max(sequence) as last, max(h.head_sequence) as head
    from transaction join ledger_head h using (portfolio_id) where portfolio_id = ${portfolioId}`.execute(
    server.database.owner,
  );
  const [{ count, last, head }] = rows as [(typeof rows)[0]];
  expect([last, head]).toEqual([count, count]);
});

describe("waiting", () => {
  test.for([
    ["wait=8", "wait=8", "matched"],
    ["respond-async, wait=5", "wait=5", "matched"],
    ['wait="5"', "wait=5", "matched"],
    ["wait = 5", "wait=5", "matched"],
    ["wait=9999", "wait=8", "matched"],
    ["wait=0", "wait=0", "pending"],
    ["wait=-1", null, "pending"],
    ["wait=soon", null, "pending"],
    ["await=5", null, "pending"],
    ["return=minimal", null, "pending"],
  ])("Prefer: %s", async ([prefer, applied, status]) => {
    const answer = await user.post<Transaction>("/transactions", trade(), { prefer: prefer! });
    expect(answer.status).toBe(201);
    expect([answer.headers.get("preference-applied"), answer.body.status]).toEqual([applied, status]);
  });

  test("for a sequence answers as soon as it is matched", async () => {
    const { body } = await user.post<Transaction>("/transactions", trade());
    const path = `/portfolios/${portfolioId.toUpperCase()}/positions?minSequence=${body.sequence}`;
    const { body: positions } = await user.get<PositionList>(path);
    expect(positions).toMatchObject({
      pending: false,
      items: [{ quantity: "1" }],
      sequence: { head: 1, applied: 1 },
    });
  });

  test("for a sequence that does not come says so after two seconds", async () => {
    const began = performance.now();
    const { body } = await user.get<PositionList>(`/portfolios/${portfolioId}/positions?minSequence=1`);
    expect(body).toMatchObject({ pending: true, sequence: { head: 0, applied: 0 } });
    expect(performance.now() - began).toBeGreaterThan(1_900);
  });
});

describe("a trade by signed quantity", () => {
  test.for([
    ["12.5", "buy", "12.5"],
    ["-12.5", "sell", "12.5"],
    ["0.000000000000000001", "buy", "0.000000000000000001"],
    ["-99999999999999999999.999999999999999999", "sell", "99999999999999999999.999999999999999999"],
  ])("%s is a %s of %s", async ([qty, type, quantity]) => {
    const began = Date.now();
    const answer = await user.post<Transaction>(`/portfolios/${portfolioId}/trades`, {
      symbol: "acme.sim",
      qty,
      price: "0",
    });
    expect(answer).toMatchObject({ status: 201, body: { type, quantity, symbol: "ACME.SIM", portfolioId } });
    expect(Date.parse(answer.body.tradedAt)).toBeGreaterThanOrEqual(began);
  });
});

describe("an edit", () => {
  const edit = (id: string, fields: object) =>
    user.request<Transaction>("PUT", `/transactions/${id}`, {
      body: trade({ portfolioId: undefined, ...fields }),
    });

  test("of ten at once that saw the same version, one wins and the others are told", async () => {
    const { id } = await user.record(trade() as never, {});
    const answers = await Promise.all(times(10, (index) => edit(id, { version: 1, price: String(index) })));
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array<number>(9).fill(409),
    ]);
    const lost = answers.find((answer) => answer.status === 409)!;
    expect(lost.text).toContain("version-conflict");
    const { body } = await user.get<TransactionVersions>(`/transactions/${id}/versions`);
    expect(body.items.map((version) => version.version)).toEqual([2, 1]);
  });

  test("that names no version comes on top of the others", async () => {
    const { id } = await user.record(trade() as never, {});
    const answers = await Promise.all(times(10, (index) => edit(id, { price: String(index) })));
    expect(answers.map((answer) => answer.status)).toEqual(Array(10).fill(200));
    const { body } = await user.get<TransactionVersions>(`/transactions/${id}/versions`);
    expect(body.items.map((version) => version.version)).toEqual(times(11, (index) => 11 - index));
  });

  test("and a withdrawal at once: whichever is second finds what the first left", async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id } = await user.record(trade() as never, {});
      const [edited, deleted] = await Promise.all([
        edit(id, { price: "7" }),
        user.request("DELETE", `/transactions/${id}`),
      ]);
      expect([200, 404]).toContain(edited.status);
      expect(deleted.status).toBe(204);
      expect((await user.get(`/transactions/${id}`)).status).toBe(404);
      expect((await edit(id, {})).status).toBe(404);
      expect((await user.request("DELETE", `/transactions/${id}`)).status).toBe(404);
    }
  });
});

describe("pages", () => {
  test.for(["newest", "oldest"])(
    "of trades of one instant are complete, %s first, also while more come",
    async (order) => {
      const news = () =>
        user.post<RecordedBatch>("/transactions/batch", { transactions: times(5, () => trade()) });
      const ids = (
        await user.post<RecordedBatch>("/transactions/batch", { transactions: times(23, () => trade()) })
      ).body.items.map((item) => item.id);
      const seen: string[] = [];
      let path: string | undefined = `/transactions/portfolio/${portfolioId}?limit=4&order=${order}`;
      const first = path;
      while (path !== undefined) {
        const page: { body: TransactionList } = await user.get<TransactionList>(path);
        expect(page.body.items.length).toBeLessThanOrEqual(4);
        seen.push(...page.body.items.map((item) => item.id));
        path = page.body.nextCursor === null ? undefined : `${first}&cursor=${page.body.nextCursor}`;
        if (seen.length === 8) await news();
      }
      expect(new Set(seen).size).toBe(seen.length);
      const expected = order === "newest" ? ids.toReversed() : ids;
      expect(seen.filter((id) => ids.includes(id))).toEqual(expected);
    },
  );

  test("end without a cursor when the last one is full", async () => {
    await user.post("/transactions/batch", { transactions: times(8, () => trade()) });
    const page = (query: string) =>
      user.get<TransactionList>(`/transactions/portfolio/${portfolioId}?limit=4${query}`);
    const first = await page("");
    const second = await page(`&cursor=${first.body.nextCursor}`);
    expect([second.body.items.length, second.body.nextCursor]).toEqual([4, null]);
  });
});
