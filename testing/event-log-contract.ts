import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AnnouncedEvent, EventConsumer } from "#adapters/ports.ts";

/** An event log under test: where events are announced, and its consumers, all of one group. */
export type EventLog = {
  announce(events: readonly AnnouncedEvent[]): Promise<void>;
  /** A new consumer, not yet started, that works beside the others. */
  consumer(): EventConsumer;
  dispose(): Promise<void>;
};

export type EventLogHarness = {
  readonly name: string;
  /** An empty log that no other test uses. */
  create(): Promise<EventLog>;
};

const WITHIN = { timeout: 40_000, interval: 20 };
const TEST_TIMEOUT_MS = 60_000;

/** The promises of `EventConsumer`, for every implementation of it. */
export function eventConsumerContract(harness: EventLogHarness): void {
  describe(`event log: ${harness.name}`, { timeout: TEST_TIMEOUT_MS }, () => {
    let log: EventLog;
    let consumers: EventConsumer[];
    beforeEach(async () => {
      log = await harness.create();
      consumers = [];
    }, TEST_TIMEOUT_MS);
    afterEach(async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await log.dispose();
    }, TEST_TIMEOUT_MS);
    const consumer = () => {
      const made = log.consumer();
      consumers.push(made);
      return made;
    };

    test("delivers every event at least once, whether announced before or after the start", async () => {
      const seen = recorder();
      const early = eventsOf({ portfolios: 20, each: 25 });
      const late = eventsOf({ portfolios: 20, each: 25, from: 26 });
      await log.announce(early);
      await consumer().start(seen.handler);
      await log.announce(late);
      await vi.waitFor(() => expect(seen.missing([...early, ...late])).toEqual([]), WITHIN);
    });

    test("keeps the order of each portfolio and one call of the handler at a time", async () => {
      const seen = recorder();
      let running = 0;
      let runningMax = 0;
      await consumer().start(async (events) => {
        runningMax = Math.max(runningMax, ++running);
        await seen.handler(events);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      });
      const events = eventsOf({ portfolios: 5, each: 100 });
      for (let from = 0; from < events.length; from += 50) await log.announce(events.slice(from, from + 50));
      await vi.waitFor(() => expect(seen.missing(events)).toEqual([]), WITHIN);
      for (const sequences of seen.firstSeen().values()) {
        expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
      }
      expect(runningMax).toBe(1);
    });

    test("hands over the correlation id", async () => {
      const seen = recorder();
      await consumer().start(seen.handler);
      await log.announce([{ portfolioId: "p-1", sequence: 1, correlationId: "c-1" }]);
      await vi.waitFor(() => expect(seen.events[0]?.correlationId).toBe("c-1"), WITHIN);
    });

    test.for([
      ["an Error", () => Promise.reject(new Error("database away"))],
      ["a TypeError", () => Promise.reject(new TypeError("x is undefined"))],
      ["something thrown before the promise", () => throwNow(new RangeError("bug"))],
      ["undefined", () => throwNow(undefined)],
    ] as const)("brings a batch again after the handler fails with %s", async ([, fail]) => {
      const seen = recorder();
      let failures = 0;
      await consumer().start((events) => {
        if (failures < 3) {
          failures += 1;
          return fail();
        }
        return seen.handler(events);
      });
      const events = eventsOf({ portfolios: 4, each: 5 });
      await log.announce(events);
      await vi.waitFor(() => expect(seen.missing(events)).toEqual([]), WITHIN);
      expect(failures).toBe(3);
    });

    test("skips nothing of a portfolio while the handler fails on it", async () => {
      const seen = recorder();
      let broken = true;
      let refused = 0;
      await consumer().start(async (events) => {
        if (broken) {
          refused += 1;
          throw new Error("not now");
        }
        await seen.handler(events);
      });
      const events = eventsOf({ portfolios: 1, each: 10 });
      await log.announce(events.slice(0, 5));
      await vi.waitFor(() => expect(refused).toBeGreaterThan(1), WITHIN);
      await log.announce(events.slice(5));
      broken = false;
      await vi.waitFor(() => expect(seen.missing(events)).toEqual([]), WITHIN);
      expect(seen.firstSeen().get("p-1")).toEqual(events.map(({ sequence }) => sequence));
    });

    test("lets a second consumer take over what a stopped one leaves", async () => {
      const first = recorder();
      const second = recorder();
      const stopped = consumer();
      await stopped.start(first.handler);
      const before = eventsOf({ portfolios: 10, each: 5 });
      await log.announce(before);
      await vi.waitFor(() => expect(first.missing(before)).toEqual([]), WITHIN);
      await consumer().start(second.handler);
      await stopped.stop();
      const callsAtStop = first.events.length;
      const after = eventsOf({ portfolios: 10, each: 5, from: 6 });
      await log.announce(after);
      await vi.waitFor(() => expect(second.missing(after)).toEqual([]), WITHIN);
      expect(first.events.length, "no call after stop").toBe(callsAtStop);
    });

    test("brings again to another consumer what one was stopped in the middle of failing", async () => {
      const events = eventsOf({ portfolios: 3, each: 3 });
      let refused = 0;
      const failing = consumer();
      await failing.start(async () => {
        refused += 1;
        throw new Error("not now");
      });
      await log.announce(events);
      await vi.waitFor(() => expect(refused).toBeGreaterThan(0), WITHIN);
      await failing.stop();
      const seen = recorder();
      await consumer().start(seen.handler);
      await vi.waitFor(() => expect(seen.missing(events)).toEqual([]), WITHIN);
    });

    test("stops before it was started and twice", async () => {
      const never = consumer();
      await expect(never.stop()).resolves.toBeUndefined();
      await expect(never.stop()).resolves.toBeUndefined();
    });
  });
}

/** Events of portfolios p-1, p-2, … interleaved, each portfolio's in order. */
export function eventsOf(options: {
  readonly portfolios: number;
  readonly each: number;
  readonly from?: number;
}): AnnouncedEvent[] {
  const { portfolios, each, from = 1 } = options;
  return Array.from({ length: portfolios * each }, (_, index) => ({
    portfolioId: `p-${(index % portfolios) + 1}`,
    sequence: from + Math.floor(index / portfolios),
  }));
}

/** A handler that remembers, and questions about what it has seen. */
export function recorder() {
  const events: AnnouncedEvent[] = [];
  const keyOf = ({ portfolioId, sequence }: AnnouncedEvent) => `${portfolioId}/${sequence}`;
  return {
    events,
    handler: async (batch: readonly AnnouncedEvent[]) => {
      events.push(...batch);
    },
    /** Which of `expected` have not come yet. */
    missing(expected: readonly AnnouncedEvent[]): string[] {
      const seen = new Set(events.map(keyOf));
      return expected.map(keyOf).filter((key) => !seen.has(key));
    },
    /** Sequences by portfolio, each at the place of its first delivery. */
    firstSeen(): Map<string, number[]> {
      const byPortfolio = new Map<string, number[]>();
      for (const { portfolioId, sequence } of events) {
        const sequences = byPortfolio.get(portfolioId) ?? [];
        if (!sequences.includes(sequence)) sequences.push(sequence);
        byPortfolio.set(portfolioId, sequences);
      }
      return byPortfolio;
    },
  };
}

function throwNow(reason: unknown): never {
  throw reason;
}
