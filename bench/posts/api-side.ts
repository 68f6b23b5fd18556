import { mkdir } from "node:fs/promises";
import { sql } from "kysely";
import type { Db } from "#adapters/postgres/pool.ts";
import { Crowd, type Member } from "../b9-crowd.ts";
import { formatFigure, type BenchmarkContext } from "../benchmark.ts";
import { openOwner, type BenchServer } from "../setup/bench-server.ts";
import { startProcess } from "../setup/start-process.ts";
import { SYMBOLS } from "../setup/trade-stream.ts";
import { postInTurns, type PostResult } from "./post-in-turns.ts";

const API_PROGRAM = new URL("api-process.ts", import.meta.url);

/** What an API does with a transaction: see api-process.ts. */
export type ApiKind = "product" | "naive" | "forgetful";

/** An API in a process of its own, on a database of its own, and users who post to it. */
export interface ApiSide {
  readonly kind: ApiKind;
  /** Posts as fast as it answers. */
  post(load: { connections: number; warmUpMs: number; measuredMs: number }): Promise<PostResult>;
  /** A side that answers 201 and stores nothing, or something twice, is no side. Errors: throws then. */
  assertStored(): Promise<void>;
}

export async function openApiSide(
  { cleanUp, folder, say }: BenchmarkContext,
  { server, kind, ...size }: { server: BenchServer; kind: ApiKind; users: number; portfoliosEach: number },
): Promise<ApiSide> {
  const database = await server.createDatabase(kind);
  const owner = openOwner(database.ownerUrl);
  cleanUp.defer(() => owner.destroy());
  // All instruments are there from the start: the naive side makes none.
  await sql`insert into instrument (symbol) select unnest(${[...SYMBOLS]}::text[])`.execute(owner);
  const own = `${folder}/${kind}`;
  await mkdir(own);
  const starting = startProcess(API_PROGRAM, [kind, own, database.ownerUrl]);
  cleanUp.defer(() => starting.then((api) => api.stop()).catch(() => {}));
  const { baseUrl } = await starting;
  const members = await signUp(baseUrl, size);
  await sql`analyze`.execute(owner);
  let accepted = 0;
  return {
    kind,
    async post(load) {
      const result = await postInTurns({ baseUrl, members }, load);
      accepted += result.accepted;
      say(`${kind} on ${load.connections} connections: ${inWords(result)}`);
      return result;
    },
    async assertStored() {
      const promised = kind === "forgetful" ? 0 : accepted;
      const stored = await countTransactions(owner);
      if (stored !== promised)
        throw new Error(`${kind} accepted ${promised} transactions and stored ${stored}`);
    },
  };
}

/** A result for people to read. */
export function inWords({ perSecond, p50, p99 }: PostResult): string {
  return `${formatFigure(perSecond)}/s, p50 ${formatFigure(p50)} ms, p99 ${formatFigure(p99)} ms`;
}

async function signUp(
  baseUrl: string,
  size: { users: number; portfoliosEach: number },
): Promise<readonly Member[]> {
  const crowd = new Crowd(baseUrl);
  await crowd.signUp(size);
  crowd.close();
  return crowd.members;
}

async function countTransactions(owner: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from transaction`.execute(owner);
  return rows[0]!.count;
}
