import type { Gate } from "#adapters/ports.ts";

/**
 * How long a word of the operators holds. A process that stood still, or lost the database, must hear it anew before it
 * takes up work: it may be the one that somebody is waiting for to be idle. Units: milliseconds.
 */
const LEASE_MS = 5_000;

/** A gate that operators open and close. Closed until their first word, and when it is not renewed in time. */
export class ControlledGate implements Gate {
  readonly #leaseMs: number;
  readonly #onIdle: () => void;
  readonly #listeners = new Set<() => void>();
  #openUntil = Number.NEGATIVE_INFINITY;
  #isClosedForGood = false;
  #pauseNumber: number | undefined;
  /** Whether somebody believes it to be open, or knows it to be closed. */
  #toldOpen = false;
  #inHand = 0;
  #busySince: number | undefined;

  /** `onIdle` is called when the last work in hand is over while the gate is closed. */
  constructor(options: { onIdle: () => void; leaseMs?: number | undefined }) {
    this.#onIdle = options.onIdle;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
  }

  get isOpen(): boolean {
    return performance.now() < this.#openUntil;
  }

  /** The pause that is kept to. Undefined: none. */
  get pauseNumber(): number | undefined {
    return this.#pauseNumber;
  }

  /** Units: milliseconds. Undefined: nothing is in hand. */
  get busyForMs(): number | undefined {
    return this.#busySince === undefined ? undefined : performance.now() - this.#busySince;
  }

  /** The word of the operators: the number of their pause, or undefined to go on. */
  set(pauseNumber: number | undefined): void {
    this.#pauseNumber = pauseNumber;
    const isHeld = pauseNumber !== undefined || this.#isClosedForGood;
    this.#openUntil = isHeld ? Number.NEGATIVE_INFINITY : performance.now() + this.#leaseMs;
    this.tell();
  }

  /** Closes it whatever operators say: the process is about to stop. */
  closeForGood(): void {
    this.#isClosedForGood = true;
    this.#openUntil = Number.NEGATIVE_INFINITY;
    this.tell();
  }

  /** Tells the listeners when the gate is not as they were told, or found it, last. */
  tell(): void {
    if (this.isOpen === this.#toldOpen) return;
    this.#toldOpen = this.isOpen;
    for (const listener of [...this.#listeners]) listener();
  }

  pass<T>(work: () => Promise<T>): Promise<T> | undefined {
    if (!this.isOpen) {
      this.#toldOpen = false;
      return undefined;
    }
    this.#inHand += 1;
    this.#busySince ??= performance.now();
    return work().finally(() => {
      this.#inHand -= 1;
      if (this.#inHand > 0) return;
      this.#busySince = undefined;
      if (!this.isOpen) this.#onIdle();
    });
  }

  async opened(signal: AbortSignal): Promise<void> {
    while (!this.isOpen && !signal.aborted) {
      this.#toldOpen = false;
      await new Promise<void>((resolve) => {
        const settle = () => {
          forget();
          signal.removeEventListener("abort", settle);
          resolve();
        };
        const forget = this.onChange(settle);
        signal.addEventListener("abort", settle);
      });
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
