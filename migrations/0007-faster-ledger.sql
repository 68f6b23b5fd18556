-- Room for thousands of trades a second (docs/decisions/0024).

-- Foreign keys to rows that no role may delete, and whose ids no role may change, guard nothing but the insert, which
-- the functions and the matcher do already; they cost 40 to 60 % of it. What is derived can be rebuilt, and the
-- reconciliation job looks for rows without an owner. What a user names, a destination, is checked as before.
alter table transaction
  drop constraint transaction_portfolio_id_fkey,
  drop constraint transaction_instrument_id_fkey;
alter table outbox drop constraint outbox_portfolio_id_fkey;
drop index outbox_portfolio_id_idx;
alter table rejection drop constraint rejection_portfolio_id_fkey, drop constraint rejection_instrument_id_fkey;
alter table position drop constraint position_portfolio_id_fkey, drop constraint position_instrument_id_fkey;
alter table tax_lot drop constraint tax_lot_portfolio_id_fkey, drop constraint tax_lot_instrument_id_fkey;
alter table disposal drop constraint disposal_portfolio_id_fkey, drop constraint disposal_instrument_id_fkey;
alter table disposal_slice drop constraint disposal_slice_disposal_fkey, drop constraint disposal_slice_lot_fkey;
alter table cash_flow drop constraint cash_flow_portfolio_id_fkey, drop constraint cash_flow_instrument_id_fkey;

-- One index that begins with the id, for looking it up and for its uniqueness.
alter table transaction drop constraint transaction_version_key;
alter table transaction add constraint transaction_version_key unique (id, portfolio_id, version);
drop index transaction_id_idx;

-- A sale that leaves something of a lot changes no indexed column: PostgreSQL then updates the row in place (HOT) and
-- touches no index. With remaining_quantity in the predicate every sale of a share wrote to both indexes.
alter table tax_lot add column is_open boolean not null generated always as (remaining_quantity > 0) stored;
drop index tax_lot_open_idx;
create index tax_lot_open_idx on tax_lot (portfolio_id, instrument_id, opened_at, opened_sequence) where is_open;

drop function record_transactions(jsonb);
drop function currency_of(ledger_entry, text);
drop function entries_of(jsonb);
drop type ledger_entry;

-- Records transactions for any number of requests in one call, each request with an outcome of its own.
-- Shape of the parameters: one array per column, one element per transaction, a request's transactions next to each
-- other; `rests` holds as JSON what few types use. Arrays whose elements are all null may be empty.
-- Returns, in no order, per request its number and outcome
--     recorded              every entry is stored, now or by an earlier call with the same ids
--     replayed              its key was used before by the same request; ids are those of that time
--     key-mismatch          its key was used before by another request
--     portfolio-not-found   an entry names a portfolio that is not the user's
--     destination-not-found a transfer goes to a portfolio that is not the user's
--     id-conflict           an id is in use for another transaction
--   and, where it was recorded or replayed, one row per entry, numbered by its place among all, with what its first
--   version was given: sequence, currency, time. A refused request stores nothing at all, not even a new symbol.
-- Two requests of one call must not share an id that is new.
--
-- It authorizes each request itself, since it runs for several users at once. The row locks on ledger_head, taken in
-- one order, make each portfolio's sequence gapless and in commit order; what is read after them is up to date because
-- each statement of a volatile function sees what was committed before it began.
-- Every look-up is by a key, and the planner gets no other choice (the settings, and `offset 0`, behind which it cannot
-- see): its plans are kept, and one made while the tables were empty would read them whole for ever.
create function record_transactions(numbers integer[], user_ids uuid[], keys text[], fingerprints bytea[],
  correlation_ids text[], portfolio_ids uuid[], ids uuid[], symbols text[], types text[], quantities numeric[],
  prices numeric[], amounts numeric[], fee_amounts numeric[], tax_amounts numeric[], currencies text[],
  exchange_rates numeric[], instants timestamptz[], trade_dates date[], all_notes text[], rests jsonb[])
returns table (request_number integer, outcome text, place integer, portfolio_id uuid, id uuid, sequence bigint,
  currency text, recorded_at timestamptz)
language plpgsql volatile security definer set search_path = public, pg_temp
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  is_known boolean; -- whether any of the ids is in use already
  refused jsonb; -- request number → outcome
  claimed integer[] := '{}'; -- requests whose key is theirs since now
  is_plain boolean; -- whether every request simply stores all of its entries
begin
  -- An id is unique among one user's portfolios, and requests for two of them have no row lock in common. A lock for
  -- each id would fill the lock table: 64 a user are few enough for a batch and enough to keep requests apart.
  perform pg_advisory_xact_lock(lock.user_hash, lock.id_hash)
  from (
    select distinct hashtext(e.user_id::text) as user_hash, hashtext(e.id::text) & 63 as id_hash
    from unnest(user_ids, ids) e (user_id, id)
    order by 1, 2
  ) lock;

  perform 1
  from ledger_head h
  where h.portfolio_id in (
    with entry as materialized (
      select distinct e.user_id, e.portfolio_id from unnest(user_ids, portfolio_ids) e (user_id, portfolio_id))
    select p.id
    from entry e
    cross join lateral (select * from portfolio f where f.id = e.portfolio_id offset 0) p
    where p.owner_id = e.user_id and p.deleted_at is null)
  order by h.portfolio_id
  for update;

  is_known := exists (
    select from unnest(ids) e (id) cross join lateral (select from transaction f where f.id = e.id offset 0) t);

  select coalesce(jsonb_object_agg(bad.number, bad.outcome), '{}') into refused
  from (
    select e.number,
      case when bool_or(p.id is null) then 'portfolio-not-found' else 'destination-not-found' end as outcome
    from unnest(numbers, user_ids, portfolio_ids, rests) e (number, user_id, portfolio_id, rest)
    left join lateral (select * from portfolio f where f.id = e.portfolio_id offset 0) p
      on p.owner_id = e.user_id and p.deleted_at is null
    left join lateral (select * from portfolio f where f.id = (e.rest ->> 'to_portfolio_id')::uuid offset 0) d
      on d.owner_id = e.user_id and d.deleted_at is null
    where p.id is null or (e.rest ->> 'to_portfolio_id' is not null and d.id is null)
    group by e.number
  ) bad;

  if is_known then
    select coalesce(jsonb_object_agg(bad.number, bad.outcome), '{}') || refused into refused
    from (
      select e.number,
        case when bool_or(k.fingerprint <> e.fingerprint) then 'key-mismatch' else 'id-conflict' end as outcome
      from unnest(numbers, user_ids, keys, fingerprints, portfolio_ids, ids, symbols, types, quantities, prices, amounts,
        fee_amounts, tax_amounts, currencies, exchange_rates, instants, trade_dates, all_notes, rests)
        e (number, user_id, key, fingerprint, portfolio_id, id, symbol, type, quantity, price, amount, fees, tax,
          currency, exchange_rate, traded_at, trade_date, notes, rest)
      join portfolio p on p.id = e.portfolio_id
      left join idempotency_key k on k.user_id = e.user_id and k.key = e.key
      cross join lateral (
        select from (select * from transaction f where f.id = e.id offset 0) t
        join portfolio tp on tp.id = t.portfolio_id
        left join instrument ti on ti.id = t.instrument_id
        left join instrument tj on tj.id = t.to_instrument_id
        where t.version = 1 and tp.owner_id = e.user_id
          and (t.portfolio_id, ti.symbol, t.type, t.quantity, t.price, t.amount, t.fees, t.tax, t.currency,
              t.exchange_rate, t.traded_at, t.trade_date, t.notes, tj.symbol, t.lots, t.ratio_new, t.ratio_old,
              t.to_portfolio_id, t.cost_basis, t.acquired_at, t.acquired_date, t.cost_share, t.cash_per_share)
            is distinct from (e.portfolio_id, e.symbol, e.type, e.quantity, e.price, e.amount, e.fees, e.tax,
              entry_currency(e.currency, p.base_currency, e.type, e.symbol, e.rest), e.exchange_rate, e.traded_at,
              e.trade_date, e.notes, e.rest ->> 'to_symbol', nullif(e.rest -> 'lots', 'null'),
              (e.rest ->> 'ratio_new')::numeric, (e.rest ->> 'ratio_old')::numeric,
              (e.rest ->> 'to_portfolio_id')::uuid, (e.rest ->> 'cost_basis')::numeric,
              (e.rest ->> 'acquired_at')::timestamptz, (e.rest ->> 'acquired_date')::date,
              (e.rest ->> 'cost_share')::numeric, (e.rest ->> 'cash_per_share')::numeric)
        limit 1
      ) conflict
      group by e.number
    ) bad;
  end if;

  if exists (select from unnest(keys) k (key) where k.key is not null) then
    with wanted as (
      select e.number, e.user_id, e.key, e.fingerprint, array_agg(e.portfolio_id order by e.place) as portfolio_ids,
        array_agg(e.id order by e.place) as transaction_ids
      from unnest(numbers, user_ids, keys, fingerprints, portfolio_ids, ids) with ordinality
        e (number, user_id, key, fingerprint, portfolio_id, id, place)
      where e.key is not null and not refused ? e.number::text
      group by e.number, e.user_id, e.key, e.fingerprint
    ), inserted as (
      insert into idempotency_key (user_id, key, fingerprint, portfolio_ids, transaction_ids)
      select user_id, key, fingerprint, portfolio_ids, transaction_ids from wanted order by user_id, key, number
      on conflict do nothing
      returning user_id, key, transaction_ids
    )
    select coalesce(array_agg(w.number), '{}') into claimed
    from wanted w join inserted i on (i.user_id, i.key, i.transaction_ids) = (w.user_id, w.key, w.transaction_ids);
  end if;

  is_plain := not is_known and refused = '{}' and not exists (
    select from unnest(numbers, keys) e (number, key) where e.key is not null and e.number <> all (claimed));

  insert into instrument (symbol)
  select named.symbol
  from (
    select distinct s.symbol
    from unnest(numbers, keys, symbols, rests) e (number, key, symbol, rest)
    cross join lateral (values (e.symbol), (e.rest ->> 'to_symbol')) s (symbol)
    where s.symbol is not null and (is_plain or (
      not refused ? e.number::text and (e.key is null or e.number = any (claimed))))
  ) named
  where not exists (select from instrument i where i.symbol = named.symbol)
  order by named.symbol
  on conflict do nothing;

  return query
  with numbered as (
    select e.*, p.base_currency, i.id as instrument_id, j.id as to_instrument_id,
      h.head_sequence + row_number() over (partition by e.portfolio_id order by e.place) as sequence
    from unnest(numbers, keys, correlation_ids, portfolio_ids, ids, symbols, types, quantities, prices, amounts,
      fee_amounts, tax_amounts, currencies, exchange_rates, instants, trade_dates, all_notes, rests) with ordinality
      e (number, key, correlation_id, portfolio_id, id, symbol, type, quantity, price, amount, fees, tax, currency,
        exchange_rate, traded_at, trade_date, notes, rest, place)
    join ledger_head h on h.portfolio_id = e.portfolio_id
    join portfolio p on p.id = e.portfolio_id
    left join instrument i on i.symbol = e.symbol
    left join instrument j on j.symbol = e.rest ->> 'to_symbol'
    where is_plain or (
      not refused ? e.number::text and (e.key is null or e.number = any (claimed)) and not exists (
        select from (select * from transaction f where f.id = e.id offset 0) t where t.portfolio_id = e.portfolio_id))
  ), in_order as materialized (
    select number, correlation_id, portfolio_id, id, instrument_id, to_instrument_id, type, quantity, price, amount,
      fees, tax, exchange_rate, traded_at, trade_date, notes, rest, place, sequence,
      entry_currency(currency, base_currency, type, symbol, rest) as currency, clock_timestamp() as recorded_at
    from numbered order by place
  ), stored as (
    insert into transaction (portfolio_id, sequence, id, version, order_sequence, instrument_id, type, quantity, price,
      amount, fees, tax, currency, exchange_rate, traded_at, trade_date, notes, recorded_at, to_instrument_id, lots,
      ratio_new, ratio_old, to_portfolio_id, cost_basis, acquired_at, acquired_date, cost_share, cash_per_share)
    select portfolio_id, sequence, id, 1, nextval('ledger_order'), instrument_id, type, quantity, price, amount, fees,
      tax, currency, exchange_rate, traded_at, trade_date, notes, recorded_at, to_instrument_id,
      nullif(rest -> 'lots', 'null'), (rest ->> 'ratio_new')::numeric, (rest ->> 'ratio_old')::numeric,
      (rest ->> 'to_portfolio_id')::uuid, (rest ->> 'cost_basis')::numeric, (rest ->> 'acquired_at')::timestamptz,
      (rest ->> 'acquired_date')::date, (rest ->> 'cost_share')::numeric, (rest ->> 'cash_per_share')::numeric
    from in_order
  ), news as (
    select portfolio_id, max(sequence) as sequence,
      (array_agg(correlation_id order by sequence desc))[1] as correlation_id
    from in_order group by portfolio_id
  ), moved as (
    update ledger_head h set head_sequence = news.sequence, head_at = clock_timestamp()
    from news where h.portfolio_id = news.portfolio_id
  ), announced as (
    insert into outbox (portfolio_id, sequence, correlation_id)
    select portfolio_id, sequence, correlation_id from news order by portfolio_id
  )
  select number, 'recorded', place::integer, portfolio_id, id, sequence, currency, recorded_at
  from in_order where is_plain;
  perform pg_notify('outbox', '');
  if is_plain then return; end if;

  return query
  with request as materialized (
    select e.number, e.user_id, e.key, e.fingerprint, min(e.place) as first_place,
      array_agg(e.portfolio_id order by e.place) as portfolio_ids, array_agg(e.id order by e.place) as transaction_ids
    from unnest(numbers, user_ids, keys, fingerprints, portfolio_ids, ids) with ordinality
      e (number, user_id, key, fingerprint, portfolio_id, id, place)
    group by e.number, e.user_id, e.key, e.fingerprint
  )
  select answer.number, answer.outcome, (answer.first_place + entry.place - 1)::integer, t.portfolio_id, t.id,
    t.sequence, t.currency, t.recorded_at
  from (
    select r.number, r.first_place,
      case
        when refused ? r.number::text then refused ->> r.number::text
        when r.key is null or r.number = any (claimed) then 'recorded'
        when k.fingerprint = r.fingerprint then 'replayed'
        else 'key-mismatch'
      end as outcome,
      coalesce(k.portfolio_ids, r.portfolio_ids) as portfolio_ids,
      coalesce(k.transaction_ids, r.transaction_ids) as transaction_ids
    from request r
    left join idempotency_key k on k.user_id = r.user_id and k.key = r.key
  ) answer
  left join lateral unnest(answer.portfolio_ids, answer.transaction_ids) with ordinality
    entry (portfolio_id, id, place) on answer.outcome in ('recorded', 'replayed')
  left join lateral (select * from transaction f where f.id = entry.id offset 0) t
    on t.portfolio_id = entry.portfolio_id and t.version = 1;
end
$$;

-- The currency of an entry that gives none: the portfolio's, but what moves no money has no currency.
create function entry_currency(given text, base_currency text, type text, symbol text, rest jsonb) returns text
language sql immutable return case
    when given is not null then given
    when type in ('split', 'transfer-out', 'spin-off', 'symbol-change') then null
    when type = 'transfer' and symbol is not null then null
    when type = 'merger' and rest ->> 'cash_per_share' is null then null
    else base_currency
  end;

do $$
declare
  signature constant text := 'record_transactions(integer[], uuid[], text[], bytea[], text[], uuid[], uuid[], text[], text[], '
    'numeric[], numeric[], numeric[], numeric[], numeric[], text[], numeric[], timestamptz[], date[], text[], jsonb[])';
begin
  execute 'grant create on schema public to lotwise_definer';
  execute format('alter function %s owner to lotwise_definer', signature);
  execute format('revoke execute on function %s from public', signature);
  execute format('grant execute on function %s to lotwise_api', signature);
  execute 'revoke create on schema public from lotwise_definer';
end
$$;
