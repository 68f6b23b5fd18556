import type { Progress } from "#contracts/portfolios.ts";
import type { Position } from "#contracts/positions.ts";
import type { ServerMessage } from "#contracts/stream.ts";

/** What a client makes of a portfolio's messages, over any number of connections one after the other. */
export class StreamPicture {
  readonly positions = new Map<string, Position>();
  /** What no client should ever see: a message out of sequence, figures that go back. */
  readonly faults: string[] = [];
  ledger: Progress = { head: 0, applied: 0, epoch: 0 };
  totals: unknown;
  #sequence = 0;

  take(message: ServerMessage): void {
    if (message.type !== "snapshot" && message.type !== "delta") return;
    if (message.type === "snapshot") this.positions.clear();
    const expected = message.type === "snapshot" ? 0 : this.#sequence + 1;
    if (message.sequence !== expected)
      this.faults.push(`${message.type} ${message.sequence}, not ${expected}`);
    this.#sequence = message.sequence;
    const [before, after] = [this.ledger, message.ledger];
    const isBack =
      after.epoch < before.epoch || (after.epoch === before.epoch && after.applied < before.applied);
    if (isBack) {
      this.faults.push(`${after.epoch}/${after.applied} after ${before.epoch}/${before.applied}`);
    }
    this.ledger = after;
    for (const position of message.positions) this.positions.set(position.symbol, position);
    for (const symbol of message.type === "delta" ? message.removed : []) this.positions.delete(symbol);
    this.totals = message.totals;
  }

  /** Shape: by symbol, as REST lists them. */
  list(): Position[] {
    return [...this.positions.values()].toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1));
  }
}
