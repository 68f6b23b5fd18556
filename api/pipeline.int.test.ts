/* The support view: where portfolios stand between what was recorded and their figures, and where figures come from. */
import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Lineage, LineageStep } from "#contracts/lineage.ts";
import type { InstallationPipeline, OperatedPipeline, Pipeline } from "#contracts/pipeline.ts";
import type { Transaction } from "#contracts/transactions.ts";
import { type ApiClient, signedInClient } from "#testing/api-client.ts";
import { mendLots, POISON, poisonLots } from "#testing/poison.ts";
import { signedInOperator } from "#testing/signed-in-operator.ts";
import { startTestServer } from "#testing/test-server.ts";

const WITHIN = { timeout: 10_000, interval: 100 };

const server = await startTestServer({ ticking: false });
const unmatched = await startTestServer({ ticking: false, matching: false });
const { owner } = server.database;
afterAll(() => Promise.all([server.close(), unmatched.close()]));

let operator: ApiClient;
let user: ApiClient;
let portfolioId: string;

beforeAll(async () => {
  operator = await signedInOperator(server);
});
beforeEach(async () => {
  user = await signedInClient(server.baseUrl);
  ({ id: portfolioId } = await user.portfolio({ name: "Retirement" }));
});

type Words = Partial<Pick<Transaction, "type" | "quantity" | "price">> & { readonly day: number };

const trade = ({ day, ...words }: Words) => ({
  portfolioId,
  symbol: "ACME.SIM",
  type: "buy" as const,
  quantity: "10",
  price: "10",
  tradedAt: `2026-01-${String(day).padStart(2, "0")}T15:00:00Z`,
  ...words,
});

describe("the pipeline of a portfolio", () => {
  const own = async (client = user, id = portfolioId) =>
    (await client.get<Pipeline>(`/portfolios/${id}/pipeline`)).body;

  test("tells its owner that everything is matched, or how much waits and since when", async () => {
    expect(await own()).toEqual({
      portfolioId,
      sequence: { head: 0, applied: 0, epoch: 0 },
      pending: 0,
      oldestPendingAt: null,
      lagMs: 0,
      rulesVersion: { current: 1, applied: 1 },
      lastMatchedAt: null,
      announcements: 0,
      failures: 0,
      lastFailedAt: null,
      nextAttemptAt: null,
      parked: null,
    });
    await user.record(trade({ day: 1 }));
    expect(await own()).toMatchObject({ pending: 0, lagMs: 0, lastMatchedAt: expect.any(String) as string });

    const slow = await signedInClient(unmatched.baseUrl);
    const { id } = await slow.portfolio();
    const first = await slow.record({ ...trade({ day: 1 }), portfolioId: id }, {});
    await slow.record({ ...trade({ day: 2 }), portfolioId: id }, {});
    const waiting = await own(slow, id);
    expect(waiting).toMatchObject({
      sequence: { head: 2, applied: 0 },
      pending: 2,
      oldestPendingAt: first.createdAt,
      announcements: 2,
      lastMatchedAt: null,
    });
    expect(waiting.lagMs).toBeGreaterThan(0);
    await sql`update portfolio set rules_version = 4 where id = ${id}`.execute(unmatched.database.owner);
    expect(await own(slow, id)).toMatchObject({ rulesVersion: { current: 4, applied: 1 } });
  });

  describe("that is parked", () => {
    beforeEach(() => poisonLots(owner));
    afterEach(() => mendLots(owner));

    test("says for what, how often it was tried and when it will be again; operators also whose it is", async () => {
      await user.record(trade({ day: 1 }));
      const culprit = await user.record(trade({ day: 2, quantity: POISON }), {});
      await user.record(trade({ day: 3 }), {});
      await expect.poll(async () => (await own()).parked, WITHIN).not.toBeNull();
      const mine = await own();
      expect(mine).toMatchObject({
        sequence: { head: 3, applied: 1 },
        pending: 2,
        oldestPendingAt: culprit.createdAt,
        failures: 1,
        lastFailedAt: expect.any(String) as string,
        nextAttemptAt: expect.any(String) as string,
        parked: { reason: "cannot-be-matched", portfolioId, transactionId: culprit.id, sequence: 2 },
      });
      expect(mine.parked).toEqual(mine.sequence.paused);

      const { username } = (await user.get<{ username: string }>("/auth/me")).body;
      const url = `/operations/portfolios/${portfolioId}/pipeline`;
      const theirs = (await operator.get<OperatedPipeline>(url)).body;
      expect(theirs).toEqual({
        ...mine,
        lagMs: expect.any(Number) as number,
        name: "Retirement",
        owner: username,
        deadLetterId: expect.any(String) as string,
        deletedAt: null,
      });
      const letter = await operator.get(`/operations/dead-letters/${theirs.deadLetterId}`);
      expect(letter.body).toMatchObject({ transactionId: culprit.id });

      const all = (await operator.get<InstallationPipeline>("/operations/pipeline")).body;
      expect(all).toMatchObject({
        pending: 2,
        behind: 1,
        failing: 0,
        parked: 1,
        // What is parked is no lag: it is told of by itself.
        oldestPendingAt: null,
        lagMs: 0,
        deadLetters: { matching: 1, record: 0, passedOver: 0 },
        slowest: [
          {
            portfolioId,
            owner: username,
            pending: 2,
            oldestPendingAt: culprit.createdAt,
            parkedSince: mine.parked!.since,
          },
        ],
      });
      expect(all.portfolios).toBeGreaterThan(0);
      await user.request("DELETE", `/transactions/${culprit.id}`);
      await expect.poll(async () => (await own()).pending, WITHIN).toBe(0);
    });
  });

  test("is nobody else's, and for operators that of anybody", async () => {
    const other = await signedInClient(server.baseUrl);
    const [theirs, nothing] = [
      await other.get(`/portfolios/${portfolioId}/pipeline`),
      await other.get(`/portfolios/${randomUUID()}/pipeline`),
    ];
    expect([theirs.status, theirs.text]).toEqual([404, nothing.text]);
    expect((await operator.get(`/operations/portfolios/${portfolioId}/pipeline`)).status).toBe(200);
    expect((await operator.get(`/operations/portfolios/${randomUUID()}/pipeline`)).status).toBe(404);
    expect((await operator.get(`/portfolios/${portfolioId}/pipeline`)).status).toBe(404);
  });

  test("tells operators no secrets", async () => {
    const { email } = (await user.get<{ email: string }>("/auth/me")).body;
    for (const path of ["pipeline", `portfolios/${portfolioId}/pipeline`, "dead-letters", "actions"]) {
      const { text } = await operator.get(`/operations/${path}`);
      expect([path, text.includes(email), /h1\$|password|token/i.test(text)]).toEqual([path, false, false]);
    }
  });
});

describe("the lineage of a position", () => {
  const lineage = async (client = user, symbol = "ACME.SIM", query = "") =>
    (await client.get<Lineage>(`/portfolios/${portfolioId}/positions/${symbol}/lineage${query}`)).body;
  const brief = ({ transactionId, stage, status, versions, opened, closedBy, closed }: LineageStep) => ({
    transactionId,
    stage,
    status,
    versions: versions.map(({ version, sequence }) => [version, sequence]),
    left: opened?.remainingQuantity,
    closedBy: closedBy.map((slice) => [slice.transactionId, slice.quantity, slice.realizedGain]),
    closed: closed.map((slice) => [slice.lotId, slice.quantity, slice.realizedGain]),
  });

  test("leads from each transaction's versions to its lot, and from there to what closed it", async () => {
    const first = await user.record(trade({ day: 1, quantity: "10", price: "10" }));
    const second = await user.record(trade({ day: 2, quantity: "5", price: "20" }));
    const sale = await user.record(trade({ day: 3, type: "sell", quantity: "12", price: "30" }));
    const { portfolioId: _, ...edit } = trade({ day: 2, quantity: "6", price: "20" });
    await user.request("PUT", `/transactions/${second.id}`, { body: edit });
    const gone = await user.record(trade({ day: 4 }));
    await user.request("DELETE", `/transactions/${gone.id}`);
    const tooMuch = await user.record(trade({ day: 5, type: "sell", quantity: "100" }));
    await user.record({ ...trade({ day: 5 }), symbol: "OTHER.SIM" });
    const told = await lineage();
    expect(told).toMatchObject({ portfolioId, symbol: "ACME.SIM", nextCursor: null });
    const matched = { stage: "matched", closedBy: [], closed: [], left: undefined };
    expect(told.items.map(brief)).toEqual([
      {
        ...matched,
        transactionId: first.id,
        status: "matched",
        versions: [[1, 1]],
        left: "0",
        closedBy: [[sale.id, "10", "200"]],
      },
      {
        ...matched,
        transactionId: second.id,
        status: "matched",
        versions: [
          [1, 2],
          [2, 4],
        ],
        left: "4",
        closedBy: [[sale.id, "2", "20"]],
      },
      {
        ...matched,
        transactionId: sale.id,
        status: "matched",
        versions: [[1, 3]],
        closed: [
          [first.id, "10", "200"],
          [second.id, "2", "20"],
        ],
      },
      {
        ...matched,
        transactionId: gone.id,
        status: "deleted",
        versions: [
          [1, 5],
          [2, 6],
        ],
      },
      { ...matched, transactionId: tooMuch.id, status: "rejected", versions: [[1, 7]] },
    ]);
    expect(told.items[0]!.opened).toEqual({
      lotId: first.id,
      side: "long",
      openedAt: "2026-01-01T15:00:00.000Z",
      originalQuantity: "10",
      remainingQuantity: "0",
      originalCost: "100",
    });
    expect(told.items[1]!.versions).toMatchObject([
      { quantity: "5", createdAt: second.createdAt, deleted: false },
      { quantity: "6", deleted: false },
    ]);
    expect(told.items[4]).toMatchObject({ reason: "insufficient-quantity" });
    const operated = await operator.get(`/operations/portfolios/${portfolioId}/positions/acme.sim/lineage`);
    expect(operated.body).toEqual(told);
  });

  test("has what another portfolio transferred here, and is paged", async () => {
    const source = await user.portfolio({ name: "Source" });
    await user.record({ ...trade({ day: 1 }), portfolioId: source.id });
    const moved = await user.record({
      portfolioId: source.id,
      type: "transfer",
      symbol: "ACME.SIM",
      quantity: "4",
      toPortfolioId: portfolioId,
      tradedAt: "2026-01-02T15:00:00Z",
    });
    for (let day = 3; day <= 8; day += 1) await user.record(trade({ day }));
    const ids: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: Lineage = await lineage(
        user,
        "ACME.SIM",
        `?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`,
      );
      ids.push(...page.items.map(({ transactionId }) => transactionId));
      cursor = page.nextCursor;
    }
    const whole = await lineage();
    expect(ids).toEqual(whole.items.map(({ transactionId }) => transactionId));
    expect(ids).toHaveLength(7);
    expect(whole.items[0]).toMatchObject({
      transactionId: moved.id,
      portfolioId: source.id,
      type: "transfer",
    });
  });

  test("says of each transaction where it is on its way", async () => {
    await poisonLots(owner);
    try {
      await user.record(trade({ day: 1 }));
      await user.record(trade({ day: 2, quantity: POISON }), {});
      await user.record(trade({ day: 3 }), {});
      const stages = async () =>
        (await lineage()).items.map(({ stage, status, reason }) => [stage, status, reason]);
      await expect.poll(stages, WITHIN).toEqual([
        ["matched", "matched", undefined],
        ["paused", "pending", "cannot-be-matched"],
        ["waiting-behind", "pending", undefined],
      ]);
    } finally {
      await mendLots(owner);
    }
    const slow = await signedInClient(unmatched.baseUrl);
    const { id } = await slow.portfolio();
    await slow.record({ ...trade({ day: 1 }), portfolioId: id }, {});
    const waiting = await slow.get<Lineage>(`/portfolios/${id}/positions/ACME.SIM/lineage`);
    expect(waiting.body.items).toMatchObject([{ stage: "waiting", status: "pending" }]);
  });

  test("of what was never recorded there is none; another's is not there", async () => {
    await user.record(trade({ day: 1 }));
    const path = (id: string, symbol = "ACME.SIM") => `/portfolios/${id}/positions/${symbol}/lineage`;
    expect((await user.get(path(portfolioId, "NEVER.SEEN"))).status).toBe(404);
    const other = await signedInClient(server.baseUrl);
    const [theirs, nothing] = [await other.get(path(portfolioId)), await other.get(path(randomUUID()))];
    expect([theirs.status, theirs.text]).toEqual([404, nothing.text]);
    expect((await operator.get(`/operations${path(randomUUID())}`)).status).toBe(404);
  });
});
