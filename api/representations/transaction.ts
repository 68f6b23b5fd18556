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
    fees: version.fees,
    tax: version.tax,
    tradedAt: version.traded_at,
    notes: version.notes,
    ...present({
      symbol: version.symbol,
      quantity: version.quantity,
      price: version.price,
      amount: version.amount,
      currency: version.currency,
      exchangeRate: version.exchange_rate,
      lots: version.lots,
      ratio: version.ratio_new === null ? null : `${version.ratio_new}:${version.ratio_old}`,
      toPortfolioId: version.to_portfolio_id,
      toSymbol: version.to_symbol,
      costBasis: version.cost_basis,
      acquiredAt: version.acquired_at,
      costShare: version.cost_share,
      cashPerShare: version.cash_per_share,
    }),
  };
}

/** Leaves out what does not apply, or was not given. */
function present<Fields extends Record<string, unknown>>(fields: Fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    [Name in keyof Fields]?: NonNullable<Fields[Name]>;
  };
}
