/* What the owner of a portfolio sees while calculation is paused at a transaction, by REST and by WebSocket. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Paused, PortfolioWithTotals } from "#contracts/portfolios.ts";
import type { PositionList } from "#contracts/positions.ts";
import type { Transaction, TransactionList } from "#contracts/transactions.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { mendLots, POISON, poisonLots } from "#testing/poison.ts";
import { StreamClient } from "#testing/stream-client.ts";
import { startTestServer } from "#testing/test-server.ts";

const WITHIN = { timeout: 10_000, interval: 100 };

const server = await startTestServer({ ticking: false });
const { owner } = server.database;
afterAll(() => server.close());

let user: ApiClient;
let portfolioId: string;

beforeAll(async () => {
  user = await signedInClient(server.baseUrl);
});
beforeEach(async () => {
  ({ id: portfolioId } = await user.portfolio());
  await poisonLots(owner);
});
afterEach(() => mendLots(owner));

const buy = (quantity: string, day: number) => ({
  portfolioId,
  symbol: "ACME.SIM",
  type: "buy" as const,
  quantity,
  price: "10",
  tradedAt: `2026-01-${String(day).padStart(2, "0")}T15:00:00Z`,
});

async function pausedOf(path: string): Promise<Paused | undefined> {
  return (await user.get<{ sequence: { paused?: Paused } }>(path)).body.sequence.paused;
}

const pause = () => pausedOf(`/portfolios/${portfolioId}`);

describe("while calculation is paused", () => {
  test("every figure says so, since when, at which transaction, and what to do", async () => {
    await user.record(buy("10", 1));
    const culprit = await user.record(buy(POISON, 2), {});
    await expect.poll(pause, WITHIN).toBeDefined();
    const paused = await pause();
    expect(paused).toEqual({
      since: expect.any(String) as string,
      reason: "cannot-be-matched",
      message: expect.stringMatching(
        /^Calculation is paused: one transaction cannot be matched\. .* Edit or delete that transaction to go on/,
      ) as string,
      portfolioId,
      transactionId: culprit.id,
      sequence: 2,
    });
    for (const path of ["positions", "positions/ACME.SIM/lots", "disposals", "pnl", "cash", "harvest"]) {
      expect([path, await pausedOf(`/portfolios/${portfolioId}/${path}`)]).toEqual([path, paused]);
    }
    const { items } = (await user.get<{ items: PortfolioWithTotals[] }>("/portfolios")).body;
    expect(items.find(({ id }) => id === portfolioId)?.sequence.paused).toEqual(paused);
    // What was there before is there still.
    const positions = (await user.get<PositionList>(`/portfolios/${portfolioId}/positions`)).body;
    expect(positions).toMatchObject({ pending: true, items: [{ symbol: "ACME.SIM", quantity: "10" }] });
  });

  test("what is recorded is taken, and pending; the one to blame says why", async () => {
    const before = await user.record(buy("10", 1));
    const culprit = await user.record(buy(POISON, 2), {});
    await expect.poll(pause, WITHIN).toBeDefined();
    const startedAt = performance.now();
    const after = await user.record(buy("5", 3), { prefer: "wait=8" });
    // Nobody waits for what does not move.
    expect(performance.now() - startedAt).toBeLessThan(6_000);
    expect(after).toMatchObject({ status: "pending", sequence: 3 });
    expect(after).not.toHaveProperty("reason");
    const list = await user.get<TransactionList>(`/transactions/portfolio/${portfolioId}?order=oldest`);
    expect(list.body.items.map(({ id, status, reason }) => ({ id, status, reason }))).toEqual([
      { id: before.id, status: "matched", reason: undefined },
      { id: culprit.id, status: "pending", reason: "cannot-be-matched" },
      { id: after.id, status: "pending", reason: undefined },
    ]);
    const one = await user.get<Transaction>(`/transactions/${culprit.id}`);
    expect(one.body).toMatchObject({ status: "pending", reason: "cannot-be-matched" });
  });

  test("an edit of that transaction has everything matched within moments", async () => {
    const culprit = await user.record(buy(POISON, 2), {});
    await user.record(buy("5", 3), {});
    await expect.poll(pause, WITHIN).toBeDefined();
    const { portfolioId: _, ...content } = buy("13", 2);
    await user.request("PUT", `/transactions/${culprit.id}`, { body: content });
    await expect.poll(pause, WITHIN).toBeUndefined();
    const { items } = (await user.get<PositionList>(`/portfolios/${portfolioId}/positions`)).body;
    expect(items).toMatchObject([{ symbol: "ACME.SIM", quantity: "18" }]);
  });
});

test("a socket is told at once, in what it has and in what it gets", async () => {
  await user.record(buy("10", 1));
  const stream = await new StreamClient(`${server.wsUrl}/ws`).opened();
  stream.send({ type: "authenticate", token: user.token! });
  await stream.next("authenticated");
  stream.send({ type: "subscribe", portfolioId });
  const snapshot = await stream.next("snapshot");
  expect(snapshot.ledger).not.toHaveProperty("paused");
  const culprit = await user.record(buy(POISON, 2), {});
  const told = await stream.next("transaction", ({ id }) => id === culprit.id);
  expect(told).toMatchObject({ status: "pending", reason: "cannot-be-matched" });
  const delta = await stream.next("delta", ({ ledger }) => ledger.paused !== undefined);
  expect(delta.ledger).toMatchObject({
    head: 2,
    applied: 1,
    paused: { transactionId: culprit.id, sequence: 2 },
  });
  stream.send({ type: "subscribe", portfolioId });
  const again = await stream.next("snapshot", ({ ledger }) => ledger.paused !== undefined);
  expect(again.ledger.paused).toEqual(delta.ledger.paused);
  await user.request("DELETE", `/transactions/${culprit.id}`);
  await stream.next("delta", ({ ledger }) => ledger.applied === 3 && ledger.paused === undefined);
  stream.socket.close();
});
