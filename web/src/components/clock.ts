import { useSyncExternalStore } from "react";

/** One timer for all ages on the screen. Components read a text, so only those whose text changed are drawn again. */

const TICK_MS = 5_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => listeners.forEach((each) => each()), TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** What `read` says of the present moment; it must return a primitive. */
export const useNow = <T extends string | boolean>(read: (nowMs: number) => T): T =>
  useSyncExternalStore(subscribe, () => read(Date.now()));
