import { isDeepStrictEqual } from "node:util";
import { evaluateLots } from "../../scripts/vectors/evaluate-lots.ts";
import { readOptions } from "../../scripts/vectors/read-options.ts";
import { readTransactions } from "../../scripts/vectors/read-transactions.ts";
import { printing } from "./fraction.ts";
import type { History } from "./random-history.ts";
import type { Fields } from "./books.ts";
import { simpleLedger } from "./simple-engine.ts";

/** Where the two engines differ on one history. */
export interface Difference {
  readonly seed: number;
  readonly key: string;
  readonly domain: unknown;
  readonly simple: unknown;
  /** A printed value is so near a tie of rounding that the two may print it differently and both be right. */
  readonly isNearTie: boolean;
}

/** Returns the first key that the domain and the simple engine answer differently, or undefined. */
export function differenceOn(history: History): Difference | undefined {
  printing.nearTies = 0;
  const simple: Fields = simpleLedger(history.transactions, history.options);
  const domain: Fields = domainAnswer(history);
  const key = Object.keys(simple).find((each) => !isDeepStrictEqual(domain[each], simple[each]));
  if (key === undefined) return undefined;
  const isNearTie = printing.nearTies > 0;
  return { seed: history.seed, key, domain: domain[key], simple: simple[key], isNearTie };
}

function domainAnswer(history: History): Fields {
  const options = readOptions(history.options);
  if (!options.ok) throw new Error(options.error);
  const read = readTransactions(history.transactions, options.value.rateOn);
  if (!read.ok) throw new Error(read.error);
  const answer = evaluateLots(read.value, options.value, { prices: {}, asof: undefined });
  const rejected = (answer["rejected"] as readonly { id: string }[]).map(({ id }) => id);
  return { ...answer, rejected, interest: sorted(answer["interest"]), expenses: sorted(answer["expenses"]) };
}

function sorted(amounts: unknown): unknown {
  return Object.fromEntries(Object.entries(amounts as object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
