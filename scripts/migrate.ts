/**
 * npm run migrate
 *
 * Brings the database of DATABASE_URL, which must name its owner, to the newest version. Processes that know that URL
 * do so by themselves when they start; this is for installations whose processes connect as roles that own nothing.
 */
import { readConfiguration } from "#adapters/configuration.ts";
import { migrate } from "#adapters/postgres/migrate.ts";

try {
  const { databaseUrl } = readConfiguration();
  if (databaseUrl === undefined) {
    throw new Error(
      "set DATABASE_URL to the database's owner (postgres://owner:password@host:5432/database)",
    );
  }
  const { applied } = await migrate(databaseUrl);
  for (const name of applied) console.log(`applied ${name}`);
  if (applied.length === 0) console.log("the database is up to date");
} catch (error) {
  const { message, cause } = error as Error;
  console.error(`npm run migrate: ${message}${cause instanceof Error ? ` (${cause.message})` : ""}`);
  process.exitCode = 1;
}
