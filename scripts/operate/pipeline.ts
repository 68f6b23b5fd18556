import { countPassedOver } from "#adapters/postgres/dead-letter-reads.ts";
import {
  findPortfolioOwner,
  listSlowest,
  readInstallation,
  readPipeline,
} from "#adapters/postgres/pipeline-reads.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { toInstallationPipeline, toOperatedPipeline } from "#api/representations/pipeline.ts";
import type { InstallationPipeline, OperatedPipeline } from "#contracts/pipeline.ts";
import { UsageError, type Answer, type Command } from "./command.ts";

const USAGE = "pipeline [PORTFOLIO]";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SLOWEST_SHOWN_MAX = 10;

/** Between what was recorded and the figures: of everything, or of one portfolio. */
export const pipeline: Command = {
  name: "pipeline",
  usage: USAGE,
  summary: "what waits to be matched, and for what: of everything, or of one portfolio",
  async run(workplace, [portfolioId, ...rest]) {
    if (rest.length > 0 || (portfolioId !== undefined && !UUID.test(portfolioId))) {
      throw new UsageError(`usage: npm run operate -- ${USAGE}`);
    }
    const db = workplace.as("lotwise_operator");
    return portfolioId === undefined ? ofAll(db) : ofOne(db, portfolioId.toLowerCase());
  },
};

async function ofAll(db: Db): Promise<Answer> {
  const json = toInstallationPipeline(await readInstallation(db), {
    slowest: await listSlowest(db, SLOWEST_SHOWN_MAX),
    passedOver: await countPassedOver(db),
  });
  return { ok: true, lines: linesOfAll(json), json };
}

function linesOfAll(all: InstallationPipeline): string[] {
  const { deadLetters, outbox } = all;
  return [
    row("portfolios", `${all.portfolios}, ${all.behind} with something to match`),
    row("pending", `${all.pending} versions${since(all.oldestPendingAt)}`),
    row("failing", String(all.failing)),
    row("parked", String(all.parked)),
    row("outbox", `${outbox.depth}${since(outbox.oldestAt)}`),
    row(
      "dead letters",
      `${deadLetters.matching} of portfolios, ${deadLetters.record} of records, ${deadLetters.passedOver} not kept`,
    ),
    ...all.slowest.map(
      ({ portfolioId, owner, pending, oldestPendingAt, parkedSince }) =>
        `  ${portfolioId} of ${owner}: ${pending} pending${since(oldestPendingAt)}${parkedSince === null ? "" : `, parked since ${parkedSince}`}`,
    ),
  ];
}

async function ofOne(db: Db, portfolioId: string): Promise<Answer> {
  const found = await readPipeline(db, portfolioId);
  const whose = await findPortfolioOwner(db, portfolioId);
  if (found === undefined || whose === undefined) throw new Error(`there is no portfolio ${portfolioId}`);
  const json = toOperatedPipeline(found, whose);
  return { ok: true, lines: linesOfOne(json), json };
}

function linesOfOne(one: OperatedPipeline): string[] {
  const { sequence, rulesVersion, parked, deadLetterId, deletedAt } = one;
  return [
    row("portfolio", `${one.name}, of ${one.owner}${deletedAt === null ? "" : `, deleted ${deletedAt}`}`),
    row("sequence", `head ${sequence.head}, applied ${sequence.applied}, epoch ${sequence.epoch}`),
    row("pending", `${one.pending}${since(one.oldestPendingAt)}`),
    row("rules", `version ${rulesVersion.current}, applied ${rulesVersion.applied}`),
    row("last matched", one.lastMatchedAt ?? "never"),
    row("outbox", String(one.announcements)),
    row(
      "failures",
      `${one.failures}${one.nextAttemptAt === null ? "" : `, next attempt ${one.nextAttemptAt}`}`,
    ),
    ...(parked === null
      ? []
      : [
          row("parked", `since ${parked.since}: ${parked.reason}`),
          row(
            "because of",
            `${parked.transactionId === null ? "its settings" : `transaction ${parked.transactionId} at ${parked.sequence}`} of portfolio ${parked.portfolioId}`,
          ),
          row("dead letter", deadLetterId ?? "none"),
        ]),
  ];
}

const row = (name: string, text: string) => `${name.padEnd(14)}${text}`;

const since = (instant: string | null) => (instant === null ? "" : `, the oldest since ${instant}`);
