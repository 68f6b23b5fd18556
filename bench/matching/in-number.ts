/**
 * A type of the domain with another kind of number in the place of its bigints: what makes a counterpart of the matcher
 * compile only if it returns the same objects.
 *
 * Example: `InNumber<Disposal, number>` has `proceeds: number`, and slices with lots in floats.
 */
export type InNumber<T, N> = T extends bigint
  ? N
  : T extends readonly (infer Element)[]
    ? readonly InNumber<Element, N>[]
    : T extends object
      ? { readonly [Key in keyof T]: InNumber<T[Key], N> }
      : T;
