/**
 * Throws when the condition does not hold. For what only a bug in the program can break; what a user or
 * a file can get wrong is a refusal (`result.ts`) and never passes through here.
 *
 * Errors: throws an `Error` whose message starts with "invariant: ".
 */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`invariant: ${message}`);
}

/**
 * Closes a `switch` over a union: it does not compile while a case is missing, and throws if a value from
 * outside the type system arrives all the same.
 */
export function assertNever(value: never): never {
  throw new Error(`invariant: unexpected value ${String(value)}`);
}
