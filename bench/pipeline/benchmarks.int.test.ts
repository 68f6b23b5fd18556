import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { compareWithNaive } from "../b3-pipeline-against-naive.ts";
import { compareWithCopy } from "../b4-pipeline-against-copy.ts";
import { compareWal } from "../b5-wal-against-naive.ts";
import type { BenchmarkContext } from "../benchmark.ts";
import { openNaive } from "../naive/naive-recorder.ts";
import { serverFor, type BenchServer } from "../setup/bench-server.ts";
import { assertSameAdded, copyIn, writeAddedRows } from "./added-rows.ts";
import { assertMatched, contentComparison, prepareLedgers } from "./ledgers.ts";
import { inBatches, IN_TURNS, openPipeline, SIDE_BY_SIDE } from "./pipeline.ts";
import { measureWal } from "./wal.ts";

let context: BenchmarkContext;
let server: BenchServer;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "lotwise-bench-test-"));
  const cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  context = { rounds: 1, quick: true, folder, cleanUp, say: () => {} };
  // A folder without jars: a broker would take longer than everything else.
  vi.stubEnv("LOTWISE_SERVICES_DIR", folder);
  server = await serverFor(context);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await context.cleanUp.disposeAsync();
});

test("B3 says what in turns, over Kafka and a longer history come to", async () => {
  const amounts = { warmUp: 5, common: 10, further: 20 };
  const plan = { portfolios: 3, history: 5, ...amounts, growth: { histories: [20], ...amounts } };
  const { a, b, ratio, growth } = await compareWithNaive(context, server, plan);
  expect(ratio).toBeCloseTo(a.value / b.value, 6);
  expect(growth).toEqual([
    expect.stringMatching(
      /^in turns: pipeline \S+ trades\/s \(recording \S+\/s, matching \S+\/s\), [\d.]+×$/,
    ),
    expect.stringMatching(/^over Kafka: left out, since Apache Kafka is not in /),
    expect.stringMatching(/^with 20 transactions in the one portfolio: pipeline \S+ trades\/s, naive /),
  ]);
});

test("B4 loads with COPY what the pipeline added", async () => {
  const plan = { portfolios: 3, history: 6, batch: 10, warmUp: 1, batches: 2, growth: [] };
  const { a, b, ratio } = await compareWithCopy(context, server, plan);
  expect(ratio).toBeCloseTo(a.value / b.value, 6);
});

test("B5 divides the pipeline's bytes into recording and matching", async () => {
  const plan = { portfolios: 3, history: 7, batch: 10, batches: 2, growth: [] };
  const { a, b, ratio, growth } = await compareWal(context, server, plan);
  expect(ratio).toBeCloseTo(a.value / b.value, 6);
  const [recording, rest] = /recording (\S+), matching and the rest (\S+)$/
    .exec(growth[0]!)!
    .slice(1)
    .map((text) => Number(text.replaceAll(",", "")));
  expect(Math.round(recording! + rest! - a.value)).toBeCloseTo(0, -1);
});

test("databases that differ by one trade are told apart, whichever way the trades came in", async () => {
  const { template, portfolios } = await prepareLedgers(server, context, { portfolios: 2, history: 4 });
  const trades = portfolios.next(40);
  const batches = inBatches(trades, 15);
  const copyOf = (name: string) => server.createDatabase(name, template);
  const [whole, naive, short, loaded] = [
    await copyOf("whole"),
    await copyOf("naive"),
    await copyOf("short"),
    await copyOf("loaded"),
  ];

  const pipeline = await openPipeline(whole, context);
  const bytes = await measureWal(whole, async () => {
    await pipeline.process(batches, SIDE_BY_SIDE);
    await pipeline.close();
  });
  await assertMatched(whole);
  expect(bytes.recording).toBeGreaterThan(0);
  expect(bytes.records).toBeGreaterThan(bytes.recording);

  const oneByOne = await openNaive(naive);
  await oneByOne.process(trades);
  await oneByOne.close();
  const cut = await openPipeline(short, context);
  await cut.process(inBatches(trades.slice(0, -1), 15), IN_TURNS);
  await cut.close();
  const assertSame = contentComparison();
  await assertSame(whole);
  await assertSame(naive);
  await expect(assertSame(short)).rejects.toThrow("the sides differ");

  const added = await writeAddedRows(whole, batches);
  await copyIn(loaded, batches.length);
  await assertSameAdded(loaded, batches, added);
  await expect(assertSameAdded(short, batches, added)).rejects.toThrow("COPY brought other rows");
});
