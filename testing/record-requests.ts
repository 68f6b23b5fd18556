import { randomUUID } from "node:crypto";
import type { LedgerEntry, RecordRequest } from "#adapters/postgres/ledger.ts";
import { canonicalTransaction } from "#use-cases/canonical-transaction.ts";

/** A request to record in few words. Each has a user, a portfolio and ids of its own unless they are given. */
export interface RequestWords {
  readonly user?: string;
  readonly key?: string;
  /** Stands for what the request asks for. Shape: one character. */
  readonly asks?: string;
  /** What its transactions are called; or how many there are. */
  readonly ids?: readonly string[];
  readonly entries?: number;
  readonly portfolio?: string;
  readonly quantity?: string;
  readonly notes?: string;
}

export function requestOf(words: RequestWords = {}): RecordRequest {
  const { user = randomUUID(), key, asks = "0", portfolio = randomUUID(), entries = 1 } = words;
  const ids = words.ids ?? Array.from({ length: entries }, () => randomUUID());
  return {
    userId: user,
    ...(key === undefined ? {} : { key, fingerprint: asks.repeat(64) }),
    correlationId: "test",
    entries: ids.map((id): LedgerEntry => ({ id, portfolio_id: portfolio, ...tradeOf(words) })),
  };
}

function tradeOf({ quantity = "1", notes = "" }: RequestWords) {
  return canonicalTransaction({
    type: "buy",
    symbol: "ACME.SIM",
    quantity,
    price: "10",
    currency: "USD",
    tradedAt: "2026-01-05T15:00:00Z",
    notes,
  });
}
