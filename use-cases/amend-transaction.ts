import {
  appendVersions,
  ensureInstruments,
  isOwnPortfolio,
  lockCurrentVersion,
  type AppendedVersion,
  type LockedVersion,
} from "#adapters/postgres/ledger.ts";
import { asUser, type Db, type Trx } from "#adapters/postgres/pool.ts";
import { ok, refuse, type Result } from "#domain/result.ts";
import { movesNoMoney, type CanonicalTransaction } from "./canonical-transaction.ts";

export type AmendRefusal =
  "transaction-not-found" | "version-conflict" | "destination-not-found" | "destination-is-source";

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
 * Appends a version that replaces the transaction as it stood; it keeps its place among those of the same instant.
 * Errors: transaction-not-found (or withdrawn, or another user's), version-conflict, and of a transfer
 * destination-not-found, destination-is-source.
 */
export function editTransaction(
  db: Db,
  command: AmendCommand & { readonly transaction: CanonicalTransaction },
): Promise<Result<Amended, AmendRefusal>> {
  const { transaction } = command;
  return amend(db, command, async (current, trx) => {
    const destination = transaction.to_portfolio_id;
    if (destination === current.portfolio_id) return refuse("destination-is-source");
    if (destination !== null && !(await isOwnPortfolio(trx, destination)))
      return refuse("destination-not-found");
    const edited = { ...(await contentAfter(trx, current, transaction)), withdrawn: false };
    // Moving to another instrument is leaving the one and arriving at the other: each then tells its own story.
    const isMoved = edited.instrument_id !== current.instrument_id;
    return ok(isMoved ? [{ ...contentBefore(current), withdrawn: true }, edited] : [edited]);
  });
}

/** Appends a version that withdraws the transaction. Errors: transaction-not-found, version-conflict. */
export function deleteTransaction(db: Db, command: AmendCommand): Promise<Result<Amended, AmendRefusal>> {
  return amend(db, command, (current) =>
    Promise.resolve(ok([{ ...contentBefore(current), withdrawn: true }])),
  );
}

type Content = Omit<AppendedVersion, "id" | "sequence" | "version" | "order_sequence">;

async function amend(
  db: Db,
  command: AmendCommand,
  next: (current: LockedVersion, trx: Trx) => Promise<Result<readonly Content[], AmendRefusal>>,
): Promise<Result<Amended, AmendRefusal>> {
  return asUser(db, command.userId, async (trx) => {
    const current = await lockCurrentVersion(trx, command.transactionId);
    if (current === undefined || current.withdrawn) return refuse("transaction-not-found");
    if (command.expectedVersion !== undefined && command.expectedVersion !== current.version) {
      return refuse("version-conflict");
    }
    const contents = await next(current, trx);
    if (!contents.ok) return contents;
    const versions = contents.value.map((content, index) => ({
      ...content,
      id: command.transactionId,
      sequence: current.head_sequence + 1 + index,
      version: current.version + 1 + index,
      order_sequence: current.order_sequence,
    }));
    await appendVersions(trx, current.portfolio_id, { versions, correlationId: command.correlationId });
    return ok({ portfolioId: current.portfolio_id, sequence: current.head_sequence + versions.length });
  });
}

function contentBefore(current: LockedVersion): Content {
  const { portfolio_id: _portfolio, version: _version, base_currency: _currency, ...content } = current;
  const { order_sequence: _order, head_sequence: _head, ...rest } = content;
  return rest;
}

/** In the amending SQL transaction, so that a refused edit leaves no new symbol behind. */
async function contentAfter(
  trx: Trx,
  current: LockedVersion,
  transaction: CanonicalTransaction,
): Promise<Omit<Content, "withdrawn">> {
  const { symbol, to_symbol: toSymbol, ...content } = transaction;
  const ids = await ensureInstruments(
    trx,
    [symbol, toSymbol].filter((name) => name !== null),
  );
  const idOf = (name: string | null) => (name === null ? null : ids.get(name)!);
  return {
    ...content,
    // The day is the one where it was traded. Who edits the rest, perhaps elsewhere, does not move it.
    trade_date: content.traded_at === current.traded_at ? current.trade_date : content.trade_date,
    acquired_date:
      content.acquired_at === current.acquired_at ? current.acquired_date : content.acquired_date,
    instrument_id: idOf(symbol),
    to_instrument_id: idOf(toSymbol),
    currency:
      content.currency ?? (movesNoMoney(transaction) ? null : (current.currency ?? current.base_currency)),
  };
}
