/* What clients meet while a server closes: answers to all they have asked, and a word that it was the last one. */
import { Agent, request, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sql } from "kysely";
import type { Transaction } from "#contracts/transactions.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { StreamClient } from "#testing/stream-client.ts";
import { startTestServer, type TestServer } from "#testing/test-server.ts";

const WITHIN = { timeout: 10_000, interval: 10 };

describe("a server that closes", () => {
  let server: TestServer;
  let user: ApiClient;
  let portfolioId: string;
  beforeEach(async () => {
    server = await startTestServer({ ticking: false, matching: false });
    user = await signedInClient(server.baseUrl);
    portfolioId = (await user.portfolio()).id;
  });
  afterEach(() => server.close());

  const trade = () => ({
    portfolioId,
    symbol: "ACME.SIM",
    type: "buy",
    quantity: "1",
    price: "1",
    tradedAt: "2026-01-05T15:00:00Z",
  });
  const isAsked = async () => {
    await expect
      .poll(async () => {
        const { rows } = await sql`select from transaction`.execute(server.database.owner);
        return rows.length;
      }, WITHIN)
      .toBe(1);
  };
  /** How long it takes to close. Units: milliseconds. */
  const close = async () => {
    const began = performance.now();
    await server.app.close();
    return performance.now() - began;
  };

  test("answers whoever waits for figures with those that there are", async () => {
    const waiting = user.post<Transaction>("/transactions", trade(), { prefer: "wait=8" });
    await isAsked();
    expect(await close()).toBeLessThan(2_000);
    const answer = await waiting;
    expect([answer.status, answer.body.status]).toEqual([201, "pending"]);
    expect(answer.headers.get("connection")).toBe("close");
  });

  test("serves what is on its way on a connection that was idle, and says that it was the last", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () =>
      new Promise<IncomingMessage>((resolve, reject) => {
        const asked = request(`${server.baseUrl}/health/live`, { agent }, (answer) => {
          answer.resume().once("end", () => resolve(answer));
        });
        asked.once("error", reject);
        asked.end();
      });
    expect((await ask()).headers.connection).toBe("keep-alive");
    const closing = close();
    const answer = await ask();
    expect([answer.statusCode, answer.headers.connection]).toEqual([200, "close"]);
    await closing;
    await expect(ask()).rejects.toThrow("ECONNREFUSED");
    agent.destroy();
  });

  test("does not wait for those who say nothing, and tells WebSockets that it goes", async () => {
    const silent = connect(Number(new URL(server.baseUrl).port), "127.0.0.1");
    await new Promise((resolve) => silent.once("connect", resolve));
    const cut = new Promise((resolve) => silent.once("close", resolve));
    const stream = await new StreamClient(`${server.wsUrl}/ws/portfolio/${portfolioId}`).opened();
    stream.send({ type: "authenticate", token: user.token! });
    await stream.next("snapshot");
    expect(await close()).toBeLessThan(2_000);
    expect(await stream.closed).toBe(1012);
    await cut;
  });

  test("gives up on what hangs, in time for the process to end in order", async () => {
    const { owner } = server.database;
    await sql`create function take_six_seconds() returns trigger language plpgsql
      as 'begin perform pg_sleep(6); return new; end'`.execute(owner);
    await sql`create trigger slow before update on portfolio
      for each row execute function take_six_seconds()`.execute(owner);
    const hanging = user.request("PUT", `/portfolios/${portfolioId}`, { body: { name: "Slow" } }).then(
      (answer) => answer.status,
      () => "cut",
    );
    await expect
      .poll(async () => {
        const { rows } = await sql`select from pg_stat_activity
          where datname = current_database() and wait_event = 'PgSleep'`.execute(owner);
        return rows.length;
      }, WITHIN)
      .toBe(1);
    expect(await close()).toBeLessThan(4_000);
    expect(await hanging).toBe("cut");
  });
});
