import type { StoredVersion } from "#adapters/postgres/ledger.ts";
import type { TransactionRow } from "#adapters/postgres/transaction-reads.ts";
import type { Transaction, TransactionVersions } from "#contracts/transactions.ts";

export function toTransaction(row: TransactionRow): Transaction {
  return {
    ...contentOf(row),
    id: row.id,
    portfolioId: row.portfolio_id,
    status: row.status,
    ...(row.reason === null ? {} : { reason: row.reason }),
    createdAt: row.created_at,
  };
}

/** A first version as its recording answers it. */
export function toRecorded(version: StoredVersion): Transaction {
  return {
    ...contentOf(version),
    id: version.id,
    portfolioId: version.portfolio_id,
    status: "pending",
    createdAt: version.recorded_at,
  };
}

export function toVersion(
  row: StoredVersion & { readonly withdrawn: boolean },
): TransactionVersions["items"][number] {
  return { ...contentOf(row), deleted: row.withdrawn, createdAt: row.recorded_at };
}

function contentOf(version: StoredVersion) {
  return {
    sequence: version.sequence,
    version: version.version,
    type: version.type,
    symbol: version.symbol,
    quantity: version.quantity,
    price: version.price,
    fees: version.fees,
    currency: version.currency,
    tradedAt: version.traded_at,
    notes: version.notes,
  };
}
