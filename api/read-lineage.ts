import { findInstrumentId } from "#adapters/postgres/derived-reads.ts";
import {
  readLineageLots,
  readLineageProgress,
  readLineageRejections,
  readLineageTransactions,
  readLineageVersions,
  readSlicesOfDisposals,
  readSlicesOfLots,
} from "#adapters/postgres/lineage-reads.ts";
import type { Trx } from "#adapters/postgres/pool.ts";
import { LINEAGE_SLICES_MAX, type Lineage } from "#contracts/lineage.ts";
import { invariant } from "#domain/invariant.ts";
import { decodeNumberCursor, encodeNumberCursor } from "./cursor.ts";
import { Refusal } from "./errors.ts";
import { toLineageStep } from "./representations/lineage.ts";
import { toProgress } from "./representations/portfolio.ts";

/**
 * A page of a position's lineage, all of one moment. The caller has made sure that the portfolio may be seen.
 * Errors: Refusal position-not-found where nothing of the symbol was ever recorded in it.
 */
export async function readLineage(
  trx: Trx,
  key: { readonly portfolioId: string; readonly symbol: string },
  page: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
): Promise<Lineage> {
  const { portfolioId } = key;
  const symbol = key.symbol.toUpperCase();
  const limit = page.limit ?? 50;
  const after = decodeNumberCursor(page.cursor) ?? 0;
  const instrumentId = await findInstrumentId(trx, symbol);
  if (instrumentId === undefined) throw new Refusal("position-not-found");
  const place = { portfolioId, instrumentId };
  const transactions = await readLineageTransactions(trx, place, { after, limit });
  if (transactions.length === 0 && after === 0) throw new Refusal("position-not-found");
  const ids = transactions.map((transaction) => transaction.id);
  // One more than is told, to know whether there are more.
  const slices = { ids, limit: LINEAGE_SLICES_MAX + 1 };
  const found = {
    versions: Map.groupBy(await readLineageVersions(trx, transactions), (row) => row.id),
    rejections: new Map(
      (await readLineageRejections(trx, transactions)).map((row) => [row.transaction_id, row.reason]),
    ),
    lots: new Map((await readLineageLots(trx, place, ids)).map((row) => [row.id, row])),
    closedBy: Map.groupBy(await readSlicesOfLots(trx, place, slices), (row) => row.lot_id),
    closed: Map.groupBy(await readSlicesOfDisposals(trx, place, slices), (row) => row.transaction_id),
    progress: new Map(
      (
        await readLineageProgress(trx, [
          portfolioId,
          ...transactions.map((transaction) => transaction.portfolio_id),
        ])
      ).map((row) => [row.portfolio_id, row]),
    ),
  };
  const progress = found.progress.get(portfolioId);
  invariant(progress !== undefined, "every portfolio has a state");
  return {
    portfolioId,
    symbol,
    items: transactions.map((transaction) => toLineageStep(transaction, found)),
    nextCursor:
      transactions.length === limit ? encodeNumberCursor(transactions.at(-1)!.order_sequence) : null,
    sequence: toProgress(progress),
  };
}
