import { describe, expect, test } from "vitest";
import { Limiter, TooBusy } from "./limiter.ts";

/** Tasks that end when they are told to, and say how many of them run. */
function tasks() {
  const running: (() => void)[] = [];
  let most = 0;
  return {
    running,
    most: () => most,
    task: (name: number) => async () => {
      const ended = new Promise<void>((resolve) => running.push(resolve));
      most = Math.max(most, running.length);
      await ended;
      return name;
    },
    end: async () => {
      running.shift()!();
      // What waits for the place gets it in later turns of the queue of promises.
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    },
  };
}

describe("a limiter", () => {
  test("runs so many at once and the others after them, in the order that they came", async () => {
    const limiter = new Limiter(2, 50);
    const { running, most, task, end } = tasks();
    const done: number[] = [];
    const all = [1, 2, 3, 4, 5].map((name) => limiter.run(task(name)).then((result) => done.push(result)));
    for (let round = 0; round < 5; round += 1) {
      expect(running.length).toBe(Math.min(2, 5 - round));
      await end();
    }
    await Promise.all(all);
    expect([done, most()]).toEqual([[1, 2, 3, 4, 5], 2]);
  });

  test("turns away who finds the queue full, at once, and takes the next when there is room", async () => {
    const limiter = new Limiter(1, 2);
    const { running, task, end } = tasks();
    const accepted = [1, 2, 3].map((name) => limiter.run(task(name)));
    await expect(limiter.run(task(4))).rejects.toThrow(TooBusy);
    await end();
    const late = limiter.run(task(5));
    await expect(limiter.run(task(6))).rejects.toThrow(TooBusy);
    while (running.length > 0) await end();
    expect(await Promise.all([...accepted, late])).toEqual([1, 2, 3, 5]);
  });

  test("gives the place of a task that fails to the next, however it fails", async () => {
    const limiter = new Limiter(1, 5);
    const failures: (() => Promise<never>)[] = [
      () => Promise.reject(new Error("later")),
      () => {
        throw new Error("at once");
      },
    ];
    const failed = failures.map((task) => expect(limiter.run(task)).rejects.toThrow(/later|at once/));
    const succeeded = limiter.run(() => Promise.resolve("fine"));
    await Promise.all(failed);
    expect(await succeeded).toBe("fine");
    expect(await limiter.run(() => Promise.resolve("and again"))).toBe("and again");
  });

  test("lets nobody slip in between a task that ends and the one that waits for it", async () => {
    const limiter = new Limiter(1, 1);
    const { most, task, running, end } = tasks();
    const first = limiter.run(task(1)).then(() => limiter.run(task(3)).catch((error: unknown) => error));
    const second = limiter.run(task(2));
    await end();
    await end();
    if (running.length > 0) await end();
    expect(await second).toBe(2);
    expect(await first).toBe(3);
    expect(most()).toBe(1);
  });
});
