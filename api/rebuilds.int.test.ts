/* Asking for figures to be worked out anew: of an own portfolio, and, as an operator, of anybody's. */
import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { OperatorActionList } from "#contracts/operations.ts";
import type { OwnRebuild, Rebuild } from "#contracts/rebuilds.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { signedInOperator } from "#testing/signed-in-operator.ts";
import { startTestServer } from "#testing/test-server.ts";

const WITHIN = { timeout: 20_000, interval: 50 };

const server = await startTestServer({ ticking: false });
afterAll(() => server.close());

let user: ApiClient;
let operator: ApiClient;
let portfolioId: string;

beforeAll(async () => {
  operator = await signedInOperator(server);
});
beforeEach(async () => {
  user = await signedInClient(server.baseUrl);
  ({ id: portfolioId } = await user.portfolio());
  const trade = { portfolioId, symbol: "ACME.SIM", price: "10", quantity: "10" };
  await user.record({ ...trade, type: "buy" }, { prefer: "wait=8" });
});

const damage = () =>
  sql`update tax_lot set original_cost = original_cost + 1 where portfolio_id = ${portfolioId}`.execute(
    server.database.owner,
  );

describe("an owner", () => {
  const url = () => `/portfolios/${portfolioId}/rebuild`;

  test("has a portfolio rebuilt and is told what came of it", async () => {
    expect((await user.get(url())).status).toBe(404);
    await damage();
    const asked = await user.post<OwnRebuild>(url(), undefined);
    expect(asked.status).toBe(202);
    expect(asked.body).toMatchObject({ total: 1, failed: 0 });
    const found = async () => (await user.get<OwnRebuild>(url())).body;
    await expect
      .poll(found, WITHIN)
      .toMatchObject({ id: asked.body.id, done: 1, differing: 1, differences: 1, failed: 0 });
    await expect.poll(found, WITHIN).toMatchObject({ finishedAt: expect.any(String) as string });
  });

  test("asks once, and not again within a minute, for any portfolio", async () => {
    expect((await user.post(url(), undefined)).status).toBe(202);
    const again = await user.post<{ code: string }>(url(), undefined);
    expect([again.status, again.body.code]).toEqual([409, "rebuild-in-progress"]);
    const { id } = await user.portfolio({ name: "Another" });
    expect((await user.post(`/portfolios/${id}/rebuild`, undefined)).status).toBe(409);
    await sql`update rebuild set requested_at = requested_at - interval '61 seconds'`.execute(
      server.database.owner,
    );
    await expect.poll(async () => (await user.post(url(), undefined)).status, WITHIN).toBe(202);
  });

  test("finds neither another's portfolio nor another's requests", async () => {
    const other = await signedInClient(server.baseUrl);
    expect((await user.post(url(), undefined)).status).toBe(202);
    expect((await other.post(url(), undefined)).status).toBe(404);
    expect((await other.get(url())).status).toBe(404);
  });
});

describe("an operator", () => {
  test("has anybody's portfolio rebuilt, which is written down", async () => {
    await damage();
    const asked = await operator.post<Rebuild>(`/operations/portfolios/${portfolioId}/rebuild`, undefined);
    expect(asked.status).toBe(202);
    const url = `/operations/rebuilds/${asked.body.id}`;
    expect(asked.headers.get("location")).toBe(`/api/v1${url}`);
    await expect
      .poll(async () => (await operator.get<Rebuild>(url)).body, WITHIN)
      .toMatchObject({
        total: 1,
        done: 1,
        differing: 1,
        portfolios: [{ portfolioId, differences: 1, failure: null }],
        finishedAt: expect.any(String) as string,
      });
    const { items } = (await operator.get<OperatorActionList>("/operations/actions")).body;
    expect(items[0]).toMatchObject({ action: "rebuild", subject: `portfolio ${portfolioId}` });
  });

  test("has all rebuilt, and sees the newest requests first", async () => {
    const asked = await operator.post<Rebuild>("/operations/rebuilds", { all: true });
    expect(asked.status).toBe(202);
    expect(asked.body.total).toBeGreaterThan(1);
    const first = async () =>
      (await operator.get<{ items: Rebuild[] }>("/operations/rebuilds")).body.items[0];
    await expect.poll(first, WITHIN).toMatchObject({
      id: asked.body.id,
      done: asked.body.total,
      failed: 0,
      finishedAt: expect.any(String) as string,
    });
  });

  test("is refused what there is not", async () => {
    const nowhere = randomUUID();
    expect((await operator.post(`/operations/portfolios/${nowhere}/rebuild`, undefined)).status).toBe(404);
    expect((await operator.get(`/operations/rebuilds/${nowhere}`)).status).toBe(404);
    expect((await operator.post("/operations/rebuilds", { all: false })).status).toBe(400);
    expect((await operator.post("/operations/rebuilds", {})).status).toBe(400);
  });
});
