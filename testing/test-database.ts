import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { silentLogger } from "#adapters/ports.ts";
import { serviceUrl } from "#adapters/postgres/migrate.ts";
import { openDatabase, type Db } from "#adapters/postgres/pool.ts";

/** A fresh, migrated database of a test's own, with a handle for each role. */
export interface TestDatabase {
  readonly ownerUrl: string;
  readonly apiUrl: string;
  readonly workerUrl: string;
  readonly operatorUrl: string;
  readonly api: Db;
  readonly worker: Db;
  readonly operator: Db;
  /** Bypasses row-level security: for looking at what is stored. */
  readonly owner: Db;
  drop(): Promise<void>;
}

/** `empty`: with nothing in it yet, for whoever is to migrate it. */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const serverUrl = inject("postgresUrl");
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await onServer(
    serverUrl,
    `create database ${name} template ${options.empty === true ? "template0" : "lotwise_template"}`,
  );
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const ownerUrl = url.href;
  const apiUrl = serviceUrl(ownerUrl, "lotwise_api");
  const workerUrl = serviceUrl(ownerUrl, "lotwise_worker");
  const operatorUrl = serviceUrl(ownerUrl, "lotwise_operator");
  const open = (databaseUrl: string) =>
    openDatabase(databaseUrl, { log: silentLogger, applicationName: "test" }).db;
  const handles = {
    api: open(apiUrl),
    worker: open(workerUrl),
    operator: open(operatorUrl),
    owner: open(ownerUrl),
  };
  return {
    ownerUrl,
    apiUrl,
    workerUrl,
    operatorUrl,
    ...handles,
    async drop() {
      await Promise.all(Object.values(handles).map((handle) => handle.destroy()));
      await onServer(serverUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
