import { describe, expect, test, vi } from "vitest";
import {
  LINGER_MS,
  RECONNECT_DELAY_FIRST_MS,
  SILENCE_MAX_MS,
  StreamConnection,
  SUBSCRIBE_AGAIN_MS,
  type Socket,
} from "./stream-connection.ts";

interface FakeSocket extends Socket {
  readonly sent: Record<string, unknown>[];
  closedByClient: boolean;
}

/** A stage with sockets that never touch a network and a clock that moves when the test says so. */
function stage() {
  const sockets: FakeSocket[] = [];
  const timers: { atMs: number; run: () => void }[] = [];
  const state = { nowMs: 0, online: true, token: "t1" };
  const renewToken = vi.fn(async () => true);
  const onDisconnect = vi.fn();
  const connection = new StreamConnection({
    openSocket: () => {
      const socket: FakeSocket = {
        sent: [],
        closedByClient: false,
        onopen: null,
        onmessage: null,
        onclose: null,
        send: (text) => void socket.sent.push(JSON.parse(text) as Record<string, unknown>),
        close: () => void (socket.closedByClient = true),
      };
      sockets.push(socket);
      return socket;
    },
    accessToken: async () => state.token,
    renewToken,
    schedule: (run, delayMs) => {
      const timer = { atMs: state.nowMs + delayMs, run };
      timers.push(timer);
      return () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1));
    },
    random: () => 1,
    online: () => state.online,
    onMessage: () => undefined,
    onDisconnect,
  });
  const settle = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  return {
    connection,
    sockets,
    state,
    renewToken,
    onDisconnect,
    settle,
    newest: () => sockets.at(-1) as FakeSocket,
    async advance(byMs: number) {
      state.nowMs += byMs;
      for (const timer of timers.filter(({ atMs }) => atMs <= state.nowMs)) {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
        timer.run();
      }
      await settle();
    },
    async accept() {
      const socket = sockets.at(-1) as FakeSocket;
      socket.onopen?.();
      await settle();
      socket.onmessage?.({ data: JSON.stringify({ type: "authenticated", protocol: 1, expiresAt: "" }) });
    },
    async drop(code: number) {
      (sockets.at(-1) as FakeSocket).onclose?.({ code });
      await settle();
    },
  };
}

test("it authenticates by the first message and subscribes only when that was accepted", async () => {
  const { connection, newest, accept, settle } = stage();
  connection.subscribe("p1");
  expect(connection.state()).toBe("connecting");
  newest().onopen?.();
  await settle();
  expect(newest().sent).toEqual([{ type: "authenticate", token: "t1" }]);
  await accept();
  expect(newest().sent.at(-1)).toEqual({ type: "subscribe", portfolioId: "p1" });
  expect(connection.state()).toBe("live");
});

test("after a drop it waits, reconnects and subscribes again to everything", async () => {
  const { connection, sockets, newest, accept, drop, advance, onDisconnect } = stage();
  connection.subscribe("p1");
  connection.subscribe("p2");
  await accept();
  await drop(1006);
  expect(connection.state()).toBe("reconnecting");
  expect(onDisconnect).toHaveBeenCalled();
  expect(sockets).toHaveLength(1);
  await advance(RECONNECT_DELAY_FIRST_MS);
  await accept();
  expect(sockets).toHaveLength(2);
  expect(newest().sent.filter(({ type }) => type === "subscribe")).toHaveLength(2);
});

test("each failure in a row doubles the wait", async () => {
  const { connection, sockets, accept, drop, advance } = stage();
  connection.subscribe("p1");
  await accept();
  await drop(1012);
  await advance(RECONNECT_DELAY_FIRST_MS);
  await drop(1006);
  await advance(RECONNECT_DELAY_FIRST_MS);
  expect(sockets).toHaveLength(2);
  await advance(RECONNECT_DELAY_FIRST_MS);
  expect(sockets).toHaveLength(3);
});

describe("an expired sign-in", () => {
  test("renews the token and reconnects at once", async () => {
    const { connection, sockets, state, renewToken, accept, drop, newest, settle } = stage();
    connection.subscribe("p1");
    await accept();
    state.token = "t2";
    await drop(4401);
    expect(renewToken).toHaveBeenCalledTimes(1);
    expect(sockets).toHaveLength(2);
    newest().onopen?.();
    await settle();
    expect(newest().sent).toEqual([{ type: "authenticate", token: "t2" }]);
  });

  test("refused a second time it backs off instead of going round in circles", async () => {
    const { connection, sockets, renewToken, accept, drop } = stage();
    connection.subscribe("p1");
    await accept();
    await drop(4401);
    await drop(4401);
    expect(renewToken).toHaveBeenCalledTimes(1);
    expect(sockets).toHaveLength(2);
    expect(connection.state()).toBe("reconnecting");
  });

  test("ends quietly when there is nothing to renew", async () => {
    const { connection, sockets, renewToken, accept, drop } = stage();
    renewToken.mockResolvedValue(false);
    connection.subscribe("p1");
    await accept();
    await drop(4401);
    expect(connection.state()).toBe("idle");
    expect(sockets).toHaveLength(1);
  });
});

test("a silent socket is replaced", async () => {
  const { connection, sockets, accept, advance, newest } = stage();
  connection.subscribe("p1");
  await accept();
  const first = newest();
  await advance(SILENCE_MAX_MS);
  expect(first.closedByClient).toBe(true);
  await advance(RECONNECT_DELAY_FIRST_MS);
  expect(sockets).toHaveLength(2);
});

test("without a network it says so and returns as soon as there is one", async () => {
  const { connection, sockets, state, accept } = stage();
  connection.subscribe("p1");
  await accept();
  state.online = false;
  connection.networkChanged();
  expect(connection.state()).toBe("offline");
  state.online = true;
  connection.networkChanged();
  expect(sockets).toHaveLength(2);
  await accept();
  expect(connection.state()).toBe("live");
});

test("a portfolio left and wanted again within a moment stays subscribed without a message", async () => {
  const { connection, accept, advance, newest } = stage();
  const leave = connection.subscribe("p1");
  await accept();
  leave();
  connection.subscribe("p1");
  await advance(LINGER_MS);
  expect(
    newest()
      .sent.filter(({ type }) => type !== "ping")
      .map(({ type }) => type),
  ).toEqual(["authenticate", "subscribe"]);
});

test("the socket closes when nothing is wanted any more", async () => {
  const { connection, sockets, accept, advance, newest } = stage();
  const leave = connection.subscribe("p1");
  await accept();
  leave();
  const leaveNext = connection.subscribe("p2");
  await advance(LINGER_MS);
  expect(newest().sent.at(-1)).toEqual({ type: "unsubscribe", portfolioId: "p1" });
  expect(newest().closedByClient).toBe(false);
  leaveNext();
  await advance(LINGER_MS);
  expect(newest().closedByClient).toBe(true);
  expect(connection.state()).toBe("idle");
  expect(sockets).toHaveLength(1);
});

test("a portfolio wanted twice is subscribed once and left when the last one leaves", async () => {
  const { connection, accept, advance, newest } = stage();
  const first = connection.subscribe("p1");
  const second = connection.subscribe("p1");
  await accept();
  first();
  await advance(LINGER_MS);
  expect(newest().sent.filter(({ type }) => type === "unsubscribe")).toHaveLength(0);
  second();
  await advance(LINGER_MS);
  expect(newest().sent).toContainEqual({ type: "unsubscribe", portfolioId: "p1" });
});

test("a portfolio that the server could not read is asked for again", async () => {
  const { connection, accept, advance, newest } = stage();
  connection.subscribe("p1");
  await accept();
  const error = { type: "error", code: "unavailable", message: "Try again", portfolioId: "p1" };
  newest().onmessage?.({ data: JSON.stringify(error) });
  await advance(SUBSCRIBE_AGAIN_MS);
  expect(newest().sent.filter(({ type }) => type === "subscribe")).toHaveLength(2);
});

test("a new token is shown to the open socket", async () => {
  const { connection, accept, newest } = stage();
  connection.subscribe("p1");
  await accept();
  connection.renew("t9");
  expect(newest().sent.at(-1)).toEqual({ type: "authenticate", token: "t9" });
});
