import type { FastifyBaseLogger } from "fastify";
import type { Quote, Unsubscribe } from "#adapters/ports.ts";
import {
  PORTFOLIO_CLOSED_CHANNEL,
  portfolioChannel,
  QUOTES_CHANNEL,
  type PortfolioClosed,
  type PositionChanged,
} from "#contracts/events.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { Refusal } from "../errors.ts";
import { LivePortfolio } from "./live-portfolio.ts";
import { PortfolioReader, type Reading } from "./portfolio-reader.ts";

/** Somebody who watches a portfolio on this node. */
export interface Watcher {
  readonly userId: string;
  /** Whether a frame would be sent now. */
  readonly isReading: boolean;
  /** The portfolio moved; frames of its figures can be made once they are read. */
  matched(change: PositionChanged): void;
  /** The portfolio is not to be had any more. */
  closed(portfolioId: string): void;
}

interface Entry {
  readonly portfolioId: string;
  readonly ownerId: string;
  readonly live: LivePortfolio;
  readonly watchers: Set<Watcher>;
  readonly unsubscribe: Unsubscribe;
  /** The database may know more than `live` does. */
  hasNews: boolean;
}

/** Lost hints are made good, and access is looked at again, this often. Units: milliseconds. */
const HEAL_EVERY_MS = 4_000;

/**
 * The portfolios that are being watched on this node, one live picture each whatever the number of watchers.
 *
 * A hint passes on what became of transactions at once, and marks the portfolio; its figures are read when frames are
 * about to be sent (`refresh`), all marked portfolios together. Healing marks them all: what has not changed costs one
 * row of that reading.
 */
export class PortfolioHub {
  readonly #dependencies: ApiDependencies;
  readonly #log: FastifyBaseLogger;
  readonly #reader: PortfolioReader;
  /** By user and portfolio; also those that are still being read for the first time. */
  readonly #entries = new Map<string, Promise<Entry>>();
  readonly #opened = new Set<Entry>();
  readonly #bySymbol = new Map<string, Set<LivePortfolio>>();
  readonly #unsubscribes: Unsubscribe[] = [];
  #healing: NodeJS.Timeout | undefined;

  constructor(dependencies: ApiDependencies, log: FastifyBaseLogger) {
    this.#dependencies = dependencies;
    this.#log = log;
    this.#reader = new PortfolioReader(dependencies);
  }

  async start(): Promise<void> {
    const { fanOut } = this.#dependencies;
    this.#unsubscribes.push(
      await fanOut.subscribe(QUOTES_CHANNEL, (message) => this.#tick(message as Quote[])),
      await fanOut.subscribe(PORTFOLIO_CLOSED_CHANNEL, (message) =>
        this.#drop((message as PortfolioClosed).portfolioId),
      ),
    );
    this.#healing = setInterval(() => this.#heal(), HEAL_EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#healing);
    await Promise.all(this.#unsubscribes.map((unsubscribe) => unsubscribe()));
  }

  /** Errors: Refusal portfolio-not-found when it is not the watcher's to see. */
  async watch(portfolioId: string, watcher: Watcher): Promise<LivePortfolio> {
    const key = `${watcher.userId}/${portfolioId}`;
    for (;;) {
      const pending = this.#entries.get(key) ?? this.#begin(key, portfolioId, watcher.userId);
      const entry = await pending;
      // While we waited its last watcher may have left, and taken the entry along.
      if (this.#entries.get(key) !== pending) continue;
      entry.watchers.add(watcher);
      return entry.live;
    }
  }

  async unwatch(portfolioId: string, watcher: Watcher): Promise<void> {
    const key = `${watcher.userId}/${portfolioId}`;
    const entry = await this.#entries.get(key)?.catch(() => undefined);
    if (entry === undefined || !entry.watchers.delete(watcher) || entry.watchers.size > 0) return;
    this.#entries.delete(key);
    await this.#forget(entry);
  }

  /** Reads what has news and is being watched by somebody who reads. Errors: none; what fails stays marked. */
  async refresh(): Promise<void> {
    const due = [...this.#opened].filter((entry) => entry.hasNews && isRead(entry));
    const results = await Promise.allSettled(due.map((entry) => this.#refresh(entry)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined)
      this.#log.warn({ err: failed.reason as unknown }, "live portfolios were not read");
  }

  async #refresh(entry: Entry): Promise<void> {
    // Before the reading, so that what comes meanwhile is read next time.
    entry.hasNews = false;
    const { ownerId, portfolioId, live } = entry;
    let reading: Reading | undefined;
    try {
      reading = await this.#reader.read({ ownerId, portfolioId, known: live.known });
    } catch (error) {
      entry.hasNews = true;
      throw error;
    }
    if (!this.#opened.has(entry)) return;
    if (reading === undefined) {
      this.#drop(portfolioId);
      return;
    }
    if (reading.isWhole) this.#forgetSymbols(live);
    live.load(reading);
    this.#rememberSymbols(live, reading.isWhole ? live.symbols() : reading.held.map(({ symbol }) => symbol));
  }

  #begin(key: string, portfolioId: string, ownerId: string): Promise<Entry> {
    const pending = this.#open({ portfolioId, ownerId });
    this.#entries.set(key, pending);
    pending.then(
      (entry) => {
        // Its portfolio may have been deleted while it was being read.
        if (this.#entries.get(key) === pending) this.#opened.add(entry);
      },
      () => {
        if (this.#entries.get(key) === pending) this.#entries.delete(key);
      },
    );
    return pending;
  }

  async #open(place: Pick<Entry, "portfolioId" | "ownerId">): Promise<Entry> {
    const { fanOut, now } = this.#dependencies;
    let entry: Entry | undefined;
    let hasNews = false;
    // Listening comes before reading: a change in between is then read or told, or both.
    const unsubscribe = await fanOut.subscribe(portfolioChannel(place.portfolioId), (message) => {
      if (entry === undefined) hasNews = true;
      else this.#tell(entry, message as PositionChanged);
    });
    try {
      const reading = await this.#reader.read({ ...place, known: undefined });
      if (reading === undefined) throw new Refusal("portfolio-not-found");
      const live = new LivePortfolio(place.portfolioId, reading, now());
      entry = { ...place, live, watchers: new Set(), unsubscribe, hasNews };
      this.#rememberSymbols(live, live.symbols());
      return entry;
    } catch (error) {
      await unsubscribe();
      throw error;
    }
  }

  #tell(entry: Entry, change: PositionChanged): void {
    if (entry.live.isBehind(change) || change.parked === true) entry.hasNews = true;
    for (const watcher of entry.watchers) watcher.matched(change);
    const { portfolioId, applied, epoch, correlationId } = change;
    this.#log.debug({ portfolioId, applied, epoch, correlationId, sockets: entry.watchers.size }, "pushed");
  }

  #tick(quotes: readonly Quote[]): void {
    for (const quote of quotes) {
      for (const live of this.#bySymbol.get(quote.symbol) ?? []) live.tick(quote);
    }
  }

  #heal(): void {
    for (const entry of this.#opened) {
      entry.live.touch();
      entry.hasNews = true;
    }
  }

  #drop(portfolioId: string): void {
    for (const [key, pending] of this.#entries) {
      if (!key.endsWith(`/${portfolioId}`)) continue;
      this.#entries.delete(key);
      void pending
        .then(async (entry) => {
          for (const watcher of entry.watchers) watcher.closed(portfolioId);
          await this.#forget(entry);
        })
        .catch(() => {});
    }
  }

  async #forget(entry: Entry): Promise<void> {
    this.#opened.delete(entry);
    this.#forgetSymbols(entry.live);
    await entry.unsubscribe();
  }

  #rememberSymbols(live: LivePortfolio, symbols: Iterable<string>): void {
    for (const symbol of symbols) {
      const lives = this.#bySymbol.get(symbol) ?? new Set();
      this.#bySymbol.set(symbol, lives.add(live));
    }
  }

  #forgetSymbols(live: LivePortfolio): void {
    for (const symbol of live.symbols()) {
      const lives = this.#bySymbol.get(symbol);
      lives?.delete(live);
      if (lives?.size === 0) this.#bySymbol.delete(symbol);
    }
  }
}

function isRead(entry: Entry): boolean {
  return [...entry.watchers].some((watcher) => watcher.isReading);
}
