import {
  appendVersions,
  ensureInstruments,
  lockCurrentVersion,
  type AppendedVersion,
} from "#adapters/postgres/ledger.ts";
import { asUser, type Db, type Trx } from "#adapters/postgres/pool.ts";
import { invariant } from "#domain/invariant.ts";
import { ok, refuse, type Result } from "#domain/result.ts";
import type { CanonicalTrade } from "./canonical-trade.ts";

export type AmendRefusal = "transaction-not-found" | "version-conflict";

export interface AmendCommand {
  readonly userId: string;
  readonly transactionId: string;
  /** The version that the user saw; another one meanwhile is a conflict. */
  readonly expectedVersion?: number;
  readonly correlationId: string;
}

export interface Amended {
  readonly portfolioId: string;
  readonly sequence: number;
}

/**
 * Appends a version that replaces the transaction as it stood; it keeps its place among trades of the same instant.
 * Errors: transaction-not-found (or withdrawn, or another user's), version-conflict.
 */
export function editTransaction(
  db: Db,
  command: AmendCommand & { readonly trade: CanonicalTrade },
): Promise<Result<Amended, AmendRefusal>> {
  const { symbol, ...trade } = command.trade;
  return amend(db, command, async (current, trx) => {
    // In here, so that a refused edit leaves no new symbol behind.
    const instrumentId = (await ensureInstruments(trx, [symbol])).get(symbol);
    invariant(instrumentId !== undefined, `instrument ${symbol} has no id`);
    const edited = { ...trade, instrumentId, currency: trade.currency ?? current.currency, withdrawn: false };
    // Moving to another instrument is leaving the one and arriving at the other: each then tells its own story.
    return instrumentId === current.instrumentId ? [edited] : [{ ...current, withdrawn: true }, edited];
  });
}

/** Appends a version that withdraws the transaction. Errors: as editTransaction. */
export function deleteTransaction(db: Db, command: AmendCommand): Promise<Result<Amended, AmendRefusal>> {
  return amend(db, command, async (current) => [{ ...current, withdrawn: true }]);
}

type Content = Omit<AppendedVersion, "id" | "sequence" | "version" | "orderSequence">;

async function amend(
  db: Db,
  command: AmendCommand,
  next: (current: Content, trx: Trx) => Promise<readonly Content[]>,
): Promise<Result<Amended, AmendRefusal>> {
  return asUser(db, command.userId, async (trx) => {
    const current = await lockCurrentVersion(trx, command.transactionId);
    if (current === undefined || current.withdrawn) return refuse("transaction-not-found");
    if (command.expectedVersion !== undefined && command.expectedVersion !== current.version) {
      return refuse("version-conflict");
    }
    const before = {
      instrumentId: current.instrument_id,
      type: current.type,
      quantity: current.quantity,
      price: current.price,
      fees: current.fees,
      currency: current.currency,
      tradedAt: current.traded_at,
      tradeDate: current.trade_date,
      notes: current.notes,
      withdrawn: current.withdrawn,
    };
    const contents = await next(before, trx);
    const versions = contents.map((content, index) => ({
      ...content,
      id: command.transactionId,
      sequence: current.head_sequence + 1 + index,
      version: current.version + 1 + index,
      orderSequence: current.order_sequence,
    }));
    await appendVersions(trx, current.portfolio_id, { versions, correlationId: command.correlationId });
    return ok({ portfolioId: current.portfolio_id, sequence: current.head_sequence + contents.length });
  });
}
