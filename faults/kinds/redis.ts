import { rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fillDisk, type RedisService } from "../installation/services.ts";
import { drawMs, type Draw } from "./fault.ts";

const restart =
  (options: { wipe: boolean }): Draw =>
  (choose) => {
    const awayMs = drawMs(choose, 0, 1_000);
    return {
      takes: ["redis"],
      words: `away for ${awayMs} ms`,
      async run({ installation: { redis } }) {
        const isKilled = await redis.end();
        if (options.wipe) await redis.wipe();
        await delay(awayMs);
        await redis.start();
        return isKilled ? 1 : 0;
      },
    };
  };

const flush: Draw = () => ({
  takes: ["redis"],
  words: "FLUSHALL",
  run: async ({ installation: { redis } }) => ((await command(redis, "FLUSHALL")) === "+OK" ? 1 : 0),
});

const outOfMemory: Draw = (choose) => {
  const ms = drawMs(choose, 1_000, 2_000);
  return {
    takes: ["redis"],
    words: `for ${ms} ms`,
    async run({ installation: { redis } }) {
      await command(redis, "CONFIG SET maxmemory 1");
      const refusal = await command(redis, "SET probe of-memory");
      await delay(ms);
      await command(redis, "CONFIG SET maxmemory 0");
      return refusal.startsWith("-OOM") ? 1 : 0;
    },
  };
};

const clientPause: Draw = (choose) => {
  const ms = drawMs(choose, 300, 1_500);
  return {
    takes: ["redis"],
    words: `for ${ms} ms`,
    async run({ installation: { redis } }) {
      const isPaused = (await command(redis, `CLIENT PAUSE ${ms}`)) === "+OK";
      await delay(ms);
      return isPaused ? 1 : 0;
    },
  };
};

/** More than there may be left of a page that was begun. */
const PROBE_LENGTH = 10_000;
const FULL_WITHIN_MS = 8_000;
const FULL_FOR_MS = 2_000;

const fillUp: Draw = () => ({
  takes: ["redis"],
  words: "no room left",
  async run({ installation: { redis } }) {
    const ballast = join(redis.dir, "ballast");
    await fillDisk(redis.dir, ballast);
    const deadline = performance.now() + FULL_WITHIN_MS;
    let isFull = false;
    while (!isFull && performance.now() < deadline) {
      await delay(200);
      isFull = (await command(redis, `SET probe ${"x".repeat(PROBE_LENGTH)}`)).startsWith("-MISCONF");
    }
    await delay(FULL_FOR_MS);
    await rm(ballast, { force: true });
    return isFull ? 1 : 0;
  },
});

const ANSWER_WITHIN_MS = 2_000;

/** The first line of Redis' answer. Errors: rejects when there is none. */
function command(redis: RedisService, words: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: redis.port, host: "127.0.0.1" });
    const fail = () => {
      socket.destroy();
      reject(new Error(`Redis does not answer ${words}`));
    };
    socket.setTimeout(ANSWER_WITHIN_MS, fail);
    socket.on("error", fail);
    socket.on("data", (data) => {
      socket.destroy();
      resolve(data.toString("utf8").split("\r\n")[0]!);
    });
    socket.on("connect", () => socket.write(`${words}\r\n`));
  });
}

export const REDIS_FAULTS = {
  "F15-kill": restart({ wipe: false }),
  "F15-wipe": restart({ wipe: true }),
  "F15-flush": flush,
  "F15-full": outOfMemory,
  "F15-pause": clientPause,
  "F18-redis": fillUp,
} as const satisfies Record<string, Draw>;
