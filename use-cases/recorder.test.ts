import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { requestOf, type RequestWords } from "#testing/record-requests.ts";
import type { RecordRequest, RecordResult } from "#adapters/postgres/ledger.ts";
import { Recorder, type RecorderLimits } from "./recorder.ts";
import { RecorderBusy } from "./recording-call.ts";

/*
 * The recorder in front of a stand-in for record_transactions, whose calls end when a test says so. What the real one
 * does is in recorder.int.test.ts.
 */

interface FakeCall {
  /** The ids of the transactions in it. */
  readonly ids: string;
  succeed(outcomes?: readonly RecordResult["outcome"][]): Promise<void>;
  fail(error: Error): Promise<void>;
}

class Setting {
  readonly calls: FakeCall[] = [];
  readonly recorder: Recorder;
  /** What became of each request, by its first id. */
  readonly outcomes: Record<string, string> = {};

  constructor(limits: Partial<RecorderLimits> = {}) {
    this.recorder = new Recorder((requests) => this.#called(requests), { companyMin: 1, ...limits });
  }

  /** Hands requests in and lets the recorder have its turn. */
  async record(...commands: (string | RequestWords)[]): Promise<void> {
    for (const words of commands) {
      const request = requestOf(typeof words === "string" ? { ids: [words] } : words);
      const name = request.entries[0]!.id;
      void this.recorder.record(request).then(
        ({ outcome }) => (this.outcomes[name] = outcome),
        (error: unknown) => (this.outcomes[name] = (error as Error).message),
      );
    }
    await settled();
  }

  /** The ids in each call so far. */
  get groups(): string[] {
    return this.calls.map(({ ids }) => ids);
  }

  #called(requests: readonly RecordRequest[]): Promise<readonly RecordResult[]> {
    return new Promise((resolve, reject) => {
      this.calls.push({
        ids: requests.map(({ entries }) => entries.map(({ id }) => id).join("+")).join(" "),
        succeed: (outcomes = []) => {
          resolve(requests.map((_, index) => resultOf(outcomes[index] ?? "recorded")));
          return settled();
        },
        fail: (error) => {
          reject(error);
          return settled();
        },
      });
    });
  }
}

function resultOf(outcome: RecordResult["outcome"]): RecordResult {
  return { outcome, versions: [], transactions: [] };
}

/** Everything that follows from what just happened has happened. */
async function settled(): Promise<void> {
  for (let count = 0; count < 5; count += 1) await turn();
}

const connectionLost = () => new Error("Connection terminated unexpectedly");
const refused = () => Object.assign(new Error("value out of range"), { code: "22003" });
const lockTimeout = () => Object.assign(new Error("lock timeout"), { code: "55P03" });
const WITHIN = { timeout: 5_000, interval: 10 };

describe("groups", () => {
  test("a request goes at once when nothing is under way", async () => {
    const setting = new Setting();
    await setting.record("a");
    await setting.record("b");
    expect(setting.groups).toEqual(["a", "b"]);
  });

  test("requests of one turn of the event loop go together", async () => {
    const setting = new Setting();
    await setting.record("a", "b", "c");
    expect(setting.groups).toEqual(["a b c"]);
  });

  test("two calls are under way at most, and the first to return takes along what came meanwhile", async () => {
    const setting = new Setting();
    await setting.record("a");
    await setting.record("b");
    await setting.record("c");
    await setting.record("d", "e");
    expect(setting.groups).toEqual(["a", "b"]);
    await setting.calls[1]!.succeed();
    expect(setting.groups).toEqual(["a", "b", "c d e"]);
    expect(setting.outcomes).toEqual({ b: "recorded" });
  });

  test("beside a call, a few wait for its end and many do not", async () => {
    const setting = new Setting({ companyMin: 3, companyMs: 60_000 });
    await setting.record("a");
    await setting.record("b");
    await setting.record("c");
    expect(setting.groups).toEqual(["a"]);
    await setting.calls[0]!.succeed();
    expect(setting.groups).toEqual(["a", "b c"]);
    await setting.record("d", "e", "f");
    expect(setting.groups).toEqual(["a", "b c", "d e f"]);
    await setting.record("g");
    await setting.calls[1]!.succeed();
    expect(setting.groups).toEqual(["a", "b c", "d e f"]);
    await setting.calls[2]!.succeed();
    expect(setting.groups).toEqual(["a", "b c", "d e f", "g"]);
  });

  test("beside a call that takes long, a few go as well after a while", async () => {
    const setting = new Setting({ companyMin: 3, companyMs: 30 });
    await setting.record("a");
    await setting.record("b");
    await setting.record("c");
    expect(setting.groups).toEqual(["a"]);
    await expect.poll(() => setting.groups, WITHIN).toEqual(["a", "b c"]);
  });

  test("what one call cannot hold goes into the second", async () => {
    const setting = new Setting({ requestsMax: 2 });
    await setting.record("a", "b", "c", "d", "e");
    expect(setting.groups).toEqual(["a b", "c d"]);
  });

  test("each request has its own outcome", async () => {
    const setting = new Setting();
    await setting.record("a", "b", "c", "d", "e");
    await setting.calls[0]!.succeed([
      "recorded",
      "portfolio-not-found",
      "key-mismatch",
      "id-conflict",
      "replayed",
    ]);
    expect(setting.outcomes).toEqual({
      a: "recorded",
      b: "portfolio-not-found",
      c: "key-mismatch",
      d: "id-conflict",
      e: "replayed",
    });
  });

  test("the same id goes one after the other, in the order it came", async () => {
    const setting = new Setting();
    await setting.record({ ids: ["a1", "x"] }, { ids: ["a2", "x"] }, { ids: ["a3", "x"] }, "b");
    expect(setting.groups).toEqual(["a1+x b"]);
    await setting.calls[0]!.succeed();
    await setting.calls[1]!.succeed();
    await setting.calls[2]!.succeed();
    expect(setting.groups).toEqual(["a1+x b", "a2+x", "a3+x"]);
    expect(setting.outcomes).toEqual({ a1: "recorded", a2: "recorded", a3: "recorded", b: "recorded" });
  });

  test("a large request leaves a call free for everybody else", async () => {
    const setting = new Setting({ smallEntriesMax: 1 });
    await setting.record({ ids: ["a", "a2"] }, { ids: ["b", "b2"] }, "c");
    await setting.record("d");
    expect(setting.groups).toEqual(["a+a2", "c"]);
    await setting.calls[1]!.succeed();
    expect(setting.groups).toEqual(["a+a2", "c", "d"]);
    await setting.calls[0]!.succeed();
    expect(setting.groups).toEqual(["a+a2", "c", "d", "b+b2"]);
  });
});

describe("a call that fails", () => {
  test("for the sake of its connection is made again, and answers as if nothing had been", async () => {
    const setting = new Setting();
    await setting.record("a", "b");
    await setting.calls[0]!.fail(connectionLost());
    await expect.poll(() => setting.groups, WITHIN).toEqual(["a b", "a b"]);
    await setting.calls[1]!.succeed();
    expect(setting.outcomes).toEqual({ a: "recorded", b: "recorded" });
  });

  test("twice for the sake of the server fails for everybody in it, and for nobody else", async () => {
    const setting = new Setting();
    await setting.record("a", "b");
    await setting.record("c");
    await setting.calls[0]!.fail(connectionLost());
    await expect.poll(() => setting.groups, WITHIN).toEqual(["a b", "c", "a b"]);
    await setting.calls[2]!.fail(connectionLost());
    await setting.calls[1]!.succeed();
    const lost = connectionLost().message;
    expect(setting.outcomes).toEqual({ a: lost, b: lost, c: "recorded" });
  });

  test("for the sake of one request fails for that one alone", async () => {
    const setting = new Setting();
    await setting.record("a", "poison", "c");
    await setting.calls[0]!.fail(refused());
    expect(setting.groups).toEqual(["a poison c", "a", "poison", "c"]);
    await setting.calls[1]!.succeed();
    await setting.calls[2]!.fail(refused());
    await setting.calls[3]!.succeed(["portfolio-not-found"]);
    expect(setting.outcomes).toEqual({ a: "recorded", poison: refused().message, c: "portfolio-not-found" });
  });

  test("for one request alone is not made again", async () => {
    const setting = new Setting();
    await setting.record("poison");
    await setting.calls[0]!.fail(refused());
    expect(setting.groups).toEqual(["poison"]);
    expect(setting.outcomes).toEqual({ poison: refused().message });
  });

  test("for a row lock costs its user's requests one more wait, and the others none", async () => {
    const setting = new Setting();
    const user = "locked out";
    const locked = ["l1", "l2", "l3", "l4", "l5", "l6"].map((id) => ({ user, ids: [id] }));
    await setting.record(...locked, "b");
    await setting.calls[0]!.fail(lockTimeout());
    expect(setting.groups.slice(1)).toEqual(["l1", "l2", "l3", "l4"]);
    // Meanwhile the user's next request waits, so that nobody else waits with it.
    await setting.record({ user, ids: ["l7"] }, "c");
    expect(setting.groups.slice(5)).toEqual(["c"]);
    await setting.calls[1]!.fail(lockTimeout());
    expect(setting.groups.slice(6)).toEqual(["b"]);
    for (const call of [2, 3, 4]) await setting.calls[call]!.fail(lockTimeout());
    for (const call of [5, 6]) await setting.calls[call]!.succeed();
    expect(setting.groups.slice(7)).toEqual(["l7"]);
    const message = lockTimeout().message;
    expect(setting.outcomes).toMatchObject({
      l1: message,
      l5: message,
      l6: message,
      b: "recorded",
      c: "recorded",
    });
  });

  test("does not end the recorder", async () => {
    const setting = new Setting();
    for (const [index, error] of [refused(), lockTimeout(), new TypeError("a bug")].entries()) {
      await setting.record(`a${index}`);
      await setting.calls.at(-1)!.fail(error);
    }
    await setting.record("last");
    await setting.calls.at(-1)!.succeed();
    expect(setting.outcomes).toMatchObject({ a0: refused().message, last: "recorded" });
  });
});

describe("limits", () => {
  const crowded = (limits: Partial<RecorderLimits>) => new Setting({ callsMax: 1, ...limits });
  const full = "too much waits to be recorded";

  test("beyond so many requests further ones are turned away, until there is room", async () => {
    const setting = crowded({ waitingRequestsMax: 2 });
    await setting.record("a");
    await setting.record("b", "c", "d");
    expect(setting.outcomes).toEqual({ d: full });
    await setting.calls[0]!.succeed();
    await setting.record("e");
    expect(setting.groups).toEqual(["a", "b c"]);
    expect(setting.outcomes).toEqual({ a: "recorded", d: full });
  });

  test("beyond so many entries as well, but one alone may have any number", async () => {
    const setting = crowded({ waitingEntriesMax: 3 });
    await setting.record("a");
    await setting.record({ ids: ["b", "b2", "b3", "b4", "b5"] }, "c");
    expect(setting.outcomes).toEqual({ c: full });
  });

  test("whoever waits too long is turned away, and whoever came later goes on waiting", async () => {
    const setting = crowded({ waitMaxMs: 60 });
    await setting.record("a");
    await setting.record("b");
    await expect.poll(() => setting.outcomes, WITHIN).toEqual({ b: "waited too long to be recorded" });
    await setting.record("c");
    await setting.calls[0]!.succeed();
    await setting.calls[1]!.succeed();
    expect(setting.groups).toEqual(["a", "c"]);
    expect(setting.outcomes).toMatchObject({ a: "recorded", c: "recorded" });
  });

  test("the refusal is one of its own kind", async () => {
    const { recorder } = crowded({ waitingRequestsMax: 1 });
    void recorder.record(requestOf());
    await expect(recorder.record(requestOf())).rejects.toThrow(RecorderBusy);
  });
});

describe("closing", () => {
  test("waits for all that was taken and takes nothing more", async () => {
    const setting = new Setting({ callsMax: 1 });
    await setting.record("a");
    await setting.record("b");
    const closed = setting.recorder.close().then(() => (setting.outcomes["closed"] = "yes"));
    await setting.record("late");
    await setting.calls[0]!.succeed();
    expect(setting.outcomes).toEqual({ a: "recorded", late: "nothing is recorded any more: closing" });
    await setting.calls[1]!.fail(refused());
    await closed;
    expect(setting.outcomes).toMatchObject({ b: refused().message, closed: "yes" });
  });

  test("is done at once when there is nothing to do, also twice", async () => {
    const { recorder } = new Setting();
    await Promise.all([recorder.close(), recorder.close()]);
    await expect(recorder.close()).resolves.toBeUndefined();
  });

  test("waits also for those that are turned away in the end", async () => {
    const setting = new Setting({ callsMax: 1, waitMaxMs: 50 });
    await setting.record("a");
    await setting.record("b");
    const closed = setting.recorder.close().then(() => (setting.outcomes["closed"] = "yes"));
    await expect.poll(() => setting.outcomes, WITHIN).toEqual({ b: "waited too long to be recorded" });
    await setting.calls[0]!.succeed();
    await closed;
    expect(setting.outcomes).toMatchObject({ a: "recorded", closed: "yes" });
  });
});
