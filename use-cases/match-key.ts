import type {
  LedgerVersion,
  LockedPortfolio,
  StoredLot,
  StoredPosition,
} from "#adapters/postgres/matching-reads.ts";
import type { DisposalRow, MatchedKey } from "#adapters/postgres/matching-writes.ts";
import { formatMoney, formatQuantity, money, price, quantity } from "#domain/amounts.ts";
import type { Disposal } from "#domain/disposal.ts";
import { invariant } from "#domain/invariant.ts";
import { EMPTY_HOLDING, matchTransactions, type Holding } from "#domain/match-lots.ts";
import type { LedgerTransaction } from "#domain/transaction.ts";
import { taxLotOf } from "./tax-lot-of.ts";

/** A portfolio and the rules by which its trades are matched. */
type RuledPortfolio = Pick<LockedPortfolio, "portfolio_id" | "lot_method" | "allow_short">;

/** What there is to do for one instrument of one portfolio. Shape: `versions` in ledger order. */
export type KeyWork =
  | {
      readonly kind: "append";
      readonly portfolio: RuledPortfolio;
      readonly instrumentId: number;
      readonly versions: readonly LedgerVersion[];
      readonly position: StoredPosition | undefined;
      readonly lots: readonly StoredLot[];
    }
  | {
      readonly kind: "rebuild";
      readonly portfolio: RuledPortfolio;
      readonly instrumentId: number;
      readonly versions: readonly LedgerVersion[];
    };

/** Matches one key: rows in, rows out, nothing else. */
export function matchKey(work: KeyWork): MatchedKey {
  const before = work.kind === "append" ? holdingOf(work.position, work.lots) : EMPTY_HOLDING;
  const result = matchTransactions(before, work.versions.map(ledgerTransactionOf), {
    method: work.portfolio.lot_method,
    allowShort: work.portfolio.allow_short,
  });
  const versions = new Map(work.versions.map((version) => [version.id, version]));
  const versionOf = (id: string): LedgerVersion => {
    const version = versions.get(id);
    invariant(version !== undefined, `no version of transaction ${id} in this batch`);
    return version;
  };
  return {
    portfolioId: work.portfolio.portfolio_id,
    instrumentId: work.instrumentId,
    rebuilt: work.kind === "rebuild",
    position: positionOf(result.holding, work.versions),
    openedLots: result.openedLots.map((lot) => ({
      opening: versionOf(lot.id),
      side: lot.side,
      originalQuantity: formatQuantity(lot.originalQuantity),
      originalCost: formatMoney(lot.originalCost),
      remainingQuantity: formatQuantity(lot.remainingQuantity),
    })),
    touchedLots: result.touchedLots.map((lot) => ({
      id: lot.id,
      remainingQuantity: formatQuantity(lot.remainingQuantity),
    })),
    disposals: result.disposals.map((disposal) => disposalRowOf(disposal, versionOf(disposal.id))),
    rejections: result.outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [{ transactionId: outcome.transactionId, reason: outcome.reason }] : [],
    ),
  };
}

function holdingOf(position: StoredPosition | undefined, lots: readonly StoredLot[]): Holding {
  if (position === undefined) return EMPTY_HOLDING;
  return {
    currency: position.currency ?? undefined,
    quantity: quantity(position.quantity),
    costBasis: money(position.cost_basis),
    realizedGain: money(position.realized_gain),
    fees: money(position.fees),
    lots: lots.map(taxLotOf),
  };
}

function ledgerTransactionOf(version: LedgerVersion): LedgerTransaction {
  return {
    id: version.id,
    type: version.type,
    orderSequence: version.order_sequence,
    tradedAt: Date.parse(version.traded_at),
    quantity: quantity(version.quantity),
    price: price(version.price),
    fees: money(version.fees),
    currency: version.currency,
  };
}

function positionOf(holding: Holding, versions: readonly LedgerVersion[]): MatchedKey["position"] {
  const last = versions.at(-1);
  if (last === undefined) return undefined;
  return {
    currency: holding.currency ?? null,
    quantity: formatQuantity(holding.quantity),
    costBasis: formatMoney(holding.costBasis),
    realizedGain: formatMoney(holding.realizedGain),
    fees: formatMoney(holding.fees),
    lastTradedAt: last.traded_at,
    lastOrderSequence: last.order_sequence,
  };
}

function disposalRowOf(disposal: Disposal, closing: LedgerVersion): DisposalRow {
  return {
    closing,
    side: disposal.side,
    quantity: formatQuantity(disposal.quantity),
    proceeds: formatMoney(disposal.proceeds),
    costBasis: formatMoney(disposal.costBasis),
    realizedGain: formatMoney(disposal.realizedGain),
    slices: disposal.slices.map((slice) => ({
      lotId: slice.lotId,
      quantity: formatQuantity(slice.quantity),
      proceeds: formatMoney(slice.proceeds),
      costBasis: formatMoney(slice.costBasis),
      realizedGain: formatMoney(slice.realizedGain),
    })),
  };
}
