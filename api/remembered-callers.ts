/** Who is asking. */
export interface Caller {
  readonly userId: string;
  readonly sessionId: string;
  /** Units: milliseconds since the epoch. */
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/**
 * Callers by their access tokens, whole: to check the signature of one takes 0.1 ms, a third of what a POST takes, and it
 * comes with every request for a quarter of an hour. Only tokens that were found good are kept, and none is good beyond
 * the times that it says itself. Whether its session was ended is another question (session-checks.ts).
 */
export class RememberedCallers {
  readonly #callers = new Map<string, Caller>();

  find(token: string, nowMs: number): Caller | undefined {
    const caller = this.#callers.get(token);
    if (caller === undefined || nowMs < caller.issuedAtMs) return undefined;
    if (nowMs < caller.expiresAtMs) return caller;
    this.#callers.delete(token);
    return undefined;
  }

  remember(token: string, caller: Caller): void {
    remember(this.#callers, token, caller);
  }
}

const REMEMBERED_MAX = 10_000;

/** Adds what is new to the map, which forgets what it has had longest when there is too much. */
export function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= REMEMBERED_MAX) map.delete(map.keys().next().value!);
  map.set(key, value);
}
