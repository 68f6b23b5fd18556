/*
 * What customers were promised against what the ledger holds: everything acknowledged is there, at the place and with
 * the content that was acknowledged; nothing is there that was not; places have no gaps and follow the order of answers.
 */
import { sql } from "kysely";
import type { Db } from "#adapters/postgres/pool.ts";
import { CONTENT_COLUMNS, type TransactionContent } from "#adapters/postgres/transaction-content.ts";
import { canonicalTransaction, type CanonicalTransaction } from "#use-cases/canonical-transaction.ts";
import type { Acknowledged, History } from "../clients/history.ts";

/** What is wrong, in words. All lists are empty when nothing is. */
export interface BrokenPromises {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly gaps: readonly string[];
  /** Answers that came later and name an earlier place. */
  readonly disordered: readonly string[];
}

interface LedgerRow extends TransactionContent {
  readonly portfolio_id: string;
  readonly sequence: number;
  readonly id: string;
  readonly version: number;
  readonly withdrawn: boolean;
  readonly symbol: string | null;
  readonly to_symbol: string | null;
}

/**
 * Compares the ledger with all answers. What is in `unsettled` portfolios and was not acknowledged may be there or not.
 * For the owner, who sees all rows.
 */
export async function checkPromises(
  owner: Db,
  { acknowledged, unsettled }: Pick<History, "acknowledged" | "unsettled">,
): Promise<BrokenPromises> {
  const { rows } = await sql<LedgerRow>`
    select t.*, i.symbol, j.symbol as to_symbol
    from transaction t
    left join instrument i on i.id = t.instrument_id
    left join instrument j on j.id = t.to_instrument_id
    order by t.portfolio_id, t.sequence`.execute(owner);
  const { rows: gaps } = await sql<{ portfolio_id: string }>`
    select h.portfolio_id from ledger_head h left join transaction t on t.portfolio_id = h.portfolio_id
    group by h.portfolio_id, h.head_sequence
    having count(t.sequence) <> h.head_sequence or coalesce(max(t.sequence), 0) <> h.head_sequence`.execute(
    owner,
  );
  const versions = Map.groupBy(rows, (row) => row.id);
  return {
    lost: findLost(acknowledged, versions),
    doubled: findDoubled(
      acknowledged,
      new Map([...versions].filter(([, [row]]) => !unsettled.has(row!.portfolio_id))),
    ),
    gaps: gaps.map((row) => row.portfolio_id),
    disordered: findDisordered(acknowledged),
  };
}

function findLost(
  acknowledged: readonly Acknowledged[],
  versions: ReadonlyMap<string, readonly LedgerRow[]>,
): string[] {
  return acknowledged.flatMap((promised) => {
    const row = versions.get(promised.id)?.find(({ version }) => version === promised.version);
    const difference = row === undefined ? "is not there" : differenceOf(promised, row);
    return difference === undefined ? [] : [`${promised.id} version ${promised.version} ${difference}`];
  });
}

function differenceOf(promised: Acknowledged, row: LedgerRow): string | undefined {
  if (row.portfolio_id !== promised.portfolioId) return `is in portfolio ${row.portfolio_id}`;
  if (promised.content === undefined) return row.withdrawn ? undefined : "is not withdrawn";
  if (row.withdrawn) return "is withdrawn";
  if (row.sequence !== promised.sequence) return `is at ${row.sequence}, promised at ${promised.sequence}`;
  const sent = canonicalTransaction(promised.content);
  for (const column of ["symbol", "to_symbol", ...CONTENT_COLUMNS] as const) {
    if (!isKept(column, sent, row)) {
      return `has ${column} ${JSON.stringify(row[column])}, sent was ${JSON.stringify(sent[column])}`;
    }
  }
  return undefined;
}

/** Notes carry the customer's mark. A currency that was not given, and the day of an instant that stayed, are ours. */
function isKept(column: keyof CanonicalTransaction, sent: CanonicalTransaction, row: LedgerRow): boolean {
  if (column === "notes" || (column === "currency" && sent.currency === null)) return true;
  return JSON.stringify(row[column]) === JSON.stringify(sent[column]);
}

/** Whatever is in the ledger was acknowledged: each id once, each version of it by an edit or a withdrawal. */
function findDoubled(
  acknowledged: readonly Acknowledged[],
  versions: ReadonlyMap<string, readonly LedgerRow[]>,
): string[] {
  const newest = new Map<string, number>();
  for (const { id, version } of acknowledged) newest.set(id, Math.max(newest.get(id) ?? 0, version));
  return [...versions].flatMap(([id, rows]) => {
    const known = newest.get(id);
    if (known === undefined) return [`${id} is in the ledger, and nobody was told`];
    return rows.length === known
      ? []
      : [`${id} has ${rows.length} versions, and its owner knows of ${known}`];
  });
}

/** Whoever asks after somebody else has been answered is given a later place. */
function findDisordered(acknowledged: readonly Acknowledged[]): string[] {
  const portfolios = Map.groupBy(acknowledged, ({ portfolioId }) => portfolioId);
  return [...portfolios.values()].flatMap((answers) => {
    const placed = answers.filter(({ sequence }) => sequence > 0);
    const byAnswer = placed.toSorted((a, b) => a.answeredAt - b.answeredAt);
    let answered = 0;
    let highest = 0;
    return placed
      .toSorted((a, b) => a.askedAt - b.askedAt)
      .flatMap((asked) => {
        for (
          ;
          byAnswer[answered] !== undefined && byAnswer[answered]!.answeredAt < asked.askedAt;
          answered += 1
        ) {
          highest = Math.max(highest, byAnswer[answered]!.sequence);
        }
        if (asked.sequence > highest) return [];
        return [`${asked.id} is at ${asked.sequence}, asked for after ${highest} was answered`];
      });
  });
}
