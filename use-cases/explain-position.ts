import { type PositionRow, readPositionRows } from "#adapters/postgres/derived-reads.ts";
import type { Trx } from "#adapters/postgres/pool.ts";
import { formatMoney, formatQuantity } from "#domain/amounts.ts";
import { EMPTY_HOLDING, type Holding } from "#domain/holding.ts";
import { invariant } from "#domain/invariant.ts";
import { ok, refuse, type Result } from "#domain/result.ts";
import {
  explainLedger,
  type ExplainedLedger,
  type ExplanationRead,
  type ExplanationRefusal,
  readForExplanation,
} from "./explain-ledger.ts";

/** A position as it is stored, and the ledger that makes it. */
export interface PositionRead {
  readonly row: PositionRow;
  readonly ledger: ExplanationRead;
}

export interface ExplainedPosition extends ExplainedLedger {
  readonly row: PositionRow;
  readonly holding: Holding;
}

/** Reads a position, open or closed, with all that it follows from. The SQL transaction should be one of repeatable reads. */
export async function readPositionToExplain(
  trx: Trx,
  key: { userId: string; portfolioId: string; symbol: string },
): Promise<Result<PositionRead, ExplanationRefusal>> {
  const rows = await readPositionRows(trx, [key.portfolioId]);
  const row = rows.find(({ symbol }) => symbol === key.symbol);
  if (row === undefined) return refuse("position-not-found");
  const ledger = await readForExplanation(trx, key);
  return ledger === undefined ? refuse("under-old-rules") : ok({ row, ledger });
}

/** Returns the holding in the replayed ledger. Errors: figures that are not the stored ones are a bug. */
export function explainStoredPosition({ row, ledger }: PositionRead): ExplainedPosition {
  const explained = explainLedger(ledger);
  const { account, instrument } = explained.place;
  const holding = explained.result.ledger.holdings.find(
    (each) => each.account === account && each.instrument === instrument,
  )?.holding;
  // Dividends alone make a position of nothing.
  const figures = holding ?? EMPTY_HOLDING;
  invariant(
    formatQuantity(figures.quantity) === row.quantity &&
      formatMoney(figures.costBasis) === row.cost_basis &&
      formatMoney(figures.realizedGain) === row.realized_gain,
    `${row.symbol} in ${row.portfolio_id} is stored otherwise than it is replayed`,
  );
  return { ...explained, row, holding: figures };
}
