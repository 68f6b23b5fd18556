/*
 * The way that a portfolio tracker usually records a trade: one SQL transaction that inserts the trade, locks and reads
 * the instrument's open lots, matches in JavaScript, and writes what came out, a statement a row.
 *
 *   BEGIN
 *   INSERT transaction
 *   SELECT open lots … FOR UPDATE
 *   buy:  INSERT tax_lot                          sell:  UPDATE tax_lot (each lot touched)
 *                                                        INSERT disposal, INSERT disposal_slice (each slice)
 *   INSERT position … ON CONFLICT UPDATE
 *   COMMIT
 *
 * It writes into the product's own tables, with all their constraints and indexes, and does less than the product: no
 * check of who owns the portfolio, no row-level security (it connects as the owner), no idempotency, no outbox, no
 * progress for readers to wait for, no backdated trades, one writer at a time. The matching itself is the product's, so
 * that the comparison is one of ways to the database, and both ways must leave the very same rows.
 */
import { CompiledQuery } from "kysely";
import type { Db } from "#adapters/postgres/pool.ts";
import { formatMoney, formatQuantity, money, price, quantity } from "#domain/amounts.ts";
import { EMPTY_HOLDING, matchTransactions, type Holding, type MatchResult } from "#domain/match-lots.ts";
import { remainingCost, type TaxLot } from "#domain/tax-lot.ts";
import type { PlannedTrade } from "../setup/portfolios.ts";

/** A trade whose instrument and currency are known. */
export interface NaiveTrade extends PlannedTrade {
  readonly instrumentId: number;
  readonly currency: string;
}

/** Records and matches one trade. Shape: `connection` is one connection, taken for long (Kysely's `connection()`). */
export async function recordAndMatchTrade(connection: Db, trade: NaiveTrade): Promise<void> {
  await query(connection, "begin");
  try {
    const sequence = await insertTransaction(connection, trade);
    const before = await lockHolding(connection, trade);
    const result = matchTransactions(
      before,
      [
        {
          id: trade.id,
          type: trade.type,
          orderSequence: sequence,
          tradedAt: Date.parse(trade.traded_at),
          quantity: quantity(trade.quantity),
          price: price(trade.price),
          fees: money(trade.fees),
          currency: trade.currency,
        },
      ],
      { method: "fifo", allowShort: false },
    );
    await saveLots(connection, { trade, sequence, result });
    await saveDisposals(connection, { trade, sequence, result });
    await savePosition(connection, { trade, sequence, result });
    await query(connection, "commit");
  } catch (error) {
    await query(connection, "rollback");
    throw error;
  }
}

function query<Row>(connection: Db, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return connection.executeQuery<Row>(CompiledQuery.raw(text, [...values])).then(({ rows }) => rows);
}

/** Returns the place in the portfolio's ledger. */
async function insertTransaction(connection: Db, trade: NaiveTrade): Promise<number> {
  const [row] = await query<{ sequence: number }>(
    connection,
    `insert into transaction (portfolio_id, sequence, id, version, order_sequence, instrument_id, type, quantity, price,
       fees, currency, traded_at, trade_date, notes)
     select $1, n.sequence, $2, 1, n.sequence, $3, $4, $5, $6, $7, $8, $9, $10, $11
     from (select coalesce(max(sequence), 0) + 1 as sequence from transaction where portfolio_id = $1) n
     returning sequence`,
    [
      trade.portfolio_id,
      trade.id,
      trade.instrumentId,
      trade.type,
      trade.quantity,
      trade.price,
      trade.fees,
      trade.currency,
      trade.traded_at,
      trade.trade_date,
      trade.notes,
    ],
  );
  return row!.sequence;
}

interface LotRow {
  readonly id: string;
  readonly opened_at: string;
  readonly opened_sequence: number;
  readonly original_quantity: string;
  readonly original_cost: string;
  readonly remaining_quantity: string;
}

async function lockHolding(connection: Db, trade: NaiveTrade): Promise<Holding> {
  const rows = await query<LotRow>(
    connection,
    `select id, opened_at, opened_sequence, original_quantity, original_cost, remaining_quantity
     from tax_lot where portfolio_id = $1 and instrument_id = $2 and remaining_quantity > 0
     order by opened_at, opened_sequence for update`,
    [trade.portfolio_id, trade.instrumentId],
  );
  if (rows.length === 0) return EMPTY_HOLDING;
  const lots = rows.map((row): TaxLot => ({
    id: row.id,
    side: "long",
    openedAt: Date.parse(row.opened_at),
    openedSequence: row.opened_sequence,
    originalQuantity: quantity(row.original_quantity),
    originalCost: money(row.original_cost),
    remainingQuantity: quantity(row.remaining_quantity),
  }));
  return {
    ...EMPTY_HOLDING,
    currency: trade.currency,
    quantity: lots.reduce((sum, lot) => sum + lot.remainingQuantity, 0n) as Holding["quantity"],
    costBasis: lots.reduce((sum, lot) => sum + remainingCost(lot), 0n) as Holding["costBasis"],
    lots,
  };
}

interface Outcome {
  readonly trade: NaiveTrade;
  readonly sequence: number;
  readonly result: MatchResult;
}

async function saveLots(connection: Db, { trade, sequence, result }: Outcome): Promise<void> {
  for (const lot of result.openedLots) {
    await query(
      connection,
      `insert into tax_lot (portfolio_id, id, instrument_id, side, opened_at, opened_sequence, opened_date,
         original_quantity, original_cost, remaining_quantity)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        trade.portfolio_id,
        lot.id,
        trade.instrumentId,
        lot.side,
        trade.traded_at,
        sequence,
        trade.trade_date,
        formatQuantity(lot.originalQuantity),
        formatMoney(lot.originalCost),
        formatQuantity(lot.remainingQuantity),
      ],
    );
  }
  for (const lot of result.touchedLots) {
    await query(
      connection,
      "update tax_lot set remaining_quantity = $4 where portfolio_id = $1 and instrument_id = $2 and id = $3",
      [trade.portfolio_id, trade.instrumentId, lot.id, formatQuantity(lot.remainingQuantity)],
    );
  }
}

async function saveDisposals(connection: Db, { trade, sequence, result }: Outcome): Promise<void> {
  for (const disposal of result.disposals) {
    await query(
      connection,
      `insert into disposal (portfolio_id, transaction_id, instrument_id, side, disposed_at, disposed_sequence,
         disposed_date, quantity, proceeds, cost_basis, realized_gain)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        trade.portfolio_id,
        disposal.id,
        trade.instrumentId,
        disposal.side,
        trade.traded_at,
        sequence,
        trade.trade_date,
        formatQuantity(disposal.quantity),
        formatMoney(disposal.proceeds),
        formatMoney(disposal.costBasis),
        formatMoney(disposal.realizedGain),
      ],
    );
    for (const [index, slice] of disposal.slices.entries()) {
      await query(
        connection,
        `insert into disposal_slice (portfolio_id, transaction_id, slice_number, instrument_id, lot_id, quantity,
           proceeds, cost_basis, realized_gain)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          trade.portfolio_id,
          disposal.id,
          index + 1,
          trade.instrumentId,
          slice.lotId,
          formatQuantity(slice.quantity),
          formatMoney(slice.proceeds),
          formatMoney(slice.costBasis),
          formatMoney(slice.realizedGain),
        ],
      );
    }
  }
}

async function savePosition(connection: Db, { trade, sequence, result }: Outcome): Promise<void> {
  const { holding } = result;
  await query(
    connection,
    `insert into position as p (portfolio_id, instrument_id, currency, quantity, cost_basis, realized_gain, fees,
       last_traded_at, last_order_sequence)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (portfolio_id, instrument_id) do update set quantity = excluded.quantity,
       cost_basis = excluded.cost_basis, realized_gain = p.realized_gain + excluded.realized_gain,
       fees = p.fees + excluded.fees, last_traded_at = excluded.last_traded_at,
       last_order_sequence = excluded.last_order_sequence`,
    [
      trade.portfolio_id,
      trade.instrumentId,
      trade.currency,
      formatQuantity(holding.quantity),
      formatMoney(holding.costBasis),
      formatMoney(holding.realizedGain),
      formatMoney(holding.fees),
      trade.traded_at,
      sequence,
    ],
  );
}
