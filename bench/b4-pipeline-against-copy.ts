/*
 * B4: the pipeline against COPY of the rows that it makes, into the same tables with the same indexes. Units: trades a
 * second.
 *
 * COPY is the least that PostgreSQL can do to have these rows: no question is asked, nothing is matched, no row is
 * changed. Both sides start from byte-equal copies of the same database.
 *   a   pipeline/pipeline.ts, recorder and matcher side by side, in batches of 500 trades
 *   b   pipeline/added-rows.ts: for each of these batches one COPY a table, from a file, and a commit
 */
import {
  alternate,
  formatFigure,
  summarize,
  type Benchmark,
  type BenchmarkContext,
  type Comparison,
} from "./benchmark.ts";
import { assertSameAdded, copyIn, writeAddedRows } from "./pipeline/added-rows.ts";
import { assertMatched, onCopy, prepareLedgers, type Ledgers } from "./pipeline/ledgers.ts";
import { inBatches, openPipeline, SIDE_BY_SIDE } from "./pipeline/pipeline.ts";
import { serverFor, type BenchServer } from "./setup/bench-server.ts";

export interface Plan {
  readonly portfolios: number;
  readonly history: number;
  /** Trades in a batch. */
  readonly batch: number;
  /** Batches, the first of which are not timed. */
  readonly warmUp: number;
  readonly batches: number;
  readonly growth: readonly number[];
}

const FULL: Plan = {
  portfolios: 200,
  history: 100,
  batch: 500,
  warmUp: 4,
  batches: 24,
  growth: [100, 1_000, 10_000],
};
const QUICK: Plan = { portfolios: 20, history: 10, batch: 500, warmUp: 1, batches: 1, growth: [50] };

export const pipelineAgainstCopy: Benchmark = {
  id: "B4",
  name: "pipeline, one matcher, batches of 500 ÷ COPY of the same rows",
  floor: 0.28,
  goal: 0.65,
  run: async (context) => compareWithCopy(context, await serverFor(context), context.quick ? QUICK : FULL),
};

/** Exported for a test with less of everything. */
export async function compareWithCopy(
  context: BenchmarkContext,
  server: BenchServer,
  plan: Plan,
): Promise<Comparison> {
  const ledgers = await prepareLedgers(server, context, plan);
  const rounds = await compare(context, { server, ledgers, plan, rounds: context.rounds });
  const { a, b, ratio } = summarize(rounds, (round) => round.a / round.b);
  return {
    a: { what: "pipeline, recording included", value: a, unit: "trades/s" },
    b: { what: "COPY", value: b, unit: "trades/s" },
    ratio,
    growth: await measureGrowth(context, server, plan),
  };
}

async function measureGrowth(context: BenchmarkContext, server: BenchServer, plan: Plan): Promise<string[]> {
  const lines: string[] = [];
  for (const history of plan.growth) {
    const ledgers = await prepareLedgers(server, context, { portfolios: 1, history });
    const [round] = await compare(context, { server, ledgers, plan, rounds: 1 });
    const { a, b } = round!;
    lines.push(
      `with ${history.toLocaleString("en-US")} transactions in the one portfolio: ` +
        `pipeline ${formatFigure(a)} trades/s, COPY ${formatFigure(b)} trades/s, ${formatFigure(a / b)}×`,
    );
    await server.dropDatabase(ledgers.template);
  }
  return lines;
}

/** Rounds on fresh copies. Shape: trades a second of both sides, one entry a round. */
async function compare(
  { folder, say }: BenchmarkContext,
  { server, ledgers, plan, rounds }: { server: BenchServer; ledgers: Ledgers; plan: Plan; rounds: number },
) {
  const batches = inBatches(ledgers.portfolios.next((plan.warmUp + plan.batches) * plan.batch), plan.batch);
  const trades = plan.batches * plan.batch;
  const rateOf = (side: string, ms: number) => {
    const rate = (trades / ms) * 1000;
    say(`${side}: ${trades} trades in ${ms.toFixed(0)} ms = ${formatFigure(rate)}/s`);
    return rate;
  };
  let added = "";
  return alternate(rounds, {
    a: () =>
      onCopy(server, ledgers, async (copy) => {
        const pipeline = await openPipeline(copy, { folder });
        await pipeline.process(batches.slice(0, plan.warmUp), SIDE_BY_SIDE);
        const { ms } = await pipeline.process(batches.slice(plan.warmUp), SIDE_BY_SIDE);
        await pipeline.close();
        await assertMatched(copy);
        added = await writeAddedRows(copy, batches);
        return rateOf("pipeline", ms);
      }),
    b: () =>
      onCopy(server, ledgers, async (copy) => {
        const msByBatch = await copyIn(copy, batches.length);
        await assertSameAdded(copy, batches, added);
        return rateOf(
          "COPY",
          msByBatch.slice(plan.warmUp).reduce((sum, ms) => sum + ms, 0),
        );
      }),
  });
}
