import { divideHalfEven, formatDecimal, parseDecimal } from "#domain/decimal.ts";
import { formatQuantity } from "#web/components/format.ts";

/** What a ratio of new to old shares does, told with numbers of shares. For the eye: the server counts exactly. */

export interface RatioText {
  readonly ratioNew: string;
  readonly ratioOld: string;
}

/** "10 shares become 20": for a list, where what is held does not matter. */
export function exampleOf(ratio: RatioText): string | undefined {
  const found = convert(ratio, undefined);
  return found === undefined ? undefined : `${found.before} shares become ${found.after}`;
}

const SCALE = 18;
/** As many decimals as a quantity is shown with. */
const SHOWN_SCALE = 8;
const EXAMPLE = "10";

interface Conversion {
  readonly before: string;
  readonly after: string;
}

/** "10 shares become 20", or what becomes of what is held. Undefined while the ratio is not typed yet. */
export function splitSentence(ratio: RatioText, held?: string): string | undefined {
  const found = convert(ratio, held);
  if (found === undefined) return undefined;
  return `${held === undefined ? "" : "Your "}${found.before} shares become ${found.after}; their total cost stays.`;
}

/** "For 10 X there are 2.5 Y; the X stay." */
export function spinOffSentence(ratio: RatioText, symbols: Symbols, held?: string): string | undefined {
  const found = convert(ratio, held);
  if (found === undefined) return undefined;
  const { from, to } = named(symbols);
  return `For ${held === undefined ? "" : "your "}${found.before} ${from} you get ${found.after} ${to}, and keep the ${from}.`;
}

/** "10 X become 5 Y." */
export function mergerSentence(ratio: RatioText, symbols: Symbols, held?: string): string | undefined {
  const found = convert(ratio, held);
  if (found === undefined) return undefined;
  const { from, to } = named(symbols);
  return `${held === undefined ? "" : "Your "}${found.before} ${from} become ${found.after} ${to}.`;
}

interface Symbols {
  readonly from: string;
  readonly to: string;
}

const named = ({ from, to }: Symbols) => ({
  from: from === "" ? "old shares" : from,
  to: to === "" ? "new shares" : to,
});

function convert(ratio: RatioText, held: string | undefined): Conversion | undefined {
  const into = parseDecimal(ratio.ratioNew.trim(), SCALE) ?? 0n;
  const outOf = parseDecimal(ratio.ratioOld.trim(), SCALE) ?? 0n;
  if (into <= 0n || outOf <= 0n) return undefined;
  if (held !== undefined) return converted(held, into, outOf);
  const example = converted(EXAMPLE, into, outOf);
  // Ten shares are easy to picture, but not where they would become 3.33333333: then the ratio itself is the example.
  return example.after.startsWith("about")
    ? { before: shown(ratio.ratioOld), after: shown(ratio.ratioNew) }
    : example;
}

function converted(before: string, into: bigint, outOf: bigint): Conversion {
  const product = (parseDecimal(before, SCALE) ?? 0n) * into;
  // Product and divisor share one scale too many: what is left is at SCALE, then rounded to what is shown.
  const after = divideHalfEven(product, outOf * 10n ** BigInt(SCALE - SHOWN_SCALE));
  const isExact = after * outOf * 10n ** BigInt(SCALE - SHOWN_SCALE) === product;
  const text = formatQuantity(formatDecimal(after, SHOWN_SCALE));
  return { before: shown(before), after: isExact ? text : `about ${text}` };
}

const shown = (text: string) => formatQuantity(text.trim());
