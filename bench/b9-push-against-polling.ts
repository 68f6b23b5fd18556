/*
 * B9: how long after its POST a trade reaches the socket that watches its portfolio, by its `transaction` message, which
 * the stream sends as soon as the match is committed. Units: milliseconds, median.
 *   a   the product (b9-product-process.ts): outbox with LISTEN/NOTIFY
 *   b   the same product with a relay that polls once a second (polling/polling-relay.ts)
 *
 * Both products run all the time and are loaded in turns; the one whose turn it is not has no watchers. The rate is
 * 1,000 POSTs a second, or where the machine cannot sustain that with client, API, matcher and PostgreSQL on it, a lower
 * one (see findRate); the output says which. Both sides get the same rate.
 */
import { alternate, formatFigure, summarize, type Benchmark, type BenchmarkContext } from "./benchmark.ts";
import { Crowd } from "./b9-crowd.ts";
import { offerLoad, type LoadResult } from "./b9-offered-load.ts";
import { startProduct } from "./b9-start-product.ts";

interface Plan {
  readonly users: number;
  readonly portfoliosEach: number;
  /** What is tried, up to the first rate that is not sustained. Shape: ascending. */
  readonly ratesPerSecond: readonly number[];
  readonly growthRatesPerSecond: readonly number[];
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

const FULL: Plan = {
  users: 50,
  portfoliosEach: 4,
  ratesPerSecond: [25, 50, 100, 200, 300, 500, 700, 1_000],
  growthRatesPerSecond: [100, 300, 1_000],
  warmUpMs: 1_500,
  measuredMs: 5_000,
};

const QUICK: Plan = {
  users: 5,
  portfoliosEach: 4,
  ratesPerSecond: [10, 50],
  growthRatesPerSecond: [50],
  warmUpMs: 500,
  measuredMs: 1_500,
};

export const pushAgainstPolling: Benchmark = {
  id: "B9",
  name: "POST → WebSocket push, 1-second polling relay ÷ ours",
  floor: 50,
  goal: 200,
  async run(context) {
    const plan = context.quick ? QUICK : FULL;
    const [ours, polling] = await Promise.all([
      openCrowd(context, plan, "product"),
      openCrowd(context, plan, "polling"),
    ]);
    const ratePerSecond = await findRate(context, plan, ours);
    await load(context, plan, { side: "warming up polling", crowd: polling, ratePerSecond });
    const queues = new Set<Crowd>();
    const measure = async (side: string, crowd: Crowd) => {
      const result = await load(context, plan, { side, crowd, ratePerSecond });
      if (!result.sustained) queues.add(crowd);
      return result.pushP50;
    };
    const rounds = await alternate(context.rounds, {
      a: () => measure("ours", ours),
      b: () => measure("polling", polling),
    });
    const { a, b, ratio } = summarize(rounds, (round) => round.b / round.a);
    const what = (side: string, crowd: Crowd) =>
      `${side} at ${ratePerSecond}/s${queues.has(crowd) ? " (not sustained)" : ""}, p50`;
    return {
      a: { what: what("ours", ours), value: a, unit: "ms" },
      b: { what: what("polling", polling), value: b, unit: "ms" },
      ratio,
      growth: await measureGrowth(context, plan, ours),
    };
  },
};

async function openCrowd(
  { cleanUp, folder }: BenchmarkContext,
  plan: Plan,
  relay: "product" | "polling",
): Promise<Crowd> {
  const starting = startProduct(relay, `${folder}/${relay}`);
  cleanUp.defer(() => starting.then((product) => product.stop()).catch(() => {}));
  const product = await starting;
  const crowd = new Crowd(product.baseUrl);
  cleanUp.defer(() => crowd.close());
  await crowd.signUp({ users: plan.users, portfoliosEach: plan.portfoliosEach });
  return crowd;
}

/**
 * The target rate if the product sustains it, else the rate one step below the highest that it does: at the very limit
 * a median is that of a queue. From below, since a server that was drowned takes its time to come up. A rate that fails
 * is tried twice, because something else may have taken the processors.
 */
async function findRate(context: BenchmarkContext, plan: Plan, crowd: Crowd): Promise<number> {
  const trial = { ...plan, warmUpMs: plan.warmUpMs / 2, measuredMs: plan.measuredMs / 2 };
  const isSustained = async (ratePerSecond: number) =>
    (await load(context, trial, { side: "trying ours", crowd, ratePerSecond })).sustained;
  const [lowest, target] = [plan.ratesPerSecond[0]!, plan.ratesPerSecond.at(-1)!];
  const sustained: number[] = [];
  for (const rate of plan.ratesPerSecond) {
    if (!(await isSustained(rate)) && !(await isSustained(rate))) break;
    sustained.push(rate);
  }
  if (sustained.at(-1) === target) return target;
  const rate = sustained.at(-2) ?? lowest;
  context.say(
    `here and now ${target}/s is not sustained, ${sustained.at(-1) ?? "none"} is: measuring at ${rate}/s`,
  );
  return rate;
}

async function measureGrowth(context: BenchmarkContext, plan: Plan, crowd: Crowd): Promise<string[]> {
  const lines: string[] = [];
  for (const ratePerSecond of plan.growthRatesPerSecond) {
    const result = await load(context, plan, { side: "growth", crowd, ratePerSecond });
    lines.push(`ours at ${ratePerSecond.toLocaleString("en-US")}/s offered: ${inWords(result)}`);
  }
  return lines;
}

async function load(
  { say }: BenchmarkContext,
  { warmUpMs, measuredMs }: Plan,
  { side, crowd, ratePerSecond }: { side: string; crowd: Crowd; ratePerSecond: number },
): Promise<LoadResult> {
  await crowd.openSockets();
  const result = await offerLoad(crowd, { ratePerSecond, warmUpMs, measuredMs });
  crowd.closeSockets();
  say(`${side} at ${ratePerSecond}/s: ${inWords(result)}`);
  return result;
}

function inWords(result: LoadResult): string {
  const faults = [
    result.sustained ? "" : "NOT SUSTAINED",
    result.refused > 0 ? `${result.refused} refused` : "",
    result.missing > 0 ? `${result.missing} not pushed in time` : "",
  ].filter((fault) => fault !== "");
  const figures = [
    `push p50 ${formatFigure(result.pushP50)} ms`,
    `p99 ${formatFigure(result.pushP99)} ms`,
    `201 p50 ${formatFigure(result.acceptP50)} ms`,
    `${result.offered} trades`,
  ];
  return [...figures, ...faults].join(", ");
}
