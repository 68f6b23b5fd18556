import { useSyncExternalStore } from "react";
import { createSessionStore } from "./session-store.ts";
import { sessionTrace } from "./session-trace.ts";

/** Another tab signing out ends the session here too. */
const channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("lotwise-session");

export const session = createSessionStore({
  fetch: (path, init) => window.fetch(path, init),
  now: () => Date.now(),
  exclusively: <T>(name: string, run: () => Promise<T>): Promise<T> =>
    // Web Locks exist in secure contexts only; plain http on a home network does without.
    "locks" in navigator ? navigator.locks.request(name, run) : run(),
  trace: sessionTrace,
});

channel?.addEventListener("message", () => session.end("left"));

export const useSession = () => useSyncExternalStore(session.subscribe, session.snapshot);

/** Ends the session in this tab and every other. The server is told as a courtesy: the page forgets in any case. */
export async function signOut(): Promise<void> {
  const token = await session.accessToken().catch(() => undefined);
  session.end("left");
  channel?.postMessage("signed-out");
  await fetch("/api/v1/auth/logout", {
    method: "POST",
    headers: {
      "X-Lotwise-Client": "web",
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
  }).catch(() => undefined);
}

/** Looks every few seconds instead of setting one long timer, which a sleeping laptop would let pass. */
export function keepSessionFresh(): () => void {
  const timer = setInterval(() => {
    const renewAtMs = session.renewAtMs();
    if (renewAtMs !== undefined && Date.now() >= renewAtMs) session.refresh().catch(() => undefined);
  }, 5_000);
  return () => clearInterval(timer);
}
