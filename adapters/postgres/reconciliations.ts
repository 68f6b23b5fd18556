import { sql } from "kysely";
import type { Breach } from "./laws.ts";
import type { Db, Trx } from "./pool.ts";

/* Rounds of checking all portfolios, and what they found (migrations/0010). */

/** How far a round has come. Shape: `finished_at` null while portfolios are left. */
export interface ReconciliationRow {
  readonly id: string;
  readonly requested_by: string | null;
  readonly is_full: boolean;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly last_portfolio_id: string | null;
  readonly portfolios: number;
  readonly replayed: number;
  readonly versions: number;
  readonly findings: number;
}

/** Begins a round. False when one is under way. */
export async function insertReconciliation(
  db: Db | Trx,
  run: { readonly id: string; readonly requestedBy: string | null; readonly isFull: boolean },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into reconciliation_run (id, requested_by, is_full) values (${run.id}, ${run.requestedBy}, ${run.isFull})
    on conflict do nothing`.execute(db);
  return numAffectedRows === 1n;
}

/** Begins the round of the schedule, unless the last one is younger or not finished. */
export async function insertDueReconciliation(db: Db, id: string, everySeconds: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into reconciliation_run (id)
    select ${id}::uuid
    where not exists (
      select from reconciliation_run
      where finished_at is null or started_at > clock_timestamp() - make_interval(secs => ${everySeconds}))
    on conflict do nothing`.execute(db);
  return numAffectedRows === 1n;
}

/** The round that is under way, locked; undefined when there is none or another process is at it. */
export async function lockReconciliation(trx: Trx): Promise<ReconciliationRow | undefined> {
  const { rows } = await sql<ReconciliationRow>`
    select * from reconciliation_run where finished_at is null for update skip locked`.execute(trx);
  return rows[0];
}

/** A portfolio to be checked. `versions`: how much is recorded in it. `isDue`: it is among this round's sample. */
export interface CheckedPortfolio {
  readonly id: string;
  readonly versions: number;
  readonly isDeleted: boolean;
  readonly isDue: boolean;
}

/** The next portfolios of a round. The sample is another one for each of `samples` rounds, which together have them all. */
export async function listNextPortfolios(
  trx: Trx,
  run: Pick<ReconciliationRow, "last_portfolio_id" | "started_at">,
  page: { readonly limit: number; readonly samples: number },
): Promise<CheckedPortfolio[]> {
  const { rows } = await sql<{ id: string; versions: number; deleted: boolean; due: boolean }>`
    select p.id, coalesce(h.head_sequence, 0) as versions, p.deleted_at is not null as deleted,
      (hashtext(p.id::text) & 1048575) % ${page.samples}
        = (select count(*) from reconciliation_run where started_at < ${run.started_at}) % ${page.samples} as due
    from portfolio p left join ledger_head h on h.portfolio_id = p.id
    where ${run.last_portfolio_id}::uuid is null or p.id > ${run.last_portfolio_id}::uuid
    order by p.id
    limit ${page.limit}`.execute(trx);
  return rows.map(({ deleted: isDeleted, due: isDue, ...row }) => ({ ...row, isDeleted, isDue }));
}

/** Writes down how far a round has come. */
export async function advanceReconciliation(
  trx: Trx,
  id: string,
  step: {
    readonly lastPortfolioId: string | null;
    readonly portfolios: number;
    readonly replayed: number;
    readonly versions: number;
    readonly isFinished: boolean;
  },
  breaches: readonly Breach[],
): Promise<void> {
  await sql`
    update reconciliation_run
    set last_portfolio_id = coalesce(${step.lastPortfolioId}::uuid, last_portfolio_id),
      portfolios = portfolios + ${step.portfolios}, replayed = replayed + ${step.replayed},
      versions = versions + ${step.versions}, findings = findings + ${breaches.length},
      finished_at = ${step.isFinished ? sql`clock_timestamp()` : null}
    where id = ${id}`.execute(trx);
  if (breaches.length === 0) return;
  const column = (value: (breach: Breach) => string | null) => breaches.map(value);
  await sql`
    insert into reconciliation_finding (run_id, portfolio_id, law, subject, expected, found)
    select ${id}::uuid, b.* from unnest(${column((breach) => breach.portfolioId)}::uuid[],
      ${column((breach) => breach.law)}::text[], ${column((breach) => breach.subject)}::text[],
      ${column((breach) => breach.expected)}::text[], ${column((breach) => breach.found)}::text[]) b`.execute(
    trx,
  );
}

/** Rounds, newest first. */
export async function listReconciliations(db: Db, limit: number): Promise<ReconciliationRow[]> {
  const { rows } = await sql<ReconciliationRow>`
    select * from reconciliation_run order by started_at desc, id desc limit ${limit}`.execute(db);
  return rows;
}

export async function findReconciliation(db: Db, id: string): Promise<ReconciliationRow | undefined> {
  const { rows } = await sql<ReconciliationRow>`
    select * from reconciliation_run where id = ${id}`.execute(db);
  return rows[0];
}

export interface FindingRow {
  readonly portfolio_id: string | null;
  readonly law: string;
  readonly subject: string;
  readonly expected: string | null;
  readonly found: string | null;
  readonly found_at: string;
}

/** What a round found, in the order in which it did. */
export async function listFindings(db: Db, runId: string, limit: number): Promise<FindingRow[]> {
  const { rows } = await sql<FindingRow>`
    select portfolio_id, law, subject, expected, found, found_at from reconciliation_finding
    where run_id = ${runId} order by id limit ${limit}`.execute(db);
  return rows;
}

/** Deletes rounds that began so long ago, with what they found. */
export async function deleteOldReconciliations(db: Db, olderThanDays: number): Promise<void> {
  const old = sql`started_at < clock_timestamp() - make_interval(days => ${olderThanDays}) and finished_at is not null`;
  await sql`
    delete from reconciliation_finding
    where run_id in (select id from reconciliation_run where ${old})`.execute(db);
  await sql`delete from reconciliation_run where ${old}`.execute(db);
}
