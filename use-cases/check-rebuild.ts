/*
 * Checking: are the stored figures those of one replay of the whole ledger from nothing?
 *
 * Derived state is a function of the ledger and the portfolio's rules; matching computes it batch by batch, stores
 * differences, continues from what it stored. Here each portfolio is replayed from its first transaction, with all that
 * transfers tie to it, and every row that results is compared, as text, with the row that is stored, and the other way
 * round. A portfolio that is behind is compared at the sequence it has come to. Each is read at one moment, so the
 * product may be at work meanwhile.
 *
 * The ledger itself is checked on the way: sequences without a gap, versions that count up, places that are kept.
 */
import { createHash, type Hash } from "node:crypto";
import {
  DERIVED_TABLES,
  type DerivedRow,
  type DerivedTable,
  type DerivedTableName,
} from "#adapters/postgres/derived-tables.ts";
import { NO_INSTRUMENT, type LockedPortfolio } from "#adapters/postgres/matching-reads.ts";
import type { MatchedKey } from "#adapters/postgres/matched-key.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import {
  atOneMoment,
  eachPortfolioId,
  readDerivedRows,
  readLedgerPlaces,
  type LedgerPlaceRow,
} from "#adapters/postgres/rebuild-reads.ts";
import { matchWork } from "./match-work.ts";
import { gatherReplay } from "./gather-replay.ts";

/** Something that is not as it should be. `row` names it; what is missing on one side is undefined there. */
export interface RebuildDifference {
  readonly portfolioId: string;
  readonly table: DerivedTableName | "transaction";
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
  readonly rows: Readonly<Record<DerivedTableName, number>>;
  /** Shape: the first thousand of `differenceCount`. */
  readonly differences: readonly RebuildDifference[];
  readonly differenceCount: number;
  /** SHA-256 in hex of all figures that were compared, as they are stored: the same figures, the same hash. */
  readonly hash: string;
}

const DIFFERENCES_KEPT_MAX = 1_000;

/**
 * Compares what is stored for the portfolios, or for all of them, with a replay of their ledgers, one portfolio after the
 * other: what it holds in memory is one portfolio, and what it tells of differences is bounded.
 * Shape: `differences` is empty when all is well. For the worker's role, which sees everybody's rows.
 */
export async function checkRebuild(db: Db, portfolioIds?: readonly string[]): Promise<RebuildReport> {
  const rows = { position: 0, tax_lot: 0, disposal: 0, disposal_slice: 0, cash_flow: 0, rejection: 0 };
  const hash = createHash("sha256");
  const differences: RebuildDifference[] = [];
  const counts = { portfolios: 0, behind: 0, versions: 0, differenceCount: 0 };
  const report = (difference: RebuildDifference) => {
    counts.differenceCount += 1;
    if (differences.length < DIFFERENCES_KEPT_MAX) differences.push(difference);
  };
  for await (const portfolioId of portfolioIds ?? eachPortfolioId(db)) {
    const checked = await checkPortfolio(db, portfolioId, { rows, hash, report });
    counts.portfolios += 1;
    counts.versions += checked.versions;
    if (checked.isBehind) counts.behind += 1;
  }
  return { ...counts, rows, differences, hash: hash.digest("hex") };
}

/** Where the results of checking go. */
interface Tally {
  readonly rows: Record<DerivedTableName, number>;
  readonly hash: Hash;
  readonly report: (difference: RebuildDifference) => void;
}

function checkPortfolio(
  db: Db,
  portfolioId: string,
  { rows, hash, report }: Tally,
): Promise<{ versions: number; isBehind: boolean }> {
  return atOneMoment(db, async (trx) => {
    const { portfolios, work } = await gatherReplay(trx, portfolioId);
    const portfolio = portfolios.get(portfolioId);
    if (portfolio === undefined) {
      report({ portfolioId, table: "transaction", row: "progress", stored: undefined, rebuilt: "a row" });
      return { versions: 0, isBehind: false };
    }
    const ledger = await readLedgerPlaces(trx, portfolioId);
    for (const difference of ledgerDifferences(portfolio, ledger)) report(difference);
    // Also of those that are tied to it, whose rules decided what came over from them.
    const isUnderOldRules = [...portfolios.values()].some(
      (one) => one.rules_version !== one.applied_rules_version,
    );
    const isBehind = isUnderOldRules || portfolio.applied_sequence < portfolio.head_sequence;
    // By which rules its figures came about is not known any more; the matchers are about to replace them. Those of a
    // deleted portfolio follow nothing that happens elsewhere.
    if (isUnderOldRules || portfolio.deleted) return { versions: ledger.length, isBehind };
    const rebuilt = work.flatMap(matchWork).filter((key) => key.portfolioId === portfolioId);
    for (const table of DERIVED_TABLES) {
      const rebuiltRows = rowsOf(rebuilt, table);
      const stored = textsOf(table, await readDerivedRows(trx, table, portfolioId));
      for (const name of [...stored.keys()].toSorted()) {
        hash.update(`${portfolioId} ${table.name} ${name} ${stored.get(name)}\n`);
      }
      rows[table.name] += rebuiltRows.length;
      const place = { portfolioId, table: table.name };
      for (const difference of rowDifferences(place, stored, textsOf(table, rebuiltRows))) report(difference);
    }
    return { versions: ledger.length, isBehind };
  });
}

function ledgerDifferences(
  portfolio: LockedPortfolio,
  ledger: readonly LedgerPlaceRow[],
): RebuildDifference[] {
  const differences: RebuildDifference[] = [];
  const report = (row: string, stored: string, rebuilt: string) =>
    differences.push({ portfolioId: portfolio.portfolio_id, table: "transaction", row, stored, rebuilt });
  const last = new Map<string, LedgerPlaceRow>();
  let newest = 0;
  for (const [index, version] of ledger.entries()) {
    const { id, sequence, order_sequence: place } = version;
    const before = last.get(id);
    last.set(id, version);
    if (sequence !== index + 1) report(`place ${index + 1}`, `sequence ${sequence}`, `sequence ${index + 1}`);
    const number = (before?.version ?? 0) + 1;
    if (version.version !== number) report(id, `version ${version.version}`, `version ${number}`);
    if (before !== undefined && place !== before.order_sequence) {
      report(id, `place ${place}`, `place ${before.order_sequence}`);
    }
    if (before === undefined && place <= newest) report(id, `place ${place}`, `after ${newest}`);
    newest = Math.max(newest, place);
  }
  if (portfolio.head_sequence !== ledger.length) {
    report("head", String(portfolio.head_sequence), String(ledger.length));
  }
  if (portfolio.applied_sequence > portfolio.head_sequence) {
    report("applied", String(portfolio.applied_sequence), `at most ${portfolio.head_sequence}`);
  }
  return differences;
}

/** What the table would hold if nothing but the ledger, up to the applied sequence, had ever existed. */
function rowsOf(rebuilt: readonly MatchedKey[], table: DerivedTable): DerivedRow[] {
  return rebuilt.flatMap((key) => {
    const instrument_id = key.instrumentId === NO_INSTRUMENT ? null : key.instrumentId;
    return rowsOfKey(key, table.name).map((row) => ({ instrument_id, ...row }));
  });
}

function rowsOfKey(key: MatchedKey, table: DerivedTableName): object[] {
  switch (table) {
    case "position":
      return key.position === undefined ? [] : [key.position];
    case "tax_lot":
      return [...key.lots];
    case "disposal":
      return [...key.disposals];
    case "disposal_slice":
      return key.disposals.flatMap(({ transaction_id, slices }) =>
        slices.map((slice) => ({ transaction_id, ...slice })),
      );
    case "cash_flow":
      return [...key.cashFlows];
    case "rejection":
      return key.rejections.map(({ transactionId, reason }) => ({ transaction_id: transactionId, reason }));
  }
}

/** The content of rows as text, by their keys. */
function textsOf(table: DerivedTable, rows: readonly DerivedRow[]): ReadonlyMap<string, string> {
  const content = Object.keys(table.columns);
  return new Map(
    rows.map((row) => [
      table.key.map((name) => row[name]).join("/"),
      JSON.stringify(content.map((name) => row[name])),
    ]),
  );
}

function rowDifferences(
  place: { readonly portfolioId: string; readonly table: DerivedTableName },
  stored: ReadonlyMap<string, string>,
  rebuilt: ReadonlyMap<string, string>,
): RebuildDifference[] {
  return [...new Set([...stored.keys(), ...rebuilt.keys()])]
    .filter((row) => stored.get(row) !== rebuilt.get(row))
    .map((row) => ({ ...place, row, stored: stored.get(row), rebuilt: rebuilt.get(row) }));
}
