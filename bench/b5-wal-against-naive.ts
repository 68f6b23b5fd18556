/*
 * B5: bytes that PostgreSQL writes ahead for a trade, the pipeline's against those of one SQL transaction a trade.
 * Units: bytes a trade; less is better.
 *
 * Both sides start from byte-equal copies of the same database and take the same trades in the same order. The pipeline
 * works in turns, so that each batch of 500 is matched as one: side by side a matcher that falls behind takes more at
 * once and writes less, which would make the figure one of the machine.
 *
 * Counted are records without page images. PostgreSQL writes a page as a whole when it changes for the first time after
 * a checkpoint, and a copy of a database is made by one. So a run of seconds is almost all images, the same on both
 * sides, while at thousands of trades a second they vanish among the five minutes of records until the next checkpoint.
 * With them stands in a line below.
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
import {
  assertMatched,
  contentComparison,
  onCopy,
  prepareLedgers,
  type Ledgers,
} from "./pipeline/ledgers.ts";
import { inBatches, IN_TURNS, openPipeline, SIDE_BY_SIDE, type Pace } from "./pipeline/pipeline.ts";
import { measureWal, type WalBytes } from "./pipeline/wal.ts";
import { serverFor, type BenchServer } from "./setup/bench-server.ts";

/** Kinds of records that are named on stderr. */
const KINDS_SAID_MAX = 24;

export interface Plan {
  readonly portfolios: number;
  readonly history: number;
  /** Trades in a batch. */
  readonly batch: number;
  readonly batches: number;
  readonly growth: readonly number[];
}

const FULL: Plan = { portfolios: 200, history: 100, batch: 500, batches: 2, growth: [100, 1_000, 10_000] };
const QUICK: Plan = { portfolios: 20, history: 10, batch: 500, batches: 1, growth: [50] };

export const walAgainstNaive: Benchmark = {
  id: "B5",
  name: "WAL of a trade, pipeline in batches of 500 ÷ one SQL transaction a trade",
  figure: { unit: "×", better: "less" },
  floor: 0.4,
  goal: 0.2,
  run: async (context) => compareWal(context, await serverFor(context), context.quick ? QUICK : FULL),
};

/** Exported for a test with less of everything. */
export async function compareWal(
  context: BenchmarkContext,
  server: BenchServer,
  plan: Plan,
): Promise<Comparison> {
  const ledgers = await prepareLedgers(server, context, plan);
  const sides = sidesOf(context, { server, ledgers, plan });
  const inTurns: WalBytes[] = [];
  const naive: WalBytes[] = [];
  const rounds = await alternate(context.rounds, {
    a: async () => inTurns[inTurns.push(await sides.pipeline(IN_TURNS)) - 1]!.records,
    b: async () => naive[naive.push(await sides.naive()) - 1]!.records,
  });
  const { a, b, ratio } = summarize(rounds, (round) => round.a / round.b);
  return {
    a: { what: "pipeline, recording included", value: a, unit: "bytes" },
    b: { what: "naive", value: b, unit: "bytes" },
    ratio,
    growth: [
      ...linesOf({
        inTurns: inTurns.at(-1)!,
        sideBySide: await sides.pipeline(SIDE_BY_SIDE),
        naive: naive.at(-1)!,
      }),
      ...(await measureGrowth(context, server, plan)),
    ],
  };
}

/** What else there is to say of the same trades. Shape: bytes a trade. */
function linesOf({
  inTurns,
  sideBySide,
  naive,
}: Record<"inTurns" | "sideBySide" | "naive", WalBytes>): string[] {
  const compared = (of: (bytes: WalBytes) => number) =>
    `pipeline ${formatFigure(of(inTurns))} bytes, naive ${formatFigure(of(naive))} bytes, ` +
    `${formatFigure(of(inTurns) / of(naive))}×`;
  return [
    `of the pipeline's bytes: recording ${formatFigure(inTurns.recording)}, ` +
      `matching and the rest ${formatFigure(inTurns.records - inTurns.recording)}`,
    `with page images, straight after a checkpoint: ${compared(({ records, images }) => records + images)}`,
    `side by side: pipeline ${formatFigure(sideBySide.records)} bytes, ` +
      `${formatFigure(sideBySide.records / naive.records)}×`,
  ];
}

async function measureGrowth(context: BenchmarkContext, server: BenchServer, plan: Plan): Promise<string[]> {
  const lines: string[] = [];
  for (const history of plan.growth) {
    const ledgers = await prepareLedgers(server, context, { portfolios: 1, history });
    const sides = sidesOf(context, { server, ledgers, plan });
    const [a, b] = [(await sides.pipeline(IN_TURNS)).records, (await sides.naive()).records];
    lines.push(
      `with ${history.toLocaleString("en-US")} transactions in the one portfolio: ` +
        `pipeline ${formatFigure(a)} bytes, naive ${formatFigure(b)} bytes, ${formatFigure(a / b)}×`,
    );
    await server.dropDatabase(ledgers.template);
  }
  return lines;
}

/** Both ways to the database, each on a copy of its own and with the same trades. Returned are bytes a trade. */
function sidesOf(
  { folder, say }: BenchmarkContext,
  { server, ledgers, plan }: { server: BenchServer; ledgers: Ledgers; plan: Plan },
) {
  const trades = ledgers.portfolios.next(plan.batches * plan.batch);
  const assertSame = contentComparison();
  const eachTrade = (side: string, bytes: WalBytes): WalBytes => {
    const each = (sum: number) => sum / trades.length;
    const [records, images] = [each(bytes.records), each(bytes.images)];
    say(`${side}: ${formatFigure(records)} bytes a trade, and ${formatFigure(images)} of page images`);
    for (const { name, count, bytes: sum } of bytes.kinds.slice(0, KINDS_SAID_MAX)) {
      say(`  ${formatFigure(each(sum)).padStart(7)} bytes, ${formatFigure(each(count))} × ${name}`);
    }
    return { ...bytes, records, images, recording: each(bytes.recording) };
  };
  return {
    pipeline: (pace: Pace) =>
      onCopy(server, ledgers, async (copy) => {
        const bytes = await measureWal(copy, async () => {
          const pipeline = await openPipeline(copy, { folder });
          await pipeline.process(inBatches(trades, plan.batch), pace);
          await pipeline.close();
        });
        await assertMatched(copy);
        await assertSame(copy);
        return eachTrade(pace === IN_TURNS ? "pipeline, in turns" : "pipeline, side by side", bytes);
      }),

    naive: () =>
      onCopy(server, ledgers, async (copy) => {
        const bytes = await measureWal(copy, async () => {
          const naive = await openNaive(copy);
          await naive.process(trades);
          await naive.close();
        });
        await assertSame(copy);
        return eachTrade("naive", bytes);
      }),
  };
}
