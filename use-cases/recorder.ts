import { recordRequests, type RecordRequest, type RecordResult } from "#adapters/postgres/ledger.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { RecorderBusy, RecordingCall, type Pending, type WriteRequests } from "./recording-call.ts";
import { groupable, takeGroup, type Groupable, type GroupLimits } from "./recording-group.ts";

/*
 * Group commit. A call of record_transactions costs a round trip, the start of a dozen statements and a wait for the
 * disk, whether it writes one request or hundreds: alone it takes 1.5 ms of processor time, among fifty 0.08. So requests
 * that come while calls are under way are collected, and the next call writes all of them; each has its own outcome.
 *
 *   nothing under way     A request goes at once, together with those that are read from their sockets in the same turn
 *                         of the event loop. There is no timer: nobody waits for company.
 *   one call under way    Requests wait for its end, but for no more than companyMs, and not when there are many: then
 *                         the database writes while we read and answer.
 *   two calls under way   Requests wait, and the first call to return takes them along: the busier the database, the
 *                         larger the groups, and the less each request costs.
 *
 * recording-group.ts says who goes together, recording-call.ts what is done when a call fails.
 *
 * A request whose client has gone meanwhile is recorded all the same. The client cannot know, and repeats it under the
 * same id or Idempotency-Key.
 */

const LIMITS = {
  callsMax: 2,
  /** So many requests are worth a call beside another. */
  companyMin: 32,
  /** Units: milliseconds. A call is rarely longer, so that this counts when one is held up. */
  companyMs: 20,
  requestsMax: 512,
  entriesMax: 1_024,
  sizeMax: 2_000_000,
  smallEntriesMax: 100,
  smallSizeMax: 200_000,
  /** Beyond these, requests are turned away. */
  waitingRequestsMax: 5_000,
  waitingEntriesMax: 50_000,
  /** Units: milliseconds. Whoever has waited as long for a call is turned away, while there is time for an answer. */
  waitMaxMs: 5_000,
} satisfies GroupLimits & Record<string, number>;

export type RecorderLimits = Readonly<typeof LIMITS>;

/** Records in groups by calls of record_transactions. One a process; to be closed before its database. */
export function openRecorder(db: Db, limits?: Partial<RecorderLimits>): Recorder {
  return new Recorder((requests) => recordRequests(db, requests), limits);
}

/** Makes few calls of what many clients want recorded at the same time. */
export class Recorder {
  readonly #write: WriteRequests;
  readonly #limits: RecorderLimits;
  readonly #calls = new Set<RecordingCall>();
  #waiting: Pending[] = [];
  #entriesWaiting = 0;
  #isStarting = false;
  #later: NodeJS.Timeout | undefined;
  #isClosed = false;
  #expiry: NodeJS.Timeout | undefined;
  readonly #onIdle: (() => void)[] = [];

  constructor(write: WriteRequests, limits: Partial<RecorderLimits> = {}) {
    this.#write = write;
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Records a request, all of it or nothing. Errors: throws RecorderBusy, and what the database throws. */
  record(request: RecordRequest): Promise<RecordResult> {
    const asked = groupable(request, this.#limits);
    return new Promise((resolve, reject) => {
      if (this.#isClosed) throw new RecorderBusy("nothing is recorded any more: closing");
      if (!this.#hasRoomFor(asked)) throw new RecorderBusy("too much waits to be recorded");
      this.#waiting.push({ ...asked, sinceMs: performance.now(), resolve, reject });
      this.#entriesWaiting += request.entries.length;
      this.#expiry ??= setTimeout(() => this.#expire(), this.#limits.waitMaxMs);
      this.#startSoon();
    });
  }

  /** How many requests wait for a call. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes nothing more, and resolves when all that was taken has its outcome. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (!this.#isIdle()) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    clearTimeout(this.#expiry);
    clearTimeout(this.#later);
  }

  #hasRoomFor({ request }: Groupable): boolean {
    const { waitingRequestsMax, waitingEntriesMax } = this.#limits;
    const entries = this.#entriesWaiting + request.entries.length;
    const isEmpty = this.#waiting.length === 0;
    return isEmpty || (this.#waiting.length < waitingRequestsMax && entries <= waitingEntriesMax);
  }

  #startSoon(): void {
    if (this.#isStarting) return;
    if (this.#mayStart()) {
      this.#isStarting = true;
      // At the end of this turn of the event loop: more may be read in it.
      setImmediate(() => {
        this.#isStarting = false;
        this.#startCalls();
      });
    } else if (this.#waiting.length > 0 && this.#calls.size < this.#limits.callsMax) {
      this.#startLater();
    }
  }

  #startLater(): void {
    if (this.#later !== undefined) return;
    this.#later = setTimeout(() => {
      this.#later = undefined;
      this.#startSoon();
    }, this.#limits.companyMs);
  }

  #mayStart(): boolean {
    const { callsMax, companyMin, companyMs } = this.#limits;
    const [oldest] = this.#waiting;
    if (oldest === undefined || this.#calls.size >= callsMax) return false;
    if (this.#calls.size === 0 || this.#waiting.length >= companyMin) return true;
    return performance.now() - oldest.sinceMs >= companyMs;
  }

  #startCalls(): void {
    while (this.#mayStart()) {
      const { group, rest } = takeGroup(this.#waiting, [...this.#calls], this.#limits);
      if (group.length === 0) return;
      this.#keepWaiting(rest);
      void this.#run(new RecordingCall(group, this.#write));
    }
  }

  async #run(call: RecordingCall): Promise<void> {
    this.#calls.add(call);
    await call.settle();
    this.#calls.delete(call);
    this.#startCalls();
    this.#startSoon();
    this.#tellWhenIdle();
  }

  #expire(): void {
    const nowMs = performance.now();
    const isLate = ({ sinceMs }: Pending) => nowMs - sinceMs >= this.#limits.waitMaxMs;
    const late = this.#waiting.filter(isLate);
    this.#keepWaiting(this.#waiting.filter((pending) => !isLate(pending)));
    const oldest = this.#waiting[0];
    this.#expiry =
      oldest && setTimeout(() => this.#expire(), oldest.sinceMs + this.#limits.waitMaxMs - nowMs);
    for (const pending of late) pending.reject(new RecorderBusy("waited too long to be recorded"));
    this.#tellWhenIdle();
  }

  #keepWaiting(waiting: Pending[]): void {
    this.#waiting = waiting;
    this.#entriesWaiting = waiting.reduce((sum, { request }) => sum + request.entries.length, 0);
  }

  #isIdle(): boolean {
    return this.#calls.size === 0 && this.#waiting.length === 0;
  }

  #tellWhenIdle(): void {
    if (this.#isIdle()) for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
