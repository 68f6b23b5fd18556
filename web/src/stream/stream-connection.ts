import type { CLOSE_CODES, ClientMessage, ServerMessage } from "#contracts/stream.ts";

/**
 * One WebSocket for the whole page, kept open while something on the screen is subscribed.
 *
 * It authenticates by its first message, subscribes again to everything after a reconnect, and waits longer after each
 * failure, by a random share of the delay: when a server restarts, its thousands of clients must not return in the same
 * second. A socket that goes silent is closed and replaced, because a dropped mobile link reports no error by itself.
 */
export type ConnectionState = "idle" | "connecting" | "live" | "reconnecting" | "offline";

export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export interface StreamSurroundings {
  readonly openSocket: () => Socket;
  readonly accessToken: () => Promise<string | undefined>;
  /** Asks for a new token after the server called the old one expired. False: the sign-in is over. */
  readonly renewToken: () => Promise<boolean>;
  readonly schedule: (run: () => void, delayMs: number) => () => void;
  readonly random: () => number;
  readonly online: () => boolean;
  readonly onMessage: (message: ServerMessage) => void;
  readonly onDisconnect: () => void;
}

/** The contract's own number, checked by the compiler; importing the value would bring the schema library along. */
const UNAUTHENTICATED: (typeof CLOSE_CODES)["unauthenticated"] = 4401;

export const RECONNECT_DELAY_FIRST_MS = 500;
export const RECONNECT_DELAY_MAX_MS = 15_000;
/** Long enough for two pings to be lost, short enough that a frozen price is noticed. */
export const SILENCE_MAX_MS = 25_000;
export const PING_INTERVAL_MS = 10_000;
/** A page change leaves a portfolio and wants the same one a moment later: what is left stays subscribed this long. */
export const LINGER_MS = 5_000;
/** The server could not read a portfolio just now; it is asked again after this. */
export const SUBSCRIBE_AGAIN_MS = 2_000;

/** A portfolio that is subscribed: by how many, and how to call off its end while nobody wants it. */
interface Wanted {
  count: number;
  cancelEnd: () => void;
}

/** Functions that others hold on to (React, event listeners) are arrow fields, so that they keep their `this`. */
export class StreamConnection {
  readonly #surroundings: StreamSurroundings;
  readonly #wanted = new Map<string, Wanted>();
  readonly #listeners = new Set<() => void>();
  #state: ConnectionState = "idle";
  #socket: Socket | undefined;
  #failures = 0;
  #wasLive = false;
  #renewed = false;
  #cancelRetry = () => {};
  #cancelPing = () => {};
  #cancelSilence = () => {};

  constructor(surroundings: StreamSurroundings) {
    this.#surroundings = surroundings;
  }

  readonly state = (): ConnectionState => this.#state;

  readonly onState = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Keeps a portfolio subscribed until the returned function is called; several may want the same one. */
  readonly subscribe = (portfolioId: string): (() => void) => {
    const known = this.#wanted.get(portfolioId);
    const wanted = known ?? { count: 0, cancelEnd: () => {} };
    wanted.cancelEnd();
    wanted.count += 1;
    if (known === undefined) {
      this.#wanted.set(portfolioId, wanted);
      if (this.#state === "live") this.#send({ type: "subscribe", portfolioId });
    }
    if (this.#state === "idle") this.#connect();
    return () => this.#leave(portfolioId, wanted);
  };

  /** Asks for a fresh snapshot after a gap. */
  readonly resubscribe = (portfolioId: string) => {
    if (this.#state === "live" && this.#wanted.has(portfolioId))
      this.#send({ type: "subscribe", portfolioId });
  };

  /** Shows a new token to the open socket, before the old one expires on it. */
  readonly renew = (token: string) => {
    if (this.#state === "live") this.#send({ type: "authenticate", token });
  };

  /** The network changed, or the laptop woke: what was waiting is tried now. */
  readonly networkChanged = () => {
    if (this.#state === "idle") return;
    if (!this.#surroundings.online()) {
      this.#abandon();
      this.#become("offline");
    } else if (this.#state !== "live") {
      this.#failures = 0;
      this.#connect();
    }
  };

  readonly stop = () => {
    for (const { cancelEnd } of this.#wanted.values()) cancelEnd();
    this.#wanted.clear();
    this.#rest();
  };

  #leave(portfolioId: string, wanted: Wanted) {
    wanted.count -= 1;
    if (wanted.count > 0 || this.#wanted.get(portfolioId) !== wanted) return;
    wanted.cancelEnd = this.#surroundings.schedule(() => {
      this.#wanted.delete(portfolioId);
      if (this.#state === "live") this.#send({ type: "unsubscribe", portfolioId });
      this.#rest();
    }, LINGER_MS);
  }

  #connect() {
    this.#abandon();
    if (!this.#surroundings.online()) return this.#become("offline");
    this.#become(this.#wasLive || this.#failures > 0 ? "reconnecting" : "connecting");
    const opened = this.#surroundings.openSocket();
    this.#socket = opened;
    this.#watchSilence();
    opened.onclose = ({ code }) => void this.#closed(code);
    opened.onmessage = ({ data }) => this.#receive(data);
    opened.onopen = () => void this.#authenticate(opened);
  }

  async #authenticate(opened: Socket) {
    const token = await this.#surroundings.accessToken().catch(() => undefined);
    if (this.#socket !== opened) return;
    if (token === undefined) this.#retryLater();
    else this.#send({ type: "authenticate", token });
  }

  #receive(data: unknown) {
    const message = parse(data);
    if (message === undefined) return;
    this.#watchSilence();
    if (message.type === "authenticated" && this.#state !== "live") this.#accepted();
    if (message.type === "error" && message.code === "unavailable" && message.portfolioId !== undefined) {
      const { portfolioId } = message;
      this.#surroundings.schedule(() => this.resubscribe(portfolioId), SUBSCRIBE_AGAIN_MS);
    }
    this.#surroundings.onMessage(message);
  }

  #accepted() {
    this.#failures = 0;
    this.#renewed = false;
    this.#wasLive = true;
    for (const portfolioId of this.#wanted.keys()) this.#send({ type: "subscribe", portfolioId });
    this.#keepPinging();
    this.#become("live");
  }

  async #closed(code: number) {
    this.#forgetSocket();
    if (this.#wanted.size === 0) return this.#become("idle");
    if (code !== UNAUTHENTICATED || this.#renewed) return this.#retryLater();
    // One immediate try with a new token; a server that refuses that one as well is met with the usual patience.
    this.#renewed = true;
    this.#become("reconnecting");
    const signedIn = await this.#surroundings.renewToken().catch(() => undefined);
    if (this.#socket !== undefined) return;
    if (signedIn === false) this.#become("idle");
    else if (signedIn === true) this.#connect();
    else this.#retryLater();
  }

  #retryLater() {
    this.#abandon();
    if (!this.#surroundings.online()) return this.#become("offline");
    this.#become(this.#wasLive || this.#failures > 0 ? "reconnecting" : "connecting");
    const ceilingMs = Math.min(RECONNECT_DELAY_MAX_MS, RECONNECT_DELAY_FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    const delayMs = ceilingMs * (0.5 + this.#surroundings.random() / 2);
    this.#cancelRetry = this.#surroundings.schedule(() => this.#connect(), delayMs);
  }

  #rest() {
    if (this.#wanted.size > 0) return;
    this.#abandon();
    this.#failures = 0;
    this.#wasLive = false;
    this.#become("idle");
  }

  /** Lets go of a socket that may still be open: nothing it says from now on is heard. */
  #abandon() {
    const old = this.#socket;
    if (old !== undefined) {
      old.onopen = old.onmessage = old.onclose = null;
      old.close();
    }
    this.#forgetSocket();
  }

  #forgetSocket() {
    this.#cancelRetry();
    this.#cancelPing();
    this.#cancelSilence();
    if (this.#socket === undefined) return;
    this.#socket = undefined;
    this.#surroundings.onDisconnect();
  }

  #watchSilence() {
    this.#cancelSilence();
    this.#cancelSilence = this.#surroundings.schedule(() => this.#retryLater(), SILENCE_MAX_MS);
  }

  #keepPinging() {
    this.#cancelPing();
    this.#cancelPing = this.#surroundings.schedule(() => {
      this.#send({ type: "ping" });
      this.#keepPinging();
    }, PING_INTERVAL_MS);
  }

  #send(message: ClientMessage) {
    this.#socket?.send(JSON.stringify(message));
  }

  #become(next: ConnectionState) {
    if (next === this.#state) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}

function parse(data: unknown): ServerMessage | undefined {
  try {
    return JSON.parse(String(data)) as ServerMessage;
  } catch {
    return undefined;
  }
}
