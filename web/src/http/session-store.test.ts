import { expect, test, vi } from "vitest";
import type { SignedIn } from "#contracts/accounts.ts";
import { createSessionStore } from "./session-store.ts";

const signedIn = (accessToken: string): SignedIn => ({
  accessToken,
  tokenType: "Bearer",
  expiresInSeconds: 900,
  user: {
    id: "u1",
    email: "ada@example.com",
    username: "ada",
    operator: false,
    createdAt: "2026-01-05T15:30:00Z",
  },
});

function open(answer: () => Promise<Response>, signedInBefore = true) {
  let traced = signedInBefore;
  const surroundings = {
    nowMs: 0,
    fetch: vi.fn(answer),
    now: () => surroundings.nowMs,
    exclusively: <T>(_: string, run: () => Promise<T>) => run(),
    trace: {
      mayExist: () => traced,
      leave: () => void (traced = true),
      clear: () => void (traced = false),
    },
  };
  return { store: createSessionStore(surroundings), surroundings };
}

const accepts = (token: string) => async () => Response.json(signedIn(token));
const refuses = async () => new Response(null, { status: 401 });

test("a valid refresh cookie signs in again after a reload", async () => {
  const { store } = open(accepts("t1"));
  await store.restore();
  expect(store.snapshot()).toMatchObject({ status: "signed-in", user: { username: "ada" } });
  expect(await store.accessToken()).toBe("t1");
});

test("without one the session is over", async () => {
  const { store } = open(refuses);
  await store.restore();
  expect(store.snapshot()).toEqual({ status: "signed-out", left: false });
  expect(await store.accessToken()).toBeUndefined();
});

test("a browser in which nobody signed in asks for nothing", async () => {
  const { store, surroundings } = open(refuses, false);
  await store.restore();
  expect(store.snapshot()).toEqual({ status: "signed-out", left: false });
  expect(surroundings.fetch).not.toHaveBeenCalled();
});

test("a sign-in leaves a trace for the next page load, and its end takes it away", async () => {
  const { store, surroundings } = open(accepts("t1"), false);
  store.begin(signedIn("t1"));
  expect(surroundings.trace.mayExist()).toBe(true);
  store.end("left");
  expect(surroundings.trace.mayExist()).toBe(false);
  expect(store.snapshot()).toEqual({ status: "signed-out", left: true });
});

test("a server that cannot be reached ends nothing", async () => {
  const { store, surroundings } = open(() => Promise.reject(new TypeError("no network")));
  await store.restore();
  expect(store.snapshot()).toEqual({ status: "unreachable" });
  surroundings.fetch.mockImplementation(accepts("t1"));
  await store.restore();
  expect(store.snapshot().status).toBe("signed-in");
});

test("many requests with an ageing token share one refresh", async () => {
  const { store, surroundings } = open(accepts("t2"));
  store.begin(signedIn("t1"));
  surroundings.nowMs = 14 * 60_000;
  const tokens = await Promise.all([store.accessToken(), store.accessToken(), store.accessToken()]);
  expect(tokens).toEqual(["t2", "t2", "t2"]);
  expect(surroundings.fetch).toHaveBeenCalledTimes(1);
});

test("a renewed token is announced without drawing the page again", async () => {
  const { store } = open(accepts("t2"));
  store.begin(signedIn("t1"));
  const [drawn, told] = [vi.fn(), vi.fn()];
  store.subscribe(drawn);
  store.onToken(told);
  await store.refresh();
  expect(told).toHaveBeenCalledWith("t2");
  expect(drawn).not.toHaveBeenCalled();
});
