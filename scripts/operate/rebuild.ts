import { inProcessFanOut } from "#adapters/in-process/fan-out.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import { findRebuild, listTroubled, type RebuildRow } from "#adapters/postgres/rebuilds.ts";
import { requestAnyRebuild } from "#use-cases/request-rebuild.ts";
import { startLongTasks } from "#workers/long-tasks.ts";
import { startRebuilder } from "#workers/rebuilder.ts";
import { startSweeper } from "#workers/sweeper.ts";
import { setTimeout as delay } from "node:timers/promises";
import { UsageError, type Answer, type Command, type Workplace } from "./command.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Units: milliseconds. */
const LOOK_EVERY_MS = 250;
const TROUBLED_SHOWN_MAX = 20;

/** Replaces figures by replays of their ledgers. */
export const rebuild: Command = {
  name: "rebuild",
  usage: "rebuild PORTFOLIO|--all [--wait]",
  summary: "work figures out anew from the ledger; --wait helps with it and tells what was different",
  async run(workplace, args) {
    const words = args.filter((word) => word !== "--wait");
    const [portfolio] = words;
    const isAll = portfolio === "--all";
    if (portfolio === undefined || words.length > 1 || !(isAll || UUID.test(portfolio))) {
      throw new UsageError("usage: npm run operate -- rebuild PORTFOLIO|--all [--wait]");
    }
    const asked = await requestAnyRebuild(workplace.as("lotwise_operator"), {
      actor: workplace.actor,
      ...(isAll ? {} : { portfolioId: portfolio.toLowerCase() }),
    });
    if (!asked.ok) throw new Error(`there is no portfolio ${portfolio}`);
    if (args.includes("--wait")) await helpUntilDone(workplace, asked.value);
    return answer(workplace, asked.value);
  },
};

/**
 * The workers do it when they run; this process does it beside them, so that it also gets done where they do not. Whoever
 * watches a portfolio, and is not told by this process, looks at it every few seconds anyway.
 */
async function helpUntilDone(workplace: Workplace, id: string): Promise<void> {
  const db = workplace.as("lotwise_worker");
  const long = startLongTasks({ url: workplace.urlOf("lotwise_worker"), log });
  const dependencies = { db, fanOut: inProcessFanOut({ log }), log, long };
  const helpers = [startRebuilder(dependencies), ...startSweeper(dependencies), long];
  try {
    while ((await findRebuild(db, id))?.finished_at === null) await delay(LOOK_EVERY_MS);
  } finally {
    await Promise.all(helpers.map((helper) => helper.stop()));
  }
}

async function answer(workplace: Workplace, id: string): Promise<Answer> {
  const db = workplace.as("lotwise_operator");
  const row = await findRebuild(db, id);
  if (row === undefined) throw new Error(`rebuild ${id} is gone`);
  const troubled = await listTroubled(db, id, TROUBLED_SHOWN_MAX);
  return {
    ok: row.differing === 0 && row.failed === 0,
    lines: [
      ...linesOf(row),
      ...troubled.map(
        ({ portfolio_id, differences, failure }) =>
          `  portfolio ${portfolio_id}: ${failure ?? `${differences} rows were not as they should be`}`,
      ),
    ],
    json: { ...row, portfolios: troubled },
  };
}

function linesOf(row: RebuildRow): string[] {
  if (row.finished_at === null) {
    return [`asked for: ${row.total} portfolios, rebuild ${row.id}`, `of them done: ${row.done}`];
  }
  return [
    `rebuilt ${row.total} portfolios, ${row.differences} differences in ${row.differing} of them, ${row.failed} failed`,
  ];
}
