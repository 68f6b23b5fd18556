import { expect, test } from "vitest";
import { fieldErrors, ProblemError, problemFrom, UNREACHABLE } from "./problem-error.ts";

const problem = new ProblemError({
  status: 422,
  code: "invalid",
  detail: "Check the fields.",
  errors: [
    { path: "/quantity", code: "too-small", message: "Must be above zero." },
    { path: "/quantity", code: "other", message: "A second fault." },
    { path: "/elsewhere", code: "odd", message: "Unknown." },
  ],
});

test("faults go to the fields that they name, the first of each; others are left out", () => {
  expect(fieldErrors(problem, ["quantity", "price"])).toEqual({ quantity: "Must be above zero." });
  expect(fieldErrors(new Error("boom"), ["quantity"])).toEqual({});
});

test("a problem body keeps its code and words", async () => {
  const body = { type: "x", title: "x", status: 409, code: "version-conflict", detail: "Changed meanwhile." };
  expect(await problemFrom(Response.json(body, { status: 409 }))).toMatchObject({
    code: "version-conflict",
    message: "Changed meanwhile.",
  });
});

test("a proxy's error page reads as unreachable, any other as a sentence", async () => {
  expect((await problemFrom(new Response("<html>", { status: 502 }))).code).toBe(UNREACHABLE);
  expect((await problemFrom(new Response("<html>", { status: 500 }))).message).toMatch(/error \(500\)/);
});
