import { CompiledQuery } from "kysely";
import type { LedgerEntry, RecordRequest, RecordResult, StoredVersion } from "#adapters/postgres/ledger.ts";
import type { Db, Trx } from "#adapters/postgres/pool.ts";
import { Recorder } from "#use-cases/recorder.ts";

/**
 * The way that a portfolio tracker usually records a trade: a connection from the pool, and on it
 *
 *   BEGIN
 *   INSERT transaction
 *   INSERT outbox
 *   COMMIT
 *
 * into the product's own tables. It does less than the product: no check of who owns the portfolio, no row-level
 * security (it connects as the owner), no sequence without gaps (it takes the next number there is), no idempotency, no
 * bell for the matcher, no new instruments.
 */
export class NaiveRecorder extends Recorder {
  readonly #owner: Db;

  constructor(owner: Db) {
    super(() => Promise.reject(new Error("the naive side makes no groups")));
    this.#owner = owner;
  }

  override async record({ entries, correlationId }: RecordRequest): Promise<RecordResult> {
    const versions = await this.#owner.transaction().execute(async (trx) => {
      const stored: StoredVersion[] = [];
      for (const entry of entries) stored.push(await insertTransaction(trx, entry));
      const last = stored.at(-1)!;
      await query(trx, "insert into outbox (portfolio_id, sequence, correlation_id) values ($1, $2, $3)", [
        last.portfolio_id,
        last.sequence,
        correlationId,
      ]);
      return stored;
    });
    return { outcome: "recorded", versions };
  }
}

async function insertTransaction(trx: Trx, entry: LedgerEntry): Promise<StoredVersion> {
  const [row] = await query<{ sequence: number; recorded_at: string }>(
    trx,
    `insert into transaction (portfolio_id, sequence, id, version, order_sequence, instrument_id, type, quantity, price,
       fees, currency, traded_at, trade_date, notes)
     select $1, n.number, $2, 1, n.number, i.id, $4, $5, $6, $7, $8, $9, $10, $11
     from instrument i, nextval('ledger_order') n (number)
     where i.symbol = $3
     returning sequence, recorded_at`,
    [
      entry.portfolio_id,
      entry.id,
      entry.symbol,
      entry.type,
      entry.quantity,
      entry.price,
      entry.fees,
      entry.currency,
      entry.traded_at,
      entry.trade_date,
      entry.notes,
    ],
  );
  return { ...entry, ...row!, version: 1 };
}

function query<Row>(trx: Trx, text: string, values: readonly unknown[]): Promise<Row[]> {
  return trx.executeQuery<Row>(CompiledQuery.raw(text, [...values])).then(({ rows }) => rows);
}
