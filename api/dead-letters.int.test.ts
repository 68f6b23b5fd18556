/* Dead letters as operators have them: listed, shown, replayed, discarded, and every step of it written down. */
import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { storeUndecodable } from "#adapters/postgres/dead-letters.ts";
import type { DeadLetter, DeadLetterList, DeadLetterSummary, Replayed } from "#contracts/dead-letters.ts";
import type { OperatorActionList } from "#contracts/operations.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { mendLots, POISON, poisonLots } from "#testing/poison.ts";
import { makeOperator } from "#testing/signed-in-operator.ts";
import { startTestServer } from "#testing/test-server.ts";

const WITHIN = { timeout: 10_000, interval: 100 };
const LIST = "/operations/dead-letters";

const server = await startTestServer({ ticking: false });
const { owner, worker } = server.database;
afterAll(() => server.close());

let operator: ApiClient;
let operatorName: string;
let user: ApiClient;
let portfolioId: string;

beforeAll(async () => {
  [operator, user] = [await signedInClient(server.baseUrl), await signedInClient(server.baseUrl)];
  operatorName = await makeOperator(server, operator);
});
beforeEach(async () => {
  await sql`delete from dead_letter`.execute(worker);
  ({ id: portfolioId } = await user.portfolio());
  await poisonLots(owner);
});
afterEach(async () => {
  await mendLots(owner);
  await operator.post(`${LIST}/${(await open())[0]?.id}/replay`, undefined);
});

const buy = (quantity: string) => ({
  portfolioId,
  symbol: "ACME.SIM",
  type: "buy" as const,
  quantity,
  price: "10",
});

async function open(): Promise<DeadLetterSummary[]> {
  return (await operator.get<DeadLetterList>(`${LIST}?state=open`)).body.items;
}

/** A portfolio that is parked at its second transaction; returns that and its dead letter. */
async function park() {
  await user.record(buy("10"));
  const culprit = await user.record(buy(POISON), {});
  await user.record(buy("5"), {});
  await expect.poll(open, WITHIN).toHaveLength(1);
  const [letter] = await open();
  return { culprit, letter: letter! };
}

async function lastActions(count: number) {
  return (await operator.get<OperatorActionList>(`/operations/actions?limit=${count}`)).body.items;
}

const unreadable = (offset: number, fields: Partial<Parameters<typeof storeUndecodable>[1]> = {}) =>
  storeUndecodable(worker, {
    topic: "transaction-recorded.v1",
    partition: 1,
    offset: String(offset),
    key: null,
    value: Buffer.from("garbage"),
    reason: "not JSON",
    ...fields,
  });

describe("a portfolio that cannot be matched", () => {
  test("is listed in plain words, and shown with the error behind it", async () => {
    const { culprit, letter } = await park();
    expect(letter).toEqual({
      id: expect.any(String) as string,
      source: "matching",
      state: "open",
      reason: "cannot-be-matched",
      message: expect.stringMatching(/^Calculation is paused: one transaction cannot be matched\./) as string,
      portfolioId,
      sequence: 2,
      transactionId: culprit.id,
      waiting: 1,
      record: null,
      attempts: 1,
      firstFailedAt: expect.any(String) as string,
      lastFailedAt: letter.firstFailedAt,
      nextAttemptAt: expect.any(String) as string,
      resolvedAt: null,
      resolvedBy: null,
    });
    const { username } = (await user.get<{ username: string }>("/auth/me")).body;
    const shown = (await operator.get<DeadLetter>(`${LIST}/${letter.id}`)).body;
    expect(shown).toMatchObject({ ...letter, owner: username, key: null, value: null });
    expect(shown.detail).toMatch(/poison[^]*SQLSTATE 23514/);
  });

  test("fails again when it is replayed too early, and is matched in order once it is mended", async () => {
    const { letter } = await park();
    const early = await operator.post<Replayed>(`${LIST}/${letter.id}/replay`, undefined);
    expect(early.body).toMatchObject({ outcome: "failed-again", deadLetter: { attempts: 2, state: "open" } });
    await mendLots(owner);
    const late = await operator.post<Replayed>(`${LIST}/${letter.id}/replay`, undefined);
    expect(late.body).toMatchObject({
      outcome: "replayed",
      deadLetter: { state: "replayed", waiting: 0, nextAttemptAt: null, resolvedBy: operatorName },
    });
    const { sequence } = (await user.get<{ sequence: unknown }>(`/portfolios/${portfolioId}`)).body as {
      sequence: Record<string, unknown>;
    };
    expect(sequence).toEqual({ head: 3, applied: 3, epoch: 0 });
    const subject = `dead-letter ${letter.id}`;
    expect(await lastActions(2)).toMatchObject([
      { actor: operatorName, action: "replay-dead-letter", subject },
      { actor: operatorName, action: "replay-dead-letter", subject },
    ]);
    const again = await operator.post<{ code: string }>(`${LIST}/${letter.id}/replay`, undefined);
    expect([again.status, again.body.code]).toEqual([409, "dead-letter-resolved"]);
  });

  test("is told of further on, where the next one is to blame", async () => {
    const { letter } = await park();
    const second = await user.record(
      { portfolioId, symbol: "OTHER.SIM", type: "dividend", amount: POISON } as never,
      {},
    );
    await sql
      .raw(`alter table cash_flow add constraint other_poison check (amount <> ${POISON}) not valid`)
      .execute(owner);
    await sql`update portfolio set track_cash = true where id = ${portfolioId}`.execute(owner);
    await mendLots(owner);
    const replayed = await operator.post<Replayed>(`${LIST}/${letter.id}/replay`, undefined);
    await sql`alter table cash_flow drop constraint other_poison`.execute(owner);
    expect(replayed.body).toMatchObject({
      outcome: "replayed",
      next: { state: "open", portfolioId, sequence: 4, transactionId: second.id },
    });
  });

  test("is never skipped: it can be put away only once nothing waits for it", async () => {
    const { culprit, letter } = await park();
    const url = `${LIST}/${letter.id}/discard`;
    const blocked = await operator.post<{ code: string; detail: string }>(url, { reason: "away with it" });
    expect([blocked.status, blocked.body.code]).toEqual([409, "dead-letter-blocks"]);
    expect(blocked.body.detail).toContain("edit or delete the transaction");
    expect((await open()).map(({ id }) => id)).toEqual([letter.id]);
    await user.request("DELETE", `/transactions/${culprit.id}`);
    await expect.poll(open, WITHIN).toEqual([]);
    // Resolved by what its owner did: nobody's name is on it.
    const shown = (await operator.get<DeadLetter>(`${LIST}/${letter.id}`)).body;
    expect(shown).toMatchObject({ state: "replayed", resolvedBy: null });
    const discarded = await operator.post<DeadLetter>(url, { reason: "done with" });
    expect(discarded.body).toMatchObject({ state: "discarded", resolvedBy: operatorName });
    expect(await lastActions(1)).toMatchObject([{ action: "discard-dead-letter", reason: "done with" }]);
    expect((await operator.post(url, { reason: "twice" })).status).toBe(200);
    expect(await lastActions(1)).toMatchObject([{ reason: "done with" }]);
  });

  test("can be put away when its portfolio is gone", async () => {
    const { letter } = await park();
    await user.request("DELETE", `/portfolios/${portfolioId}`);
    const discarded = await operator.post<DeadLetter>(`${LIST}/${letter.id}/discard`, { reason: "deleted" });
    expect(discarded.body).toMatchObject({ state: "discarded" });
  });
});

describe("a record that cannot be read", () => {
  test("is shown byte for byte, and put away", async () => {
    const value = Buffer.from([0, 200, 255]);
    await unreadable(7, { value, key: Buffer.from("k") });
    const [letter] = await open();
    expect(letter).toMatchObject({
      source: "record",
      reason: "unreadable",
      message: expect.stringContaining("Nothing is lost by it") as string,
      portfolioId: null,
      record: { topic: "transaction-recorded.v1", partition: 1, offset: 7, size: 3 },
    });
    const shown = (await operator.get<DeadLetter>(`${LIST}/${letter!.id}`)).body;
    expect(Buffer.from(shown.value!, "base64")).toEqual(value);
    expect(Buffer.from(shown.key!, "base64").toString()).toBe("k");
    const replay = await operator.post<{ code: string }>(`${LIST}/${letter!.id}/replay`, undefined);
    expect([replay.status, replay.body.code]).toEqual([409, "nothing-to-replay"]);
    await operator.post(`${LIST}/${letter!.id}/discard`, { reason: "garbage" });
    expect(await open()).toEqual([]);
  });

  test.each([
    ["its key", () => ({ key: Buffer.from(portfolioId) })],
    ["its value", () => ({ value: Buffer.from(JSON.stringify({ v: 9, portfolioId })) })],
  ])("that names a portfolio by %s has it looked at when it is replayed", async (_name, fields) => {
    await unreadable(8, fields());
    const [letter] = await open();
    const replayed = await operator.post<Replayed>(`${LIST}/${letter!.id}/replay`, undefined);
    expect(replayed.body).toMatchObject({ outcome: "replayed", deadLetter: { resolvedBy: operatorName } });
  });
});

test("the list is paged, newest first, and filtered by state", async () => {
  for (let offset = 0; offset < 7; offset += 1) await unreadable(offset);
  const [newest] = await open();
  await operator.post(`${LIST}/${newest!.id}/discard`, { reason: "one of them" });
  const offsets: (number | undefined)[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const path: string = `${LIST}?state=open&limit=4${cursor === "" ? "" : `&cursor=${cursor}`}`;
    const { items, nextCursor } = (await operator.get<DeadLetterList>(path)).body;
    offsets.push(...items.map(({ record }) => record?.offset));
    cursor = nextCursor;
  }
  expect(offsets).toEqual([5, 4, 3, 2, 1, 0]);
  const discarded = (await operator.get<DeadLetterList>(`${LIST}?state=discarded`)).body;
  expect(discarded.items.map(({ id }) => id)).toEqual([newest!.id]);
  expect((await operator.get<DeadLetterList>(LIST)).body.items).toHaveLength(7);
});

test("of what is not there there is nothing to show, replay or discard", async () => {
  const nowhere = `${LIST}/${randomUUID()}`;
  expect((await operator.get(nowhere)).status).toBe(404);
  expect((await operator.post(`${nowhere}/replay`, undefined)).status).toBe(404);
  expect((await operator.post(`${nowhere}/discard`, { reason: "x" })).status).toBe(404);
  expect((await operator.get(`${LIST}/not-an-id`)).status).toBe(400);
});
