import { PassThrough } from "node:stream";
import fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Problem } from "#contracts/problem.ts";
import { handleError } from "../errors.ts";
import { timeLimit } from "./time-limit.ts";

const LIMIT_MS = 80;

let app: FastifyInstance;
let ended: PromiseWithResolvers<string>;
beforeEach(async () => {
  ended = Promise.withResolvers();
  app = fastify();
  app.setErrorHandler(handleError);
  await app.register(timeLimit, { limitMs: LIMIT_MS });
  app.get("/slow", () => ended.promise);
  app.post("/slow", () => ended.promise);
  app.post("/failing", () => ended.promise.then(() => Promise.reject(new Error("after all"))));
  app.post("/prompt", () => "done");
  app.get("/endless", (_request, reply) => {
    const body = new PassThrough();
    body.write("a beginning");
    return reply.send(body);
  });
});
afterEach(() => app.close());

test.for(["GET", "POST"] as const)("%s: a handler that takes too long is answered for", async (method) => {
  const beganMs = performance.now();
  const answer = await app.inject({
    method,
    url: "/slow",
    ...(method === "POST" ? { payload: { a: 1 } } : {}),
  });
  expect(answer.statusCode).toBe(503);
  expect(answer.json<Problem>().code).toBe("unavailable");
  expect(answer.headers["retry-after"]).toBe("1");
  const tookMs = performance.now() - beganMs;
  expect([tookMs >= LIMIT_MS, tookMs < 20 * LIMIT_MS]).toEqual([true, true]);
});

test.for(["/slow", "/failing"])(
  "what %s comes to afterwards is heard by nobody and harms nobody",
  async (url) => {
    expect((await app.inject({ method: "POST", url, payload: {} })).statusCode).toBe(503);
    ended.resolve("too late");
    expect((await app.inject({ method: "POST", url: "/prompt", payload: {} })).body).toBe("done");
  },
);

test("a handler in time is not", async () => {
  const answers = Array.from({ length: 3 }, () =>
    app.inject({ method: "POST", url: "/prompt", payload: {} }),
  );
  expect((await Promise.all(answers)).map((answer) => answer.statusCode)).toEqual([200, 200, 200]);
});

test("an answer that has begun and does not end is cut off", async () => {
  await expect(app.inject("/endless")).rejects.toThrow("destroyed before completion");
});
