import type { RecordRequest } from "#adapters/postgres/ledger.ts";

/*
 * Which of the requests that wait are written by the next call of record_transactions (migrations/0007).
 *
 *   one after the other   Requests that have something in common which is to exist once, a transaction's id or an
 *                         Idempotency-Key, are never in calls at the same time: within one call the function would fail
 *                         for everybody in it, and two calls would wait for each other. They go in the order they came.
 *   large ones apart      A request with many entries has a call of its own, and only one such call is under way: the
 *                         trades of others always find another. Its user's other requests wait until it is done, because
 *                         they would wait for its row locks, and with them everybody who happened to be in their call.
 *   nobody left behind    Requests are looked at in the order they came; whoever is passed over is looked at first next
 *                         time.
 *
 *   waiting            a (id 1)   b (5,000 entries)   c (id 1)   d
 *   next call          a          d
 *   the one after it   b          c waits until a is written, then goes
 */

/** How much one call may write. */
export interface GroupLimits {
  readonly requestsMax: number;
  readonly entriesMax: number;
  /** Units: characters of JSON, roughly. */
  readonly sizeMax: number;
  /** A request that has more is large. */
  readonly smallEntriesMax: number;
  readonly smallSizeMax: number;
}

/** A request on its way into a group. */
export interface Groupable {
  readonly request: RecordRequest;
  /** What no two requests under way may have in common. */
  readonly keys: readonly string[];
  readonly size: number;
  readonly isLarge: boolean;
}

/** What a call under way has in hand. */
export interface Call {
  readonly keys: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
  readonly isLarge: boolean;
  /** Whether other requests of its users have to wait for it. */
  readonly keepsUsersApart: boolean;
}

/** Splits what waits into the next group and the rest. Shape: both in the order given; the group may be empty. */
export function takeGroup<Request extends Groupable>(
  waiting: readonly Request[],
  calls: readonly Call[],
  limits: GroupLimits,
): { group: Request[]; rest: Request[] } {
  const group: Request[] = [];
  const passedOver: Request[] = [];
  const keysBefore = new Set<string>();
  const isLargeAllowed = !calls.some((call) => call.isLarge);
  let entries = 0;
  let size = 0;
  for (const [index, next] of waiting.entries()) {
    const mustWait =
      (next.isLarge && (!isLargeAllowed || group.length > 0)) ||
      calls.some((call) => isInTheWay(call, next)) ||
      next.keys.some((key) => keysBefore.has(key));
    // Also those of a request that waits: what came after it must not overtake it.
    for (const key of next.keys) keysBefore.add(key);
    if (mustWait) {
      passedOver.push(next);
      continue;
    }
    entries += next.request.entries.length;
    size += next.size;
    const isTooMuch = !next.isLarge && (entries > limits.entriesMax || size > limits.sizeMax);
    if (isTooMuch) return { group, rest: [...passedOver, ...waiting.slice(index)] };
    group.push(next);
    if (next.isLarge || group.length === limits.requestsMax) {
      return { group, rest: [...passedOver, ...waiting.slice(index + 1)] };
    }
  }
  return { group, rest: passedOver };
}

function isInTheWay(call: Call, { request, keys }: Groupable): boolean {
  return (call.keepsUsersApart && call.users.has(request.userId)) || keys.some((key) => call.keys.has(key));
}

/** Describes a request to takeGroup. */
export function groupable(request: RecordRequest, limits: GroupLimits): Groupable {
  const size = sizeOf(request);
  const isLarge = request.entries.length > limits.smallEntriesMax || size > limits.smallSizeMax;
  return { request, keys: keysOf(request), size, isLarge };
}

/** The ids, which are unique whosever they are, and the Idempotency-Key, which is so among one user's. */
function keysOf({ userId, key, entries }: RecordRequest): string[] {
  const keys = entries.map((entry) => entry.id);
  if (key !== undefined) keys.push(`${userId} ${key}`);
  return keys;
}

/** An entry without notes and lots has some 700 characters of JSON, a lot 80. */
function sizeOf({ entries }: RecordRequest): number {
  return entries.reduce((size, { notes, lots }) => size + 700 + notes.length + (lots?.length ?? 0) * 80, 0);
}
