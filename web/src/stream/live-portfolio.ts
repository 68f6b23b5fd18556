import type { Position, PositionList } from "#contracts/positions.ts";
import type { Progress, Totals } from "#contracts/portfolios.ts";
import type { ServerMessage } from "#contracts/stream.ts";

/** What the screen knows of one portfolio. A position object is replaced only when the server sent a new one. */
export interface LivePortfolio {
  readonly positions: ReadonlyMap<string, Position>;
  readonly totals: Totals;
  readonly ledger: Progress;
  /** Place in the subscription's messages; undefined while the figures come from REST and not from the socket. */
  readonly sequence: number | undefined;
}

export type Snapshot = Extract<ServerMessage, { type: "snapshot" }>;
export type Delta = Extract<ServerMessage, { type: "delta" }>;

export const GAP = "gap";

const bySymbol = (positions: readonly Position[]) =>
  new Map(positions.map((position) => [position.symbol, position]));

/** Replaces everything. Positions that did not change keep their object, so that their rows are not drawn again. */
export function applySnapshot(current: LivePortfolio | undefined, message: Snapshot): LivePortfolio {
  return {
    positions: keepUnchanged(current?.positions, bySymbol(message.positions)),
    totals: message.totals,
    ledger: message.ledger,
    sequence: message.sequence,
  };
}

/** Figures read over REST. They fill the screen until the first snapshot and never replace a live subscription. */
export function applyRead(current: LivePortfolio | undefined, read: PositionList): LivePortfolio {
  return {
    positions: keepUnchanged(current?.positions, bySymbol(read.items)),
    totals: read.totals,
    ledger: read.sequence,
    sequence: undefined,
  };
}

/** Applies the next message of a subscription. GAP when one before it is missing: only a new snapshot can help then. */
export function applyDelta(current: LivePortfolio | undefined, message: Delta): LivePortfolio | typeof GAP {
  if (current?.sequence === undefined || message.sequence !== current.sequence + 1) return GAP;
  const { totals, ledger, sequence } = message;
  if (message.positions.length === 0 && message.removed.length === 0) {
    return { positions: current.positions, totals, ledger, sequence };
  }
  const positions = new Map(current.positions);
  for (const position of message.positions) positions.set(position.symbol, position);
  for (const symbol of message.removed) positions.delete(symbol);
  return { positions, totals, ledger, sequence };
}

function keepUnchanged(
  before: ReadonlyMap<string, Position> | undefined,
  after: Map<string, Position>,
): Map<string, Position> {
  for (const [symbol, position] of after) {
    const known = before?.get(symbol);
    if (known !== undefined && sameFigures(known, position)) after.set(symbol, known);
  }
  return after;
}

const sameFigures = ({ base: baseA, ...a }: Position, { base: baseB, ...b }: Position) =>
  sameFields(a, b) && sameFields(baseA, baseB);

const sameFields = <T extends object>(a: T, b: T) =>
  (Object.keys(b) as (keyof T)[]).every((field) => a[field] === b[field]);
