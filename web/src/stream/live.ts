import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { Progress, Totals } from "#contracts/portfolios.ts";
import type { Position } from "#contracts/positions.ts";
import type { ServerMessage } from "#contracts/stream.ts";
import { session } from "#web/http/session.ts";
import { createLiveStore } from "./live-store.ts";
import { StreamConnection, type Socket } from "./stream-connection.ts";

/** The page's one socket and one live store, and the hooks that read them. */

type LedgerListener = (portfolioId: string) => void;
type TransactionMessage = Extract<ServerMessage, { type: "transaction" }>;
const ledgerListeners = new Set<LedgerListener>();
const transactionListeners = new Set<(message: TransactionMessage) => void>();

export const liveStore = createLiveStore({
  onGap: (portfolioId) => connection.resubscribe(portfolioId),
  onLedger: (portfolioId) => ledgerListeners.forEach((listener) => listener(portfolioId)),
  onTransaction: (message) => transactionListeners.forEach((listener) => listener(message)),
});

const connection = new StreamConnection({
  openSocket: () => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(`${scheme}//${location.host}/ws`) as Socket;
  },
  accessToken: session.accessToken,
  renewToken: session.refresh,
  schedule: (run, delayMs) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  online: () => navigator.onLine,
  onMessage: liveStore.receive,
  onDisconnect: liveStore.disconnect,
});

session.onToken(connection.renew);
session.subscribe(() => {
  if (session.snapshot().status !== "signed-out") return;
  connection.stop();
  liveStore.clear();
});
window.addEventListener("online", connection.networkChanged);
window.addEventListener("offline", connection.networkChanged);

export const useConnectionState = () => useSyncExternalStore(connection.onState, connection.state);

/** Keeps these portfolios live while the component is on the screen. */
export function useLiveSubscription(portfolioIds: readonly string[]) {
  const key = portfolioIds.join(" ");
  useEffect(() => {
    const leave = key === "" ? [] : key.split(" ").map(connection.subscribe);
    return () => leave.forEach((unsubscribe) => unsubscribe());
  }, [key]);
}

export function useLivePosition(portfolioId: string, symbol: string): Position | undefined {
  // The subscribe function must stay the same between renders, or React would leave and join on every tick.
  const subscribe = useMemo(() => liveStore.onPosition(portfolioId, symbol), [portfolioId, symbol]);
  return useSyncExternalStore(subscribe, () => liveStore.position(portfolioId, symbol));
}

export function useLiveTotals(portfolioId: string): Totals | undefined {
  const subscribe = useMemo(() => liveStore.onTotals(portfolioId), [portfolioId]);
  return useSyncExternalStore(subscribe, () => liveStore.get(portfolioId)?.totals);
}

/** How far the figures on the screen follow the ledger, and whether they stand still. */
export function useLiveProgress(portfolioId: string): Progress | undefined {
  const subscribe = useMemo(() => liveStore.onTotals(portfolioId), [portfolioId]);
  return useSyncExternalStore(subscribe, () => liveStore.get(portfolioId)?.ledger);
}

/** The totals of several portfolios at once; the array keeps its identity until one of them changes. */
export function useLiveTotalsOf(portfolioIds: readonly string[]): readonly (Totals | undefined)[] {
  const key = portfolioIds.join(" ");
  const { subscribe, read } = useMemo(() => {
    const ids = key === "" ? [] : key.split(" ");
    let last: readonly (Totals | undefined)[] = [];
    return {
      subscribe: (listener: () => void) => {
        const leave = ids.map((id) => liveStore.onTotals(id)(listener));
        return () => leave.forEach((unsubscribe) => unsubscribe());
      },
      read: () => {
        const now = ids.map((id) => liveStore.get(id)?.totals);
        if (now.length !== last.length || now.some((totals, index) => totals !== last[index])) last = now;
        return last;
      },
    };
  }, [key]);
  return useSyncExternalStore(subscribe, read);
}

/** A figure derived from all positions. The component is drawn again only when `select` returns something else. */
export function useLivePositions<T>(
  portfolioId: string,
  select: (positions: ReadonlyMap<string, Position> | undefined) => T,
): T {
  const subscribe = useMemo(() => liveStore.onPositions(portfolioId), [portfolioId]);
  return useSyncExternalStore(subscribe, () => select(liveStore.get(portfolioId)?.positions));
}

/** Calls back when a portfolio's ledger moved, so that lists read over REST can be read again. */
export function onLedgerMoved(listener: LedgerListener): () => void {
  ledgerListeners.add(listener);
  return () => void ledgerListeners.delete(listener);
}

export function onTransactionStatus(listener: (message: TransactionMessage) => void): () => void {
  transactionListeners.add(listener);
  return () => void transactionListeners.delete(listener);
}
