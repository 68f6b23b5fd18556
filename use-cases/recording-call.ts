import { setTimeout as delay } from "node:timers/promises";
import { databaseErrorKind, sqlState } from "#adapters/postgres/errors.ts";
import type { RecordRequest, RecordResult } from "#adapters/postgres/ledger.ts";
import { invariant } from "#domain/invariant.ts";
import type { Call, Groupable } from "./recording-group.ts";

/*
 * One group on its way into the ledger, until each of its requests has its outcome.
 *
 * When the call fails, nobody knows whether it was written, which does no harm: ids are given before, so that writing the
 * same again finds it there and answers as if it had been the first time.
 *
 *   the connection or the server failed   the group is tried a second time; if that fails too, everybody is told
 *   a row lock was not to be had          each request is tried alone: who holds it is in the way of one user only
 *   anything else                         the same, so that the request at fault fails alone
 */

/** Units: milliseconds. */
const RETRY_AFTER_MS = 100;
/** A call that took longer to fail had its chance: the clients have waited long enough. */
const RETRY_WITHIN_MS = 2_000;
/** No request is tried alone when it is older: the API gives up after 10 seconds, and a row lock after 3. */
const ALONE_WITHIN_MS = 6_500;
/** So many at a time, so that those that wait for a row lock are not in the way of the others. */
const ALONE_AT_ONCE = 4;

/** Calls record_transactions. Shape: one result per request, in their order. */
export type WriteRequests = (requests: readonly RecordRequest[]) => Promise<readonly RecordResult[]>;

/** The request was turned away, for want of room or time. It can be repeated under the same id or Idempotency-Key. */
export class RecorderBusy extends Error {
  override name = "RecorderBusy";
}

/** A request, and whoever waits for its outcome. */
export interface Pending extends Groupable {
  readonly sinceMs: number;
  resolve(result: RecordResult): void;
  reject(error: unknown): void;
}

export class RecordingCall implements Call {
  readonly keys: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
  readonly isLarge: boolean;
  keepsUsersApart: boolean;
  readonly #group: readonly Pending[];
  readonly #write: WriteRequests;

  constructor(group: readonly Pending[], write: WriteRequests) {
    this.keys = new Set(group.flatMap(({ keys }) => keys));
    this.users = new Set(group.map(({ request }) => request.userId));
    this.isLarge = group.some(({ isLarge }) => isLarge);
    this.keepsUsersApart = this.isLarge;
    this.#group = group;
    this.#write = write;
  }

  /** Gives each request its outcome. Errors: none of its own. */
  async settle(): Promise<void> {
    const beganMs = performance.now();
    let failure = await this.#try(this.#group);
    if (failure?.isOfServer === true && performance.now() - beganMs <= RETRY_WITHIN_MS) {
      await delay(RETRY_AFTER_MS);
      failure = await this.#try(this.#group);
    }
    if (failure === undefined) return;
    if (failure.isOfServer || this.#group.length === 1) {
      for (const pending of this.#group) pending.reject(failure.error);
    } else {
      await this.#settleEachAlone();
    }
  }

  async #settleEachAlone(): Promise<void> {
    this.keepsUsersApart = true;
    const lockedOut = new Map<string, Failure>();
    const ahead = this.#group.values();
    const settleThoseAhead = async () => {
      for (const pending of ahead) {
        const { userId } = pending.request;
        const failure = lockedOut.get(userId) ?? (await this.#tryAlone(pending));
        if (failure === undefined) continue;
        pending.reject(failure.error);
        if (isLockTimeout(failure.error)) lockedOut.set(userId, failure);
      }
    };
    await Promise.all(Array.from({ length: ALONE_AT_ONCE }, settleThoseAhead));
  }

  async #tryAlone(pending: Pending): Promise<Failure | undefined> {
    const isLate = performance.now() - pending.sinceMs > ALONE_WITHIN_MS;
    return isLate
      ? { error: new RecorderBusy("no time left to record this"), isOfServer: false }
      : this.#try([pending]);
  }

  /** Writes requests in one call and answers them. Returns why that failed, when it did. */
  async #try(requests: readonly Pending[]): Promise<Failure | undefined> {
    try {
      const results = await this.#write(requests.map(({ request }) => request));
      invariant(results.length === requests.length, "each request has one result");
      for (const [index, pending] of requests.entries()) pending.resolve(results[index]!);
      return undefined;
    } catch (error) {
      return { error, isOfServer: databaseErrorKind(error) === "transient" && !isLockTimeout(error) };
    }
  }
}

interface Failure {
  readonly error: unknown;
  /** Whether the same could succeed at another moment, whatever is asked. */
  readonly isOfServer: boolean;
}

function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === "55P03";
}
