-- Rebuilding figures while they are used, checking that they add up, and noticing when the ledger was changed by hand
-- (docs/decisions/0021, 0022).

-- A request to rebuild some portfolios, or all.
create table rebuild (
  id uuid primary key,
  -- The owner who asked; null: an operator.
  user_id uuid references app_user,
  -- Their name, for other operators to read.
  requested_by text not null,
  total integer not null,
  requested_at timestamptz not null default clock_timestamp(),
  -- Set when every portfolio is finished.
  finished_at timestamptz,
  constraint rebuild_requested_by_length check (length(requested_by) between 1 and 200),
  constraint rebuild_total_not_negative check (total >= 0)
);
create index rebuild_user_id_idx on rebuild (user_id);
create index rebuild_requested_at_idx on rebuild (requested_at, id);
create index rebuild_unfinished_idx on rebuild (total, requested_at) where finished_at is null;

create table rebuild_portfolio (
  rebuild_id uuid not null references rebuild,
  portfolio_id uuid not null,
  finished_at timestamptz,
  -- Rows that were not as they should be: 0 unless something is wrong.
  differences integer,
  -- Why it could not be rebuilt.
  failure text,
  primary key (rebuild_id, portfolio_id),
  constraint rebuild_portfolio_finished_with_outcome check (
    (finished_at is null and differences is null and failure is null)
    or (finished_at is not null and num_nulls(differences, failure) = 1)),
  constraint rebuild_portfolio_differences_not_negative check (differences >= 0)
);
create index rebuild_portfolio_portfolio_id_idx on rebuild_portfolio (portfolio_id);
create index rebuild_portfolio_unfinished_idx on rebuild_portfolio (rebuild_id, portfolio_id) where finished_at is null;

-- One round of checking all portfolios, a few at a time, in the order of their ids. Whoever has its row locked goes on
-- from where it stands.
create table reconciliation_run (
  id uuid primary key,
  -- Null: the schedule.
  requested_by text,
  -- Replays every portfolio, not only a sample.
  is_full boolean not null default false,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  -- The last portfolio that was checked.
  last_portfolio_id uuid,
  portfolios integer not null default 0,
  replayed integer not null default 0,
  versions bigint not null default 0,
  findings integer not null default 0,
  constraint reconciliation_run_requested_by_length check (length(requested_by) between 1 and 200)
);
create unique index reconciliation_run_unfinished_key on reconciliation_run ((true)) where finished_at is null;
create index reconciliation_run_started_at_idx on reconciliation_run (started_at, id);

create table reconciliation_finding (
  id bigint generated always as identity primary key,
  run_id uuid not null references reconciliation_run,
  -- Null: of no portfolio.
  portfolio_id uuid,
  -- Which law is broken (use-cases/reconcile.ts).
  law text not null,
  -- What it is broken by: "position AAPL", "transaction 0193… sequence 7".
  subject text not null,
  expected text,
  found text,
  found_at timestamptz not null default clock_timestamp(),
  constraint reconciliation_finding_law_form check (law ~ '^[a-z]+(-[a-z]+)*$')
);
create index reconciliation_finding_run_id_idx on reconciliation_finding (run_id, id);
create index reconciliation_finding_portfolio_id_idx on reconciliation_finding (portfolio_id);

-- What the versions of a portfolio were when they were sealed: a chain of hashes, one link for each round of checking
-- that found something new. Nobody updates or deletes a seal, but its owner.
create table ledger_seal (
  portfolio_id uuid not null,
  -- The last version that is sealed; the first follows the seal before.
  sequence bigint not null,
  -- sha256 of the hash before and the digests of the versions.
  hash bytea not null,
  -- The first eight bytes of each version's digest, to tell which of them was changed.
  marks bytea not null,
  sealed_at timestamptz not null default clock_timestamp(),
  primary key (portfolio_id, sequence),
  constraint ledger_seal_hash_length check (octet_length(hash) = 32),
  constraint ledger_seal_marks_length check (octet_length(marks) between 8 and 8 * sequence and octet_length(marks) % 8 = 0)
);

-- The digest of each version of a portfolio from one sequence to another, both included. It is of the columns that there
-- were when the first seal was made, each as text: a column that comes later needs a function, and seals, of its own.
create function ledger_digests(portfolio uuid, first_sequence bigint, last_sequence bigint)
returns table (sequence bigint, digest bytea)
language sql stable set timezone = 'UTC' set datestyle = 'ISO, YMD' set extra_float_digits = 1
as $$
  select t.sequence, sha256(convert_to(row(t.portfolio_id, t.sequence, t.id, t.version, t.withdrawn, t.order_sequence,
    t.instrument_id, t.type, t.quantity, t.price, t.amount, t.fees, t.tax, t.currency, t.exchange_rate, t.lots, t.ratio_new,
    t.ratio_old, t.to_portfolio_id, t.to_instrument_id, t.cost_basis, t.acquired_at, t.acquired_date, t.cost_share,
    t.cash_per_share, t.traded_at, t.trade_date, t.notes, t.recorded_at)::text, 'UTF8'))
  from transaction t
  where t.portfolio_id = portfolio and t.sequence between first_sequence and last_sequence
  order by t.sequence
$$;

-- total × part / whole, rounded half to even at 36 decimals, as domain/amounts.ts does it; written anew, to check it.
create function share_of(total numeric, part numeric, whole numeric) returns numeric language sql immutable
as $$
  select sign(n.value) * (q.value + case when 2 * r.value > d.value or (2 * r.value = d.value and q.value % 2 = 1) then 1 else 0 end)
    * 0.000000000000000000000000000000000001
  from (select total * 1e36 * part * 1e18 as value) n,
    lateral (select whole * 1e18 as value) d,
    lateral (select div(abs(n.value), d.value) as value) q,
    lateral (select abs(n.value) - q.value * d.value as value) r
$$;

do $$
declare
  new_table text;
begin
  foreach new_table in array array['rebuild', 'rebuild_portfolio', 'reconciliation_run', 'reconciliation_finding',
    'ledger_seal']
  loop
    execute format('alter table %I enable row level security', new_table);
    execute format('alter table %I force row level security', new_table);
    execute format('create policy worker on %I to lotwise_worker using (true) with check (true)', new_table);
    execute format('create policy operator on %I to lotwise_operator using (true) with check (true)', new_table);
  end loop;
end
$$;
create policy owner on rebuild to lotwise_api using (user_id = app_user_id()) with check (user_id = app_user_id());
create policy owner on rebuild_portfolio to lotwise_api
  using (portfolio_id in (select id from portfolio where owner_id = app_user_id() and deleted_at is null))
  with check (portfolio_id in (select id from portfolio where owner_id = app_user_id() and deleted_at is null));

grant select, insert on rebuild, rebuild_portfolio to lotwise_api, lotwise_operator;
grant select, insert on reconciliation_run to lotwise_operator;
grant select on reconciliation_finding, ledger_seal to lotwise_operator;
grant select, update (finished_at) on rebuild to lotwise_worker;
grant select, update (finished_at, differences, failure) on rebuild_portfolio to lotwise_worker;
-- Where the rows that say how far a portfolio is matched are gone, a rebuild makes new ones.
grant insert on ledger_head, portfolio_state to lotwise_worker;
grant select, insert, update (finished_at, last_portfolio_id, portfolios, replayed, versions, findings)
  on reconciliation_run to lotwise_worker;
grant select, insert, delete on reconciliation_finding to lotwise_worker;
grant delete on reconciliation_run to lotwise_worker;
grant select, insert on ledger_seal to lotwise_worker;
revoke execute on function share_of(numeric, numeric, numeric) from public;
grant execute on function share_of(numeric, numeric, numeric) to lotwise_worker;
revoke execute on function ledger_digests(uuid, bigint, bigint) from public;
grant execute on function ledger_digests(uuid, bigint, bigint) to lotwise_worker;
