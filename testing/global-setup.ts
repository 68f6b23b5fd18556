import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startPostgres } from "#adapters/embedded/postgres.ts";
import { silentLogger } from "#adapters/ports.ts";
import { migrate } from "#adapters/postgres/migrate.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Owner's URL of a PostgreSQL server that holds the migrated database `lotwise_template`. */
    postgresUrl: string;
  }
}

/**
 * One real PostgreSQL for all test files, with a migrated template database that each of them copies.
 * LOTWISE_TEST_DATABASE_URL takes another server, such as an older version.
 */
export async function setup(project: TestProject): Promise<void> {
  const given = process.env["LOTWISE_TEST_DATABASE_URL"];
  const dir = given === undefined ? await mkdtemp(join(tmpdir(), "lotwise-test-postgres-")) : undefined;
  const postgres = dir === undefined ? undefined : await startPostgres({ dir, log: silentLogger });
  const url = given ?? postgres!.url;
  await makeTemplate(url);
  project.provide("postgresUrl", url);
  stop = async () => {
    await postgres?.stop("immediate");
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  };
}

let stop = () => Promise.resolve();

/** Stops the server and removes its data. */
export async function teardown(): Promise<void> {
  await stop();
}

const TEMPLATE = "lotwise_template";

async function makeTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`drop database if exists ${TEMPLATE} with (force)`);
  await client.query(`create database ${TEMPLATE}`);
  await client.end();
  const template = new URL(url);
  template.pathname = `/${TEMPLATE}`;
  await migrate(template.href);
}
