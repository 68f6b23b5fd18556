/**
 * The seams behind which Lotwise has two real implementations each: one inside the process, one in Redis or Kafka.
 *
 * None of them carries truth. A quote that is not in the cache is fetched again, a hint that is lost is made good by
 * the next read, an announced event only says "look at this portfolio in PostgreSQL". So each port may lose, double or
 * delay what it is given, and says below which of these it does.
 */

/** Structured log. A pino logger fits. `fields` never holds secrets or personal data. */
export type Logger = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

/** A logger for places where nobody listens, such as tests. */
export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} };

/**
 * Last known price of one instrument.
 *
 * Units: `price` and `previousClose` are decimals without exponent in `currency` (ISO 4217) per unit of the instrument.
 * `asOf` is an ISO 8601 instant.
 */
export type Quote = {
  readonly symbol: string;
  readonly currency: string;
  readonly price: string;
  readonly previousClose?: string;
  readonly asOf: string;
  readonly source: string;
};

/**
 * Quotes with a time to live. The last `put` of a symbol wins.
 *
 * Errors: none. With the cache away, `get` finds nothing and `put` keeps nothing; both log. Money never depends on it.
 */
export type QuoteCache = {
  /** Shape: only the symbols that were found; may be empty. */
  get(symbols: readonly string[]): Promise<ReadonlyMap<string, Quote>>;
  put(quotes: readonly Quote[]): Promise<void>;
  close(): Promise<void>;
};

/** Ends one subscription. Safe to call twice. */
export type Unsubscribe = () => Promise<void>;

/**
 * Best-effort hints to whoever listens at this moment: lost when nobody does, delivered at most once to each listener,
 * in order for one publisher and channel. Messages are JSON values and arrive as copies.
 *
 * Errors: none. Redis being away, a payload that is not JSON and a listener that throws are logged.
 */
export type FanOut = {
  publish(channel: string, message: unknown): Promise<void>;
  /** Resolves when messages published from now on will arrive (or, with Redis away, when that has been arranged). */
  subscribe(channel: string, listener: (message: unknown) => void): Promise<Unsubscribe>;
  close(): Promise<void>;
};

/**
 * "Portfolio P has news up to `sequence`": a doorbell, not the news. Doubled, late and reordered ones are harmless
 * because the handler reads the truth from PostgreSQL.
 */
export type AnnouncedEvent = {
  readonly portfolioId: string;
  readonly sequence: number;
  readonly correlationId?: string;
};

/** Brings every portfolio named up to date. Rejecting means "not done": the same events come again. */
export type EventHandler = (events: readonly AnnouncedEvent[]) => Promise<void>;

/**
 * Delivers each announced event at least once, in order per portfolio, in batches.
 * A handler that fails, whatever it throws, gets the same events again after a growing delay; nothing is skipped.
 */
export type EventConsumer = {
  /** Resolves when the consumer has been set going; it connects and reconnects by itself from then on. */
  start(handler: EventHandler): Promise<void>;
  /** Waits for the batch in hand. No call to the handler after it resolves. */
  stop(): Promise<void>;
};

/** Whether a consumer may take up work: operators close it to pause an installation. */
export type Gate = {
  readonly isOpen: boolean;
  /** Does the work and counts it as in hand until it is over. Undefined, with nothing done, when the gate is closed. */
  pass<T>(work: () => Promise<T>): Promise<T> | undefined;
  /** Resolves when the gate is open, or when the signal is aborted. */
  opened(signal: AbortSignal): Promise<void>;
  /** Calls back whenever the gate opens or closes, until the function that it returns is called. */
  onChange(listener: () => void): () => void;
};

/** A gate for places where nobody pauses anything, such as tests. */
export const openGate: Gate = {
  isOpen: true,
  pass: (work) => work(),
  opened: () => Promise.resolve(),
  onChange: () => () => {},
};

/** Makes announced events known to all consumers of an event log. */
export type EventPublisher = {
  /** Resolves when events could be published. Errors: rejects when the event log is away. */
  ready(): Promise<void>;
  /**
   * Resolves when the events are kept, at the latest after a few seconds, so that rows may be locked meanwhile.
   *
   * Errors: rejects when the event log is away or refuses; some of the events may have arrived all the same. Publish
   * all of them again: doubles are harmless.
   */
  publish(events: readonly AnnouncedEvent[]): Promise<void>;
  close(): Promise<void>;
};
