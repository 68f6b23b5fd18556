import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DisposalList, LotList, PositionList } from "#contracts/positions.ts";
import type { Transaction, TransactionList } from "#contracts/transactions.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { StreamClient } from "#testing/stream-client.ts";
import { startTestServer, type TestServer } from "#testing/test-server.ts";

let server: TestServer;
let user: ApiClient;

beforeAll(async () => {
  server = await startTestServer();
  user = await signedInClient(server.baseUrl);
});
afterAll(() => server.close());

async function seed(portfolioId: string): Promise<Transaction[]> {
  const trade = { portfolioId, symbol: "ACME.SIM" };
  return [
    await user.record({
      ...trade,
      type: "buy",
      quantity: "100",
      price: "150",
      tradedAt: "2026-01-01T10:00:00Z",
    }),
    await user.record({
      ...trade,
      type: "buy",
      quantity: "50",
      price: "160",
      tradedAt: "2026-01-02T10:00:00Z",
    }),
    await user.record({
      ...trade,
      type: "sell",
      quantity: "80",
      price: "170",
      tradedAt: "2026-01-03T10:00:00Z",
    }),
  ];
}

const lotsOf = async (portfolioId: string) =>
  (await user.get<LotList>(`/portfolios/${portfolioId}/positions/ACME.SIM/lots`)).body.items.map((lot) => [
    lot.originalQuantity,
    lot.remainingQuantity,
    lot.costBasis,
  ]);
const positionsOf = async (portfolioId: string) =>
  (await user.get<PositionList>(`/portfolios/${portfolioId}/positions`)).body;

describe("the seed scenario", () => {
  test("buy 100 at 150, buy 50 at 160, sell 80 at 170 leaves 20 and 50 and realizes 1,600", async () => {
    const { id } = await user.portfolio();
    const recorded = await seed(id);
    expect(recorded.map((transaction) => transaction.status)).toEqual(["matched", "matched", "matched"]);
    expect(await lotsOf(id)).toEqual([
      ["100", "20", "3000"],
      ["50", "50", "8000"],
    ]);
    const positions = await positionsOf(id);
    expect(positions.items).toMatchObject([
      {
        symbol: "ACME.SIM",
        quantity: "70",
        costBasis: "11000",
        averageCost: "157.1428571429",
        realizedGain: "1600",
      },
    ]);
    expect(positions.pending).toBe(false);
    const disposals = (await user.get<DisposalList>(`/portfolios/${id}/disposals`)).body;
    expect(disposals.items).toMatchObject([
      {
        quantity: "80",
        proceeds: "13600",
        costBasis: "12000",
        realizedGain: "1600",
        slices: [{ quantity: "80" }],
      },
    ]);
  });

  test("a sale of more than is held is rejected, and matched once an earlier buy arrives", async () => {
    const { id } = await user.portfolio();
    await seed(id);
    const trade = { portfolioId: id, symbol: "ACME.SIM" };
    const oversold = await user.record({
      ...trade,
      type: "sell",
      quantity: "71",
      price: "170",
      tradedAt: "2026-01-04T10:00:00Z",
    });
    expect(oversold).toMatchObject({ status: "rejected", reason: "insufficient-quantity" });
    expect((await positionsOf(id)).items[0]?.quantity).toBe("70");
    await user.record({
      ...trade,
      type: "buy",
      quantity: "1",
      price: "10",
      tradedAt: "2025-12-01T10:00:00Z",
    });
    const now = (await user.get<Transaction>(`/transactions/${oversold.id}`)).body;
    expect(now.status).toBe("matched");
    expect((await positionsOf(id)).items).toEqual([]);
  });

  test("an edit appends a version and matches again; a delete takes the trade out", async () => {
    const { id } = await user.portfolio();
    const [first, , sale] = await seed(id);
    const edited = await user.request<Transaction>("PUT", `/transactions/${sale!.id}`, {
      headers: { prefer: "wait=8" },
      body: {
        type: "sell",
        symbol: "ACME.SIM",
        quantity: "120",
        price: "170",
        tradedAt: "2026-01-03T10:00:00Z",
        version: 1,
      },
    });
    expect(edited.body).toMatchObject({ version: 2, status: "matched", quantity: "120" });
    expect(await lotsOf(id)).toEqual([["50", "30", "4800"]]);
    const deleted = await user.request("DELETE", `/transactions/${first!.id}`, {
      headers: { prefer: "wait=8" },
    });
    expect(deleted.status).toBe(204);
    expect((await user.get<Transaction>(`/transactions/${sale!.id}`)).body).toMatchObject({
      status: "rejected",
      reason: "insufficient-quantity",
    });
    expect(await lotsOf(id)).toEqual([["50", "50", "8000"]]);
    const list = (await user.get<TransactionList>(`/transactions/portfolio/${id}?order=oldest`)).body;
    expect(list.items.map((transaction) => transaction.version)).toEqual([1, 2]);
    expect((await user.get(`/transactions/${first!.id}`)).status).toBe(404);
  });

  test("an edit that moves a trade to another instrument leaves both as if it had always been there", async () => {
    const { id } = await user.portfolio();
    const [, second] = await seed(id);
    await user.request("PUT", `/transactions/${second!.id}`, {
      headers: { prefer: "wait=8" },
      body: {
        type: "buy",
        symbol: "GLOBEX.SIM",
        quantity: "50",
        price: "160",
        tradedAt: "2026-01-02T10:00:00Z",
      },
    });
    const { items } = await positionsOf(id);
    expect(items.map(({ symbol, quantity, costBasis }) => [symbol, quantity, costBasis])).toEqual([
      ["ACME.SIM", "20", "3000"],
      ["GLOBEX.SIM", "50", "8000"],
    ]);
  });

  test("allowing short sales matches anew: the rejected sale opens a short lot", async () => {
    const { id, name } = await user.portfolio();
    await seed(id);
    await user.record({
      portfolioId: id,
      symbol: "ACME.SIM",
      type: "sell",
      quantity: "100",
      price: "200",
      tradedAt: "2026-01-04T10:00:00Z",
    });
    await user.request("PUT", `/portfolios/${id}`, { body: { name, allowShort: true } });
    await expect.poll(async () => (await positionsOf(id)).items[0]?.quantity, { timeout: 8_000 }).toBe("-30");
    expect(await lotsOf(id)).toEqual([["30", "30", "-6000"]]);
  });
});

describe("the live stream", () => {
  test("sends a snapshot, the status of a new trade, and deltas that count on without a gap", async () => {
    const { id } = await user.portfolio();
    const stream = await new StreamClient(`${server.wsUrl}/ws/portfolio/${id}`).opened();
    stream.send({ type: "authenticate", token: user.token! });
    const snapshot = await stream.next("snapshot");
    expect(snapshot).toMatchObject({ portfolioId: id, sequence: 0, positions: [] });
    const trade = await user.record({
      portfolioId: id,
      symbol: "ACME.SIM",
      type: "buy",
      quantity: "10",
      price: "100",
    });
    expect(await stream.next("transaction")).toMatchObject({
      portfolioId: id,
      id: trade.id,
      status: "matched",
    });
    const opened = await stream.next("delta", (delta) => delta.positions.length > 0);
    expect(opened.positions[0]).toMatchObject({ symbol: "ACME.SIM", quantity: "10", costBasis: "1000" });
    const ticked = await stream.next(
      "delta",
      (delta) =>
        delta.positions[0]?.price !== undefined && delta.positions[0].price !== opened.positions[0]?.price,
    );
    const [position] = ticked.positions;
    expect(Number(position?.unrealizedGain)).toBeCloseTo(10 * Number(position?.price) - 1000, 6);
    const sequences = stream.messages.flatMap((message) =>
      message.type === "delta" ? [message.sequence] : [],
    );
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    stream.close();
  });

  test("takes messages one after another: leaving and coming back leaves a live subscription", async () => {
    const { id } = await user.portfolio();
    const stream = await new StreamClient(`${server.wsUrl}/ws`).opened();
    stream.send({ type: "authenticate", token: user.token! });
    stream.send({ type: "subscribe", portfolioId: id });
    stream.send({ type: "unsubscribe", portfolioId: id });
    stream.send({ type: "subscribe", portfolioId: id });
    await stream.next("snapshot");
    await user.record({ portfolioId: id, symbol: "ACME.SIM", type: "buy", quantity: "1", price: "1" });
    expect((await stream.next("delta")).positions).toMatchObject([{ symbol: "ACME.SIM", quantity: "1" }]);
    stream.close();
  });
});
