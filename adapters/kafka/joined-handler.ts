import type { AnnouncedEvent, EventHandler } from "../ports.ts";

interface Call {
  readonly events: readonly AnnouncedEvent[];
  readonly settle: (outcome: Promise<void>) => void;
}

/**
 * Lets the batches of several partitions share one call of the handler, one call at a time: a fetch brings a batch of
 * each partition, and handled one by one each would be a SQL transaction of its own. A call that fails fails for all
 * that were in it. Not more than `sizeMax` events in a call, unless one batch alone has more.
 */
export function joinedHandler(handler: EventHandler, sizeMax: number): EventHandler {
  const waiting: Call[] = [];
  let running = false;

  const run = async () => {
    running = true;
    while (waiting.length > 0) {
      // What came with the same fetch is on its way here.
      await new Promise((resolve) => setImmediate(resolve));
      const calls = takeUpTo(waiting, sizeMax);
      const outcome = handler(calls.flatMap((call) => call.events));
      for (const call of calls) call.settle(outcome);
      await outcome.catch(() => {});
    }
    running = false;
  };

  return (events) =>
    new Promise((resolve) => {
      waiting.push({ events, settle: resolve });
      if (!running) void run();
    });
}

function takeUpTo(waiting: Call[], sizeMax: number): Call[] {
  let size = 0;
  const end = waiting.findIndex((call) => (size += call.events.length) > sizeMax);
  return waiting.splice(0, end === -1 ? waiting.length : Math.max(end, 1));
}
