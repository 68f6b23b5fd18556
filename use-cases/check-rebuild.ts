/*
 * Checking: are the stored figures those of one replay of the whole ledger from nothing?
 *
 * Derived state is a function of the ledger and the portfolio's rules; matching computes it batch by batch, stores
 * differences, continues from what it stored. Here each portfolio is replayed from its first transaction, and every row
 * that results is compared, as text, with the row that is stored, and the other way round. A portfolio that is behind
 * is compared at the sequence it has come to. Each is read at one moment, so the product may be at work meanwhile.
 *
 * The ledger itself is checked on the way: sequences without a gap, versions that count up, places that are kept.
 */
import type { LedgerVersion } from "#adapters/postgres/matching-reads.ts";
import type { MatchedKey } from "#adapters/postgres/matching-writes.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import {
  atOneMoment,
  DERIVED_TABLES,
  listAllPortfolioIds,
  readCheckedPortfolio,
  readDerivedRows,
  readWholeLedger,
  type CheckedPortfolio,
  type DerivedRow,
  type DerivedTable,
} from "#adapters/postgres/rebuild-reads.ts";
import { matchKey } from "./match-key.ts";

/** Something that is not as it should be. `row` names it; what is missing on one side is undefined there. */
export interface RebuildDifference {
  readonly portfolioId: string;
  readonly table: DerivedTable | "transaction";
  readonly row: string;
  readonly stored: string | undefined;
  readonly rebuilt: string | undefined;
}

export interface RebuildReport {
  readonly portfolios: number;
  /** Portfolios with transactions, or a change of rules, that are not matched yet. */
  readonly behind: number;
  readonly versions: number;
  /** Rows that were compared. */
  readonly rows: Readonly<Record<DerivedTable, number>>;
  readonly differences: readonly RebuildDifference[];
}

/**
 * Compares what is stored for the portfolios, or for all of them, with a replay of their ledgers.
 * Shape: `differences` is empty when all is well. For the worker's role, which sees everybody's rows.
 */
export async function checkRebuild(db: Db, portfolioIds?: readonly string[]): Promise<RebuildReport> {
  const rows: Record<DerivedTable, number> = {
    position: 0,
    tax_lot: 0,
    disposal: 0,
    disposal_slice: 0,
    rejection: 0,
  };
  const differences: RebuildDifference[] = [];
  const ids = portfolioIds ?? (await listAllPortfolioIds(db));
  let behind = 0;
  let versions = 0;
  for (const portfolioId of ids) {
    const { portfolio, ledger, stored } = await readEverything(db, portfolioId);
    versions += ledger.length;
    differences.push(...ledgerDifferences(portfolio, ledger));
    const isUnderOldRules = portfolio.rules_version !== portfolio.applied_rules_version;
    if (isUnderOldRules || portfolio.applied_sequence < portfolio.head_sequence) behind += 1;
    // By which rules its figures came about is not known any more; the matchers are about to replace them.
    if (isUnderOldRules) continue;
    const rebuilt = rebuildRows(portfolio, ledger);
    for (const table of TABLES) {
      rows[table] += rebuilt[table].length;
      differences.push(...rowDifferences({ portfolioId, table }, stored[table], rebuilt[table]));
    }
  }
  return { portfolios: ids.length, behind, versions, rows, differences };
}

const TABLES = Object.keys(DERIVED_TABLES) as DerivedTable[];

type DerivedRows = Readonly<Record<DerivedTable, readonly DerivedRow[]>>;

function readEverything(db: Db, portfolioId: string) {
  return atOneMoment(db, async (trx) => ({
    portfolio: await readCheckedPortfolio(trx, portfolioId),
    ledger: await readWholeLedger(trx, portfolioId),
    stored: {
      position: await readDerivedRows(trx, "position", portfolioId),
      tax_lot: await readDerivedRows(trx, "tax_lot", portfolioId),
      disposal: await readDerivedRows(trx, "disposal", portfolioId),
      disposal_slice: await readDerivedRows(trx, "disposal_slice", portfolioId),
      rejection: await readDerivedRows(trx, "rejection", portfolioId),
    } satisfies DerivedRows,
  }));
}

function ledgerDifferences(
  portfolio: CheckedPortfolio,
  ledger: readonly LedgerVersion[],
): RebuildDifference[] {
  const differences: RebuildDifference[] = [];
  const report = (row: string, stored: string, rebuilt: string) =>
    differences.push({ portfolioId: portfolio.portfolio_id, table: "transaction", row, stored, rebuilt });
  const last = new Map<string, LedgerVersion>();
  for (const [index, version] of ledger.entries()) {
    const { id, sequence } = version;
    const before = last.get(id);
    last.set(id, version);
    if (sequence !== index + 1) report(`place ${index + 1}`, `sequence ${sequence}`, `sequence ${index + 1}`);
    const number = (before?.version ?? 0) + 1;
    if (version.version !== number) report(id, `version ${version.version}`, `version ${number}`);
    const place = before?.order_sequence ?? sequence;
    if (version.order_sequence !== place) report(id, `place ${version.order_sequence}`, `place ${place}`);
  }
  if (portfolio.head_sequence !== ledger.length) {
    report("head", String(portfolio.head_sequence), String(ledger.length));
  }
  if (portfolio.applied_sequence > portfolio.head_sequence) {
    report("applied", String(portfolio.applied_sequence), `at most ${portfolio.head_sequence}`);
  }
  return differences;
}

/** What the tables would hold if nothing but the ledger, up to the applied sequence, had ever existed. */
function rebuildRows(portfolio: CheckedPortfolio, ledger: readonly LedgerVersion[]): DerivedRows {
  const current = new Map<string, LedgerVersion>();
  for (const version of ledger) {
    if (version.sequence > portfolio.applied_sequence) break;
    // The story of an instrument ends, for a transaction that moved away, with its withdrawal there.
    current.set(`${version.instrument_id}/${version.id}`, version);
  }
  const standing = [...current.values()].filter((version) => !version.withdrawn);
  const byInstrument = Map.groupBy(standing, (version) => version.instrument_id);
  const keys = [...byInstrument].map(([instrumentId, versions]) =>
    matchKey({ kind: "rebuild", portfolio, instrumentId, versions: versions.toSorted(ledgerOrder) }),
  );
  return {
    position: keys.flatMap(positionRows),
    tax_lot: keys.flatMap(lotRows),
    disposal: keys.flatMap(disposalRows),
    disposal_slice: keys.flatMap(sliceRows),
    rejection: keys.flatMap(rejectionRows),
  };
}

function ledgerOrder(a: LedgerVersion, b: LedgerVersion): number {
  return Date.parse(a.traded_at) - Date.parse(b.traded_at) || a.order_sequence - b.order_sequence;
}

function positionRows({ instrumentId, position }: MatchedKey): DerivedRow[] {
  if (position === undefined) return [];
  return [
    {
      instrument_id: instrumentId,
      currency: position.currency,
      quantity: position.quantity,
      cost_basis: position.costBasis,
      realized_gain: position.realizedGain,
      fees: position.fees,
      last_traded_at: position.lastTradedAt,
      last_order_sequence: position.lastOrderSequence,
    },
  ];
}

function lotRows({ instrumentId, openedLots }: MatchedKey): DerivedRow[] {
  return openedLots.map((lot) => ({
    id: lot.opening.id,
    instrument_id: instrumentId,
    side: lot.side,
    opened_at: lot.opening.traded_at,
    opened_sequence: lot.opening.order_sequence,
    opened_date: lot.opening.trade_date,
    original_quantity: lot.originalQuantity,
    original_cost: lot.originalCost,
    remaining_quantity: lot.remainingQuantity,
  }));
}

function disposalRows({ instrumentId, disposals }: MatchedKey): DerivedRow[] {
  return disposals.map((disposal) => ({
    transaction_id: disposal.closing.id,
    instrument_id: instrumentId,
    side: disposal.side,
    disposed_at: disposal.closing.traded_at,
    disposed_sequence: disposal.closing.order_sequence,
    disposed_date: disposal.closing.trade_date,
    quantity: disposal.quantity,
    proceeds: disposal.proceeds,
    cost_basis: disposal.costBasis,
    realized_gain: disposal.realizedGain,
  }));
}

function sliceRows({ disposals }: MatchedKey): DerivedRow[] {
  return disposals.flatMap((disposal) =>
    disposal.slices.map((slice, index) => ({
      transaction_id: disposal.closing.id,
      slice_number: index + 1,
      lot_id: slice.lotId,
      quantity: slice.quantity,
      proceeds: slice.proceeds,
      cost_basis: slice.costBasis,
      realized_gain: slice.realizedGain,
    })),
  );
}

function rejectionRows({ instrumentId, rejections }: MatchedKey): DerivedRow[] {
  return rejections.map(({ transactionId, reason }) => ({
    transaction_id: transactionId,
    instrument_id: instrumentId,
    reason,
  }));
}

function rowDifferences(
  place: { readonly portfolioId: string; readonly table: DerivedTable },
  storedRows: readonly DerivedRow[],
  rebuiltRows: readonly DerivedRow[],
): RebuildDifference[] {
  const { key, content } = DERIVED_TABLES[place.table];
  const textsOf = (rows: readonly DerivedRow[]) =>
    new Map(
      rows.map((row) => [
        key.map((name) => row[name]).join("/"),
        JSON.stringify(content.map((name) => row[name])),
      ]),
    );
  const stored = textsOf(storedRows);
  const rebuilt = textsOf(rebuiltRows);
  return [...new Set([...stored.keys(), ...rebuilt.keys()])]
    .filter((row) => stored.get(row) !== rebuilt.get(row))
    .map((row) => ({ ...place, row, stored: stored.get(row), rebuilt: rebuilt.get(row) }));
}
