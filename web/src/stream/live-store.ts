import type { Position, PositionList } from "#contracts/positions.ts";
import type { Progress } from "#contracts/portfolios.ts";
import type { ServerMessage } from "#contracts/stream.ts";
import { applyDelta, applyRead, applySnapshot, GAP, type LivePortfolio } from "./live-portfolio.ts";

/**
 * The live figures of every portfolio on the screen, outside React and outside the query cache.
 *
 * Several ticks a second for hundreds of positions would redraw the whole page if they went through shared state. Here a
 * row listens to its own symbol, the header to the totals, the table to the set of symbols; a tick wakes only those whose
 * object changed.
 */
export interface LiveStoreEvents {
  /** A message is missing: the caller asks the server for a fresh snapshot. */
  readonly onGap: (portfolioId: string) => void;
  /** The ledger moved: lists read over REST are out of date. */
  readonly onLedger: (portfolioId: string) => void;
  readonly onTransaction: (message: Extract<ServerMessage, { type: "transaction" }>) => void;
}

type Listener = () => void;

export type LiveStore = ReturnType<typeof createLiveStore>;

export function createLiveStore(events: LiveStoreEvents) {
  const portfolios = new Map<string, LivePortfolio>();
  const topics = new Map<string, Set<Listener>>();
  /** Portfolios whose fresh snapshot is on the way; deltas of the broken run are worth nothing until it arrives. */
  const awaitingSnapshot = new Set<string>();

  const subscribe = (topic: string) => (listener: Listener) => {
    const listeners = topics.get(topic) ?? new Set<Listener>();
    topics.set(topic, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) topics.delete(topic);
    };
  };

  const announce = (topic: string) => {
    for (const listener of topics.get(topic) ?? []) listener();
  };

  const replace = (id: string, before: LivePortfolio | undefined, after: LivePortfolio) => {
    portfolios.set(id, after);
    for (const symbol of changedSymbols(before, after)) announce(positionTopic(id, symbol));
    if (before?.positions !== after.positions) announce(positionsTopic(id));
    announce(totalsTopic(id));
    const { ledger } = after;
    if (before !== undefined && hasMoved(before.ledger, ledger)) events.onLedger(id);
  };

  const receive = (message: ServerMessage) => {
    if (message.type === "transaction") events.onTransaction(message);
    if (message.type !== "snapshot" && message.type !== "delta") return;
    const id = message.portfolioId;
    const before = portfolios.get(id);
    if (message.type === "snapshot") {
      awaitingSnapshot.delete(id);
      return replace(id, before, applySnapshot(before, message));
    }
    if (awaitingSnapshot.has(id)) return;
    const after = applyDelta(before, message);
    if (after !== GAP) return replace(id, before, after);
    awaitingSnapshot.add(id);
    events.onGap(id);
  };

  return {
    receive,
    /** Figures from REST: shown until the socket has its own. An answer older than what is shown is dropped. */
    seed(portfolioId: string, read: PositionList) {
      const before = portfolios.get(portfolioId);
      const older = before !== undefined && before.ledger.applied > read.sequence.applied;
      if (before?.sequence === undefined && !older) replace(portfolioId, before, applyRead(before, read));
    },
    /** The socket was lost: what is shown stays, but REST may now replace it and the next message must be a snapshot. */
    disconnect() {
      awaitingSnapshot.clear();
      for (const [id, live] of portfolios) portfolios.set(id, { ...live, sequence: undefined });
    },
    clear() {
      portfolios.clear();
      for (const listeners of topics.values()) for (const listener of listeners) listener();
    },
    get: (portfolioId: string): LivePortfolio | undefined => portfolios.get(portfolioId),
    position: (portfolioId: string, symbol: string): Position | undefined =>
      portfolios.get(portfolioId)?.positions.get(symbol),
    onPosition: (portfolioId: string, symbol: string) => subscribe(positionTopic(portfolioId, symbol)),
    onPositions: (portfolioId: string) => subscribe(positionsTopic(portfolioId)),
    onTotals: (portfolioId: string) => subscribe(totalsTopic(portfolioId)),
  };
}

const positionTopic = (id: string, symbol: string) => `${id}/position/${symbol}`;
const positionsTopic = (id: string) => `${id}/positions`;
const totalsTopic = (id: string) => `${id}/totals`;

function* changedSymbols(before: LivePortfolio | undefined, after: LivePortfolio): Generator<string> {
  if (before?.positions === after.positions) return;
  for (const [symbol, position] of after.positions) {
    if (before?.positions.get(symbol) !== position) yield symbol;
  }
  for (const symbol of before?.positions.keys() ?? []) {
    if (!after.positions.has(symbol)) yield symbol;
  }
}

/** Whether figures changed, or calculation was paused or goes on. */
const hasMoved = (before: Progress, after: Progress) =>
  before.applied !== after.applied ||
  before.epoch !== after.epoch ||
  before.paused?.since !== after.paused?.since ||
  before.paused?.transactionId !== after.paused?.transactionId;
