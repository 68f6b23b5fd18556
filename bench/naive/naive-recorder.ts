import { openOwner, type BenchDatabase } from "../setup/bench-server.ts";
import type { PlannedTrade } from "../setup/portfolios.ts";
import { recordAndMatchTrade } from "./record-and-match-trade.ts";

export interface NaiveRecorder {
  /** Records and matches one trade after the other. Returns milliseconds. */
  process(trades: readonly PlannedTrade[]): Promise<number>;
  close(): Promise<void>;
}

/** Connects as the owner, with one connection. */
export async function openNaive(database: BenchDatabase): Promise<NaiveRecorder> {
  const owner = openOwner(database.ownerUrl);
  const instruments = await owner.selectFrom("instrument").select(["id", "symbol"]).execute();
  const ids = new Map(instruments.map(({ id, symbol }) => [symbol, id]));
  return {
    process: (trades) =>
      owner.connection().execute(async (connection) => {
        const startedAt = performance.now();
        for (const trade of trades) {
          const instrumentId = ids.get(trade.symbol)!;
          await recordAndMatchTrade(connection, {
            ...trade,
            instrumentId,
            currency: trade.currency ?? "USD",
          });
        }
        return performance.now() - startedAt;
      }),
    close: () => owner.destroy(),
  };
}
