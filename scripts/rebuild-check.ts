/**
 * npm run rebuild:check
 *
 * Replays every portfolio's ledger from nothing and compares the result, byte for byte, with what is stored. The
 * database is that of DATABASE_URL (or DATABASE_WORKER_URL), else the one that `npm start` keeps in LOTWISE_DATA,
 * whether it is running or not. Nothing is changed. One portfolio is in memory at a time. Two databases with the same
 * figures print the same hash. Exit code 1 when anything differs.
 */
import { roleUrl } from "#adapters/compose.ts";
import { readConfiguration } from "#adapters/configuration.ts";
import { openPatientDatabase } from "#adapters/postgres/patient-database.ts";
import { checkRebuild, type RebuildReport } from "#use-cases/check-rebuild.ts";
import { withDatabase } from "./with-database.ts";

const DIFFERENCES_SHOWN_MAX = 20;

try {
  const report = await withDatabase(readConfiguration(), async (configuration) => {
    const url = roleUrl(configuration, "lotwise_worker");
    const db = openPatientDatabase(url, { applicationName: "lotwise rebuild:check" });
    try {
      return await checkRebuild(db);
    } finally {
      await db.destroy();
    }
  });
  process.exitCode = print(report);
} catch (error) {
  console.error(`npm run rebuild:check: ${(error as Error).message}`);
  process.exitCode = 1;
}

function print(report: RebuildReport): number {
  const { portfolios, behind, versions, rows, differences, differenceCount, hash } = report;
  console.log(
    `portfolios         ${portfolios}${behind > 0 ? ` (${behind} not matched to the end yet)` : ""}`,
  );
  console.log(`ledger versions    ${versions}`);
  for (const [table, count] of Object.entries(rows)) console.log(`${table.padEnd(19)}${count}`);
  console.log(`hash of figures    ${hash}`);
  console.log(`differences        ${differenceCount}`);
  for (const { portfolioId, table, row, stored, rebuilt } of differences.slice(0, DIFFERENCES_SHOWN_MAX)) {
    console.log(`\n${table} ${row} of portfolio ${portfolioId}`);
    console.log(`  stored   ${stored ?? "nothing"}`);
    console.log(`  rebuilt  ${rebuilt ?? "nothing"}`);
  }
  const hidden = differenceCount - DIFFERENCES_SHOWN_MAX;
  if (hidden > 0) console.log(`\n… and ${hidden} more`);
  return differenceCount === 0 ? 0 : 1;
}
