import { alternate, formatFigure, summarize, type BenchmarkContext, type Comparison } from "../benchmark.ts";
import { startBenchServer } from "../setup/bench-server.ts";
import { inWords, openApiSide, type ApiKind, type ApiSide } from "./api-side.ts";

/*
 * What B6 and B7 have in common: two APIs, each in a process of its own with a database of its own on one PostgreSQL
 * server, and this process, which posts trades to them in turns, as fast as they answer on 100 connections.
 */

interface Plan {
  readonly users: number;
  readonly portfoliosEach: number;
  readonly connections: number;
  readonly growthConnections: readonly number[];
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

const FULL: Plan = {
  users: 50,
  portfoliosEach: 4,
  connections: 100,
  growthConnections: [1, 10, 400],
  warmUpMs: 1_500,
  measuredMs: 4_000,
};

const QUICK: Plan = {
  users: 5,
  portfoliosEach: 2,
  connections: 20,
  growthConnections: [1],
  warmUpMs: 200,
  measuredMs: 500,
};

/** POSTs per second of the product and of another API. */
export async function comparePosts(context: BenchmarkContext, other: ApiKind): Promise<Comparison> {
  const plan = context.quick ? QUICK : FULL;
  const starting = startBenchServer(`${context.folder}/postgres`);
  context.cleanUp.defer(() => starting.then((server) => server.stop()).catch(() => {}));
  const server = await starting;
  const product = await openApiSide(context, { server, kind: "product", ...plan });
  const rival = await openApiSide(context, { server, kind: other, ...plan });
  const rounds = await alternate(context.rounds, {
    a: async () => (await product.post(plan)).perSecond,
    b: async () => (await rival.post(plan)).perSecond,
  });
  const { a, b, ratio } = summarize(rounds, (round) => round.a / round.b);
  const growth = await measureGrowth(plan, product, rival);
  for (const side of [product, rival]) await side.assertStored();
  const sideOf = (kind: ApiKind, value: number) => ({
    what: `${kind}, ${plan.connections} connections`,
    value,
    unit: "POSTs/s",
  });
  return { a: sideOf("product", a), b: sideOf(other, b), ratio, growth };
}

async function measureGrowth(plan: Plan, product: ApiSide, rival: ApiSide): Promise<string[]> {
  const lines: string[] = [];
  for (const connections of plan.growthConnections) {
    const ours = await product.post({ ...plan, connections });
    const theirs = await rival.post({ ...plan, connections });
    lines.push(
      `on ${connections} connection${connections === 1 ? "" : "s"}: product ${inWords(ours)}; ` +
        `${rival.kind} ${inWords(theirs)}; ${formatFigure(ours.perSecond / theirs.perSecond)}×`,
    );
  }
  return lines;
}
