import { parseArgs } from "node:util";
import { FAULT_KINDS, type FaultKind } from "./plan/kinds.ts";

/** What was asked for on the command line. */
export interface FaultArguments {
  readonly seed: number;
  readonly plan: "pr" | "short";
  readonly minutes: number | undefined;
  /** Only these kinds, for so many seconds. */
  readonly only: readonly FaultKind[] | undefined;
  readonly seconds: number;
  readonly without: readonly string[];
  readonly kafka: "real" | "none";
  readonly json: string | undefined;
  readonly keep: boolean;
  /** Instead of a run: tries mutants, those named or all. */
  readonly mutants: readonly string[] | undefined;
}

/** The command line cannot be understood. */
export class UsageError extends Error {
  override name = "UsageError";
}

const USAGE =
  "usage: npm run faults -- [--seed N] [--plan pr|short | --minutes M | --only KINDS [--seconds S]] [--kafka real|none] " +
  `[--without KINDS] [--json FILE] [--keep], or --mutants [NAMES]\nKINDS, separated by commas: ${FAULT_KINDS.join(", ")}, or their beginnings`;

/** Errors: UsageError, with a line that says what is known. */
export function parseArguments(words: readonly string[]): FaultArguments {
  const { values, positionals } = read(words);
  if (positionals.length > 0 && values.mutants !== true) throw new UsageError(USAGE);
  const { plan = "pr", kafka = "real" } = values;
  if (plan !== "pr" && plan !== "short") throw new UsageError(`--plan is pr or short; ${USAGE}`);
  if (kafka !== "real" && kafka !== "none") throw new UsageError(`--kafka is real or none; ${USAGE}`);
  const { minutes, only, without } = values;
  return {
    seed: numberOf("seed", values.seed ?? "1", 0),
    plan,
    minutes: minutes === undefined ? undefined : numberOf("minutes", minutes, 1),
    only: only === undefined ? undefined : kindsOf(only),
    seconds: numberOf("seconds", values.seconds ?? "30", 1),
    without: without === undefined ? [] : kindsOf(without),
    kafka,
    json: values.json,
    keep: values.keep ?? false,
    mutants: values.mutants === true ? positionals.flatMap((names) => names.split(",")) : undefined,
  };
}

function read(words: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        seed: text,
        plan: text,
        minutes: text,
        only: text,
        seconds: text,
        without: text,
        kafka: text,
        json: text,
        keep: { type: "boolean" },
        mutants: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; ${USAGE}`, { cause: error });
  }
}

function numberOf(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text !== "" && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${name} takes a whole number from ${least}; ${USAGE}`);
}

/** "F3,F9-api" are all kinds of F3 and one of F9. */
function kindsOf(text: string): FaultKind[] {
  return text.split(",").flatMap((start) => {
    const kinds = FAULT_KINDS.filter((kind) => kind === start || kind.startsWith(`${start}-`));
    if (kinds.length === 0) throw new UsageError(`there is no kind of fault ${start}; ${USAGE}`);
    return kinds;
  });
}
