import type { FaultKind } from "../plan/kinds.ts";
import type { Result } from "../result.ts";

/** One edit of a text file: what is found, once, becomes what is put in its place. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

/** The smallest run that should tell a mutant from the product. */
export interface Trial {
  readonly only: readonly FaultKind[];
  readonly seconds: number;
  readonly kafka: "real" | "none";
}

/** The counters of a result by which a run can fail. */
export type Alarm =
  | keyof Pick<
      Result,
      | "lost"
      | "doubled"
      | "gaps"
      | "disordered"
      | "wrongSnapshots"
      | "regressions"
      | "torn"
      | "leaks"
      | "overBudget"
      | "differences"
    >
  | "problems";

/** A fence of the product, taken away. */
export interface Mutant {
  readonly name: string;
  readonly fence: string;
  readonly edits: readonly Edit[];
  readonly trial: Trial;
  /** One of these is to go off. Empty: another fence holds, and `why` says which. */
  readonly alarms: readonly Alarm[];
  readonly why?: string;
}

const trial = (only: readonly FaultKind[], seconds = 25, kafka: Trial["kafka"] = "none"): Trial => ({
  only,
  seconds,
  kafka,
});

const CUTS = trial(["F9-api", "F16-http-reset"]);
const CRASHES = trial(["F6-crash"]);
const CROWDED = trial(["F13-double", "F14-join", "F3-committed"]);
const SLOW_READS = trial(["F16-postgres-delay"]);
const LOST_BELLS = trial(["F13-drop"]);
const NO_REDIS = trial(["F15-kill", "F15-pause"]);
const POISON = trial(["F20-poison"]);
const CALM = trial(["F4-exchange"]);

const NO_SWEEP: Edit = {
  file: "workers/sweeper.ts",
  find: "return [sweep, retry, housekeeping];",
  put: "return (void sweep.stop(), [retry, housekeeping]);",
};

export const MUTANTS: readonly Mutant[] = [
  {
    name: "no-key",
    fence: "a request under a key that was used is not recorded again",
    edits: [
      {
        file: "api/idempotency.ts",
        find: "if (key === undefined) return undefined;",
        put: "return undefined;",
      },
    ],
    trial: CUTS,
    alarms: ["doubled"],
  },
  {
    name: "fresh-key",
    fence: "whoever repeats a request repeats its key (a customer of the run itself)",
    edits: [
      {
        file: "faults/clients/customer.ts",
        find: "const reply = await this.attempt<Body>(asked, attempt);",
        put: "const reply = await this.attempt<Body>({ ...asked, ...(asked.key && { key: randomUUID() }) }, attempt);",
      },
    ],
    trial: CUTS,
    alarms: ["doubled"],
  },
  {
    name: "no-head-lock",
    fence: "the row lock of ledger_head, under which sequences are given",
    edits: [
      {
        file: "migrations/0007-faster-ledger.sql",
        find: "  order by h.portfolio_id\n  for update;",
        put: "  order by h.portfolio_id;",
      },
    ],
    trial: CALM,
    alarms: ["overBudget", "gaps", "disordered"],
  },
  {
    name: "any-owner",
    fence: "the owner is part of the statement that locks the ledger",
    edits: [
      {
        file: "migrations/0007-faster-ledger.sql",
        find: "    where p.owner_id = e.user_id and p.deleted_at is null)\n  order by h.portfolio_id",
        put: "    where p.deleted_at is null)\n  order by h.portfolio_id",
      },
    ],
    trial: CALM,
    alarms: [],
    why: "a second look at the owner, in the same function, decides the outcome",
  },
  {
    name: "early-answer",
    fence: "an answer waits for the commit",
    edits: [
      {
        file: "adapters/postgres/pool.ts",
        find: '"-c timezone=UTC',
        put: '"-c synchronous_commit=off -c timezone=UTC',
      },
    ],
    trial: CRASHES,
    alarms: ["lost"],
  },
  {
    name: "mixed-up-group",
    fence: "each request of a group gets its own outcome",
    edits: [
      {
        file: "use-cases/recording-call.ts",
        find: "pending.resolve(results[index]!);",
        put: "pending.resolve(results[requests.length - 1 - index]!);",
      },
    ],
    trial: CALM,
    alarms: ["lost", "doubled", "leaks"],
  },
  {
    name: "no-state-lock",
    fence: "the row lock of portfolio_state, under which a portfolio is matched",
    edits: [
      { file: "adapters/postgres/matching-reads.ts", find: "  for update of s ${suffix}`", put: "  `" },
    ],
    trial: CROWDED,
    alarms: ["wrongSnapshots", "regressions", "torn", "differences", "problems"],
  },
  {
    name: "rows-first",
    fence: "figures and applied sequence move in one commit",
    edits: [
      {
        file: "use-cases/match-lots.ts",
        find: "const { reconsidered } = await saveMatchedKeys(trx, matched);",
        put: "const { reconsidered } = await db.transaction().execute((other) => saveMatchedKeys(other, matched));",
      },
    ],
    trial: trial(["F3-committed", "F3-commit", "F16-postgres-delay"]),
    alarms: ["wrongSnapshots"],
  },
  {
    name: "beyond-the-head",
    fence: "a batch reads no further than the head that it saw when it looked for ties",
    edits: [
      {
        file: "adapters/postgres/matching-reads.ts",
        find: "t.sequence > p.applied and t.sequence <= p.up_to",
        put: "t.sequence > p.applied and p.up_to > 0",
      },
    ],
    trial: SLOW_READS,
    alarms: ["wrongSnapshots", "differences", "problems"],
  },
  {
    name: "no-strangers",
    fence: "a portfolio waits when one that it is tied to is not locked",
    edits: [
      {
        file: "use-cases/match-lots.ts",
        find: "return behind.filter((portfolio) => !spoiled.has(portfolio.portfolio_id));",
        put: "return [...behind].filter(() => spoiled.size >= 0);",
      },
    ],
    trial: SLOW_READS,
    alarms: ["wrongSnapshots", "differences", "problems"],
  },
  {
    name: "lonely-split",
    fence: "a split has the owner's other portfolios matched anew",
    edits: [
      {
        file: "use-cases/match-lots.ts",
        find: "await reopenSiblings(trx, amended);",
        put: "await reopenSiblings(trx, amended.slice(0, 0));",
      },
    ],
    trial: CALM,
    alarms: ["wrongSnapshots", "differences"],
  },
  {
    name: "same-epoch",
    fence: "the epoch is raised when what was matched is matched anew",
    edits: [
      {
        file: "use-cases/match-lots.ts",
        find: "epoch: portfolio.epoch + (rebuilt.has(portfolio.portfolio_id) ? 1 : 0),",
        put: "epoch: portfolio.epoch,",
      },
    ],
    trial: CALM,
    alarms: ["torn", "problems"],
  },
  {
    name: "read-committed",
    fence: "a reader sees one moment",
    edits: [
      { file: "adapters/postgres/pool.ts", find: '    .setIsolationLevel("repeatable read")\n', put: "" },
    ],
    trial: SLOW_READS,
    alarms: ["torn", "regressions"],
  },
  {
    name: "skipped-poison",
    fence: "what cannot be matched is never skipped",
    edits: [
      {
        file: "adapters/postgres/parking.ts",
        find: "  const waiting = locked.filter(isBehind);\n",
        put:
          "  const waiting = locked.filter(isBehind);\n" +
          "  await sql`update portfolio_state set applied_sequence = ${blame.version?.sequence ?? 0} where portfolio_id = ${blame.portfolioId}`.execute(trx);\n",
      },
    ],
    trial: POISON,
    alarms: ["wrongSnapshots", "differences"],
  },
  {
    name: "no-sweeper",
    fence: "the sweeper finds what no announcement led to",
    edits: [NO_SWEEP],
    trial: LOST_BELLS,
    alarms: ["problems"],
  },
  {
    name: "deaf-cache",
    fence: "a quote cache that is away finds nothing, and is no error",
    edits: [
      {
        file: "adapters/redis/quote-cache.ts",
        find: 'logFailure(error, "the quote cache could not be read");',
        put: "throw error;",
      },
    ],
    trial: NO_REDIS,
    alarms: ["overBudget"],
  },
  {
    name: "fragile-connection",
    fence: "a connection that is lost while it is in use is an error of its query, not of the process",
    edits: [
      {
        file: "adapters/postgres/pool.ts",
        find: 'client.on("error", (error) => options.log.warn({ err: error }, "database connection lost"));',
        put: "",
      },
    ],
    trial: trial(["F7-terminate", "F6-crash"]),
    alarms: ["problems"],
  },
  {
    name: "no-hint-when",
    fence: "whoever is turned away is told when to come again",
    edits: [
      { file: "api/errors.ts", find: 'void reply.header("retry-after", RETRY_AFTER_SECONDS);', put: "" },
    ],
    trial: CRASHES,
    alarms: ["overBudget"],
  },
  {
    name: "older-picture",
    fence: "the stream drops figures that are older than those it has",
    edits: [
      {
        file: "api/stream/live-portfolio.ts",
        find: "if (isOlder(progress, this.#progress)) return;",
        put: "",
      },
    ],
    trial: SLOW_READS,
    alarms: [],
    why: "a node reads a portfolio once at a time, so an older reading cannot come later",
  },
  {
    name: "delete-first",
    fence: "an announcement is gone only when it has been handled",
    edits: [{ file: "adapters/postgres/outbox.ts", find: "    await handler(", put: "    void handler(" }],
    trial: trial(["F3-matcher", "F3-locked", "F3-commit"]),
    alarms: [],
    why: "the sweeper finds what the announcement was of",
  },
  {
    name: "from-the-end",
    fence: "a consumer that knows no offset begins at the beginning",
    edits: [{ file: "adapters/kafka/consumer.ts", find: "fromBeginning: true", put: "fromBeginning: false" }],
    trial: trial(["F11-wipe", "F2-relay"], 40, "real"),
    alarms: [],
    why: "the sweeper finds what was passed over",
  },
];
