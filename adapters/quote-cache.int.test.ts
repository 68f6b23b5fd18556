import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { describeWithRedis } from "#testing/services-for-tests.ts";
import { inProcessQuoteCache } from "./in-process/quote-cache.ts";
import { silentLogger, type Quote, type QuoteCache } from "./ports.ts";
import { connectRedis, whenReady } from "./redis/client.ts";
import { redisQuoteCache } from "./redis/quote-cache.ts";

const log = silentLogger;
const quote = (symbol: string, price = "101.25"): Quote => ({
  symbol,
  currency: "USD",
  price,
  asOf: "2026-01-02T15:04:05.000Z",
  source: "test",
});

function quoteCacheContract(name: string, create: (ttlSeconds: number) => QuoteCache): void {
  describe(`quote cache: ${name}`, () => {
    let cache: QuoteCache;
    beforeEach(() => {
      cache = create(60);
    });
    afterEach(() => cache.close());

    test("gives back what was put, to the last digit", async () => {
      const full = { ...quote("AAA.SIM", "0.000000010"), previousClose: "99999999999999999.10" };
      await cache.put([full, quote("BRK-B")]);
      const found = await cache.get(["AAA.SIM", "BRK-B", "NEVER.SIM"]);
      expect([...found.keys()]).toEqual(["AAA.SIM", "BRK-B"]);
      expect(found.get("AAA.SIM")).toEqual(full);
      expect(found.get("BRK-B")).toEqual(quote("BRK-B"));
    });

    test("keeps the last of several quotes of a symbol", async () => {
      await cache.put([quote("A", "1"), quote("A", "2")]);
      await cache.put([quote("A", "3")]);
      expect((await cache.get(["A"])).get("A")?.price).toBe("3");
    });

    test("takes empty lists and unknown symbols", async () => {
      await cache.put([]);
      expect((await cache.get([])).size).toBe(0);
      expect((await cache.get(["", "__proto__", "no such"])).size).toBe(0);
    });

    test("takes thousands at once", async () => {
      const quotes = Array.from({ length: 2_500 }, (_, index) => quote(`S${index}`, String(index)));
      await cache.put(quotes);
      const found = await cache.get(quotes.map(({ symbol }) => symbol));
      expect(found.size).toBe(2_500);
      expect(found.get("S2499")?.price).toBe("2499");
    });

    test("forgets a quote after its time to live", async () => {
      const brief = create(0.05);
      await brief.put([quote("BRIEF")]);
      expect((await brief.get(["BRIEF"])).size).toBe(1);
      await vi.waitFor(async () => expect((await brief.get(["BRIEF"])).size).toBe(0), 2_000);
      await brief.close();
    });
  });
}

quoteCacheContract("in process", (ttlSeconds) => inProcessQuoteCache({ ttlSeconds }));

await describeWithRedis("Redis", (redis) => {
  quoteCacheContract("Redis", (ttlSeconds) => redisQuoteCache({ url: redis.url, log, ttlSeconds }));

  test("keeps a quote under stock:<SYMBOL> for 60 s, and passes over entries of other programs", async () => {
    const cache = redisQuoteCache({ url: redis.url, log });
    const client = connectRedis(redis.url, { log, role: "commands" });
    await whenReady(client, 2_000);
    await cache.put([quote("KEY")]);
    const ttlMs = await client.pttl("stock:KEY");
    expect(ttlMs).toBeGreaterThan(55_000);
    expect(ttlMs).toBeLessThanOrEqual(60_000);
    await client.set("stock:TEXT", "not json");
    await client.set("stock:FLOAT", JSON.stringify({ ...quote("FLOAT"), price: 1e-8 }));
    await client.hset("stock:HASH", "price", "1");
    expect([...(await cache.get(["TEXT", "FLOAT", "KEY"])).keys()]).toEqual(["KEY"]);
    await expect(cache.get(["HASH"])).resolves.toBeInstanceOf(Map);
    await client.quit();
    await cache.close();
  });

  test("finds nothing, quickly, while Redis stands still, and works again after", async () => {
    const warnings: string[] = [];
    const cache = redisQuoteCache({
      url: redis.url,
      log: { ...log, warn: (_, line) => warnings.push(line) },
    });
    await cache.put([quote("FROZEN")]);
    process.kill(redis.pid, "SIGSTOP");
    try {
      const began = performance.now();
      expect((await cache.get(["FROZEN"])).size).toBe(0);
      await cache.put([quote("FROZEN")]);
      expect(performance.now() - began).toBeLessThan(1_000);
    } finally {
      process.kill(redis.pid, "SIGCONT");
    }
    expect(warnings).toHaveLength(1);
    await vi.waitFor(async () => expect((await cache.get(["FROZEN"])).size).toBe(1), 5_000);
    await cache.close();
  });
});

describe("quote cache without a Redis", () => {
  test("finds nothing, keeps nothing, throws nothing, and costs nothing after the first second", async () => {
    const cache = redisQuoteCache({ url: "redis://127.0.0.1:1", log });
    await cache.put([quote("A")]);
    const began = performance.now();
    for (let round = 0; round < 50; round += 1) {
      expect((await cache.get(["A"])).size).toBe(0);
      await cache.put([quote("A")]);
    }
    expect(performance.now() - began).toBeLessThan(500);
    await cache.close();
  });
});
