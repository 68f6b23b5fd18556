import { findBrokenSeals, hashOfSeals, type BrokenSeal } from "#adapters/postgres/ledger-seals.ts";
import { openPatientDatabase } from "#adapters/postgres/patient-database.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { atOneMoment, eachPortfolioId } from "#adapters/postgres/rebuild-reads.ts";
import { UsageError, type Command } from "./command.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PORTFOLIOS_PER_QUESTION = 20;
const SHOWN_MAX = 50;

/** Compares the ledger with its seals. */
export const verify: Command = {
  name: "verify",
  usage: "verify [PORTFOLIO]",
  summary: "check that nobody changed the ledger since it was sealed",
  async run(workplace, args) {
    const [portfolio, ...rest] = args;
    if (rest.length > 0 || (portfolio !== undefined && !UUID.test(portfolio))) {
      throw new UsageError("usage: npm run operate -- verify [PORTFOLIO]");
    }
    const db = openPatientDatabase(workplace.urlOf("lotwise_worker"), { applicationName: "lotwise operate" });
    try {
      const broken = await verifyAll(db, portfolio === undefined ? eachPortfolioId(db) : [portfolio]);
      const { versions, hash } = await hashOfSeals(db);
      return {
        ok: broken.length === 0,
        lines: [
          ...broken.slice(0, SHOWN_MAX).map(lineOf),
          ...(broken.length > SHOWN_MAX ? [`… and ${broken.length - SHOWN_MAX} more`] : []),
          `${versions} versions are sealed, ${broken.length} are not as they were`,
          `hash of all seals ${hash}: written down elsewhere, it tells whether seals were changed, too`,
        ],
        json: { versions, hash, broken },
      };
    } finally {
      await db.destroy();
    }
  },
};

async function verifyAll(
  db: Db,
  portfolioIds: AsyncIterable<string> | Iterable<string>,
): Promise<BrokenSeal[]> {
  const broken: BrokenSeal[] = [];
  let page: string[] = [];
  const ask = async () => {
    const ids = page;
    page = [];
    broken.push(...(await atOneMoment(db, (trx) => findBrokenSeals(trx, ids))));
  };
  for await (const id of portfolioIds) {
    page.push(id);
    if (page.length === PORTFOLIOS_PER_QUESTION) await ask();
  }
  if (page.length > 0) await ask();
  return broken;
}

function lineOf({ portfolioId, sequence, what }: BrokenSeal): string {
  const where = `portfolio ${portfolioId}`;
  if (sequence === undefined) return `${where}: a seal was changed, or one that it rests on`;
  return `${where}: sequence ${sequence} ${what === "missing" ? "is gone" : "was changed"} since it was sealed`;
}
