import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Configuration } from "#adapters/configuration.ts";
import { findPostgres, startPostgres } from "#adapters/embedded/postgres.ts";
import { silentLogger as log } from "#adapters/ports.ts";

/**
 * Runs `work` on the database that the configuration names, else on the one that `npm start` keeps in LOTWISE_DATA: it is
 * joined where it is running, and started for as long as this takes where it is not.
 * Errors: throws when there is none.
 */
export async function withDatabase<T>(
  given: Configuration,
  work: (configuration: Configuration) => Promise<T>,
): Promise<T> {
  const isNamed = [given.databaseUrl, given.databaseWorkerUrl, given.databaseOperatorUrl].some(
    (url) => url !== undefined,
  );
  if (isNamed) return work(given);
  const dir = join(given.dataFolder, "postgres");
  if (!existsSync(join(dir, "data"))) {
    throw new Error(
      `there is no database in ${given.dataFolder}: set DATABASE_URL, or LOTWISE_DATA to where one is`,
    );
  }
  const postgres = (await findPostgres(dir)) ?? (await startPostgres({ dir, log }));
  try {
    return await work({ ...given, databaseUrl: postgres.url });
  } finally {
    if (!postgres.adopted) await postgres.stop();
  }
}
