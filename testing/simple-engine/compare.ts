/*
 * Compares the domain with the simple engine on random histories, for as long as one likes:
 * `node testing/simple-engine/compare.ts --histories 200000 --seed 1`
 *
 * Prints the seed of every history on which they differ, with both answers. Exit code 1 when there is one.
 */
import { parseArgs } from "node:util";
import { differenceOn } from "./compare-engines.ts";
import { randomHistory } from "./random-history.ts";

const { values } = parseArgs({
  options: { histories: { type: "string", default: "200000" }, seed: { type: "string", default: "1" } },
});
const [histories, firstSeed] = [Number(values.histories), Number(values.seed)];
let [differences, nearTies] = [0, 0];
for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
  const difference = differenceOn(randomHistory(seed));
  if (difference === undefined) continue;
  if (difference.isNearTie) {
    nearTies += 1;
    continue;
  }
  differences += 1;
  if (differences <= 5) process.stdout.write(`${JSON.stringify(difference)}\n`);
}
const last = firstSeed + histories - 1;
process.stdout.write(
  `${histories} histories, seeds ${firstSeed} to ${last}: ${differences} differences, ${nearTies} undecided at a tie\n`,
);
process.exitCode = differences === 0 ? 0 : 1;
