/*
 * B3: the pipeline with one matcher, in batches of 500, against one SQL transaction a trade. Units: trades a second.
 *
 * Both sides start from byte-equal copies of the same database and take the same trades in the same order, and both
 * figures include recording: a trade counts when it is stored, matched and committed. What they leave is compared
 * (positions, lots, disposals, slices, to the last digit); a difference is an error.
 *   a   b3-pipeline.ts
 *   b   naive/record-and-match-trade.ts
 */
import { setTimeout as delay } from "node:timers/promises";
import { alternate, formatFigure, summarize, type Benchmark, type BenchmarkContext } from "./benchmark.ts";
import { assertMatched, fingerprint, prepareLedgers, type Ledgers } from "./b3-ledgers.ts";
import { openPipeline } from "./b3-pipeline.ts";
import { recordAndMatchTrade } from "./naive/record-and-match-trade.ts";
import { openOwner, startBenchServer, type BenchDatabase, type BenchServer } from "./setup/bench-server.ts";
import type { PlannedTrade } from "./setup/portfolios.ts";

const BATCH = 500;

interface Plan {
  readonly portfolios: number;
  readonly history: number;
  /** Batches that are timed, after one that is not. */
  readonly batches: number;
  readonly growth: {
    readonly portfolios: number;
    readonly histories: readonly number[];
    readonly batches: number;
  };
}

const FULL: Plan = {
  portfolios: 200,
  history: 100,
  batches: 4,
  growth: { portfolios: 10, histories: [100, 1_000, 10_000], batches: 2 },
};

const QUICK: Plan = {
  portfolios: 40,
  history: 20,
  batches: 1,
  growth: { portfolios: 10, histories: [50], batches: 1 },
};

export const pipelineAgainstNaive: Benchmark = {
  id: "B3",
  name: "pipeline, one matcher, batches of 500 ÷ one SQL transaction a trade",
  floor: 30,
  goal: 75,
  async run(context) {
    const plan = context.quick ? QUICK : FULL;
    const starting = startBenchServer(`${context.folder}/postgres`);
    context.cleanUp.defer(() => starting.then((running) => running.stop()).catch(() => {}));
    const server = await starting;
    const ledgers = await prepareLedgers(server, context, plan);
    const rounds = await compare(context, { server, ledgers, batches: plan.batches, rounds: context.rounds });
    const { a, b, ratio } = summarize(rounds, (round) => round.a / round.b);
    return {
      a: { what: "pipeline, recording included", value: a, unit: "trades/s" },
      b: { what: "naive", value: b, unit: "trades/s" },
      ratio,
      growth: await measureGrowth(context, server, plan.growth),
    };
  },
};

async function measureGrowth(
  context: BenchmarkContext,
  server: BenchServer,
  plan: Plan["growth"],
): Promise<string[]> {
  const lines: string[] = [];
  for (const history of plan.histories) {
    const ledgers = await prepareLedgers(server, context, { portfolios: plan.portfolios, history });
    const rounds = await compare(context, { server, ledgers, batches: plan.batches, rounds: 1 });
    const { a, b, ratio } = summarize(rounds, (round) => round.a / round.b);
    lines.push(
      `with ${history.toLocaleString("en-US")} transactions in each of ${plan.portfolios} portfolios: ` +
        `pipeline ${formatFigure(a)} trades/s, naive ${formatFigure(b)} trades/s, ${formatFigure(ratio)}×`,
    );
    await server.dropDatabase(ledgers.template);
  }
  return lines;
}

/** Rounds on fresh copies. Shape: trades a second of both sides, one entry a round. */
async function compare(
  context: BenchmarkContext,
  work: { server: BenchServer; ledgers: Ledgers; batches: number; rounds: number },
) {
  const { server, ledgers } = work;
  const batches = Array.from({ length: work.batches + 1 }, () => ledgers.portfolios.next(BATCH));
  let left = "";
  const onCopy = async (side: string, measure: (copy: BenchDatabase) => Promise<number>) => {
    const copy = await server.createDatabase(`side_${side}`, ledgers.template);
    const rate = await measure(copy);
    const now = await fingerprint(copy);
    if (left !== "" && left !== now) throw new Error(`the sides differ:\n${left}\n${now}`);
    left = now;
    await server.dropDatabase(copy);
    // Lets the server write out and clean up what belongs to this measurement, not to the next.
    await delay(200);
    return rate;
  };
  return alternate(work.rounds, {
    a: (round) =>
      onCopy("a", (copy) => measurePipeline(context, copy, { batches, withStages: round === work.rounds })),
    b: () => onCopy("b", (copy) => measureNaive(context, copy, batches)),
  });
}

async function measurePipeline(
  { folder, say }: BenchmarkContext,
  copy: BenchDatabase,
  { batches, withStages }: { batches: readonly PlannedTrade[][]; withStages: boolean },
): Promise<number> {
  const [warmUp, ...timed] = batches;
  const pipeline = openPipeline(copy, folder);
  await pipeline.process(warmUp!);
  pipeline.reset();
  const startedAt = performance.now();
  for (const batch of timed) await pipeline.process(batch);
  const ms = performance.now() - startedAt;
  await pipeline.close();
  await assertMatched(copy);
  const { record, match, stages } = pipeline.times;
  const trades = timed.flat().length;
  const perSecond = (stage: number) => `${formatFigure((trades / stage) * 1000)}/s`;
  say(
    `pipeline: ${trades} trades in ${ms.toFixed(0)} ms = ${perSecond(ms)} ` +
      `(record ${record.toFixed(0)} ms = ${perSecond(record)}, match ${match.toFixed(0)} ms = ${perSecond(match)})`,
  );
  if (!withStages) return (trades / ms) * 1000;
  for (const line of stages.lines()) say(`  ${line}`);
  say(`  ${(ms - stages.total()).toFixed(0).padStart(7)} ms in this process, between statements`);
  return (trades / ms) * 1000;
}

async function measureNaive(
  { say }: BenchmarkContext,
  copy: BenchDatabase,
  [warmUp, ...timed]: readonly PlannedTrade[][],
): Promise<number> {
  const owner = openOwner(copy.ownerUrl);
  const instruments = await owner.selectFrom("instrument").select(["id", "symbol"]).execute();
  const ids = new Map(instruments.map(({ id, symbol }) => [symbol, id]));
  const toNaive = (trade: PlannedTrade) => ({
    ...trade,
    instrumentId: ids.get(trade.symbol)!,
    currency: trade.currency ?? "USD",
  });
  const trades = timed.flat();
  const ms = await owner.connection().execute(async (connection) => {
    for (const trade of warmUp!) await recordAndMatchTrade(connection, toNaive(trade));
    const startedAt = performance.now();
    for (const trade of trades) await recordAndMatchTrade(connection, toNaive(trade));
    return performance.now() - startedAt;
  });
  await owner.destroy();
  const rate = (trades.length / ms) * 1000;
  say(`naive: ${trades.length} trades in ${ms.toFixed(0)} ms = ${formatFigure(rate)}/s`);
  return rate;
}
