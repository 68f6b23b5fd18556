import { openPatientDatabase } from "#adapters/postgres/patient-database.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { findReconciliation, listFindings, listReconciliations } from "#adapters/postgres/reconciliations.ts";
import { reconcileSlice } from "#use-cases/reconcile.ts";
import { requestReconciliation } from "#use-cases/request-reconciliation.ts";
import { replayCheck } from "#workers/reconciler.ts";
import { setTimeout as delay } from "node:timers/promises";
import { UsageError, type Answer, type Command, type Workplace } from "./command.ts";

const LOOK_EVERY_MS = 250;
const FINDINGS_SHOWN_MAX = 50;

/** Checks that everybody's figures add up, now. */
export const reconcile: Command = {
  name: "reconcile",
  usage: "reconcile [--full]",
  summary: "check that figures add up; --full replays every portfolio instead of a sample",
  async run(workplace, args) {
    const isFull = args.length === 1 && args[0] === "--full";
    if (args.length > 0 && !isFull) throw new UsageError("usage: npm run operate -- reconcile [--full]");
    const db = openPatientDatabase(workplace.urlOf("lotwise_worker"), {
      applicationName: "lotwise operate",
      connectionsMax: 2,
    });
    try {
      return await answer(workplace, await goThrough(workplace, db, isFull));
    } finally {
      await db.destroy();
    }
  },
};

/** Begins a round, after the one that is under way if there is one, and goes through it, without the rests of workers. */
async function goThrough(workplace: Workplace, db: Db, isFull: boolean): Promise<string> {
  const operatorDb = workplace.as("lotwise_operator");
  for (;;) {
    const begun = await requestReconciliation(operatorDb, { actor: workplace.actor, isFull });
    const id = begun.ok ? begun.value : (await listReconciliations(operatorDb, 1))[0]!.id;
    while ((await findReconciliation(operatorDb, id))?.finished_at === null) {
      const slice = await reconcileSlice(db, replayCheck(db));
      if (slice === undefined) await delay(LOOK_EVERY_MS);
    }
    if (begun.ok) return id;
  }
}

async function answer(workplace: Workplace, id: string): Promise<Answer> {
  const db = workplace.as("lotwise_operator");
  const row = (await findReconciliation(db, id))!;
  const findings = await listFindings(db, id, FINDINGS_SHOWN_MAX);
  return {
    ok: row.findings === 0,
    lines: [
      `checked ${row.portfolios} portfolios with ${row.versions} versions, replayed ${row.replayed}: ${row.findings} findings`,
      ...findings.map(
        ({ portfolio_id, law, subject, expected, found }) =>
          `  ${law}: ${subject}${portfolio_id === null ? "" : ` of portfolio ${portfolio_id}`} should be ${expected ?? "nothing"}, is ${found ?? "nothing"}`,
      ),
    ],
    json: { ...row, items: findings },
  };
}
