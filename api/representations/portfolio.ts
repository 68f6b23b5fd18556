import { toPaused } from "./paused.ts";
import type { PortfolioRow, ProgressRow } from "#adapters/postgres/portfolios.ts";
import type { UserRow } from "#adapters/postgres/accounts.ts";
import type { User } from "#contracts/accounts.ts";
import type { Portfolio, Progress } from "#contracts/portfolios.ts";

export function toUser(row: UserRow): User {
  const { id, email, username, operator } = row;
  return { id, email, username, operator, createdAt: row.created_at };
}

export function toPortfolio(row: PortfolioRow): Portfolio {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    baseCurrency: row.base_currency,
    lotMethod: row.lot_method,
    allowShort: row.allow_short,
    trackCash: row.track_cash,
    archived: row.archived,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toProgress(row: ProgressRow): Progress {
  const paused = toPaused(row);
  return {
    head: row.head,
    applied: row.applied,
    epoch: row.epoch,
    ...(paused === undefined ? {} : { paused }),
  };
}
