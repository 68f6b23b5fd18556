import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startRedis } from "#adapters/embedded/redis-server.ts";
import { describeWithRedis, temporaryDir } from "#testing/services-for-tests.ts";
import { inProcessFanOut } from "./in-process/fan-out.ts";
import { silentLogger, type FanOut } from "./ports.ts";
import { connectRedis, whenReady } from "./redis/client.ts";
import { redisFanOut } from "./redis/fan-out.ts";

const log = silentLogger;
const outageDir = await temporaryDir("redis-outage");

function fanOutContract(name: string, create: () => FanOut): void {
  describe(`fan-out: ${name}`, () => {
    let fanOut: FanOut;
    let channel: string;
    beforeEach(() => {
      fanOut = create();
      channel = `test:${randomUUID()}`;
    });
    afterEach(() => fanOut.close());
    // Once a later message has come, an earlier one that was to come has come too.
    const settle = async () => {
      const end = `${channel}:end`;
      let ended = false;
      const unsubscribe = await fanOut.subscribe(end, () => {
        ended = true;
      });
      await fanOut.publish(end, 0);
      await vi.waitFor(() => expect(ended).toBe(true), 5_000);
      await unsubscribe();
    };

    test("delivers to every listener of the channel and to no other, in order", async () => {
      const first: unknown[] = [];
      const second: unknown[] = [];
      const other: unknown[] = [];
      await fanOut.subscribe(channel, (message) => first.push(message));
      await fanOut.subscribe(channel, (message) => second.push(message));
      await fanOut.subscribe(`${channel}:other`, (message) => other.push(message));
      const sent = Array.from({ length: 100 }, (_, index) => ({ index, text: "é", nested: [null, true] }));
      for (const message of sent) await fanOut.publish(channel, message);
      await settle();
      expect(first).toEqual(sent);
      expect(second).toEqual(sent);
      expect(other).toEqual([]);
    });

    test("gives each listener its own copy", async () => {
      const message = { list: [1] };
      const seen: { list: number[] }[] = [];
      const spoil = (received: unknown) => {
        seen.push(received as { list: number[] });
        (received as { list: number[] }).list.push(2);
      };
      await fanOut.subscribe(channel, spoil);
      await fanOut.subscribe(channel, spoil);
      await fanOut.publish(channel, message);
      await settle();
      expect(seen).toEqual([{ list: [1, 2] }, { list: [1, 2] }]);
      expect(message).toEqual({ list: [1] });
    });

    test("keeps a listener that throws from the others", async () => {
      const seen: unknown[] = [];
      await fanOut.subscribe(channel, () => {
        throw new TypeError("bug");
      });
      await fanOut.subscribe(channel, (message) => seen.push(message));
      await fanOut.publish(channel, 1);
      await fanOut.publish(channel, 2);
      await settle();
      expect(seen).toEqual([1, 2]);
    });

    test("ends one subscription of several, and the same function may hold two", async () => {
      const seen: unknown[] = [];
      const listener = (message: unknown) => seen.push(message);
      const unsubscribe = await fanOut.subscribe(channel, listener);
      await fanOut.subscribe(channel, listener);
      await unsubscribe();
      await unsubscribe();
      await fanOut.publish(channel, "once");
      await settle();
      expect(seen).toEqual(["once"]);
    });

    test("delivers again after everybody had left the channel", async () => {
      const seen: unknown[] = [];
      for (let round = 1; round <= 5; round += 1) {
        const unsubscribe = await fanOut.subscribe(channel, (message) => seen.push(message));
        await fanOut.publish(channel, round);
        await settle();
        await unsubscribe();
      }
      await fanOut.publish(channel, "nobody");
      await settle();
      expect(seen).toEqual([1, 2, 3, 4, 5]);
    });

    test("ends a subscription while another begins", async () => {
      const seen: unknown[] = [];
      const unsubscribe = await fanOut.subscribe(channel, () => {});
      const [, second] = await Promise.all([
        unsubscribe(),
        fanOut.subscribe(channel, (message) => seen.push(message)),
      ]);
      await fanOut.publish(channel, 1);
      await settle();
      expect(seen).toEqual([1]);
      await second();
    });

    test("does not send what has no JSON", async () => {
      const seen: unknown[] = [];
      await fanOut.subscribe(channel, (message) => seen.push(message));
      const cycle: Record<string, unknown> = {};
      cycle["itself"] = cycle;
      for (const message of [undefined, () => 1, 1n, cycle]) await fanOut.publish(channel, message);
      await settle();
      expect(seen).toEqual([]);
    });
  });
}

fanOutContract("in process", () => inProcessFanOut({ log }));

await describeWithRedis("Redis", (redis) => {
  fanOutContract("Redis", () => redisFanOut({ url: redis.url, log }));

  test("carries hints from one process to another and ignores text that is not JSON", async () => {
    const here = redisFanOut({ url: redis.url, log });
    const there = redisFanOut({ url: redis.url, log });
    const client = connectRedis(redis.url, { log, role: "commands" });
    await whenReady(client, 2_000);
    const seen: unknown[] = [];
    await here.subscribe("between", (message) => seen.push(message));
    await client.publish("between", "not json");
    await client.publish("between", "");
    await there.publish("between", { hello: 1 });
    await vi.waitFor(() => expect(seen).toEqual([{ hello: 1 }]), 2_000);
    await Promise.all([here.close(), there.close(), client.quit()]);
  });

  test("changes many channels at once, and the last word on each counts", async () => {
    const fanOut = redisFanOut({ url: redis.url, log });
    const names = Array.from({ length: 2_000 }, (_, index) => `many:${index}`);
    const seen = new Set<unknown>();
    const unsubscribes = await Promise.all(
      names.map((name) => fanOut.subscribe(name, (message) => seen.add(message))),
    );
    // Of every second channel: left, and listened to again before that is done.
    const leaving = unsubscribes.map((unsubscribe) => unsubscribe());
    const again = names.filter((_, index) => index % 2 === 0);
    await Promise.all(again.map((name) => fanOut.subscribe(name, (message) => seen.add(message))));
    await Promise.all(leaving);
    await Promise.all(names.map((name) => fanOut.publish(name, name)));
    await vi.waitFor(() => expect(seen.size).toBe(again.length), 5_000);
    expect(seen).toEqual(new Set(again));
    await fanOut.close();
  });

  test("subscribes again, also to what was asked for during an outage, after Redis was killed", async () => {
    const first = await startRedis({ dir: outageDir, log });
    const fanOut = redisFanOut({ url: first.url, log });
    const before: unknown[] = [];
    const during: unknown[] = [];
    await fanOut.subscribe("before", (message) => before.push(message));
    await first.kill9();
    await fanOut.subscribe("during", (message) => during.push(message));
    await fanOut.publish("before", "lost");
    const second = await startRedis({ dir: outageDir, log, port: first.port });
    await vi.waitFor(
      async () => {
        await fanOut.publish("before", "found");
        await fanOut.publish("during", "found");
        expect(before).toContain("found");
        expect(during).toContain("found");
      },
      { timeout: 10_000, interval: 100 },
    );
    expect(before).not.toContain("lost");
    await fanOut.close();
    await second.kill9();
  }, 30_000);
});
