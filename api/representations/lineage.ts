import type {
  LineageLot,
  LineageSlice,
  LineageTransaction,
  LineageVersion,
} from "#adapters/postgres/lineage-reads.ts";
import type { ProgressRow } from "#adapters/postgres/portfolios.ts";
import { LINEAGE_SLICES_MAX, type LineageStage, type LineageStep } from "#contracts/lineage.ts";
import { statusOfReason, type OutcomeReason } from "#contracts/transactions.ts";
import { quantity } from "#domain/amounts.ts";
import { toMoneyText, toQuantity } from "./amounts.ts";
import { toVersion } from "./transaction.ts";

/** What was read of the transactions of a page, by their ids; progress by portfolio. */
export interface LineageFindings {
  readonly versions: ReadonlyMap<string, readonly LineageVersion[]>;
  readonly rejections: ReadonlyMap<string, OutcomeReason>;
  readonly lots: ReadonlyMap<string, LineageLot>;
  readonly closedBy: ReadonlyMap<string, readonly LineageSlice[]>;
  readonly closed: ReadonlyMap<string, readonly LineageSlice[]>;
  readonly progress: ReadonlyMap<string, ProgressRow>;
}

export function toLineageStep({ id, portfolio_id }: LineageTransaction, found: LineageFindings): LineageStep {
  const versions = found.versions.get(id)!;
  const newest = versions.at(-1)!;
  const progress = found.progress.get(portfolio_id)!;
  const stage = stageOf(newest, progress);
  const closedBy = found.closedBy.get(id) ?? [];
  const closed = found.closed.get(id) ?? [];
  const lot = found.lots.get(id);
  return {
    transactionId: id,
    portfolioId: portfolio_id,
    type: newest.type,
    stage,
    ...outcomeOf({ newest, stage, progress, rejection: found.rejections.get(id) }),
    versions: versions.map(toVersion),
    opened: lot === undefined ? null : toOpened(lot),
    closedBy: closedBy.slice(0, LINEAGE_SLICES_MAX).map((row) => ({
      transactionId: row.transaction_id,
      disposedAt: row.disposed_at,
      ...toSlice(row),
    })),
    closed: closed.slice(0, LINEAGE_SLICES_MAX).map((row) => ({ lotId: row.lot_id, ...toSlice(row) })),
    moreSlices: closedBy.length > LINEAGE_SLICES_MAX || closed.length > LINEAGE_SLICES_MAX,
  };
}

function stageOf(newest: LineageVersion, progress: ProgressRow): LineageStage {
  if (newest.sequence <= progress.applied) return "matched";
  if (progress.parked_at === null) return "waiting";
  return isBlamed(newest, progress) ? "paused" : "waiting-behind";
}

function isBlamed({ id, portfolio_id }: LineageVersion, progress: ProgressRow): boolean {
  return id === progress.parked_transaction_id && portfolio_id === progress.parked_portfolio_id;
}

function outcomeOf(about: {
  readonly newest: LineageVersion;
  readonly stage: LineageStage;
  readonly progress: ProgressRow;
  readonly rejection: OutcomeReason | undefined;
}): Pick<LineageStep, "status" | "reason"> {
  const { newest, stage, progress, rejection } = about;
  if (stage === "paused") return { status: "pending", reason: progress.parked_reason! };
  if (stage !== "matched") return { status: "pending" };
  if (newest.withdrawn) return { status: "deleted" };
  return rejection === undefined
    ? { status: "matched" }
    : { status: statusOfReason(rejection), reason: rejection };
}

function toOpened(lot: LineageLot): NonNullable<LineageStep["opened"]> {
  const unit = BigInt(lot.unit);
  return {
    lotId: lot.id,
    side: lot.side,
    openedAt: lot.opened_at,
    originalQuantity: toQuantity(quantity(lot.original_quantity), unit),
    remainingQuantity: toQuantity(quantity(lot.remaining_quantity), unit),
    originalCost: toMoneyText(lot.original_cost),
  };
}

function toSlice(row: LineageSlice) {
  return {
    quantity: toQuantity(quantity(row.quantity), BigInt(row.unit)),
    proceeds: toMoneyText(row.proceeds),
    costBasis: toMoneyText(row.cost_basis),
    realizedGain: toMoneyText(row.realized_gain),
  };
}
