import type { SignedIn, User } from "#contracts/accounts.ts";
import { problemFrom, unreachable } from "./problem-error.ts";

/**
 * Who is signed in, and the one access token of this page.
 *
 * The access token lives in memory only: a script injected into a later page load finds nothing to steal. What survives a
 * reload is the httpOnly refresh cookie, which this store trades for a new access token at load and shortly before the old
 * one expires. The server rotates that cookie and treats the use of an old one as theft, so two refreshes must never run
 * at once: inside the page they share one promise, across tabs they queue on a Web Lock.
 */
export type Session =
  | { readonly status: "restoring" }
  | { readonly status: "unreachable" }
  /** `left`: by choice, here or in another tab, so there is no way back to what was on the screen. */
  | { readonly status: "signed-out"; readonly left: boolean }
  | { readonly status: "signed-in"; readonly user: User };

/** Renewed this long before expiry, so that a request on the way never carries an expired token. */
const RENEW_BEFORE_EXPIRY_MS = 60_000;
const REFRESH_LOCK = "lotwise-refresh";

export interface SessionSurroundings {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  readonly now: () => number;
  /** Runs the callback alone among all tabs of this browser. */
  readonly exclusively: <T>(name: string, run: () => Promise<T>) => Promise<T>;
  readonly trace: SessionTrace;
}

/**
 * Whether somebody signed in with this browser before: nothing but yes or no, kept beyond the page. The refresh cookie is
 * out of a script's sight; without this trace every first visit would ask for a session that cannot exist.
 */
export interface SessionTrace {
  readonly mayExist: () => boolean;
  readonly leave: () => void;
  readonly clear: () => void;
}

export type SessionStore = ReturnType<typeof createSessionStore>;

export function createSessionStore(surroundings: SessionSurroundings) {
  let session: Session = { status: "restoring" };
  let token: { value: string; renewAtMs: number } | undefined;
  let flight: Promise<boolean> | undefined;
  const listeners = new Set<() => void>();
  const tokenListeners = new Set<(token: string) => void>();

  const become = (next: Session) => {
    session = next;
    for (const listener of listeners) listener();
  };

  const begin = (signedIn: SignedIn) => {
    const lifeMs = signedIn.expiresInSeconds * 1000;
    // A token that lives only briefly is renewed at half its life instead of at once and for ever.
    const marginMs = Math.min(RENEW_BEFORE_EXPIRY_MS, lifeMs / 2);
    token = { value: signedIn.accessToken, renewAtMs: surroundings.now() + lifeMs - marginMs };
    surroundings.trace.leave();
    const known = session.status === "signed-in" && session.user.id === signedIn.user.id;
    if (!known) become({ status: "signed-in", user: signedIn.user });
    for (const listener of tokenListeners) listener(signedIn.accessToken);
  };

  const end = (how?: "left") => {
    token = undefined;
    surroundings.trace.clear();
    if (session.status !== "signed-out") become({ status: "signed-out", left: how === "left" });
  };

  /** False when the sign-in is over; throws when the server could not be asked, which says nothing about the sign-in. */
  const refresh = (): Promise<boolean> => {
    flight ??= surroundings
      .exclusively(REFRESH_LOCK, () => askForToken(surroundings))
      .then((signedIn) => {
        if (signedIn === undefined) end();
        else begin(signedIn);
        return signedIn !== undefined;
      })
      .finally(() => {
        flight = undefined;
      });
    return flight;
  };

  return {
    subscribe: (listener: () => void) => subscribeTo(listeners, listener),
    /** Told of every new access token, so that the open socket can be renewed. */
    onToken: (listener: (token: string) => void) => subscribeTo(tokenListeners, listener),
    snapshot: () => session,
    begin,
    end,
    refresh,
    renewAtMs: () => token?.renewAtMs,
    async restore() {
      if (!surroundings.trace.mayExist()) return end();
      if (session.status === "unreachable") become({ status: "restoring" });
      await refresh().catch(() => become({ status: "unreachable" }));
    },
    async accessToken(): Promise<string | undefined> {
      if (token === undefined || surroundings.now() >= token.renewAtMs) {
        if (session.status !== "signed-in") return undefined;
        await refresh();
      }
      return token?.value;
    },
  };
}

async function askForToken({ fetch }: SessionSurroundings): Promise<SignedIn | undefined> {
  const response = await fetch("/api/v1/auth/refresh", {
    method: "POST",
    headers: { "X-Lotwise-Client": "web" },
    credentials: "same-origin",
  }).catch(() => {
    throw unreachable();
  });
  if (response.status === 401 || response.status === 403) return undefined;
  if (!response.ok) throw await problemFrom(response);
  return (await response.json()) as SignedIn;
}

function subscribeTo<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
