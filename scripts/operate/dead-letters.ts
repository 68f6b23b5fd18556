import { setTimeout as delay } from "node:timers/promises";
import { inProcessFanOut } from "#adapters/in-process/fan-out.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import {
  countPassedOver,
  findBlocking,
  findDeadLetter,
  listDeadLetters,
} from "#adapters/postgres/dead-letter-reads.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { toDeadLetter, toDeadLetterSummary } from "#api/representations/dead-letter.ts";
import {
  DEAD_LETTER_STATES,
  type DeadLetter,
  type DeadLetterState,
  type DeadLetterSummary,
} from "#contracts/dead-letters.ts";
import { discardDeadLetter } from "#use-cases/discard-dead-letter.ts";
import { replayDeadLetter } from "#use-cases/replay-dead-letter.ts";
import { startLongTasks } from "#workers/long-tasks.ts";
import { retryFailing } from "#workers/retry-failing.ts";
import { UsageError, type Answer, type Command, type Workplace } from "./command.ts";

const USAGE = "dead-letters list [open|replayed|discarded] | show ID | replay ID | discard ID REASON…";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LISTED_MAX = 200;
/** How long a replay is waited for, and how often looked at. Units: milliseconds. */
const REPLAY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 250;

/** What could not be matched or read: docs/operating/dead-letters.md. */
export const deadLetters: Command = {
  name: "dead-letters",
  usage: USAGE,
  summary: "what could not be matched or read, and what to do about it",
  run(workplace, [verb, ...args]) {
    if (verb === "list") return list(workplace, args);
    const [id, ...rest] = args;
    if (id === undefined || !UUID.test(id)) throw new UsageError(`usage: npm run operate -- ${USAGE}`);
    if (verb === "show" && rest.length === 0) return show(workplace, id.toLowerCase());
    if (verb === "replay" && rest.length === 0) return replay(workplace, id.toLowerCase());
    if (verb === "discard" && rest.length > 0) return discard(workplace, id.toLowerCase(), rest.join(" "));
    throw new UsageError(`usage: npm run operate -- ${USAGE}`);
  },
};

async function list(workplace: Workplace, [given, ...rest]: readonly string[]): Promise<Answer> {
  const state = DEAD_LETTER_STATES.find((one) => one === given);
  if (rest.length > 0 || (given !== undefined && state === undefined)) {
    throw new UsageError(`usage: npm run operate -- ${USAGE}`);
  }
  const db = workplace.as("lotwise_operator");
  const rows = await listDeadLetters(db, { state, after: undefined, limit: LISTED_MAX });
  const passedOver = await countPassedOver(db);
  const letters = rows.map(toDeadLetterSummary);
  return {
    ok: true,
    lines: [
      ...(letters.length === 0 ? [noneOf(state)] : letters.map(lineOf)),
      ...(letters.length === LISTED_MAX ? [`… the newest ${LISTED_MAX}`] : []),
      ...(passedOver === 0 ? [] : [`${passedOver} more unreadable records in 24 hours, not kept`]),
    ],
    json: { items: letters, passedOver },
  };
}

function noneOf(state: DeadLetterState | undefined): string {
  return state === undefined ? "there are no dead letters" : `there are no ${state} dead letters`;
}

function lineOf(letter: DeadLetterSummary): string {
  const { id, state, attempts, firstFailedAt, waiting } = letter;
  const attempted = `${attempts} ${attempts === 1 ? "attempt" : "attempts"} since ${firstFailedAt}`;
  return `${id}  ${state.padEnd(9)}  ${subjectOf(letter)}  ${attempted}${waiting > 1 ? `, ${waiting} portfolios wait` : ""}`;
}

function subjectOf({ portfolioId, sequence, record }: DeadLetterSummary): string {
  if (record !== null) return `record ${record.topic}/${record.partition}@${record.offset}`;
  return `portfolio ${portfolioId} ${sequence === null ? "settings" : `at ${sequence}`}`;
}

async function show(workplace: Workplace, id: string): Promise<Answer> {
  const letter = await read(workplace.as("lotwise_operator"), id);
  const { owner, nextAttemptAt, resolvedAt, resolvedBy, transactionId, value, detail } = letter;
  const told = (name: string, text: string | null) => (text === null ? [] : [`${name.padEnd(13)}${text}`]);
  return {
    ok: true,
    lines: [
      lineOf(letter),
      letter.message,
      "",
      ...told("owner", owner),
      ...told("transaction", transactionId),
      ...told("last failed", letter.lastFailedAt),
      ...told("next attempt", nextAttemptAt),
      ...told("resolved", resolvedAt && `${resolvedAt} by ${resolvedBy ?? "itself"}`),
      ...told("value", value && JSON.stringify(Buffer.from(value, "base64").toString("utf8")).slice(0, 500)),
      "",
      ...detail.split("\n").map((line) => `  ${line}`),
    ],
    json: letter,
  };
}

/** The workers make the attempt when they run; this process does it beside them, so that it is made where they do not. */
async function replay(workplace: Workplace, id: string): Promise<Answer> {
  const db = workplace.as("lotwise_operator");
  const before = await read(db, id);
  const asked = await replayDeadLetter(db, { id, actor: workplace.actor });
  if (!asked.ok) throw new Error(REFUSALS[asked.error]);
  const after = asked.value === "done" ? await read(db, id) : await untilTried(workplace, before);
  if (after.state !== "open") return replayed(db, after);
  const isTried = after.attempts > before.attempts;
  return {
    ok: false,
    lines: isTried
      ? ["it fails again:", ...after.detail.split("\n").map((line) => `  ${line}`)]
      : [`not tried within ${REPLAY_WITHIN_MS / 1_000} seconds: somebody else is busy with the portfolio`],
    json: { outcome: isTried ? "failed-again" : "waiting", deadLetter: after, next: null },
  };
}

async function replayed(db: Db, letter: DeadLetter): Promise<Answer> {
  const row = letter.portfolioId === null ? undefined : await findBlocking(db, letter.portfolioId);
  const next = row === undefined ? null : toDeadLetterSummary(row);
  const lines =
    next === null
      ? ["replayed: everything is matched"]
      : ["replayed; the portfolio stands still further on now:", lineOf(next)];
  return { ok: next === null, lines, json: { outcome: "replayed", deadLetter: letter, next } };
}

async function untilTried(workplace: Workplace, before: DeadLetter): Promise<DeadLetter> {
  const db = workplace.as("lotwise_worker");
  const long = startLongTasks({ url: workplace.urlOf("lotwise_worker"), log });
  const dependencies = { db, fanOut: inProcessFanOut({ log }), log, long };
  try {
    const deadline = performance.now() + REPLAY_WITHIN_MS;
    for (;;) {
      await retryFailing(dependencies);
      const after = await read(workplace.as("lotwise_operator"), before.id);
      const isDone = after.state !== "open" || after.attempts > before.attempts;
      if (isDone || performance.now() > deadline) return after;
      await delay(LOOK_EVERY_MS);
    }
  } finally {
    await long.stop();
  }
}

async function discard(workplace: Workplace, id: string, reason: string): Promise<Answer> {
  const db = workplace.as("lotwise_operator");
  const discarded = await discardDeadLetter(db, { id, actor: workplace.actor, reason });
  if (!discarded.ok) throw new Error(REFUSALS[discarded.error]);
  return { ok: true, lines: ["discarded"], json: await read(db, id) };
}

const REFUSALS = {
  "dead-letter-not-found": "there is no such dead letter",
  "dead-letter-resolved": "it is not open any more",
  "dead-letter-blocks":
    "a portfolio waits for this, and nothing in a ledger is skipped: its owner can edit or delete the transaction; or mend what is wrong, and replay",
  "nothing-to-replay": "the record names no portfolio of ours: there is nothing to replay, discard it",
} as const;

async function read(db: Db, id: string): Promise<DeadLetter> {
  const row = await findDeadLetter(db, id);
  if (row === undefined) throw new Error(REFUSALS["dead-letter-not-found"]);
  return toDeadLetter(row);
}
