import { setTimeout as delay } from "node:timers/promises";
import { Abandoned } from "./customer.ts";

/** Where everybody passes before each act, so that a run can stand still and look around. */
export class Gate {
  #opened = Promise.withResolvers<void>();
  #isOpen = false;
  #isClosed = false;
  #inside = 0;

  open(): void {
    this.#isOpen = true;
    this.#opened.resolve();
  }

  /** Lets nobody begin anything new. Resolves true when all that was begun is done, false after `withinMs`. */
  async shut(withinMs: number): Promise<boolean> {
    if (this.#isOpen) this.#opened = Promise.withResolvers();
    this.#isOpen = false;
    const deadline = performance.now() + withinMs;
    while (this.#inside > 0 && performance.now() < deadline) await delay(20);
    return this.#inside === 0;
  }

  /** For good: whoever comes is turned away. */
  close(): void {
    this.#isClosed = true;
    this.open();
  }

  /** Errors: Abandoned when the gate is closed for good. */
  async pass<T>(act: () => Promise<T>): Promise<T> {
    if (!this.#isOpen) await this.#opened.promise;
    if (this.#isClosed) throw new Abandoned();
    this.#inside += 1;
    try {
      return await act();
    } finally {
      this.#inside -= 1;
    }
  }
}
