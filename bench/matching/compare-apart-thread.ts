/* The thread of `compare-apart.ts`: compares as it is told, and posts the rounds. */
import { parentPort, workerData } from "node:worker_threads";
import type { Comparing } from "./compare-apart.ts";
import { compareArithmetic, compareRows, type Other } from "./compare-matchers.ts";
import { DECIMALS } from "./decimals/counterpart.ts";
import { EMPTY_DECIMAL_HOLDING, matchDecimalTrades } from "./decimals/match-lots.ts";
import { FLOATS } from "./floats/counterpart.ts";
import { EMPTY_FLOAT_HOLDING, matchFloatTrades } from "./floats/match-lots.ts";
import { matchRowsIn, tradeOf } from "./rows-in.ts";

const OTHERS: Readonly<Record<Comparing["other"], Other>> = {
  floats: {
    matchRows: (work) => matchRowsIn(FLOATS, work),
    prepare: (versions, rules) => {
      const inFloats = versions.map((version) => tradeOf(FLOATS, version));
      return () => matchFloatTrades(EMPTY_FLOAT_HOLDING, inFloats, rules);
    },
  },
  decimals: {
    matchRows: (work) => matchRowsIn(DECIMALS, work),
    prepare: (versions, rules) => {
      const inDecimals = versions.map((version) => tradeOf(DECIMALS, version));
      return () => matchDecimalTrades(EMPTY_DECIMAL_HOLDING, inDecimals, rules);
    },
  },
};

const { way, other, workload, rounds } = workerData as Comparing;
const compare = way === "rows" ? compareRows : compareArithmetic;
parentPort!.postMessage(compare(OTHERS[other], workload, rounds));
