/* Operators pause what matches, wait until nothing is in hand, and let it go on. */
import { inProcessQuoteCache } from "#adapters/in-process/quote-cache.ts";
import { readConfiguration } from "#adapters/configuration.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import type { Consumer, ConsumerList, OperatorActionList } from "#contracts/operations.ts";
import type { PositionList } from "#contracts/positions.ts";
import type { Transaction } from "#contracts/transactions.ts";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { signedInOperator } from "#testing/signed-in-operator.ts";
import { startTestServer } from "#testing/test-server.ts";
import { startRoles, type Stoppable } from "#workers/roles.ts";

const WITHIN = { timeout: 20_000, interval: 50 };

const server = await startTestServer({ ticking: false, matching: false });
afterAll(() => server.close());

let user: ApiClient;
let operator: ApiClient;
let workers: Stoppable[] = [];

beforeAll(async () => {
  [user, operator] = [await signedInClient(server.baseUrl), await signedInOperator(server)];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  workers = [];
  await resume();
});

/** What a worker process of this role is made of. */
async function startWorker(): Promise<Stoppable> {
  const { fanOut, database } = server;
  const worker = await startRoles(["lot-matching"], {
    configuration: readConfiguration({}),
    database: { db: database.worker, url: database.workerUrl, close: () => Promise.resolve() },
    shared: {
      fanOut,
      cache: inProcessQuoteCache({ ttlSeconds: 60 }),
      quotes: () => Promise.resolve(new Map()),
      close: () => Promise.resolve(),
    },
    log,
    onFatal: () => {},
  });
  workers.push(worker);
  return worker;
}

const pause = (reason = "moving house") =>
  operator.post<Consumer>("/operations/consumers/lot-matching/pause", { reason });
const resume = () => operator.request<Consumer>("POST", "/operations/consumers/lot-matching/resume");
const matching = async () => {
  const { items } = (await operator.get<ConsumerList>("/operations/consumers")).body;
  return items.find(({ name }) => name === "lot-matching")!;
};
const sequenceOf = async (portfolioId: string) =>
  (await user.get<PositionList>(`/portfolios/${portfolioId}/positions`)).body.sequence;
const buy = (portfolioId: string, headers: Record<string, string> = {}) =>
  user.record({ portfolioId, symbol: "ACME.SIM", type: "buy", quantity: "1", price: "1" }, headers);

describe("the consumers", () => {
  test("are listed with the processes that take part, and what waits in the outbox", async () => {
    const before = (await operator.get<ConsumerList>("/operations/consumers")).body;
    expect(before.items.map(({ name, pause: paused, drained }) => [name, paused, drained])).toEqual([
      ["lot-matching", null, false],
      ["outbox-relay", null, false],
    ]);
    const { id } = await user.portfolio();
    await buy(id);
    const waiting = (await operator.get<ConsumerList>("/operations/consumers")).body.outbox;
    expect(waiting.waiting).toBeGreaterThan(0);
    expect(Date.parse(waiting.oldestAt!)).toBeGreaterThan(Date.now() - 60_000);
    await startWorker();
    await expect
      .poll(async () => (await matching()).processes, WITHIN)
      .toMatchObject([{ pid: process.pid, paused: false, silent: false }]);
    await expect
      .poll(async () => (await operator.get<ConsumerList>("/operations/consumers")).body.outbox, WITHIN)
      .toEqual({ waiting: 0, oldestAt: null });
  });

  test("while matching is paused trades are recorded and stay pending, also for a worker that starts; afterwards all is matched", async () => {
    const { id } = await user.portfolio();
    const first = await startWorker();
    await buy(id);
    await expect.poll(() => sequenceOf(id), WITHIN).toMatchObject({ head: 1, applied: 1 });
    await pause();
    await expect.poll(async () => (await matching()).drained, WITHIN).toBe(true);
    // Longer than it takes the sweeper to find what nobody has matched: recorded at once, and a while ago.
    await sql`update ledger_head set head_at = head_at - interval '1 minute'`.execute(server.database.owner);
    for (let count = 0; count < 5; count += 1) expect((await buy(id)).status).toBe("pending");
    await sql`update ledger_head set head_at = head_at - interval '1 minute'`.execute(server.database.owner);
    await first.stop();
    await startWorker();
    // A report later than the one it was started with: it has had its chances to match.
    const seen = async () => (await matching()).processes.map(({ seenAt, startedAt }) => seenAt > startedAt);
    await expect.poll(seen, WITHIN).toEqual([true]);
    expect(await sequenceOf(id)).toMatchObject({ head: 6, applied: 1 });
    expect(await matching()).toMatchObject({ drained: true, processes: [{ paused: true, busySince: null }] });
    const waited = await buy(id, { prefer: "wait=1" });
    expect(waited.status).toBe("pending");
    expect((await resume()).body.pause).toBeNull();
    await expect.poll(() => sequenceOf(id), WITHIN).toMatchObject({ head: 7, applied: 7 });
    const { body } = await user.get<Transaction>(`/transactions/${waited.id}`);
    expect(body.status).toBe("matched");
  });

  test("a pause says who made it and why, is made once, and is written down", async () => {
    const paused = await pause("a disk is full");
    expect(paused.status).toBe(200);
    expect(paused.body.pause).toMatchObject({ reason: "a disk is full" });
    expect((await pause("another reason")).body.pause).toEqual(paused.body.pause);
    expect((await resume()).body.pause).toBeNull();
    expect((await resume()).status).toBe(200);
    const { items } = (await operator.get<OperatorActionList>("/operations/actions?limit=2")).body;
    const { by } = paused.body.pause!;
    expect(items).toMatchObject([
      { actor: by, action: "resume-consumer", subject: "consumer lot-matching", reason: "" },
      { actor: by, action: "pause-consumer", subject: "consumer lot-matching", reason: "a disk is full" },
    ]);
  });

  test("is drained only when no process that is alive has anything in hand or has not heard of the pause", async () => {
    await pause();
    expect((await matching()).drained).toBe(true);
    const { owner } = server.database;
    const number = sql`(select pause_number from consumer_control where name = 'lot-matching')`;
    const insert = (row: { pause: ReturnType<typeof sql>; busy: boolean; secondsAgo: number }) =>
      sql`insert into worker_process (id, role, host, pid, pause_number, busy_since, seen_at)
        values (gen_random_uuid(), 'lot-matching', 'elsewhere', 7, ${row.pause},
          ${row.busy ? sql`clock_timestamp()` : sql`null`},
          clock_timestamp() - make_interval(secs => ${row.secondsAgo}::double precision))`.execute(owner);
    const cases = [
      { pause: sql`${number}`, busy: false, secondsAgo: 0, drained: true },
      { pause: sql`${number}`, busy: true, secondsAgo: 0, drained: false },
      { pause: sql`${number} - 1`, busy: false, secondsAgo: 0, drained: false },
      { pause: sql`null`, busy: false, secondsAgo: 0, drained: false },
      { pause: sql`null`, busy: true, secondsAgo: 60, drained: true },
    ];
    for (const [index, { drained, ...row }] of cases.entries()) {
      await insert(row);
      expect([index, (await matching()).drained]).toEqual([index, drained]);
      await sql`delete from worker_process`.execute(owner);
    }
  });

  test.each([
    ["a pause of a consumer that there is not", "nobody/pause", { reason: "x" }, 404],
    ["a resume of a consumer that there is not", "nobody/resume", undefined, 404],
    ["a pause without a reason", "lot-matching/pause", {}, 400],
    ["an empty reason", "lot-matching/pause", { reason: "" }, 400],
  ] as const)("%s is refused", async (_what, path, body, status) => {
    expect((await operator.request("POST", `/operations/consumers/${path}`, { body })).status).toBe(status);
    expect((await matching()).pause).toBeNull();
  });
});
