import type { FastifyBaseLogger } from "fastify";
import type { WebSocket } from "ws";
import type { PositionChanged } from "#contracts/events.ts";
import {
  ClientMessage,
  CLOSE_CODES,
  STREAM_PROTOCOL_VERSION,
  type ServerMessage,
} from "#contracts/stream.ts";
import { Refusal } from "../errors.ts";
import type { Caller } from "../remembered-callers.ts";
import type { Metrics } from "../plugins/metrics.ts";
import { compileCheck } from "../validation.ts";
import type { LivePortfolio } from "./live-portfolio.ts";
import type { PortfolioHub, Watcher } from "./portfolio-hub.ts";

/** Units: milliseconds, bytes, counts. */
export const STREAM_LIMITS = {
  authenticateWithinMs: 5_000,
  expiryGraceMs: 30_000,
  messagesPerSecond: 20,
  subscriptions: 200,
  /** Above this much unsent data a socket gets no deltas until it has read. */
  bufferedSoft: 256 * 1024,
  bufferedHard: 1024 * 1024,
  stalledMs: 10_000,
} as const;

interface Subscription {
  readonly live: LivePortfolio;
  sequence: number;
  version: number;
  /** A snapshot was asked for and waits until the socket has read what it was sent before. */
  snapshotDue: boolean;
}

export interface ConnectionContext {
  readonly hub: PortfolioHub;
  readonly verify: (token: string) => Promise<Caller>;
  readonly now: () => number;
  readonly log: FastifyBaseLogger;
  readonly metrics: Metrics;
}

/** Source: RFC 6455, section 7.4.1. */
const INTERNAL_ERROR = 1011;

const isClientMessage = compileCheck(ClientMessage);

/** One WebSocket: who it belongs to, what it watches, and how far it has seen it. */
export class Connection implements Watcher {
  readonly #socket: WebSocket;
  readonly #context: ConnectionContext;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #subscribeAtOnce: string | undefined;
  #caller: Caller | undefined;
  #deadline: NodeJS.Timeout;
  #stalledSince: number | undefined;
  #largestFrame = 0;
  #windowStart = 0;
  #windowMessages = 0;
  #answeredPing = true;
  #handled: Promise<void> = Promise.resolve();

  constructor(socket: WebSocket, context: ConnectionContext, subscribeAtOnce?: string) {
    this.#socket = socket;
    this.#context = context;
    this.#subscribeAtOnce = subscribeAtOnce;
    this.#deadline = setTimeout(
      () => this.close(CLOSE_CODES.unauthenticated, "not authenticated in time"),
      STREAM_LIMITS.authenticateWithinMs,
    );
    socket.on("message", (frame, isBinary) => {
      if (this.#isFlooding()) {
        this.close(CLOSE_CODES.tooManyMessages, "too many messages");
        return;
      }
      // One after another: a subscription must be over and done before what the client sends next is looked at.
      this.#handled = this.#handled
        .then(() => this.#receive(frame as Buffer, isBinary))
        .catch((error: unknown) => {
          context.log.error({ err: error }, "a WebSocket message was not handled");
          this.close(INTERNAL_ERROR, "internal error");
        });
    });
    socket.on("pong", () => (this.#answeredPing = true));
    // Without a listener a protocol error of the peer would be an uncaught exception.
    socket.on("error", (error) => context.log.info({ err: error }, "WebSocket error"));
    socket.on("close", () => this.#cleanUp());
  }

  get userId(): string {
    return this.#caller?.userId ?? "";
  }

  get caller(): Caller | undefined {
    return this.#caller;
  }

  get isReading(): boolean {
    return !this.#isStalled();
  }

  /** Sends what changed since the last flush. A socket that does not read is skipped, and in the end closed. */
  flush(): void {
    this.#isStalled();
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.snapshotDue) this.#sendSnapshot(subscription);
      else this.#sendDelta(subscription);
    }
  }

  /** Pings the peer; one that did not answer the last ping is gone. */
  beat(): void {
    if (!this.#answeredPing) {
      this.#socket.terminate();
      return;
    }
    this.#answeredPing = false;
    this.#socket.ping();
  }

  matched({ portfolioId, transactions = [], correlationId }: PositionChanged): void {
    // What is undefined is left out.
    for (const { id, status, reason } of transactions) {
      this.#send({ type: "transaction", portfolioId, id, status, reason, correlationId } as ServerMessage);
    }
  }

  closed(portfolioId: string): void {
    if (!this.#subscriptions.delete(portfolioId)) return;
    this.#send({
      type: "error",
      code: "portfolio-not-found",
      message: "The portfolio is not available any more",
      portfolioId,
    });
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  async #receive(frame: Buffer, isBinary: boolean): Promise<void> {
    const message = isBinary ? undefined : parse(frame);
    if (message === undefined) {
      this.close(CLOSE_CODES.protocolError, "not a message of this protocol");
      return;
    }
    if (message.type === "authenticate") {
      await this.#authenticate(message.token);
    } else if (this.#caller === undefined) {
      this.close(CLOSE_CODES.unauthenticated, "authenticate first");
    } else if (message.type === "subscribe") {
      await this.#subscribe(message.portfolioId.toLowerCase());
    } else if (message.type === "unsubscribe") {
      await this.#unsubscribe(message.portfolioId.toLowerCase());
    } else {
      this.#send({ type: "pong" });
    }
  }

  async #authenticate(token: string): Promise<void> {
    const before = this.#caller;
    const caller = await this.#context.verify(token).catch((error: unknown) => {
      if (error instanceof Refusal) return undefined;
      throw error;
    });
    const isOther =
      before !== undefined && (before.userId !== caller?.userId || before.sessionId !== caller.sessionId);
    if (caller === undefined || isOther) {
      this.close(CLOSE_CODES.unauthenticated, "the token is not valid here");
      return;
    }
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#caller = caller;
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(
      () => this.close(CLOSE_CODES.unauthenticated, "the token expired"),
      Math.max(0, caller.expiresAtMs - this.#context.now() + STREAM_LIMITS.expiryGraceMs),
    );
    this.#send({
      type: "authenticated",
      protocol: STREAM_PROTOCOL_VERSION,
      expiresAt: new Date(caller.expiresAtMs).toISOString(),
    });
    if (before === undefined && this.#subscribeAtOnce !== undefined) {
      await this.#subscribe(this.#subscribeAtOnce);
    }
  }

  async #subscribe(portfolioId: string): Promise<void> {
    const existing = this.#subscriptions.get(portfolioId);
    if (existing !== undefined) {
      this.#sendSnapshot(existing);
      return;
    }
    if (this.#subscriptions.size >= STREAM_LIMITS.subscriptions) {
      this.#send({
        type: "error",
        code: "too-many-subscriptions",
        message: "Unsubscribe first",
        portfolioId,
      });
      return;
    }
    try {
      const live = await this.#context.hub.watch(portfolioId, this);
      const subscription = { live, sequence: 0, version: 0, snapshotDue: true };
      this.#subscriptions.set(portfolioId, subscription);
      this.#sendSnapshot(subscription);
    } catch (error) {
      const code = error instanceof Refusal ? error.code : "unavailable";
      if (!(error instanceof Refusal)) this.#context.log.warn({ err: error }, "a subscription failed");
      this.#send({
        type: "error",
        code,
        message: code === "unavailable" ? "Try again" : "No such portfolio",
        portfolioId,
      });
    }
  }

  #sendSnapshot(subscription: Subscription): void {
    subscription.snapshotDue = true;
    if (this.#isStalled()) return;
    const { live } = subscription;
    live.settle(this.#context.now());
    subscription.snapshotDue = false;
    subscription.sequence = 0;
    subscription.version = live.version;
    this.#sendFrame(live.snapshotFrame());
  }

  #sendDelta(subscription: Subscription): void {
    const { live } = subscription;
    live.settle(this.#context.now());
    if (live.version === subscription.version || this.#isStalled()) return;
    subscription.sequence += 1;
    this.#sendFrame(live.deltaFrame(subscription.version, subscription.sequence));
    subscription.version = live.version;
  }

  async #unsubscribe(portfolioId: string): Promise<void> {
    const subscription = this.#subscriptions.get(portfolioId);
    this.#subscriptions.delete(portfolioId);
    if (subscription !== undefined) {
      await this.#context.hub.unwatch(portfolioId, this);
    }
  }

  #cleanUp(): void {
    clearTimeout(this.#deadline);
    // After what is in hand: a subscription that is being made is ended as well.
    void this.#handled
      .then(async () => {
        for (const portfolioId of [...this.#subscriptions.keys()]) await this.#unsubscribe(portfolioId);
      })
      .catch((error: unknown) => this.#context.log.warn({ err: error }, "subscriptions were not ended"));
  }

  #isStalled(): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return true;
    const buffered = this.#socket.bufferedAmount;
    if (buffered <= STREAM_LIMITS.bufferedSoft) {
      this.#stalledSince = undefined;
      return false;
    }
    const now = this.#context.now();
    this.#stalledSince ??= now;
    // One frame may be larger than the limit: it is what comes on top of it that a reader is to blame for.
    const hard = STREAM_LIMITS.bufferedHard + this.#largestFrame;
    if (buffered > hard || now - this.#stalledSince > STREAM_LIMITS.stalledMs) {
      this.#context.metrics.slowConsumersClosed.inc();
      this.close(CLOSE_CODES.slowConsumer, "not reading");
      // A close frame waits behind what is not being read.
      this.#socket.terminate();
    }
    return true;
  }

  #isFlooding(): boolean {
    const now = this.#context.now();
    if (now - this.#windowStart >= 1_000) {
      this.#windowStart = now;
      this.#windowMessages = 0;
    }
    this.#windowMessages += 1;
    return this.#windowMessages > STREAM_LIMITS.messagesPerSecond;
  }

  #send(message: ServerMessage): void {
    this.#sendFrame(JSON.stringify(message));
  }

  #sendFrame(frame: string | Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#context.metrics.framesSent.inc();
    this.#largestFrame = Math.max(this.#largestFrame, frame.length);
    this.#socket.send(frame, { binary: false });
  }
}

function parse(frame: Buffer): ClientMessage | undefined {
  try {
    const message: unknown = JSON.parse(frame.toString("utf8"));
    return isClientMessage(message) ? (message as ClientMessage) : undefined;
  } catch {
    return undefined;
  }
}
