/*
 * One fault run. In rounds: everybody acts while faults happen; everything is healed, nobody begins anything new, and
 * within thirty seconds all must be answered, matched and pushed; then what was promised is held against the ledger.
 * In the end every figure is compared with a rebuild.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { openDatabase } from "#adapters/postgres/pool.ts";
import { serviceUrl } from "#adapters/postgres/migrate.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";
import { checkPromises, type BrokenPromises } from "./checkers/promises.ts";
import { Snapshots } from "./checkers/snapshots.ts";
import { untilTopicIsRead } from "./checkers/topic-read.ts";
import { Crowd } from "./clients/crowd.ts";
import { Doors } from "./clients/doors.ts";
import { History } from "./clients/history.ts";
import { killTheOnlyProcess } from "./embedded/kill-the-only-process.ts";
import { Installation } from "./installation/installation.ts";
import type { Plan } from "./plan/plan.ts";
import { isPassed, shortfalls, type Result } from "./result.ts";
import { Rounds } from "./rounds.ts";

export interface RunOptions {
  readonly seed: number;
  readonly plan: Plan;
  readonly kafkaLibs: string | undefined;
  readonly smallDisks: boolean;
  /** Everything of the run lives here. */
  readonly dir: string;
  readonly say: (line: string) => void;
}

/** How many customers there are at a time. */
const PLACES = 16;
const THINK_MS = 150;
const SAY_EVERY_MS = 10_000;

/** Runs a plan to its end. Errors: throws when the installation itself cannot be had. */
export async function runFaults(options: RunOptions): Promise<Result> {
  const { seed, plan, dir, kafkaLibs, smallDisks, say } = options;
  const began = performance.now();
  await using cleanUp = new AsyncDisposableStack();
  const history = new History(join(dir, "history.jsonl"));
  cleanUp.defer(() => history.close());
  say(`starting an installation in ${dir}`);
  const installation = await Installation.start({ dir, kafkaLibs, smallDisks });
  cleanUp.defer(() => installation.stop());
  const crowd = new Crowd({
    doors: new Doors(installation.baseUrls, history),
    seed,
    places: PLACES,
    thinkMs: THINK_MS,
  });
  cleanUp.defer(() => crowd.close());
  const snapshots = new Snapshots(installation.ownerUrl, history, () =>
    crowd.present.map(({ portfolioIds }) => portfolioIds),
  );
  cleanUp.defer(() => snapshots.stop());
  const rounds = new Rounds({ seed, plan }, { installation, crowd, history }, snapshots);
  const telling = setInterval(() => say(rounds.progress), SAY_EVERY_MS);
  cleanUp.defer(() => clearInterval(telling));
  await rounds.play();
  say(`the faults are over, looking at everything: ${rounds.progress}`);
  await crowd.close();
  await snapshots.stop();
  await lookAtTopic(installation, history);
  const broken = await checkPromises(installation.owner, history);
  const differences = await differencesToRebuild(installation, history);
  noteExits(installation, history);
  clearInterval(telling);
  await installation.stop();
  const faults = { ...rounds.faults, ...(await embeddedStage(options, history)) };
  const seconds = Math.round((performance.now() - began) / 1000);
  return judge(options, {
    history,
    snapshots,
    broken,
    differences,
    faults,
    seconds,
    convergeSeconds: rounds.convergeSeconds,
  });
}

async function lookAtTopic({ kafkaProxy }: Installation, history: History): Promise<void> {
  if (kafkaProxy === undefined) return;
  await untilTopicIsRead(`127.0.0.1:${kafkaProxy.port}`).catch((error: unknown) =>
    history.note(String(error)),
  );
}

async function embeddedStage({ plan, dir, say }: RunOptions, history: History): Promise<Result["faults"]> {
  const times = plan.faults["F24-embedded"] ?? 0;
  if (times === 0) return {};
  return { "F24-embedded": await killTheOnlyProcess({ dir, times, history, say }) };
}

/** Every figure against a replay of the ledgers. */
async function differencesToRebuild({ ownerUrl }: Installation, history: History): Promise<number> {
  const { db } = openDatabase(serviceUrl(ownerUrl, "lotwise_worker"), { log, applicationName: "fault run" });
  try {
    const { differences, behind, rows } = await checkRebuild(db);
    history.write({ rebuilt: rows, behind, differences: differences.length });
    if (differences.length > 0)
      history.note(`differs from a rebuild: ${JSON.stringify(differences.slice(0, 3))}`);
    return differences.length + behind;
  } finally {
    await db.destroy();
  }
}

/** Processes that ended although nobody ended them. */
function noteExits({ members }: Installation, history: History): void {
  for (const { name, process } of members) {
    for (const exit of process.ownExits) history.note(`${name} ended by itself: ${exit}`);
  }
}

interface Findings extends Pick<Result, "faults" | "seconds" | "differences" | "convergeSeconds"> {
  readonly history: History;
  readonly snapshots: Snapshots;
  readonly broken: BrokenPromises;
}

function judge(
  { seed, plan, kafkaLibs }: RunOptions,
  { history, snapshots, broken, ...rest }: Findings,
): Result {
  const { lost, doubled, gaps, disordered } = broken;
  for (const [what, list] of Object.entries(broken)) {
    for (const problem of (list as readonly string[]).slice(0, 5)) history.note(`${what}: ${problem}`);
  }
  const counted = {
    seed,
    sha: commitOf(),
    plan: plan.name,
    kafka: kafkaLibs === undefined ? ("none" as const) : ("real" as const),
    accepted: history.accepted,
    lost: lost.length,
    doubled: doubled.length + history.found.doubled,
    gaps: gaps.length,
    disordered: disordered.length,
    snapshots: snapshots.taken,
    wrongSnapshots: snapshots.counts.wrong,
    regressions: history.found.regressions,
    torn: history.found.torn,
    leaks: history.found.leaks,
    overBudget: history.found.overBudget,
    ...rest,
  };
  const result = {
    ...counted,
    missing: shortfalls(plan, counted),
    problems: history.problems.slice(0, PROBLEMS_SHOWN).map((problem) => problem.slice(0, PROBLEM_LENGTH)),
  };
  return { ...result, ok: isPassed(result) };
}

const PROBLEMS_SHOWN = 5;
const PROBLEM_LENGTH = 300;

/** The commit that is run; a copy of the sources has none. */
function commitOf(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "none";
  }
}
