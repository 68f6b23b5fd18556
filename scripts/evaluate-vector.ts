/*
 * Evaluates accounting vectors with the domain: `node scripts/evaluate-vector.ts FILE…`
 *
 * Prints one line of JSON per run, {"file", "run", "result"}, in the order of the arguments and of the runs in
 * a file. A result has the keys of the run's `expected`, or is {"unsupported": "why"}. It is printed, not
 * judged: comparing is for whoever asks. Exit code 1 when a file cannot be read, after the others are done.
 */
import { readFileSync } from "node:fs";
import { ok, refuse, type Result } from "#domain/result.ts";
import { evaluateRun } from "./vectors/evaluate-run.ts";
import { readVector, type VectorFile } from "./vectors/read-vector.ts";

const paths = process.argv.slice(2);
if (paths.length === 0) {
  console.error("usage: node scripts/evaluate-vector.ts FILE…");
  process.exitCode = 1;
}
for (const path of paths) {
  const file = readFile(path);
  if (!file.ok) {
    console.error(`${path}: ${file.error}`);
    process.exitCode = 1;
    continue;
  }
  for (const run of file.value.runs) {
    console.log(JSON.stringify({ file: path, run: run.name, result: evaluateRun(file.value, run) }));
  }
}

function readFile(path: string): Result<VectorFile, string> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return refuse(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const vector = readVector(text);
  return vector.ok ? ok(vector.value) : refuse(`not a vector file: ${vector.error}`);
}
