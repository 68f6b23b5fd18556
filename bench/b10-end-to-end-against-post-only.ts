/*
 * B10: at how many trades a second the whole way still takes less than 50 ms, POST to push, for 99 of 100, held against
 * how many POSTs a second the same machine records when it does nothing else.
 *   a   end to end: the product as B9 runs it (b9-product-process.ts), API, matcher and stream in one process, loaded at
 *       a fixed rate whatever comes of it; from the start of each POST to its `transaction` message on a subscribed socket
 *   b   POST only: the API of B6, without matcher, sockets or exchange, as fast as it answers on 100 connections
 *
 * Each round measures b, and then looks for the highest rate among twentieths of it at which a is in time, by halving.
 * A rate that fails is tried twice, because something else may have taken the processors.
 */
import { formatFigure, summarize, type Benchmark, type BenchmarkContext, type Round } from "./benchmark.ts";
import { Crowd } from "./b9-crowd.ts";
import { offerLoad, type LoadResult } from "./b9-offered-load.ts";
import { startProduct } from "./b9-start-product.ts";
import { openApiSide, type ApiSide } from "./posts/api-side.ts";
import { startBenchServer } from "./setup/bench-server.ts";

/** Units: milliseconds, 99 of 100. */
const PUSHED_WITHIN_MS = 50;

interface Plan {
  readonly users: number;
  readonly portfoliosEach: number;
  readonly connections: number;
  /** Into how many steps the rate of POSTs alone is divided. */
  readonly steps: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

const FULL: Plan = {
  users: 50,
  portfoliosEach: 4,
  connections: 100,
  steps: 20,
  warmUpMs: 1_500,
  measuredMs: 4_000,
};

const QUICK: Plan = {
  users: 5,
  portfoliosEach: 4,
  connections: 20,
  steps: 4,
  warmUpMs: 200,
  measuredMs: 800,
};

export const endToEndAgainstPostOnly: Benchmark = {
  id: "B10",
  name: "trades a second with p99 below 50 ms, POST → push ÷ POSTs a second alone",
  floor: 0.45,
  goal: 0.65,
  async run(context) {
    const plan = context.quick ? QUICK : FULL;
    const postOnly = await openPostOnly(context, plan);
    const crowd = await openCrowd(context, plan);
    const tried = new Map<number, LoadResult>();
    const rounds: Round[] = [];
    for (let round = 1; round <= context.rounds; round += 1) {
      tried.clear();
      const postRate = (await postOnly.post(plan)).perSecond;
      // Before its first round the product has run nothing yet, neither our code nor its statements.
      if (round === 1) await load(crowd, { ...plan, ratePerSecond: Math.ceil(postRate / plan.steps) });
      const rate = await findRate(context, { plan, crowd, postRate, tried });
      rounds.push({ a: rate, b: postRate });
    }
    await postOnly.assertStored();
    const { a, b, ratio } = summarize(rounds, (round) => round.a / round.b);
    const growth = [...tried]
      .toSorted(([one], [other]) => one - other)
      .map(([rate, result]) => lineOf(rate, result));
    return {
      a: { what: "end to end, p99 < 50 ms", value: a, unit: "trades/s" },
      b: { what: "POST only", value: b, unit: "POSTs/s" },
      ratio,
      growth,
    };
  },
};

async function openPostOnly(context: BenchmarkContext, plan: Plan): Promise<ApiSide> {
  const starting = startBenchServer(`${context.folder}/postgres`);
  context.cleanUp.defer(() => starting.then((server) => server.stop()).catch(() => {}));
  return openApiSide(context, { server: await starting, kind: "product", ...plan });
}

async function openCrowd({ cleanUp, folder }: BenchmarkContext, plan: Plan): Promise<Crowd> {
  const starting = startProduct("product", `${folder}/end-to-end`);
  cleanUp.defer(() => starting.then((product) => product.stop()).catch(() => {}));
  const crowd = new Crowd((await starting).baseUrl);
  cleanUp.defer(() => crowd.close());
  await crowd.signUp(plan);
  return crowd;
}

interface Search {
  readonly plan: Plan;
  readonly crowd: Crowd;
  readonly postRate: number;
  /** What was found out, by rate. */
  readonly tried: Map<number, LoadResult>;
}

/** Trades per second; 0 when even the lowest rate is too much. */
async function findRate(
  { say }: BenchmarkContext,
  { plan, crowd, postRate, tried }: Search,
): Promise<number> {
  const rateOf = (step: number) => Math.max(1, Math.round((postRate * step) / plan.steps));
  const isInTime = async (step: number) => {
    const rate = rateOf(step);
    const result = await load(crowd, { ...plan, ratePerSecond: rate });
    say(`end to end at ${lineOf(rate, result)}`);
    tried.set(rate, result);
    return result.sustained && result.missing === 0 && result.pushP99 < PUSHED_WITHIN_MS;
  };
  let [known, failed] = [0, plan.steps + 1];
  while (failed - known > 1) {
    const middle = Math.floor((known + failed) / 2);
    if ((await isInTime(middle)) || (await isInTime(middle))) known = middle;
    else failed = middle;
  }
  return known === 0 ? 0 : rateOf(known);
}

async function load(
  crowd: Crowd,
  offered: { ratePerSecond: number; warmUpMs: number; measuredMs: number },
): Promise<LoadResult> {
  await crowd.openSockets();
  const result = await offerLoad(crowd, offered);
  crowd.closeSockets();
  return result;
}

function lineOf(rate: number, { pushP50, pushP99, acceptP50, sustained }: LoadResult): string {
  return (
    `${rate.toLocaleString("en-US")}/s: push p50 ${formatFigure(pushP50)} ms, p99 ${formatFigure(pushP99)} ms, ` +
    `201 p50 ${formatFigure(acceptP50)} ms${sustained ? "" : ", NOT SUSTAINED"}`
  );
}
