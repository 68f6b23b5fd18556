/**
 * npm run bench -- [ids…] [--json] [--rounds N] [--quick]
 *
 * Runs the benchmarks and prints one table: what both sides are and did, their ratio, its floor and goal, and how the
 * cost grows. With --json one object a line. Progress goes to stderr. README.md says what each benchmark compares.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArguments, UsageError, type BenchArguments } from "./arguments.ts";
import { exactAgainstFloats } from "./b1-exact-against-floats.ts";
import { relayAgainstOneByOne } from "./b14-relay-against-one-by-one.ts";
import { rebuildAfterBackdated } from "./b17-rebuild.ts";
import { endToEndAgainstPostOnly } from "./b10-end-to-end-against-post-only.ts";
import { exactAgainstDecimals } from "./b2-exact-against-decimals.ts";
import { pipelineAgainstNaive } from "./b3-pipeline-against-naive.ts";
import { pipelineAgainstCopy } from "./b4-pipeline-against-copy.ts";
import { walAgainstNaive } from "./b5-wal-against-naive.ts";
import { postAgainstNaive } from "./b6-post-against-naive.ts";
import { postAgainstForgetful } from "./b7-post-against-forgetful.ts";
import { pushAgainstPolling } from "./b9-push-against-polling.ts";
import type { Benchmark } from "./benchmark.ts";
import { growthLines, jsonLine, table, type Reported } from "./report.ts";

const BENCHMARKS: readonly Benchmark[] = [
  exactAgainstFloats,
  exactAgainstDecimals,
  pipelineAgainstNaive,
  pipelineAgainstCopy,
  walAgainstNaive,
  postAgainstNaive,
  postAgainstForgetful,
  pushAgainstPolling,
  endToEndAgainstPostOnly,
  relayAgainstOneByOne,
  rebuildAfterBackdated,
];

/** A run that takes longer than this for each benchmark and round hangs. */
const MINUTES_PER_ROUND_MAX = 4;

const say = (line: string) => process.stderr.write(`${line}\n`);
const cleanUp = new AsyncDisposableStack();
let ending: Promise<void> | undefined;

try {
  const asked = parseArguments(
    process.argv.slice(2),
    BENCHMARKS.map(({ id }) => id),
  );
  endEarly(asked.ids.length * asked.rounds * MINUTES_PER_ROUND_MAX);
  await run(asked);
  await cleanUp.disposeAsync();
} catch (error) {
  // What was cut short fails in its own ways, which are of no interest.
  await ending;
  if (error instanceof UsageError) {
    say(error.message);
    process.exit(2);
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  await cleanUp.disposeAsync();
  process.exit(1);
}
process.exit(0);

async function run({ ids, json, quick, rounds }: BenchArguments): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "lotwise-bench-"));
  cleanUp.defer(() => rm(root, { recursive: true, force: true }));
  const done: Reported[] = [];
  for (const benchmark of BENCHMARKS.filter(({ id }) => ids.includes(id))) {
    const { id } = benchmark;
    const folder = join(root, id.toLowerCase());
    await mkdir(folder);
    const startedAt = performance.now();
    say(`${id}: ${benchmark.name}`);
    const own = cleanUp.use(new AsyncDisposableStack());
    const comparison = await benchmark.run({
      rounds,
      quick,
      folder,
      cleanUp: own,
      say: (line) => say(`${id}:   ${line}`),
    });
    await own.disposeAsync();
    say(`${id}: done in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    done.push({ benchmark, comparison });
    if (!json) continue;
    process.stdout.write(`${jsonLine({ benchmark, comparison })}\n`);
    growthLines(comparison).forEach(say);
  }
  if (!json) process.stdout.write(table(done));
}

/** Whatever ends the run before its time, nothing of it is left on the machine. */
function endEarly(minutesMax: number): void {
  const end = (why: string, code: number) => {
    say(`${why}, cleaning up`);
    ending = cleanUp.disposeAsync().finally(() => process.exit(code));
  };
  process.once("SIGINT", () => end("interrupted", 130));
  process.once("SIGTERM", () => end("terminated", 143));
  setTimeout(() => end(`not done in ${minutesMax} minutes`, 1), minutesMax * 60_000).unref();
}
