import { describe, expect, test } from "vitest";
import type { AnnouncedEvent } from "../ports.ts";
import { joinedHandler } from "./joined-handler.ts";

const batch = (portfolioId: string, size: number): AnnouncedEvent[] =>
  Array.from({ length: size }, (_, index) => ({ portfolioId, sequence: index + 1 }));
const idsOf = (calls: readonly (readonly AnnouncedEvent[])[]) =>
  calls.map((events) => [...new Set(events.map((event) => event.portfolioId))]);

describe("a joined handler", () => {
  test("hands over together what comes together, and what came meanwhile in the next call", async () => {
    const calls: (readonly AnnouncedEvent[])[] = [];
    const held = Promise.withResolvers<void>();
    const handle = joinedHandler((events) => {
      calls.push(events);
      return held.promise;
    }, 100);
    const first = [handle(batch("a", 3)), handle(batch("b", 3)), handle(batch("c", 3))];
    await expect.poll(() => calls.length).toBe(1);
    const second = [handle(batch("d", 3)), handle(batch("e", 3))];
    held.resolve();
    await Promise.all([...first, ...second]);
    expect(idsOf(calls)).toEqual([
      ["a", "b", "c"],
      ["d", "e"],
    ]);
  });

  test("takes as many batches as fit, and one that is larger alone", async () => {
    const calls: (readonly AnnouncedEvent[])[] = [];
    const handle = joinedHandler(async (events) => void calls.push(events), 10);
    await Promise.all(
      [
        ["a", 6],
        ["b", 4],
        ["c", 1],
        ["d", 25],
        ["e", 2],
      ].map(([id, size]) => handle(batch(String(id), Number(size)))),
    );
    expect(idsOf(calls)).toEqual([["a", "b"], ["c"], ["d"], ["e"]]);
  });

  test("tells everybody in a call that it failed, and goes on with the next", async () => {
    let calls = 0;
    const handle = joinedHandler(async () => {
      calls += 1;
      if (calls === 1) throw new Error("database away");
    }, 10);
    const outcomes = await Promise.allSettled([
      handle(batch("a", 5)),
      handle(batch("b", 5)),
      handle(batch("c", 5)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
    await expect(handle(batch("a", 5))).resolves.toBeUndefined();
    expect(calls).toBe(3);
  });

  test("keeps one call at a time", async () => {
    let running = 0;
    let runningMax = 0;
    const handle = joinedHandler(async () => {
      runningMax = Math.max(runningMax, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    }, 3);
    await Promise.all(Array.from({ length: 30 }, (_, index) => handle(batch(String(index), 2))));
    expect(runningMax).toBe(1);
  });
});
