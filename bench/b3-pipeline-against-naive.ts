/*
 * B3: the pipeline with one matcher, in batches of 500, against one SQL transaction a trade. Units: trades a second.
 *
 * Both sides start from byte-equal copies of the same database, and both figures include recording: a trade counts when
 * it is stored, matched and committed. First both take the same trades in the same order, and what they leave is
 * compared (positions, lots, disposals, slices, to the last digit); a difference is an error. Then the pipeline goes on
 * with more of them, since it is done with the others before it can be timed.
 *   a   pipeline/pipeline.ts, recorder and matcher side by side
 *   b   naive/record-and-match-trade.ts
 */
import {
  alternate,
  formatFigure,
  summarize,
  type Benchmark,
  type BenchmarkContext,
  type Comparison,
} from "./benchmark.ts";
import { openNaive } from "./naive/naive-recorder.ts";
import { startKafkaIfPossible } from "./pipeline/kafka.ts";
import {
  assertMatched,
  contentComparison,
  onCopy,
  prepareLedgers,
  type Ledgers,
} from "./pipeline/ledgers.ts";
import { inBatches, IN_TURNS, openPipeline, SIDE_BY_SIDE, type Processed } from "./pipeline/pipeline.ts";
import { serverFor, type BenchServer } from "./setup/bench-server.ts";

const BATCH = 500;

/** Trades of one comparison. */
interface Amounts {
  /** Both sides take them, and they are not timed. */
  readonly warmUp: number;
  /** Both sides take them; the naive one is timed. */
  readonly common: number;
  /** The pipeline alone takes them, and is timed. */
  readonly further: number;
}

export interface Plan extends Amounts {
  readonly portfolios: number;
  readonly history: number;
  readonly growth: Amounts & { readonly histories: readonly number[] };
}

const FULL: Plan = {
  portfolios: 200,
  history: 100,
  warmUp: 500,
  common: 2_000,
  further: 12_000,
  growth: { histories: [100, 1_000, 10_000, 100_000], warmUp: 100, common: 200, further: 4_000 },
};

const QUICK: Plan = {
  portfolios: 20,
  history: 10,
  warmUp: 50,
  common: 100,
  further: 500,
  growth: { histories: [50], warmUp: 50, common: 50, further: 500 },
};

export const pipelineAgainstNaive: Benchmark = {
  id: "B3",
  name: "pipeline, one matcher, batches of 500 ÷ one SQL transaction a trade",
  floor: 30,
  goal: 75,
  run: async (context) => compareWithNaive(context, await serverFor(context), context.quick ? QUICK : FULL),
};

/** Exported for a test with less of everything. */
export async function compareWithNaive(
  context: BenchmarkContext,
  server: BenchServer,
  plan: Plan,
): Promise<Comparison> {
  const ledgers = await prepareLedgers(server, context, plan);
  const sides = sidesOf(context, { server, ledgers, amounts: plan });
  const { a, b, ratio } = summarize(
    await alternate(context.rounds, { a: () => sides.sideBySide(), b: sides.naive }),
    (round) => round.a / round.b,
  );
  return {
    a: { what: "pipeline, recording included", value: a, unit: "trades/s" },
    b: { what: "naive", value: b, unit: "trades/s" },
    ratio,
    growth: [
      await sides.inTurns(b),
      await measureOverKafka(context, sides, b),
      ...(await measureGrowth(context, server, plan.growth)),
    ],
  };
}

async function measureGrowth(
  context: BenchmarkContext,
  server: BenchServer,
  plan: Plan["growth"],
): Promise<string[]> {
  const lines: string[] = [];
  for (const history of plan.histories) {
    const ledgers = await prepareLedgers(server, context, { portfolios: 1, history });
    const sides = sidesOf(context, { server, ledgers, amounts: plan });
    const [round] = await alternate(1, { a: () => sides.sideBySide(), b: sides.naive });
    const { a, b } = round!;
    lines.push(
      `with ${history.toLocaleString("en-US")} transactions in the one portfolio: ` +
        `pipeline ${formatFigure(a)} trades/s, naive ${formatFigure(b)} trades/s, ${formatFigure(a / b)}×`,
    );
    await server.dropDatabase(ledgers.template);
  }
  return lines;
}

async function measureOverKafka(context: BenchmarkContext, sides: Sides, naive: number): Promise<string> {
  const kafka = await startKafkaIfPossible(context);
  if ("impossible" in kafka) return `over Kafka: left out, ${kafka.impossible}`;
  const rate = await sides.sideBySide(kafka.brokers);
  await kafka.stop();
  return `over Kafka, outbox to relay to topic to matcher: ${formatFigure(rate)} trades/s, ${formatFigure(rate / naive)}×`;
}

type Sides = ReturnType<typeof sidesOf>;

/** The ways to measure, each on a copy of its own and with the same trades. Returned are trades a second. */
function sidesOf(
  context: BenchmarkContext,
  { server, ledgers, amounts }: { server: BenchServer; ledgers: Ledgers; amounts: Amounts },
) {
  const warmUp = ledgers.portfolios.next(amounts.warmUp);
  const common = ledgers.portfolios.next(amounts.common);
  const further = ledgers.portfolios.next(amounts.further);
  const assertSame = contentComparison();
  return {
    sideBySide: (kafkaBrokers = "") =>
      onCopy(server, ledgers, async (copy) => {
        const pipeline = await openPipeline(copy, { folder: context.folder, kafkaBrokers });
        await pipeline.process(inBatches(warmUp, BATCH), SIDE_BY_SIDE);
        await pipeline.process(inBatches(common, BATCH), SIDE_BY_SIDE);
        await assertSame(copy);
        const processed = await pipeline.process(inBatches(further, BATCH), SIDE_BY_SIDE);
        await pipeline.close();
        await assertMatched(copy);
        context.say(describe(kafkaBrokers === "" ? "side by side" : "over Kafka", processed));
        return perSecond(processed.trades, processed.ms);
      }),

    naive: () =>
      onCopy(server, ledgers, async (copy) => {
        const naive = await openNaive(copy);
        await naive.process(warmUp);
        const ms = await naive.process(common);
        await naive.close();
        await assertSame(copy);
        const rate = perSecond(common.length, ms);
        context.say(`naive: ${common.length} trades in ${ms.toFixed(0)} ms = ${formatFigure(rate)}/s`);
        return rate;
      }),

    /** A line for the growth, the way that the naive side works: one thing after the other. */
    inTurns: (naive: number) =>
      onCopy(server, ledgers, async (copy) => {
        const pipeline = await openPipeline(copy, { folder: context.folder });
        await pipeline.process(inBatches(warmUp, BATCH), IN_TURNS);
        const processed = await pipeline.process(inBatches(common, BATCH), IN_TURNS);
        await pipeline.close();
        await assertSame(copy);
        await assertMatched(copy);
        const { trades, ms, recordMs, stages } = processed;
        context.say(describe("in turns", processed));
        for (const line of stages.lines()) context.say(`  ${line}`);
        const rate = perSecond(trades, ms);
        return (
          `in turns: pipeline ${formatFigure(rate)} trades/s ` +
          `(recording ${formatFigure(perSecond(trades, recordMs))}/s, ` +
          `matching ${formatFigure(perSecond(trades, ms - recordMs))}/s), ${formatFigure(rate / naive)}×`
        );
      }),
  };
}

function describe(pace: string, { trades, ms, cpuMs }: Processed): string {
  return (
    `pipeline, ${pace}: ${trades} trades in ${ms.toFixed(0)} ms = ${formatFigure(perSecond(trades, ms))}/s, ` +
    `${formatFigure((cpuMs * 1000) / trades)} µs of this process each`
  );
}

function perSecond(trades: number, ms: number): number {
  return (trades / ms) * 1000;
}
