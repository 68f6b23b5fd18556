import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { TRANSACTION_RECORDED_TOPIC as TOPIC } from "#contracts/events.ts";
import type { Choose } from "#testing/random-ledger.ts";
import { produce, type RawRecord } from "../installation/raw-producer.ts";
import { KAFKA_ERRORS } from "../proxy/kafka-errors.ts";
import { drawMs, type Draw } from "./fault.ts";

const restart =
  (options: { wipe: boolean }): Draw =>
  (choose) => {
    const awayMs = drawMs(choose, 300, choose.chance(0.2) ? 8_000 : 2_000);
    return {
      takes: ["kafka"],
      words: `away for ${awayMs} ms`,
      async run({ installation: { kafka } }) {
        if (kafka === undefined) return 0;
        const isKilled = await kafka.end();
        if (options.wipe) await kafka.wipe();
        await delay(awayMs);
        await kafka.start();
        return isKilled ? 1 : 0;
      },
    };
  };

const SPOIL_MS = 4_000;

const spoilAnswers: Draw = (choose) => {
  const error = choose.among(...KAFKA_ERRORS);
  const count = choose.among(1, 2, 3, 5);
  return {
    takes: ["kafka answers"],
    needs: ["kafka"],
    words: `${error.name} to ${count} of ${error.request}`,
    run: ({ installation: { saboteur } }) => saboteur.spoil(error, count, SPOIL_MS),
  };
};

/** What no consumer should stumble over. */
const GARBAGE: Readonly<Record<string, (choose: Choose) => RawRecord>> = {
  "random bytes": () => ({ key: randomUUID(), value: randomBytes(200) }),
  "no value": () => ({ key: randomUUID(), value: null }),
  "no key": () => ({ key: null, value: event({}) }),
  "an empty value": () => ({ key: randomUUID(), value: Buffer.alloc(0) }),
  "half a JSON object": () => ({ key: randomUUID(), value: event({}).subarray(0, 30) }),
  "a JSON array": () => ({ key: randomUUID(), value: Buffer.from("[1, 2]") }),
  "an older version": () => ({ key: randomUUID(), value: event({ v: 0 }) }),
  "a newer version": () => ({ key: randomUUID(), value: event({ v: 2 }) }),
  "an unknown portfolio": () => ({ key: randomUUID(), value: event({}) }),
  "no uuid": () => ({ key: "x", value: event({ portfolioId: "'; drop table transaction; --" }) }),
  "a sequence beyond all": (choose) => ({
    key: randomUUID(),
    value: event({ sequence: choose.among<number | string>(-1, 2 ** 53 - 1, 1.5, "7") }),
  }),
  "a megabyte and many headers": () => ({
    key: randomUUID(),
    value: Buffer.alloc(900_000, "a"),
    headers: Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`header-${index}`, "x".repeat(100)]),
    ),
  }),
};

function event(changes: object): Buffer {
  return Buffer.from(JSON.stringify({ v: 1, portfolioId: randomUUID(), sequence: 1, ...changes }));
}

const garbage: Draw = (choose) => {
  const name = choose.among(...Object.keys(GARBAGE));
  const record = GARBAGE[name]!(choose);
  return {
    takes: [],
    needs: ["kafka"],
    words: name,
    async run({ installation: { kafkaProxy } }) {
      if (kafkaProxy === undefined) return 0;
      await produce(`127.0.0.1:${kafkaProxy.port}`, TOPIC, [record]);
      return 1;
    },
  };
};

export const KAFKA_FAULTS = {
  "F10-restart": restart({ wipe: false }),
  "F11-wipe": restart({ wipe: true }),
  "F12-error": spoilAnswers,
  "F20-record": garbage,
} as const satisfies Record<string, Draw>;
