import { createRequire } from "node:module";

/** The part of kafkajs' request queue that is mended here. */
type RequestQueue = {
  pending: readonly unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
};

const OVERLOADED_CHECK_MS = 10;

/**
 * Keeps kafkajs 2.2.4 from waking up a thousand times a second for ever.
 *
 * Its request queue re-arms a timer for "when throttling ends" even when nothing is throttled or waiting, with a
 * negative delay, which Node takes for 1 ms and, since 24, warns about (tulios/kafkajs#1751). That is some 3.5 % of a
 * core for each idle process. Here the timer is armed only while requests wait. Every other path that can make a
 * request sendable (an answer comes, a request is added) looks at the queue anyway.
 */
export function mendIdleTimer(): void {
  const module: unknown = createRequire(import.meta.url)("kafkajs/src/network/requestQueue");
  const prototype = (module as { prototype?: { scheduleCheckPendingRequests?: unknown } }).prototype;
  if (typeof prototype?.scheduleCheckPendingRequests !== "function") return; // another version: leave it alone
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return;
    const delayMs = Math.max(OVERLOADED_CHECK_MS, this.throttledUntil - Date.now());
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, delayMs);
  };
}
