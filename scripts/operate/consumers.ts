import { setTimeout as delay } from "node:timers/promises";
import {
  CONSUMERS,
  listConsumers,
  pauseConsumer,
  resumeConsumer,
  type Consumer,
  type ConsumerName,
} from "#adapters/postgres/consumer-control.ts";
import { readOutboxDepth } from "#adapters/postgres/outbox-batches.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { UsageError, type Answer, type Command } from "./command.ts";

const NAMES = CONSUMERS.join("|");
const LOOK_EVERY_MS = 200;
const DRAIN_SECONDS = 60;

/** Shows what matches and what relays. */
export const consumers: Command = {
  name: "consumers",
  usage: "consumers",
  summary: "what matches and what relays: pauses, processes, what they have in hand",
  async run(workplace, args) {
    if (args.length > 0) throw new UsageError("usage: npm run operate -- consumers");
    const db = workplace.as("lotwise_operator");
    const [items, outbox] = await Promise.all([listConsumers(db), readOutboxDepth(db)]);
    const { waiting, oldestAt } = outbox;
    const since = oldestAt === null ? "" : `, the oldest since ${oldestAt}`;
    return {
      ok: true,
      lines: [...items.flatMap(linesOf), `outbox: ${waiting} waiting${since}`],
      json: { items, outbox },
    };
  },
};

export const pause: Command = {
  name: "pause",
  usage: `pause ${NAMES} REASON…`,
  summary: "have it take up no more work, in all processes, until it is resumed",
  async run(workplace, args) {
    const { name, words } = consumerOf(this, args);
    const reason = reasonOf(this, words);
    const db = workplace.as("lotwise_operator");
    const changed = await pauseConsumer(db, { name, actor: workplace.actor, reason });
    return answerWith(await find(db, name), changed ? "is paused" : "was paused already");
  },
};

export const resume: Command = {
  name: "resume",
  usage: `resume ${NAMES}`,
  summary: "let it go on",
  async run(workplace, args) {
    const { name, words } = consumerOf(this, args);
    if (words.length > 0) throw new UsageError(`usage: npm run operate -- ${this.usage}`);
    const db = workplace.as("lotwise_operator");
    const changed = await resumeConsumer(db, { name, actor: workplace.actor });
    return answerWith(await find(db, name), changed ? "goes on" : "was not paused");
  },
};

/** Pauses, and waits until nothing is in hand any more. */
export const drain: Command = {
  name: "drain",
  usage: `drain ${NAMES} REASON… [--within SECONDS]`,
  summary: `pause it, and wait until nothing is in hand (for ${DRAIN_SECONDS} seconds)`,
  async run(workplace, args) {
    const { name, words } = consumerOf(this, args);
    const { seconds, rest } = secondsOf(this, words);
    const reason = reasonOf(this, rest);
    const db = workplace.as("lotwise_operator");
    await pauseConsumer(db, { name, actor: workplace.actor, reason });
    const deadline = performance.now() + seconds * 1_000;
    for (;;) {
      const consumer = await find(db, name);
      if (consumer.isDrained) return answerWith(consumer, "is paused, nothing is in hand");
      if (performance.now() > deadline) {
        const late = answerWith(consumer, `is paused, but something is still in hand after ${seconds} s`);
        return { ...late, ok: false };
      }
      await delay(LOOK_EVERY_MS);
    }
  },
};

function consumerOf(
  { usage }: Command,
  [name, ...words]: readonly string[],
): { name: ConsumerName; words: readonly string[] } {
  const found = CONSUMERS.find((one) => one === name);
  if (found === undefined) throw new UsageError(`usage: npm run operate -- ${usage}`);
  return { name: found, words };
}

function reasonOf({ usage }: Command, words: readonly string[]): string {
  const reason = words.join(" ").trim();
  if (reason === "" || reason.length > 500 || words.some((word) => word.startsWith("--"))) {
    throw new UsageError(`usage: npm run operate -- ${usage}`);
  }
  return reason;
}

function secondsOf(
  { usage }: Command,
  words: readonly string[],
): { seconds: number; rest: readonly string[] } {
  const place = words.indexOf("--within");
  if (place === -1) return { seconds: DRAIN_SECONDS, rest: words };
  const seconds = Number(words[place + 1]);
  if (!(seconds >= 0)) throw new UsageError(`usage: npm run operate -- ${usage}`);
  return { seconds, rest: words.toSpliced(place, 2) };
}

async function find(db: Db, name: ConsumerName): Promise<Consumer> {
  const found = (await listConsumers(db)).find((consumer) => consumer.name === name);
  if (found === undefined) throw new Error(`there is no consumer ${name}`);
  return found;
}

function answerWith(consumer: Consumer, what: string): Answer {
  return { ok: true, lines: [`${consumer.name} ${what}`, ...linesOf(consumer).slice(1)], json: consumer };
}

function linesOf(consumer: Consumer): string[] {
  const { name, paused_at, paused_by, reason, isDrained } = consumer;
  const state =
    paused_at === null
      ? "working"
      : `paused since ${paused_at} by ${paused_by}: ${reason} (${isDrained ? "nothing" : "something"} in hand)`;
  const processes = consumer.processes.map((process) => {
    const words = [
      `pid ${process.pid} on ${process.host}`,
      process.busy_since === null ? "idle" : `busy since ${process.busy_since}`,
      ...(process.is_paused ? ["paused"] : []),
      ...(process.is_silent ? [`not heard of since ${process.seen_at}`] : []),
    ];
    return `  ${words.join(", ")}`;
  });
  return [`${name}: ${state}`, ...(processes.length === 0 ? ["  no process"] : processes)];
}
