import { describe, expect, test } from "vitest";
import type { Caller } from "./remembered-callers.ts";
import { SessionChecks } from "./session-checks.ts";

const callerOf = (sessionId: string, userId = `user of ${sessionId}`): Caller => ({
  userId,
  sessionId,
  issuedAtMs: 0,
  expiresAtMs: 900_000,
});
const caller = callerOf("s");

/** Sessions, of which those that `ended` names are not live. Questions are written down; `hold` makes answers wait. */
function checks() {
  let nowMs = 0;
  let held = Promise.resolve();
  const ended = new Set<string>();
  const questions: string[] = [];
  const sessions = new SessionChecks(
    {
      async isLive({ sessionId, userId }) {
        questions.push(`${sessionId} of ${userId}`);
        const isLive = !ended.has(sessionId) && userId === callerOf(sessionId).userId;
        await held;
        return isLive;
      },
      async findLive(sessionIds) {
        questions.push(sessionIds.join(" "));
        const live = new Set(sessionIds.filter((id) => !ended.has(id)));
        await held;
        return live;
      },
    },
    () => nowMs,
  );
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    return resolve;
  };
  return { sessions, questions, ended, hold, pass: (ms: number) => (nowMs += ms) };
}

describe("a session", () => {
  test("that is live is not asked for again for five seconds from the question", async () => {
    const { sessions, questions, hold, pass } = checks();
    const answer = hold();
    const first = sessions.isLive(caller);
    pass(1_000);
    answer();
    expect(await first).toBe(true);
    pass(3_999);
    expect([sessions.isKnown(caller), await sessions.isLive(caller)]).toEqual([true, true]);
    expect(questions).toEqual(["s of user of s"]);
    pass(1);
    expect(sessions.isKnown(caller)).toBe(false);
    expect(await sessions.isLive(caller)).toBe(true);
    expect(questions).toEqual(["s of user of s", "s"]);
  });

  test("that was ended is live for nobody once that was asked", async () => {
    const { sessions, ended, pass } = checks();
    expect(await sessions.isLive(caller)).toBe(true);
    ended.add("s");
    pass(5_000);
    expect(await sessions.isLive(caller)).toBe(false);
    expect(sessions.isKnown(caller)).toBe(false);
    expect(await sessions.isLive(caller)).toBe(false);
  });

  test("is live for its own user alone, whoever asked before", async () => {
    const { sessions, questions, pass } = checks();
    const stranger = callerOf("s", "stranger");
    expect(await Promise.all([sessions.isLive(caller), sessions.isLive(stranger)])).toEqual([true, false]);
    expect([sessions.isKnown(stranger), await sessions.isLive(stranger)]).toEqual([false, false]);
    pass(5_000);
    expect(await Promise.all([sessions.isLive(stranger), sessions.isLive(caller)])).toEqual([false, true]);
    expect(questions.filter((question) => question === "s").length).toBeLessThan(2);
  });

  test("that was ended is asked for again, also while an answer from before is on its way", async () => {
    const { sessions, ended, hold } = checks();
    const answer = hold();
    const before = sessions.isLive(caller);
    ended.add("s");
    sessions.forget("s");
    const after = sessions.isLive(caller);
    answer();
    expect([await before, await after]).toEqual([true, false]);
    expect(sessions.isKnown(caller)).toBe(false);
  });

  test("of which nothing could be learnt is asked for again", async () => {
    let isAway = true;
    const isLive = () => (isAway ? Promise.reject(new Error("database away")) : Promise.resolve(true));
    const sessions = new SessionChecks({ isLive, findLive: () => Promise.resolve(new Set()) }, () => 0);
    await expect(sessions.isLive(caller)).rejects.toThrow("database away");
    isAway = false;
    expect(await sessions.isLive(caller)).toBe(true);
  });
});

describe("many at once", () => {
  test("who ask for the same one ask once", async () => {
    const { sessions, questions } = checks();
    const answers = [1, 2, 3].map(() => sessions.isLive(caller));
    expect(await Promise.all(answers)).toEqual([true, true, true]);
    expect(questions.length).toBe(1);
  });

  test("whose time has come are asked for in one question, each with an answer of its own", async () => {
    const { sessions, questions, ended, pass } = checks();
    const callers = ["a", "b", "c"].map((id) => callerOf(id));
    await Promise.all(callers.map((one) => sessions.isLive(one)));
    pass(5_000);
    ended.add("b");
    const answers = await Promise.all(callers.map((one) => sessions.isLive(one)));
    expect(answers).toEqual([true, false, true]);
    expect(questions.slice(3)).toEqual(["a b c"]);
    pass(5_000);
    await sessions.isLive(callerOf("c"));
    expect(questions.slice(4)).toEqual(["c"]);
  });
});
