import { randomUUID } from "node:crypto";
import { request as send } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Transaction } from "#contracts/transactions.ts";
import { signedInClient, type ApiClient, type Answer } from "#testing/api-client.ts";
import { countLockWaits, lockLedger } from "#testing/locked-ledger.ts";
import { startTestServer, type TestServer } from "#testing/test-server.ts";

/* What users notice of group commit. The ways to record are in idempotency.int.test.ts and recording.int.test.ts. */

const WITHIN = { timeout: 5_000, interval: 10 };

let server: TestServer;
let users: ApiClient[];
beforeAll(async () => {
  server = await startTestServer({ matching: false, ticking: false });
  users = await Promise.all(Array.from({ length: 10 }, () => signedInClient(server.baseUrl)));
});
afterAll(() => server.close());

const trade = (portfolioId: string, fields: object = {}) => ({
  portfolioId,
  symbol: "ACME.SIM",
  type: "buy",
  quantity: "1",
  price: "100",
  tradedAt: "2026-01-05T15:00:00Z",
  ...fields,
});

async function sequencesOf(portfolioId: string): Promise<number[]> {
  const rows = await server.database.owner
    .selectFrom("transaction")
    .select("sequence")
    .where("portfolio_id", "=", portfolioId)
    .orderBy("sequence")
    .execute();
  return rows.map((row) => row.sequence);
}

const codes = (answers: readonly Answer[]) =>
  answers.map(({ status, body }) => `${status} ${(body as { code?: string }).code ?? ""}`.trim());

test("everybody at once gets an answer of their own, whatever the others asked for", async () => {
  const ids = await Promise.all(users.map(async (user) => (await user.portfolio()).id));
  const taken = randomUUID();
  await users[0]!.post("/transactions", trade(ids[0]!, { id: taken }));
  await users[0]!.post("/transactions", trade(ids[0]!), { "idempotency-key": "used" });
  const answers = await Promise.all(
    users.flatMap((user, index) => {
      const [own, others] = [ids[index]!, ids[(index + 1) % ids.length]!];
      return [
        user.post("/transactions", trade(own)),
        user.post("/transactions", trade(others)),
        user.post("/transactions/batch", { transactions: [trade(own), trade(own)] }),
        user.post(`/portfolios/${own}/trades`, { symbol: "ACME.SIM", qty: "-1", price: "1" }),
        user.post("/transactions", trade(own, { quantity: "-1" })),
        user.post("/transactions", trade(own), { "idempotency-key": "used" }),
        user.post("/transactions", trade(own, { id: taken, price: "2" })),
      ];
    }),
  );
  const rest = ["201", "404 portfolio-not-found", "201", "201", "400 invalid-request"];
  for (const [index, id] of ids.entries()) {
    const own = codes(answers.slice(index * 7, index * 7 + 7));
    const isFirst = index === 0;
    // Another user's id and key are none of theirs.
    expect(own).toEqual([...rest, "201", isFirst ? "409 transaction-id-taken" : "201"]);
    expect(await sequencesOf(id)).toEqual([1, 2, 3, 4, 5, 6]);
  }
});

test("a large batch under way does not hold up the trades of others", async () => {
  const ids = await Promise.all(users.map(async (user) => (await user.portfolio()).id));
  const [importer, ...others] = users;
  // What takes long here is a lock; a batch of 5,000 takes about as long by itself.
  const release = await lockLedger(server.database.owner, ids[0]!);
  const transactions = Array.from({ length: 200 }, () => trade(ids[0]!));
  const importing = importer!.post("/transactions/batch", { transactions });
  await expect.poll(() => countLockWaits(server.database.owner), WITHIN).toBe(1);
  const own = importer!.post("/transactions", trade(ids[0]!));
  for (let round = 0; round < 3; round += 1) {
    const answers = await Promise.all(
      others.map((user, index) => user.post("/transactions", trade(ids[index + 1]!))),
    );
    expect(codes(answers)).toEqual(others.map(() => "201"));
  }
  await release();
  expect(codes([await importing, await own])).toEqual(["201", "201"]);
  expect((await sequencesOf(ids[0]!)).length).toBe(201);
});

describe("an API of its own", () => {
  /** One call at a time, which stands still until the ledger is let go. */
  async function standingStill(recorder = {}) {
    const own = await startTestServer({
      matching: false,
      ticking: false,
      recorder: { callsMax: 1, ...recorder },
    });
    const user = await signedInClient(own.baseUrl);
    const portfolioId = (await user.portfolio()).id;
    const release = await lockLedger(own.database.owner, portfolioId);
    const first = user.post<Transaction>("/transactions", trade(portfolioId));
    await expect.poll(() => countLockWaits(own.database.owner), WITHIN).toBe(1);
    const stored = async () => {
      const rows = await own.database.owner.selectFrom("transaction").select("id").execute();
      return rows.map((row) => row.id);
    };
    return { own, user, portfolioId, release, first, stored };
  }

  test("turns away who finds too many waiting, and says when to try again", async () => {
    const { own, user, portfolioId, release, first } = await standingStill({ waitingRequestsMax: 1 });
    const rest = await Promise.all([
      ...[1, 2].map(() => user.post("/transactions", trade(portfolioId))),
      release(),
    ]);
    const answers = [await first, rest[0], rest[1]] as Answer[];
    expect(codes(answers).toSorted()).toEqual(["201", "201", "503 unavailable"]);
    const refused = answers.find(({ status }) => status === 503);
    expect(refused?.headers.get("retry-after")).toBe("1");
    await own.close();
  });

  test("records also what a client asked for that has gone, and repeating it records nothing twice", async () => {
    const { own, user, portfolioId, release, first, stored } = await standingStill();
    const id = randomUUID();
    const impatient = send(`${own.baseUrl}/api/v1/transactions`, {
      method: "POST",
      headers: { authorization: `Bearer ${user.token}`, "content-type": "application/json" },
    });
    const gone = new Promise((resolve) => impatient.once("error", resolve));
    impatient.end(JSON.stringify(trade(portfolioId, { id })));
    await expect.poll(() => own.recorder.waiting, WITHIN).toBe(1);
    impatient.destroy();
    await gone;
    await release();
    expect((await first).status).toBe(201);
    await expect.poll(stored, WITHIN).toContain(id);
    const again = await user.post<Transaction>("/transactions", trade(portfolioId, { id }));
    expect([again.status, again.body.sequence]).toEqual([201, 2]);
    await own.close();
  });

  test("closes as soon as all that it accepted is recorded and answered", async () => {
    const { own, user, portfolioId, release, first, stored } = await standingStill();
    const second = user.post("/transactions", trade(portfolioId));
    await expect.poll(() => own.recorder.waiting, WITHIN).toBe(1);
    const closing = own.app.close();
    await release();
    const answers = [await first, await second];
    expect(codes(answers)).toEqual(["201", "201"]);
    // Else the clients' connections, which are kept alive, would hold it.
    expect(answers.map(({ headers }) => headers.get("connection"))).toEqual(["close", "close"]);
    await closing;
    expect((await stored()).length).toBe(2);
    await own.close();
  });
});
