import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe } from "vitest";
import { startKafka, type RunningKafka } from "#adapters/embedded/kafka-server.ts";
import { startRedis, type RunningRedis } from "#adapters/embedded/redis-server.ts";
import { silentLogger } from "#adapters/ports.ts";

const KAFKA_LIBS = resolve(import.meta.dirname, "../.services/kafka-libs");

let redis: Promise<RunningRedis> | undefined;
let kafka: Promise<TestKafka> | undefined;

/** `dir` is what `startKafka` takes to start it anew, with or without what it holds. */
export type TestKafka = RunningKafka & { readonly dir: string };

/**
 * A Redis of this test file's own on a free port, started at the first call. It ends with the test process.
 * Errors: an Error whose message starts with "SKIP:" when this machine cannot have one.
 */
export function sharedRedis(): Promise<RunningRedis> {
  redis ??= orSkip("Redis", async () => startRedis({ dir: await temporaryDir("redis"), log: silentLogger }));
  return redis;
}

/**
 * An Apache Kafka of this test file's own on a free port, started at the first call (some 4 s). It ends with the test
 * process. The jars are fetched once into `.services/kafka-libs`.
 * Errors: an Error whose message starts with "SKIP:" when this machine cannot have one.
 */
export function sharedKafka(): Promise<TestKafka> {
  kafka ??= orSkip("Kafka", async () => {
    const dir = await temporaryDir("kafka");
    return { ...(await startKafka({ dir, libsDir: KAFKA_LIBS, log: silentLogger })), dir };
  });
  return kafka;
}

/** Where `startKafka` finds the jars that all tests share. */
export const kafkaLibsDir = KAFKA_LIBS;

/** A directory that is removed when the tests of this file are done. Call it while tests are collected. */
export async function temporaryDir(purpose: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), `lotwise-${purpose}-`));
  temporaryDirs.push(dir);
  return dir;
}

/**
 * `describe` for tests that need Redis. Await it at the top level of a test file. Without Redis the suite is skipped
 * and says so on stdout; with CI=true that is a failure.
 */
export async function describeWithRedis(name: string, tests: (redis: RunningRedis) => void): Promise<void> {
  await describeWith(name, sharedRedis, tests);
}

/** The same for tests that need Kafka. */
export async function describeWithKafka(name: string, tests: (kafka: TestKafka) => void): Promise<void> {
  await describeWith(name, sharedKafka, tests);
}

const temporaryDirs: string[] = [];

async function describeWith<T extends { kill9(): Promise<void> }>(
  name: string,
  start: () => Promise<T>,
  tests: (service: T) => void,
): Promise<void> {
  let service: T;
  try {
    service = await start();
  } catch (error) {
    const reason = (error as Error).message;
    if (process.env["CI"] === "true" || !reason.startsWith("SKIP:")) throw error;
    process.stdout.write(`\n*** SKIPPED: ${name}\n*** ${reason}\n\n`);
    describe.skip(`${name} (${reason.split("\n")[0]})`, () => tests(undefined as never));
    return;
  }
  describe(name, () => tests(service));
  afterAll(async () => {
    await service.kill9();
    for (const dir of temporaryDirs.splice(0)) await rm(dir, { recursive: true, force: true });
  });
}

async function orSkip<T>(what: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    throw new Error(`SKIP: no ${what} on this machine: ${(error as Error).message}`, { cause: error });
  }
}
