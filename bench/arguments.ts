/** What was asked for on the command line. Shape: `ids` in upper case, unique, never empty. */
export interface BenchArguments {
  readonly ids: readonly string[];
  readonly json: boolean;
  readonly quick: boolean;
  readonly rounds: number;
}

const ROUNDS_MIN = 3;
const ROUNDS_MAX = 25;
const QUICK_ROUNDS = 1;

/** The command line cannot be understood. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Errors: UsageError, with a line that says what is known. */
export function parseArguments(words: readonly string[], knownIds: readonly string[]): BenchArguments {
  const ids = new Set<string>();
  let json = false;
  let quick = false;
  let rounds: number | undefined;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]!;
    if (word === "--json") json = true;
    else if (word === "--quick") quick = true;
    else if (word === "--rounds") {
      index += 1;
      rounds = parseRounds(words[index]);
    } else if (word.startsWith("--rounds=")) rounds = parseRounds(word.slice("--rounds=".length));
    else if (word.startsWith("-")) throw new UsageError(`unknown option ${word}; ${USAGE}`);
    else if (knownIds.includes(word.toUpperCase())) ids.add(word.toUpperCase());
    else throw new UsageError(`unknown benchmark ${word}; there are: ${knownIds.join(", ")}`);
  }
  return {
    ids: ids.size === 0 ? knownIds : knownIds.filter((id) => ids.has(id)),
    json,
    quick,
    rounds: rounds ?? (quick ? QUICK_ROUNDS : ROUNDS_MIN),
  };
}

const USAGE = `usage: npm run bench -- [ids…] [--json] [--rounds N] [--quick]`;

function parseRounds(text: string | undefined): number {
  const rounds = Number(text);
  if (text !== undefined && Number.isInteger(rounds) && rounds >= ROUNDS_MIN && rounds <= ROUNDS_MAX)
    return rounds;
  throw new UsageError(`--rounds takes a whole number from ${ROUNDS_MIN} to ${ROUNDS_MAX}; ${USAGE}`);
}
