/**
 * npm run faults -- [--seed N] [--plan pr|short | --minutes M | --only KINDS --seconds S] [--kafka real|none]
 *                   [--without KINDS] [--json FILE] [--keep]
 * npm run faults -- --mutants [NAMES]
 *
 * Runs the whole product as separate processes, breaks it in every way there is, and holds what customers were promised
 * against what is there in the end. The last line on stdout is what the run came to, as JSON; how it goes is told on
 * stderr. Ends with an error when anything was wrong, and when less happened than the plan asks.
 * With --mutants it checks itself: fences of the product are taken away in turn, and a run must notice each.
 * docs/operating/fault-runs.md says more.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fetchKafkaLibs } from "#adapters/embedded/kafka-libs.ts";
import { silentLogger } from "#adapters/ports.ts";
import { parseArguments, UsageError, type FaultArguments } from "./arguments.ts";
import { tableOf, tryMutants } from "./mutants/try-mutants.ts";
import { NOT_APPLICABLE, type Need } from "./plan/kinds.ts";
import { chosenPlan, minutesPlan, prPlan, shortPlan, type Plan } from "./plan/plan.ts";
import { runFaults } from "./run.ts";

const KAFKA_LIBS = resolve(import.meta.dirname, "../.services/kafka-libs");
const LIBFAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

const say = (line: string) => process.stderr.write(`${line}\n`);

try {
  process.exitCode = await main(parseArguments(process.argv.slice(2)));
} catch (error) {
  say(error instanceof UsageError ? error.message : ((error as Error).stack ?? String(error)));
  process.exitCode = 2;
}
process.exit();

async function main(asked: FaultArguments): Promise<number> {
  if (asked.mutants !== undefined) return checkMutants(asked.mutants);
  const has = await whatThereIs(asked);
  const plan = planOf(asked, has);
  const dir = await mkdtemp(join(tmpdir(), "lotwise-faults-"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const kafkaLibs = has.has("kafka") ? KAFKA_LIBS : undefined;
  const smallDisks = Object.keys(plan.faults).some((kind) => kind.startsWith("F18"));
  const result = await runFaults({ seed: asked.seed, plan, kafkaLibs, smallDisks, dir, say });
  for (const [row, why] of Object.entries(NOT_APPLICABLE)) say(`${row} does not apply: ${why}`);
  for (const problem of result.problems) say(`problem: ${problem}`);
  for (const shortfall of result.missing) say(`missing: ${shortfall}`);
  if (result.ok && !asked.keep) await rm(dir, { recursive: true, force: true });
  else say(`history and logs: ${dir}`);
  const line = JSON.stringify(result);
  if (asked.json !== undefined) await writeFile(asked.json, `${line}\n`);
  process.stdout.write(`${line}\n`);
  return result.ok ? 0 : 1;
}

async function checkMutants(names: readonly string[]): Promise<number> {
  const all = await tryMutants(names, say);
  process.stdout.write(`${tableOf(all)}\n`);
  return all.every(({ verdict }) => verdict === "caught" || verdict === "survived, as it should") ? 0 : 1;
}

/** What this machine can do of what faults need. Errors: throws when Kafka is asked for and cannot be had. */
async function whatThereIs({ kafka }: FaultArguments): Promise<ReadonlySet<Need>> {
  const has = new Set<Need>();
  if (kafka === "real") {
    await fetchKafkaLibs(KAFKA_LIBS, silentLogger);
    has.add("kafka");
  }
  if (existsSync(LIBFAKETIME)) has.add("faketime");
  if (process.getuid?.() === 0 && process.platform === "linux") has.add("small-disks");
  return has;
}

function planOf(asked: FaultArguments, has: ReadonlySet<Need>): Plan {
  const { only, minutes, seconds, without } = asked;
  const plan =
    only !== undefined
      ? chosenPlan(only, seconds)
      : minutes !== undefined
        ? minutesPlan(has, minutes)
        : asked.plan === "short"
          ? shortPlan(has)
          : prPlan(has);
  const faults = Object.entries(plan.faults).filter(
    ([kind]) => !without.some((start) => kind.startsWith(start)),
  );
  return { ...plan, faults: Object.fromEntries(faults) };
}
