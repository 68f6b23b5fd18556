/* What a subscription promises: one's own portfolios only, a picture that is right in the end, and no harm to others. */
import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SignedIn } from "#contracts/accounts.ts";
import type { PositionList } from "#contracts/positions.ts";
import type { Transaction } from "#contracts/transactions.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { StreamClient } from "#testing/stream-client.ts";
import { StreamPicture } from "#testing/stream-picture.ts";
import { startTestServer, type TestServer } from "#testing/test-server.ts";

let server: TestServer;
let user: ApiClient;
let other: ApiClient;

beforeAll(async () => {
  server = await startTestServer({ ticking: false });
  [user, other] = [await signedInClient(server.baseUrl), await signedInClient(server.baseUrl)];
});
afterAll(() => server.close());

async function authenticated(client = user, at = server): Promise<StreamClient> {
  const stream = await new StreamClient(`${at.wsUrl}/ws`).opened();
  stream.send({ type: "authenticate", token: client.token! });
  await stream.next("authenticated");
  return stream;
}

/** Asks and waits for the answer, so that whatever was asked before is answered as well. */
async function settled(stream: StreamClient): Promise<void> {
  const pongs = stream.messages.filter((message) => message.type === "pong").length;
  stream.send({ type: "ping" });
  await expect
    .poll(() => stream.messages.filter((message) => message.type === "pong").length)
    .toBe(pongs + 1);
}

const trade = (portfolioId: string, fields: object = {}) => ({
  portfolioId,
  symbol: "ACME.SIM",
  type: "buy" as const,
  quantity: "1",
  price: "100",
  tradedAt: "2026-01-05T15:00:00Z",
  ...fields,
});

describe("another's portfolio", () => {
  test("is as unknown as one that does not exist, by message and by path", async () => {
    const { id } = await other.portfolio({ name: "secret" });
    const errors: string[] = [];
    for (const portfolioId of [id, randomUUID(), id.toUpperCase()]) {
      const stream = await authenticated();
      stream.send({ type: "subscribe", portfolioId });
      const error = await stream.next("error");
      errors.push(JSON.stringify(error).replace(portfolioId.toLowerCase(), "?"));
      await settled(stream);
      expect(stream.messages.map((message) => message.type)).toEqual(["authenticated", "error", "pong"]);
      const byPath = await new StreamClient(`${server.wsUrl}/ws/portfolio/${portfolioId}`).opened();
      byPath.send({ type: "authenticate", token: user.token! });
      errors.push(JSON.stringify(await byPath.next("error")).replace(portfolioId.toLowerCase(), "?"));
      stream.close();
      byPath.close();
    }
    expect(new Set(errors).size).toBe(1);
  });

  test("sends nothing when it changes, also to who asked for it while its owner watches", async () => {
    const { id } = await other.portfolio();
    const [watching, asking] = [await authenticated(other), await authenticated(user)];
    watching.send({ type: "subscribe", portfolioId: id });
    await watching.next("snapshot");
    asking.send({ type: "subscribe", portfolioId: id });
    await asking.next("error");
    await other.record(trade(id));
    await watching.next("delta");
    await settled(asking);
    expect(asking.messages.map((message) => message.type)).toEqual(["authenticated", "error", "pong"]);
    watching.close();
    asking.close();
  });

  test("is what one's own becomes when it is deleted, at once, in whatever case its id is written", async () => {
    for (const spell of [(id: string) => id, (id: string) => id.toUpperCase()]) {
      const { id } = await user.portfolio();
      const stream = await authenticated();
      stream.send({ type: "subscribe", portfolioId: id });
      await stream.next("snapshot");
      expect((await user.request("DELETE", `/portfolios/${spell(id)}`)).status).toBe(204);
      const error = await stream.next("error", () => true, 2_000);
      expect(error).toMatchObject({ code: "portfolio-not-found", portfolioId: id });
      stream.send({ type: "subscribe", portfolioId: id });
      await expect.poll(() => stream.messages.filter((message) => message.type === "error").length).toBe(2);
      stream.close();
    }
  });
});

describe("the token of an open socket", () => {
  test("is renewed by another of the same session, and the socket goes on", async () => {
    const client = await signedInClient(server.baseUrl);
    const { username } = (await client.get<{ username: string }>("/auth/me")).body;
    const signedIn = await client.post<SignedIn>("/auth/login", {
      login: username,
      password: "a long enough password",
    });
    client.token = signedIn.body.accessToken;
    const stream = await authenticated(client);
    const cookie = signedIn.headers.get("set-cookie")!.split(";")[0]!;
    const headers = { cookie, "x-lotwise-client": "web" };
    const renewed = await client.request<SignedIn>("POST", "/auth/refresh", { headers });
    stream.send({ type: "authenticate", token: renewed.body.accessToken });
    await expect.poll(() => stream.messages.filter(({ type }) => type === "authenticated").length).toBe(2);
    await settled(stream);
    stream.close();
  });

  test.for<[string, () => string | Promise<string>]>([
    ["another user", () => other.token!],
    [
      "another session of the same user",
      async () => {
        const { username } = (await user.get<{ username: string }>("/auth/me")).body;
        const login = { login: username, password: "a long enough password" };
        return (await user.post<SignedIn>("/auth/login", login)).body.accessToken;
      },
    ],
    ["nobody", () => "x.y.z"],
  ])("of %s closes it by 4401", async ([, token]) => {
    const { id } = await user.portfolio();
    const stream = await authenticated();
    stream.send({ type: "subscribe", portfolioId: id });
    await stream.next("snapshot");
    stream.send({ type: "authenticate", token: await token() });
    expect(await stream.closed).toBe(4401);
  });
});

test("snapshot and deltas add up to what REST tells, after trades, edits and withdrawals", async () => {
  const { id } = await user.portfolio();
  const streams = [await authenticated(), await authenticated()];
  for (const stream of streams) stream.send({ type: "subscribe", portfolioId: id });
  const ids: string[] = [];
  for (let round = 0; round < 30; round += 1) {
    const symbol = ["ACME.SIM", "GLOBEX.SIM", "HOOLI.SIM"][round % 3]!;
    const type = round % 5 === 4 ? "sell" : "buy";
    const tradedAt = new Date(Date.UTC(2026, 0, round % 7 === 6 ? 1 : round + 2)).toISOString();
    const answer = await user.post<Transaction>(
      "/transactions",
      trade(id, { symbol, type, tradedAt, quantity: String(1 + (round % 4)) }),
    );
    ids.push(answer.body.id);
    if (round % 6 === 5) {
      const edit = trade(id, { portfolioId: undefined, symbol: "HOOLI.SIM", quantity: "2", tradedAt });
      await user.request("PUT", `/transactions/${ids[round - 2]}`, { body: edit });
    }
    if (round % 8 === 7) await user.request("DELETE", `/transactions/${ids[round - 1]}`);
    // One of the two comes back anew in the middle.
    if (round === 15) streams[1]!.send({ type: "subscribe", portfolioId: id });
  }
  const read = async () => (await user.get<PositionList>(`/portfolios/${id}/positions`)).body;
  await expect.poll(async () => (await read()).pending, { timeout: 10_000 }).toBe(false);
  const { items, totals, sequence } = await read();
  for (const stream of streams) {
    const pictureOf = (): StreamPicture => {
      const picture = new StreamPicture();
      for (const message of stream.messages) picture.take(message);
      return picture;
    };
    await expect.poll(() => pictureOf().ledger.applied, { timeout: 7_000 }).toBe(sequence.applied);
    const picture = pictureOf();
    expect(picture.list()).toEqual(items);
    expect(picture.totals).toEqual(totals);
    expect(picture.faults).toEqual([]);
    stream.close();
  }
});

test("a dividend, which changes nothing of a position but its income, is told", async () => {
  const { id } = await user.portfolio();
  const symbol = "UNQUOTED";
  await user.record(trade(id, { symbol }));
  const stream = await authenticated();
  stream.send({ type: "subscribe", portfolioId: id });
  await stream.next("snapshot", ({ positions }) => positions[0]?.income === "0");
  await user.record({
    portfolioId: id,
    type: "dividend",
    symbol,
    amount: "5",
    tradedAt: "2026-01-06T15:00:00Z",
  });
  const { positions } = await stream.next("delta", (delta) => delta.positions[0]?.income === "5");
  expect(positions).toMatchObject([{ symbol, quantity: "1", income: "5" }]);
  stream.close();
});

describe("who does not read", () => {
  const MEGABYTE = 1_024 * 1_024;
  const POSITIONS = 4_000;
  let crowded: TestServer;
  let client: ApiClient;
  let big: string;
  let small: string;
  let frameBytes: number;

  beforeAll(async () => {
    crowded = await startTestServer({ ticking: false });
    client = await signedInClient(crowded.baseUrl);
    [big, small] = [(await client.portfolio()).id, (await client.portfolio()).id];
    const held = (portfolioId: string, count: number) =>
      Array.from({ length: count }, (_, index) => trade(portfolioId, { symbol: `S${index}.SIM` }));
    const transactions = [...held(big, POSITIONS), ...held(small, 600)];
    await client.post("/transactions/batch", { transactions }, { prefer: "wait=8" });
    const stream = await authenticated(client, crowded);
    stream.send({ type: "subscribe", portfolioId: big });
    const whole = await stream
      .next("snapshot", ({ positions }) => positions.length === POSITIONS, 30_000)
      .catch(() => stream.next("delta", ({ ledger }) => ledger.applied === POSITIONS));
    frameBytes = JSON.stringify(whole).length;
    stream.close();
  });
  afterAll(() => crowded.close());

  const sockets = () => [...crowded.app.websocketServer.clients];
  /** What the server holds for the socket that holds most. */
  const buffered = () => Math.max(0, ...sockets().map((socket) => socket.bufferedAmount));

  test("gets one picture and no queue of them, is closed in time, and hurts nobody", async () => {
    const [deaf, reading] = [await authenticated(client, crowded), await authenticated(client, crowded)];
    deaf.socket.pause();
    let most = 0;
    const began = performance.now();
    // As much as the limit of messages allows.
    const asking = setInterval(() => {
      for (let message = 0; message < 9; message += 1) deaf.send({ type: "subscribe", portfolioId: big });
    }, 550);
    const looking = setInterval(() => (most = Math.max(most, buffered())), 20);
    try {
      for (let round = 0; round < 20; round += 1) {
        const asked = performance.now();
        await settled(reading);
        expect(performance.now() - asked).toBeLessThan(1_500);
      }
      await expect.poll(() => sockets().length, { timeout: 20_000 }).toBe(1);
    } finally {
      clearInterval(asking);
      clearInterval(looking);
    }
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(MEGABYTE / 4 + 1.2 * frameBytes);
    for (const stream of [deaf, reading]) stream.close();
  });

  test("for less than ten seconds is not closed, however large its picture, and gets what it asked for", async () => {
    expect(frameBytes).toBeGreaterThan(1.1 * MEGABYTE);
    const stream = await authenticated(client, crowded);
    stream.socket.pause();
    // Fills what the system's own buffers take, by frames that leave little over.
    for (let sent = 0; buffered() === 0 && sent < 500; sent += 1) {
      stream.send({ type: "subscribe", portfolioId: small });
      // Below the limit of messages, on purpose.
      await delay(60);
    }
    stream.send({ type: "subscribe", portfolioId: big });
    await expect.poll(buffered, { timeout: 5_000 }).toBeGreaterThan(MEGABYTE);
    // Several flushes look at it meanwhile: time passes on purpose.
    await delay(1_200);
    expect(sockets().length).toBe(1);
    stream.socket.resume();
    const picture = await stream.next("snapshot", (message) => message.portfolioId === big);
    expect(picture.positions).toHaveLength(POSITIONS);
    await settled(stream);
    stream.close();
  });
});

test("a server that ends says so by 1012 and waits for nobody: not the silent, the idle or the refused", async () => {
  const ending = await startTestServer({ matching: false, ticking: false });
  const client = await signedInClient(ending.baseUrl);
  const [reading, deaf] = [await authenticated(client, ending), await authenticated(client, ending)];
  await Promise.all(
    ["/nope", "/ws/nope", "/ws/portfolio/1", "/ws/portfolio/%ff"].map(
      (path) => new StreamClient(ending.wsUrl + path).closed,
    ),
  );
  const unnamed = await new StreamClient(`${ending.wsUrl}/ws`).opened();
  deaf.socket.pause();
  const idle = connect(Number(new URL(ending.baseUrl).port), "127.0.0.1");
  await new Promise((resolve) => idle.once("connect", resolve));
  const began = performance.now();
  const closed = ending.close().then(() => performance.now() - began);
  expect(await Promise.all([reading.closed, unnamed.closed])).toEqual([1012, 1012]);
  expect(performance.now() - began).toBeLessThan(2_500);
  expect(await closed).toBeLessThan(5_000);
  deaf.close();
  idle.destroy();
});
