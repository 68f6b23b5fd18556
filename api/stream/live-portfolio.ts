import type { Quote } from "#adapters/ports.ts";
import type { KnownFigures } from "#adapters/postgres/watched-portfolios.ts";
import type { Progress } from "#contracts/portfolios.ts";
import type { Position } from "#contracts/positions.ts";
import { toProgress } from "../representations/portfolio.ts";
import { isOpen, revalue, toPosition, totalsOf, toTotals, type Held } from "../representations/position.ts";
import type { Reading } from "./portfolio-reader.ts";

/**
 * One portfolio as everybody who watches it on this node sees it. Facts (`load`) and prices (`tick`) change it; `settle`
 * turns what changed into frames. Every position remembers the version at which its picture last changed, so what a
 * socket lacks follows from the version it has seen: there are no queues, and a slow reader simply gets the newest
 * picture next time.
 */
export class LivePortfolio {
  readonly #portfolioId: string;
  readonly #baseCurrency: string;
  #progress: Progress;
  #orderSequence = 0;
  #held = new Map<string, Held>();
  readonly #pictures = new Map<string, { version: number; json: string; position: Position }>();
  readonly #removed = new Map<string, number>();
  #totalsJson = "";
  #snapshot: { readonly version: number; readonly frame: Buffer } | undefined;
  #delta: { readonly from: number; readonly to: number; readonly members: string } | undefined;
  #version = 0;
  #dirty = true;

  /** Shape: a reading of the whole. */
  constructor(portfolioId: string, reading: Reading, nowMs: number) {
    this.#portfolioId = portfolioId;
    this.#baseCurrency = reading.baseCurrency;
    this.#progress = toProgress(reading.progress);
    this.load(reading);
    this.settle(nowMs);
  }

  get version(): number {
    return this.#version;
  }

  /** What a reading can build upon. */
  get known(): KnownFigures {
    const { epoch, applied } = this.#progress;
    return { epoch, applied, orderSequence: this.#orderSequence };
  }

  symbols(): IterableIterator<string> {
    return this.#held.keys();
  }

  /** Whether figures that have come that far are news here. */
  isBehind(other: Figures): boolean {
    return isOlder(this.#progress, other);
  }

  /**
   * Takes over what was read from the database: all positions, or those that changed since `known`. What is older than
   * what is here is left aside.
   */
  load(reading: Reading): void {
    const progress = toProgress(reading.progress);
    if (isOlder(progress, this.#progress)) return;
    const before = this.#held;
    if (reading.isWhole) this.#held = new Map();
    for (const position of reading.held) {
      const quote = before.get(position.symbol)?.quote;
      const isNewer = quote !== undefined && quote.asOf > (position.quote?.asOf ?? "");
      this.#held.set(position.symbol, isNewer ? revalue(position, quote) : position);
    }
    this.#progress = progress;
    this.#orderSequence = reading.isWhole
      ? reading.orderSequence
      : Math.max(this.#orderSequence, reading.orderSequence);
    this.#dirty = true;
  }

  /** Takes a fresh quote of one of its symbols. */
  tick(quote: Quote): void {
    const held = this.#held.get(quote.symbol);
    if (held === undefined || (held.quote !== undefined && held.quote.asOf >= quote.asOf)) return;
    this.#held.set(quote.symbol, revalue(held, quote));
    this.#dirty = true;
  }

  /** Time passes: prices may have gone stale. */
  touch(): void {
    this.#dirty = true;
  }

  /** Brings the pictures up to date, if anything happened since the last time. */
  settle(nowMs: number): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    const held = [...this.#held.values()];
    const totals = totalsOf(held, this.#baseCurrency);
    const next = this.#version + 1;
    let changed = false;
    const open = held.filter(isOpen);
    for (const position of open) {
      const picture = toPosition(position, totals, nowMs);
      const before = this.#pictures.get(position.symbol);
      if (before !== undefined && looksTheSame(before.position, picture)) continue;
      this.#pictures.set(position.symbol, {
        version: next,
        json: JSON.stringify(picture),
        position: picture,
      });
      this.#removed.delete(position.symbol);
      changed = true;
    }
    const openSymbols = new Set(open.map((position) => position.symbol));
    for (const symbol of this.#pictures.keys()) {
      if (openSymbols.has(symbol)) continue;
      this.#pictures.delete(symbol);
      this.#removed.set(symbol, next);
      changed = true;
    }
    const totalsJson = JSON.stringify({
      ledger: this.#progress,
      totals: toTotals(held, totals, nowMs),
    }).slice(1, -1);
    if (changed || totalsJson !== this.#totalsJson) {
      this.#totalsJson = totalsJson;
      this.#version = next;
    }
  }

  /** The whole picture, as a frame that all who ask for it share. Shape: UTF-8. */
  snapshotFrame(): Buffer {
    if (this.#snapshot?.version !== this.#version) {
      const positions = [...this.#pictures.values()].map((picture) => picture.json).join(",");
      const frame = Buffer.from(
        `{"type":"snapshot","portfolioId":"${this.#portfolioId}","sequence":0,${this.#totalsJson},"positions":[${positions}]}`,
      );
      this.#snapshot = { version: this.#version, frame };
    }
    return this.#snapshot.frame;
  }

  /** What changed after `version`, as a frame that is the socket's `sequence`-th. */
  deltaFrame(version: number, sequence: number): string {
    return `{"type":"delta","portfolioId":"${this.#portfolioId}","sequence":${sequence},${this.#deltaMembers(version)}}`;
  }

  /** Most sockets have seen the same version: what they lack is written once. */
  #deltaMembers(version: number): string {
    if (this.#delta?.from !== version || this.#delta.to !== this.#version) {
      const positions: string[] = [];
      for (const picture of this.#pictures.values()) {
        if (picture.version > version) positions.push(picture.json);
      }
      const removed: string[] = [];
      for (const [symbol, at] of this.#removed) if (at > version) removed.push(symbol);
      const members = `${this.#totalsJson},"positions":[${positions.join(",")}],"removed":${JSON.stringify(removed)}`;
      this.#delta = { from: version, to: this.#version, members };
    }
    return this.#delta.members;
  }
}

type Figures = Pick<Progress, "epoch" | "applied">;

function isOlder(a: Figures, b: Figures): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.applied < b.applied);
}

/** A price that is told again with a newer time only is no news, until its age would be wrong by much. */
const AGE_TOLERANCE_MS = 5_000;

function looksTheSame(a: Position, b: Position): boolean {
  const ageDrift = Date.parse(b.priceAsOf ?? "") - Date.parse(a.priceAsOf ?? "");
  if (ageDrift > AGE_TOLERANCE_MS) return false;
  return (Object.keys(b) as (keyof Position)[]).every(
    (name) => name === "priceAsOf" || isSame(a[name], b[name]),
  );
}

/** Members are text, numbers and truth values, and one object of such. */
function isSame(a: Position[keyof Position], b: Position[keyof Position]): boolean {
  return a === b || (typeof a === "object" && JSON.stringify(a) === JSON.stringify(b));
}
