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
import { valueOnePortfolio } from "../valued-portfolios.ts";
import { LivePortfolio } from "./live-portfolio.ts";

/** Somebody who watches a portfolio on this node. */
export interface Watcher {
  readonly userId: string;
  /** The portfolio moved; frames can be made at the next flush. */
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
  reloading: Promise<void> | undefined;
  reloadAgain: boolean;
}

/** Lost hints are made good, and access is looked at again, this often. Units: milliseconds. */
const HEAL_EVERY_MS = 5_000;

/** The portfolios that are being watched on this node, one live picture each whatever the number of watchers. */
export class PortfolioHub {
  readonly #dependencies: ApiDependencies;
  readonly #log: FastifyBaseLogger;
  readonly #entries = new Map<string, Promise<Entry>>();
  readonly #bySymbol = new Map<string, Set<LivePortfolio>>();
  readonly #unsubscribes: Unsubscribe[] = [];
  #healing: NodeJS.Timeout | undefined;

  constructor(dependencies: ApiDependencies, log: FastifyBaseLogger) {
    this.#dependencies = dependencies;
    this.#log = log;
  }

  async start(): Promise<void> {
    const { fanOut } = this.#dependencies;
    this.#unsubscribes.push(
      await fanOut.subscribe(QUOTES_CHANNEL, (message) => this.#tick(message as Quote[])),
      await fanOut.subscribe(PORTFOLIO_CLOSED_CHANNEL, (message) =>
        this.#drop((message as PortfolioClosed).portfolioId),
      ),
    );
    this.#healing = setInterval(() => void this.#heal(), HEAL_EVERY_MS);
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

  #begin(key: string, portfolioId: string, ownerId: string): Promise<Entry> {
    const pending = this.#open(portfolioId, ownerId);
    this.#entries.set(key, pending);
    pending.catch(() => this.#entries.delete(key));
    return pending;
  }

  async unwatch(portfolioId: string, watcher: Watcher): Promise<void> {
    const key = `${watcher.userId}/${portfolioId}`;
    const entry = await this.#entries.get(key)?.catch(() => undefined);
    if (entry === undefined || !entry.watchers.delete(watcher) || entry.watchers.size > 0) return;
    this.#entries.delete(key);
    this.#forgetSymbols(entry.live);
    await entry.unsubscribe();
  }

  async #open(portfolioId: string, ownerId: string): Promise<Entry> {
    const { fanOut, now } = this.#dependencies;
    const watchers = new Set<Watcher>();
    // Listening comes before reading: a change in between is then read or told, or both.
    let entry: Entry | undefined;
    const unsubscribe = await fanOut.subscribe(portfolioChannel(portfolioId), (message) => {
      if (entry === undefined) return;
      for (const watcher of entry.watchers) watcher.matched(message as PositionChanged);
      this.#reload(entry);
    });
    try {
      const valued = await valueOnePortfolio(this.#dependencies, { userId: ownerId, portfolioId });
      const live = new LivePortfolio(valued, now());
      entry = { portfolioId, ownerId, live, watchers, unsubscribe, reloading: undefined, reloadAgain: false };
      this.#rememberSymbols(live);
      this.#reload(entry);
      return entry;
    } catch (error) {
      await unsubscribe();
      throw error;
    }
  }

  /** Reads the portfolio anew; news while reading makes it read once more, not once per news. */
  #reload(entry: Entry): void {
    if (entry.reloading !== undefined) {
      entry.reloadAgain = true;
      return;
    }
    entry.reloading = (async () => {
      try {
        const valued = await valueOnePortfolio(this.#dependencies, {
          userId: entry.ownerId,
          portfolioId: entry.portfolioId,
        });
        this.#forgetSymbols(entry.live);
        entry.live.load(valued);
        if (entry.watchers.size > 0 || this.#entries.has(`${entry.ownerId}/${entry.portfolioId}`)) {
          this.#rememberSymbols(entry.live);
        }
      } catch (error) {
        if (error instanceof Refusal) this.#drop(entry.portfolioId);
        else this.#log.warn({ err: error, portfolioId: entry.portfolioId }, "a live portfolio was not read");
      } finally {
        entry.reloading = undefined;
        if (entry.reloadAgain) {
          entry.reloadAgain = false;
          this.#reload(entry);
        }
      }
    })();
  }

  #tick(quotes: readonly Quote[]): void {
    for (const quote of quotes) {
      for (const live of this.#bySymbol.get(quote.symbol) ?? []) live.tick(quote);
    }
  }

  async #heal(): Promise<void> {
    for (const pending of this.#entries.values()) {
      const entry = await pending.catch(() => undefined);
      if (entry === undefined) continue;
      entry.live.touch();
      this.#reload(entry);
    }
  }

  #drop(portfolioId: string): void {
    for (const [key, pending] of this.#entries) {
      if (!key.endsWith(`/${portfolioId}`)) continue;
      this.#entries.delete(key);
      void pending
        .then(async (entry) => {
          this.#forgetSymbols(entry.live);
          for (const watcher of entry.watchers) watcher.closed(portfolioId);
          await entry.unsubscribe();
        })
        .catch(() => {});
    }
  }

  #rememberSymbols(live: LivePortfolio): void {
    for (const symbol of live.symbols()) {
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
