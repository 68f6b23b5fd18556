/** An exact fraction in lowest terms, the denominator above zero. All that the simple engine calculates with. */
export interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

export function fraction(top: bigint, bottom = 1n): Fraction {
  let [a, b] = [top < 0n ? -top : top, bottom < 0n ? -bottom : bottom];
  while (b !== 0n) [a, b] = [b, a % b];
  const divisor = bottom < 0n ? -a : a;
  return { top: top / divisor, bottom: bottom / divisor };
}

export const ZERO = fraction(0n);
export const ONE = fraction(1n);

/** Reads "-12.50". */
export function read(text: string): Fraction {
  const [whole = "", decimals = ""] = text.split(".");
  return fraction(BigInt(whole + decimals), 10n ** BigInt(decimals.length));
}

export const plus = (a: Fraction, b: Fraction) =>
  fraction(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom);
export const minus = (a: Fraction, b: Fraction) =>
  fraction(a.top * b.bottom - b.top * a.bottom, a.bottom * b.bottom);
export const times = (a: Fraction, b: Fraction) => fraction(a.top * b.top, a.bottom * b.bottom);
export const over = (a: Fraction, b: Fraction) => fraction(a.top * b.bottom, a.bottom * b.top);
export const negative = (a: Fraction) => fraction(-a.top, a.bottom);
export const compare = (a: Fraction, b: Fraction) => {
  const difference = a.top * b.bottom - b.top * a.bottom;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};
export const least = (a: Fraction, b: Fraction) => (compare(a, b) < 0 ? a : b);
export const total = (all: readonly Fraction[]) => all.reduce(plus, ZERO);

/**
 * How many printed values lay within 10^-20 of a unit of a tie. There the thirty-sixth decimal decides, which
 * money in the domain does not have beyond it.
 */
export const printing = { nearTies: 0 };

/** Prints with so many decimals, half to even, without needless zeros. */
export function print(value: Fraction, decimals: number): string {
  const scaled = value.top * 10n ** BigInt(decimals);
  const size = scaled < 0n ? -scaled : scaled;
  let rounded = size / value.bottom;
  const twice = 2n * (size % value.bottom);
  const fromTie = twice < value.bottom ? value.bottom - twice : twice - value.bottom;
  if (fromTie * 10n ** 20n < value.bottom) printing.nearTies += 1;
  if (twice > value.bottom || (twice === value.bottom && rounded % 2n === 1n)) rounded += 1n;
  const digits = rounded.toString().padStart(decimals + 1, "0");
  const rest = digits.slice(digits.length - decimals).replace(/0+$/, "");
  const text = digits.slice(0, digits.length - decimals) + (rest === "" ? "" : `.${rest}`);
  return scaled < 0n && text !== "0" ? `-${text}` : text;
}
