/* Rounds of checking that everybody's figures add up, as operators ask for them and see them. */
import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type {
  Reconciliation,
  ReconciliationList,
  ReconciliationWithFindings,
} from "#contracts/reconciliations.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { signedInOperator } from "#testing/signed-in-operator.ts";
import { startTestServer } from "#testing/test-server.ts";

const WITHIN = { timeout: 40_000, interval: 100 };

const server = await startTestServer({ ticking: false });
afterAll(() => server.close());

let operator: ApiClient;
let portfolioId: string;

beforeAll(async () => {
  operator = await signedInOperator(server);
  const user = await signedInClient(server.baseUrl);
  ({ id: portfolioId } = await user.portfolio());
  const trade = { portfolioId, symbol: "ACME.SIM", price: "10", quantity: "10" };
  await user.record({ ...trade, type: "buy" }, { prefer: "wait=8" });
});

describe("an operator", () => {
  test("has figures checked, one round at a time, and sees what does not add up", async () => {
    await sql`update position set cost_basis = 99 where portfolio_id = ${portfolioId}`.execute(
      server.database.owner,
    );
    const begun = await operator.post<Reconciliation>("/operations/reconciliations", { full: true });
    expect(begun.status).toBe(202);
    const { id } = begun.body;
    const url = `/operations/reconciliations/${id}`;
    expect(begun.headers.get("location")).toBe(`/api/v1${url}`);
    const found = async () => (await operator.get<ReconciliationWithFindings>(url)).body;
    await expect.poll(found, WITHIN).toMatchObject({ finishedAt: expect.any(String) as string });
    const { items, ...round } = await found();
    expect(round).toMatchObject({ id, full: true, portfolios: 1, replayed: 1, versions: 1, findings: 2 });
    expect(items).toMatchObject([
      { portfolioId, law: "cost-is-in-lots", subject: "position ACME.SIM", expected: "99", found: "100" },
      { portfolioId, law: "figures-are-a-replay" },
    ]);
    const { body } = await operator.get<ReconciliationList>("/operations/reconciliations");
    expect(body.items[0]).toEqual(round);
  });

  test("is refused a second round while one is under way, and a round that there is not", async () => {
    await sql`insert into reconciliation_run (id) values (${randomUUID()})`.execute(server.database.worker);
    const refused = await operator.post<{ code: string }>("/operations/reconciliations", {});
    expect([refused.status, refused.body.code]).toEqual([409, "reconciliation-in-progress"]);
    expect((await operator.get(`/operations/reconciliations/${randomUUID()}`)).status).toBe(404);
  });
});
