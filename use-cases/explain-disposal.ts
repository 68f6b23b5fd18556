import {
  type DisposalRow,
  readDisposalRows,
  readSliceRows,
  type SliceRow,
} from "#adapters/postgres/derived-reads.ts";
import type { Trx } from "#adapters/postgres/pool.ts";
import { invariant } from "#domain/invariant.ts";
import type { AccountDisposal } from "#domain/ledger/ledger.ts";
import { ok, refuse, type Result } from "#domain/result.ts";
import {
  explainLedger,
  type ExplainedLedger,
  type ExplanationRead,
  type ExplanationRefusal,
  readForExplanation,
} from "./explain-ledger.ts";
import { disposalRowOf } from "./stored-figures.ts";

/** A disposal as it is stored, and the ledger that makes it. */
export interface DisposalRead {
  readonly row: DisposalRow;
  readonly slices: readonly SliceRow[];
  readonly ledger: ExplanationRead;
}

export interface ExplainedDisposal extends ExplainedLedger {
  readonly disposal: AccountDisposal;
}

/** Reads a disposal, named by its closing transaction, with all that it follows from. The SQL transaction should be one of repeatable reads. */
export async function readDisposalToExplain(
  trx: Trx,
  key: { userId: string; portfolioId: string; disposalId: string },
): Promise<Result<DisposalRead, ExplanationRefusal>> {
  const { portfolioId, disposalId: transactionId } = key;
  const [row] = await readDisposalRows(trx, { portfolioId, transactionId, limit: 1 });
  if (row === undefined) return refuse("disposal-not-found");
  const ledger = await readForExplanation(trx, { ...key, symbol: row.symbol });
  if (ledger === undefined) return refuse("under-old-rules");
  return ok({
    row,
    slices: await readSliceRows(trx, { portfolioId, transactionIds: [transactionId] }),
    ledger,
  });
}

/** Returns the disposal in the replayed ledger. Errors: figures that are not the stored ones are a bug. */
export function explainStoredDisposal({ row, slices, ledger }: DisposalRead): ExplainedDisposal {
  const explained = explainLedger(ledger);
  const { account, instrument } = explained.place;
  const disposal = explained.result.disposals.find(
    (each) => each.id === row.transaction_id && each.account === account && each.instrument === instrument,
  );
  invariant(disposal !== undefined, `the replay knows no disposal ${row.transaction_id}`);
  const isForeign = row.base_proceeds !== null;
  const { slices: found, ...figures } = disposalRowOf(disposal, {
    disposedSequence: row.disposed_sequence,
    isForeign,
  });
  const differing = COMPARED.filter((name) => figures[name] !== row[name]);
  const isSame =
    found.length === slices.length &&
    found.every((slice, index) => COMPARED_IN_SLICES.every((name) => slice[name] === slices[index]?.[name]));
  invariant(
    differing.length === 0 && isSame,
    `disposal ${row.transaction_id} is stored otherwise than it is replayed: ${differing.join(", ") || "slices"}`,
  );
  return { ...explained, disposal };
}

const COMPARED = [
  "side",
  "quantity",
  "unit",
  "proceeds",
  "cost_basis",
  "base_proceeds",
  "base_cost_basis",
] as const;
const COMPARED_IN_SLICES = ["lot_id", "quantity", "proceeds", "cost_basis", "base_cost_basis"] as const;
