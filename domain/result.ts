/**
 * The outcome of something that may be refused: either a value, or the reason it was refused. A refusal is
 * an ordinary answer (the user or the data is wrong), so it is returned and never thrown.
 *
 * Example: `const parsed = read(text); if (!parsed.ok) return refuse(parsed.error);`
 */
export type Result<T, E> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** Returns the successful result that carries `value`. */
export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value };
}

/** Returns the refusal that carries `error`, usually a stable kebab-case code. */
export function refuse<E>(error: E): Result<never, E> {
  return { ok: false, error };
}
