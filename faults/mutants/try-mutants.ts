/*
 * Whether the runs have teeth: each mutant lacks one fence of the product, and the smallest run that should notice must
 * fail. The same runs without any mutant must pass, or their failing would mean nothing.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "#adapters/embedded/processes.ts";
import type { Result } from "../result.ts";
import { MUTANTS, type Alarm, type Mutant, type Trial } from "./mutants.ts";
import { Copy } from "./plant.ts";

/** What came of one mutant. */
export interface Tried {
  readonly mutant: string;
  readonly fence: string;
  readonly run: string;
  /** What went off, with its count. */
  readonly alarms: Readonly<Partial<Record<Alarm, number>>>;
  readonly verdict: "caught" | "survived, as it should" | "NOT CAUGHT" | "survives no more";
  readonly why: string;
}

const TRIAL_WITHIN_MS = 900_000;
const SEED = "1";
const ALARMS: readonly Alarm[] = [
  "lost",
  "doubled",
  "gaps",
  "disordered",
  "wrongSnapshots",
  "regressions",
  "torn",
  "leaks",
  "overBudget",
  "differences",
  "problems",
];

/** Tries mutants, all of them or those named. Errors: throws when one does not fit, or a run without any fails. */
export async function tryMutants(
  names: readonly string[],
  say: (line: string) => void,
): Promise<readonly Tried[]> {
  const chosen = MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name));
  const unknown = names.filter((name) => !MUTANTS.some((mutant) => mutant.name === name));
  if (unknown.length > 0) throw new Error(`there is no mutant ${unknown.join(", ")}`);
  const copy = await Copy.make();
  try {
    for (const mutant of chosen) await (await copy.change(mutant.edits))();
    const sound = new Set<string>();
    const all: Tried[] = [];
    for (const mutant of chosen) {
      const words = wordsOf(mutant.trial);
      if (!sound.has(words)) {
        const alarms = await run(copy, mutant.trial);
        if (Object.keys(alarms).length > 0)
          throw new Error(`${words} fails without a mutant: ${JSON.stringify(alarms)}`);
        sound.add(words);
        say(`${words} passes without a mutant`);
      }
      const undo = await copy.change(mutant.edits);
      const tried = judge(mutant, await run(copy, mutant.trial));
      await undo();
      all.push(tried);
      say(`${mutant.name}: ${tried.verdict} ${JSON.stringify(tried.alarms)}`);
    }
    return all;
  } finally {
    await copy.remove();
  }
}

/** The table of docs/operating/fault-runs.md. */
export function tableOf(all: readonly Tried[]): string {
  const rows = all.map(({ mutant, fence, run: words, alarms, verdict, why }) => {
    const counts = Object.entries(alarms).map(([name, count]) => `${name} ${count}`);
    const outcome = verdict === "caught" ? counts.join(", ") : `${verdict}: ${why || "nothing went off"}`;
    return `| ${mutant} | ${fence} | \`${words}\` | ${outcome} |`;
  });
  return [
    "| mutant | fence that it lacks | run | what went off |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function judge(mutant: Mutant, alarms: Tried["alarms"]): Tried {
  const { name, fence, why = "" } = mutant;
  const isNoticed = Object.keys(alarms).length > 0;
  const shouldBe = mutant.alarms.length > 0;
  const asExpected = shouldBe ? "caught" : "survives no more";
  const verdict = isNoticed ? asExpected : shouldBe ? "NOT CAUGHT" : "survived, as it should";
  return { mutant: name, fence, run: wordsOf(mutant.trial), alarms, verdict, why };
}

function wordsOf({ only, seconds, kafka }: Trial): string {
  return `--only ${only.join(",")} --seconds ${seconds} --kafka ${kafka}`;
}

/** What went off in a run of the copy. Less than was asked for is no alarm: a mutant may well be in its own way. */
async function run(copy: Copy, trial: Trial): Promise<Tried["alarms"]> {
  const folder = await mkdtemp(join(tmpdir(), "lotwise-trial-"));
  try {
    const json = join(folder, "result.json");
    const args = [
      join(copy.dir, "faults/main.ts"),
      ...wordsOf(trial).split(" "),
      "--seed",
      SEED,
      "--json",
      json,
    ];
    const { code, output } = await runCommand(process.execPath, args, {
      cwd: copy.dir,
      timeoutMs: TRIAL_WITHIN_MS,
    });
    const result = await readFile(json, "utf8").then(
      (text) => JSON.parse(text) as Result,
      () => undefined,
    );
    if (result === undefined) throw new Error(`the run ended with ${code}:\n${output.slice(-3_000)}`);
    const counts = ALARMS.map(
      (alarm) => [alarm, alarm === "problems" ? result.problems.length : result[alarm]] as const,
    );
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
