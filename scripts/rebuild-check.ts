/**
 * npm run rebuild:check
 *
 * Replays every portfolio's ledger from nothing and compares the result, byte for byte, with what is stored. The
 * database is that of DATABASE_URL (or DATABASE_WORKER_URL), else the one that `npm start` keeps in LOTWISE_DATA,
 * whether it is running or not. Nothing is changed. Exit code 1 when anything differs.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openRole } from "#adapters/compose.ts";
import { readConfiguration, type Configuration } from "#adapters/configuration.ts";
import { findPostgres, startPostgres, type RunningPostgres } from "#adapters/embedded/postgres.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import { checkRebuild, type RebuildReport } from "#use-cases/check-rebuild.ts";

const DIFFERENCES_SHOWN_MAX = 20;

try {
  process.exitCode = await run(readConfiguration());
} catch (error) {
  console.error(`npm run rebuild:check: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function run(given: Configuration): Promise<number> {
  const isRemote = given.databaseUrl !== undefined || given.databaseWorkerUrl !== undefined;
  const postgres = isRemote ? undefined : await embeddedPostgres(given.dataFolder);
  try {
    const configuration = postgres === undefined ? given : { ...given, databaseUrl: postgres.url };
    const database = openRole(configuration, "lotwise_worker", log);
    const report = await checkRebuild(database.db);
    await database.close();
    return print(report);
  } finally {
    if (postgres?.adopted === false) await postgres.stop();
  }
}

async function embeddedPostgres(dataFolder: string): Promise<RunningPostgres> {
  const dir = join(dataFolder, "postgres");
  if (!existsSync(join(dir, "data"))) {
    throw new Error(
      `there is no database in ${dataFolder}: set DATABASE_URL, or LOTWISE_DATA to where one is`,
    );
  }
  return (await findPostgres(dir)) ?? startPostgres({ dir, log });
}

function print({ portfolios, behind, versions, rows, differences }: RebuildReport): number {
  console.log(
    `portfolios         ${portfolios}${behind > 0 ? ` (${behind} not matched to the end yet)` : ""}`,
  );
  console.log(`ledger versions    ${versions}`);
  for (const [table, count] of Object.entries(rows)) console.log(`${table.padEnd(19)}${count}`);
  console.log(`differences        ${differences.length}`);
  for (const { portfolioId, table, row, stored, rebuilt } of differences.slice(0, DIFFERENCES_SHOWN_MAX)) {
    console.log(`\n${table} ${row} of portfolio ${portfolioId}`);
    console.log(`  stored   ${stored ?? "nothing"}`);
    console.log(`  rebuilt  ${rebuilt ?? "nothing"}`);
  }
  const hidden = differences.length - DIFFERENCES_SHOWN_MAX;
  if (hidden > 0) console.log(`\n… and ${hidden} more`);
  return differences.length === 0 ? 0 : 1;
}
