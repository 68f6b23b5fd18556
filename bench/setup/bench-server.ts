import { sql } from "kysely";
import { startPostgres } from "#adapters/embedded/postgres.ts";
import { silentLogger } from "#adapters/ports.ts";
import { migrate, serviceUrl } from "#adapters/postgres/migrate.ts";
import { openDatabase, type Db } from "#adapters/postgres/pool.ts";
import type { BenchmarkContext } from "../benchmark.ts";

/** Copying a large template takes longer than a statement of the product may. Units: milliseconds. */
const OWNER_TIMEOUTS = { statementMs: 120_000, queryMs: 121_000 };

/** A database with the product's schema, and how its roles and its owner connect. */
export interface BenchDatabase {
  readonly name: string;
  readonly ownerUrl: string;
  readonly apiUrl: string;
  readonly workerUrl: string;
}

/** A PostgreSQL server as `npm start` starts it, with the same settings, on data of its own. */
export interface BenchServer {
  /** An empty, migrated database, or a copy of another to which nobody may be connected. */
  createDatabase(name: string, template?: BenchDatabase): Promise<BenchDatabase>;
  dropDatabase(database: BenchDatabase): Promise<void>;
  stop(): Promise<void>;
}

/** A server for one benchmark, stopped at its end, however it comes. */
export async function serverFor({ folder, cleanUp, quick }: BenchmarkContext): Promise<BenchServer> {
  const starting = startBenchServer(`${folder}/postgres`, quick ? "wal_log" : "file_copy");
  cleanUp.defer(() => starting.then((running) => running.stop()).catch(() => {}));
  return starting;
}

/**
 * How databases are copied. As files a copy is as cold and as compact as its template, but takes two checkpoints, which
 * on a busy disk are seconds; through the log it is warm, and the log has it all.
 */
type CopyStrategy = "file_copy" | "wal_log";

export async function startBenchServer(
  dir: string,
  strategy: CopyStrategy = "file_copy",
): Promise<BenchServer> {
  const postgres = await startPostgres({ dir, log: silentLogger });
  const server = openOwner(postgres.url);
  return {
    async createDatabase(name, template) {
      const url = new URL(postgres.url);
      url.pathname = `/${name}`;
      const source = template?.name ?? "template0";
      await sql`create database ${sql.id(name)} template ${sql.id(source)} strategy ${sql.lit(strategy)}`.execute(
        server,
      );
      if (template === undefined) await migrate(url.href);
      return {
        name,
        ownerUrl: url.href,
        apiUrl: serviceUrl(url.href, "lotwise_api"),
        workerUrl: serviceUrl(url.href, "lotwise_worker"),
      };
    },
    async dropDatabase({ name }) {
      await sql`drop database ${sql.id(name)} with (force)`.execute(server);
    },
    async stop() {
      await server.destroy();
      await postgres.stop("immediate");
    },
  };
}

/** Connects as the owner, who may do everything, for preparing and for looking at what came out. */
export function openOwner(url: string): Db {
  return openDatabase(url, {
    log: silentLogger,
    applicationName: "bench",
    connectionsMax: 1,
    timeouts: OWNER_TIMEOUTS,
  }).db;
}
