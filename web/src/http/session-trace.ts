import type { SessionTrace } from "./session-store.ts";

const KEY = "lotwise-signed-in";

/** In the browser's storage. Where that is switched off the answer is "may be", and the server is asked. */
export const sessionTrace: SessionTrace = {
  mayExist: () => attempt(() => localStorage.getItem(KEY) !== null, true),
  leave: () => attempt(() => localStorage.setItem(KEY, "yes"), undefined),
  clear: () => attempt(() => localStorage.removeItem(KEY), undefined),
};

function attempt<T>(run: () => T, otherwise: T): T {
  try {
    return run();
  } catch {
    return otherwise;
  }
}
