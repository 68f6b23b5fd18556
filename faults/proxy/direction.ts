import type { Socket } from "node:net";

/**
 * How bytes travel.
 *   fair       at once
 *   half-open  not at all, and neither side is told
 *   delay      each chunk so many milliseconds later, drawn between the two
 *   throttle   so many bytes a second
 */
export type Weather =
  | { readonly kind: "fair" | "half-open" }
  | { readonly kind: "delay"; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: "throttle"; readonly bytesPerSecond: number };

/** A sender that has this much under way is asked to wait. Units: bytes. */
const UNDER_WAY_MAX = 1 << 20;

/** One direction of a connection: a queue of chunks, each with the time at which it may arrive. */
export class Direction {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #queue: { readonly chunk: Buffer; readonly dueAt: number }[] = [];
  #underWay = 0;
  #lastDueAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #isEnding = false;

  constructor(from: Socket, to: Socket) {
    this.#from = from;
    this.#to = to;
  }

  send(chunk: Buffer, weather: Weather): void {
    const now = performance.now();
    const dueAt = Math.max(this.#lastDueAt, now) + delayMs(chunk, weather);
    if (this.#queue.length === 0 && dueAt <= now) {
      this.#write(chunk);
      return;
    }
    this.#lastDueAt = dueAt;
    this.#queue.push({ chunk, dueAt });
    this.#underWay += chunk.length;
    if (this.#underWay > UNDER_WAY_MAX) this.#from.pause();
    this.#schedule();
  }

  /** The sender has ended: so does the receiver, when it has got all. */
  end(): void {
    this.#isEnding = true;
    if (this.#queue.length === 0) this.#to.destroySoon();
  }

  #schedule(): void {
    const next = this.#queue[0];
    if (next === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#deliver();
      },
      Math.max(0, next.dueAt - performance.now()),
    );
  }

  #deliver(): void {
    while (this.#queue.length > 0 && this.#queue[0]!.dueAt <= performance.now()) {
      const { chunk } = this.#queue.shift()!;
      this.#underWay -= chunk.length;
      this.#write(chunk);
    }
    if (this.#underWay <= UNDER_WAY_MAX && this.#from.isPaused()) this.#from.resume();
    if (this.#queue.length === 0 && this.#isEnding) this.#to.destroySoon();
    this.#schedule();
  }

  #write(chunk: Buffer): void {
    if (!this.#to.writable) return;
    if (this.#to.write(chunk)) return;
    this.#from.pause();
    this.#to.once("drain", () => this.#from.resume());
  }
}

/** After what was sent before it. */
function delayMs(chunk: Buffer, weather: Weather): number {
  switch (weather.kind) {
    case "delay":
      return weather.fromMs + Math.random() * (weather.toMs - weather.fromMs);
    case "throttle":
      return (chunk.length / weather.bytesPerSecond) * 1000;
    default:
      return 0;
  }
}
