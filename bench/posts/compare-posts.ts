import { mkdir } from "node:fs/promises";
import { sql } from "kysely";
import type { Db } from "#adapters/postgres/pool.ts";
import { Crowd, type Member } from "../b9-crowd.ts";
import { alternate, formatFigure, summarize, type BenchmarkContext, type Comparison } from "../benchmark.ts";
import { openOwner, startBenchServer, type BenchServer } from "../setup/bench-server.ts";
import { startProcess } from "../setup/start-process.ts";
import { SYMBOLS } from "../setup/trade-stream.ts";
import { postInTurns, type PostResult } from "./post-in-turns.ts";

/*
 * What B6 and B7 have in common: two APIs, each in a process of its own with a database of its own on one PostgreSQL
 * server, and this process, which posts trades to them in turns, as fast as they answer on 100 connections.
 */

/** What an API does with a transaction: see api-process.ts. */
export type ApiSide = "product" | "naive" | "forgetful";

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

const API_PROGRAM = new URL("api-process.ts", import.meta.url);

/** POSTs per second of the product and of another side. */
export async function comparePosts(context: BenchmarkContext, other: ApiSide): Promise<Comparison> {
  const plan = context.quick ? QUICK : FULL;
  const starting = startBenchServer(`${context.folder}/postgres`);
  context.cleanUp.defer(() => starting.then((server) => server.stop()).catch(() => {}));
  const server = await starting;
  const product = await openSide(context, { server, side: "product", plan });
  const rival = await openSide(context, { server, side: other, plan });
  const rate = async (side: Side) => (await measure(context, side, plan)).perSecond;
  const rounds = await alternate(context.rounds, { a: () => rate(product), b: () => rate(rival) });
  const { a, b, ratio } = summarize(rounds, (round) => round.a / round.b);
  const growth: string[] = [];
  for (const connections of plan.growthConnections) {
    const ours = await measure(context, product, { ...plan, connections });
    const theirs = await measure(context, rival, { ...plan, connections });
    growth.push(
      `on ${connections} connection${connections === 1 ? "" : "s"}: product ${inWords(ours)}; ${other} ` +
        `${inWords(theirs)}; ${formatFigure(ours.perSecond / theirs.perSecond)}×`,
    );
  }
  for (const side of [product, rival]) await assertStored(side);
  const on = `${plan.connections} connections`;
  return {
    a: { what: `product, ${on}`, value: a, unit: "POSTs/s" },
    b: { what: `${other}, ${on}`, value: b, unit: "POSTs/s" },
    ratio,
    growth,
  };
}

interface Side {
  readonly name: ApiSide;
  readonly baseUrl: string;
  readonly members: readonly Member[];
  readonly owner: Db;
  accepted: number;
}

async function openSide(
  { cleanUp, folder }: BenchmarkContext,
  { server, side, plan }: { server: BenchServer; side: ApiSide; plan: Plan },
): Promise<Side> {
  const database = await server.createDatabase(side);
  const owner = openOwner(database.ownerUrl);
  cleanUp.defer(() => owner.destroy());
  // All instruments are there from the start: the naive side makes none.
  await sql`insert into instrument (symbol) select unnest(${[...SYMBOLS]}::text[])`.execute(owner);
  const own = `${folder}/${side}`;
  await mkdir(own);
  const starting = startProcess(API_PROGRAM, [side, own, database.ownerUrl]);
  cleanUp.defer(() => starting.then((api) => api.stop()).catch(() => {}));
  const { baseUrl } = await starting;
  const crowd = new Crowd(baseUrl);
  await crowd.signUp({ users: plan.users, portfoliosEach: plan.portfoliosEach });
  crowd.close();
  await sql`analyze`.execute(owner);
  return { name: side, baseUrl, members: crowd.members, owner, accepted: 0 };
}

async function measure(
  { say }: BenchmarkContext,
  side: Side,
  load: { connections: number; warmUpMs: number; measuredMs: number },
): Promise<PostResult> {
  const result = await postInTurns(side, load);
  side.accepted += result.accepted;
  say(`${side.name} on ${load.connections} connections: ${inWords(result)}`);
  return result;
}

/** A side that answers 201 and stores nothing, or something twice, is no side. */
async function assertStored({ name, owner, accepted }: Side): Promise<void> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from transaction`.execute(owner);
  const stored = rows[0]!.count;
  const promised = name === "forgetful" ? 0 : accepted;
  if (stored !== promised) throw new Error(`${name} accepted ${promised} transactions and stored ${stored}`);
}

function inWords({ perSecond, p50, p99 }: PostResult): string {
  return `${formatFigure(perSecond)}/s, p50 ${formatFigure(p50)} ms, p99 ${formatFigure(p99)} ms`;
}
