import { setTimeout as delay } from "node:timers/promises";
import { Bell, listen } from "#adapters/postgres/notifications.ts";
import { readOutboxDepth, takeAnnouncements } from "#adapters/postgres/outbox-batches.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import type { AnnouncedEvent, EventPublisher, Gate, Logger } from "#adapters/ports.ts";

/**
 * Moves announcements from the outbox table to the event log, a batch at a time: lock and delete the rows, publish,
 * commit. A crash or an error anywhere before the commit leaves the rows where they are, so they are published once
 * more, never lost. Any number of relays work side by side: each takes what no other has locked, and one that stands
 * still holds up its own batch alone, until the server ends its transaction.
 *
 * No row is locked while the event log is away: the relay first waits until it could publish. It tries again after
 * growing delays, half of each random so that relays do not come back in step. Then it begins with a small batch and
 * doubles it, so that neither a backlog nor a broker that is slow to recover meets more than it can take.
 */
export interface OutboxRelay {
  /** Waits for the batch in hand. */
  stop(): Promise<void>;
}

export interface RelayOptions {
  readonly db: Db;
  /** For LISTEN, which needs a connection of its own. */
  readonly url: string;
  readonly publisher: EventPublisher;
  readonly gate: Gate;
  readonly log: Logger;
}

/** What a backlog is carried in. Twice as many gain less than a tenth; some 500 kB in one partition at worst. */
export const BATCH_SIZE_MAX = 2_000;
const BATCH_SIZE_FIRST = 100;
/** Units: milliseconds. NOTIFY wakes the relay; this makes good what a lost notification leaves. */
const POLL_MS = 500;
/** A publisher gives up sooner than that; a relay that stands still does not. */
const HELD_FOR_MS_MAX = 10_000;
const RETRY_FIRST_MS = 100;
const RETRY_LAST_MS = 5_000;

/** Starts relaying; it connects and reconnects by itself from then on. */
export function startOutboxRelay(options: RelayOptions): OutboxRelay {
  const { url, log } = options;
  const stopping = new AbortController();
  const bell = new Bell();
  const running = Promise.all([
    run(options, bell, stopping.signal),
    listen({ url, channel: "outbox", log, signal: stopping.signal, onNews: () => bell.ring() }),
  ]);
  return {
    async stop() {
      stopping.abort();
      bell.ring();
      await running;
    },
  };
}

async function run(options: RelayOptions, bell: Bell, stopped: AbortSignal): Promise<void> {
  const { db, publisher, gate } = options;
  const patience = new Patience(options);
  const mayGoOn = () => gate.isOpen && !stopped.aborted;
  let size = BATCH_SIZE_FIRST;
  while (!stopped.aborted) {
    await gate.opened(stopped);
    try {
      await unlessStopped(publisher.ready(), stopped);
      if (stopped.aborted) return;
      const relaying =
        size < BATCH_SIZE_MAX
          ? gate.pass(() => relayBatch(db, publisher, size))
          : gate.pass(() => relayBacklog(db, publisher, { mayGoOn }));
      const isEmptied = relaying !== undefined && (await relaying) < size;
      patience.restore();
      size = Math.min(size * 2, BATCH_SIZE_MAX);
      if (isEmptied) await bell.wait(POLL_MS);
    } catch (error) {
      size = BATCH_SIZE_FIRST;
      await patience.wait(error, stopped);
    }
  }
}

/**
 * Publishes batch after batch until one is not full. While there is a backlog two are on their way at a time: one is
 * taken out of the table or committed while the other is being published. Returns how many announcements the last
 * batch had. Errors: those of `relayBatch`, after both are over.
 */
export async function relayBacklog(
  db: Db,
  publisher: EventPublisher,
  { mayGoOn }: { mayGoOn: () => boolean },
): Promise<number> {
  let lastTaken = 0;
  let isOver = false;
  const relayOne = async () => {
    let taken = 0;
    try {
      taken = lastTaken = await relayBatch(db, publisher, BATCH_SIZE_MAX);
    } finally {
      isOver ||= taken < BATCH_SIZE_MAX;
    }
  };
  await relayOne();
  const lane = async () => {
    for (;;) {
      if (isOver || !mayGoOn()) return;
      await relayOne();
    }
  };
  const lanes = await Promise.allSettled([lane(), lane()]);
  for (const outcome of lanes) if (outcome.status === "rejected") throw outcome.reason;
  return lastTaken;
}

/**
 * Publishes one batch of what waits, and returns how many announcements that were.
 * Errors: throws on faults of either side; nothing is lost then.
 */
export function relayBatch(db: Db, publisher: EventPublisher, sizeMax: number): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const taken = await takeAnnouncements(trx, { sizeMax, heldForMsMax: HELD_FOR_MS_MAX });
    if (taken.length > 0) await publisher.publish(coalesced(taken));
    return taken.length;
  });
}

/** One event for each portfolio, the newest: whoever hears of it reads everything up to there. */
function coalesced(events: readonly AnnouncedEvent[]): AnnouncedEvent[] {
  const newest = new Map<string, AnnouncedEvent>();
  for (const event of events) {
    const known = newest.get(event.portfolioId);
    if (known === undefined || known.sequence < event.sequence) newest.set(event.portfolioId, event);
  }
  return [...newest.values()];
}

/** Waits longer after each failure, and tells of an outage in a few lines however long it lasts. */
class Patience {
  readonly #options: RelayOptions;
  #failures = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  restore(): void {
    if (this.#failures > 0) this.#options.log.info({ failures: this.#failures }, "relaying again");
    this.#failures = 0;
  }

  async wait(reason: unknown, stopped: AbortSignal): Promise<void> {
    this.#failures += 1;
    const longest = Math.min(RETRY_FIRST_MS * 2 ** Math.min(this.#failures - 1, 10), RETRY_LAST_MS);
    const retryMs = Math.round(longest / 2 + Math.random() * (longest / 2));
    // 1, 2, 4, 8, …: a long outage is not a long log.
    if ((this.#failures & (this.#failures - 1)) === 0) {
      const depth = await readOutboxDepth(this.#options.db).catch(() => undefined);
      this.#options.log.warn(
        { err: reason, failures: this.#failures, retryMs, ...depth },
        "announcements wait in the outbox, will try again",
      );
    }
    await delay(retryMs, undefined, { signal: stopped }).catch(() => {});
  }
}

/** Resolves with the work, or as soon as the signal is aborted; the work then goes on unheeded. */
async function unlessStopped(work: Promise<void>, stopped: AbortSignal): Promise<void> {
  const stop = Promise.withResolvers<void>();
  const onAbort = () => stop.resolve();
  stopped.addEventListener("abort", onAbort);
  if (stopped.aborted) onAbort();
  try {
    await Promise.race([work, stop.promise]);
  } finally {
    stopped.removeEventListener("abort", onAbort);
  }
}
