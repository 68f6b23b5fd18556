-- The few things that must be done across users, or before anybody is signed in.

-- What signing in compares with: the one account with this e-mail or username.
create function find_credentials(login text)
returns table (id uuid, email text, username text, password_hash text, active boolean, created_at timestamptz)
language sql stable security definer set search_path = public, pg_temp
as $$
  select u.id, u.email, u.username, u.password_hash, u.active, u.created_at
  from app_user u
  where lower(u.email) = lower(login) or lower(u.username) = lower(login)
  order by lower(u.email) = lower(login) desc
  limit 1
$$;

-- Null when the e-mail or the username is taken; which of them is not told.
create function register_user(new_id uuid, new_email text, new_username text, new_password_hash text)
returns timestamptz
language sql volatile security definer set search_path = public, pg_temp
as $$
  insert into app_user (id, email, username, password_hash)
  values (new_id, new_email, new_username, new_password_hash)
  on conflict do nothing
  returning created_at
$$;

-- The live session that an opaque token stands for.
create function find_session(hash bytea)
returns table (id uuid, user_id uuid, expires_at timestamptz)
language sql stable security definer set search_path = public, pg_temp
as $$
  select s.id, s.user_id, s.expires_at
  from session s join app_user u on u.id = s.user_id
  where s.token_hash = hash and s.revoked_at is null and s.expires_at > clock_timestamp() and u.active
$$;

-- Those of the sessions that may still be used: one question for all the sockets that a node keeps open.
create function live_sessions(ids uuid[])
returns setof uuid
language sql stable security definer set search_path = public, pg_temp
as $$
  select s.id
  from session s join app_user u on u.id = s.user_id
  where s.id = any (ids) and s.revoked_at is null and s.expires_at > clock_timestamp() and u.active
$$;

-- Ids of instruments, made on first use. Shape: one row per distinct symbol.
create function ensure_instruments(symbols text[])
returns table (id integer, symbol text)
language plpgsql volatile security definer set search_path = public, pg_temp
as $$
begin
  insert into instrument (symbol)
  select s.symbol from (select distinct unnest(symbols) as symbol) s
  where not exists (select from instrument i where i.symbol = s.symbol)
  order by s.symbol
  on conflict do nothing;
  return query select i.id, i.symbol from instrument i where i.symbol = any (symbols);
end
$$;

-- One transaction of a request, numbered by request and by place in it.
create type ledger_entry as (
  number integer, place integer, user_id uuid, key text, fingerprint bytea, correlation_id text,
  portfolio_id uuid, id uuid, symbol text, to_symbol text, type text, quantity numeric, price numeric, amount numeric,
  fees numeric, tax numeric, currency text, exchange_rate numeric, lots jsonb, ratio_new numeric, ratio_old numeric,
  to_portfolio_id uuid, cost_basis numeric, acquired_at timestamptz, acquired_date date, cost_share numeric,
  cash_per_share numeric, traded_at timestamptz, trade_date date, notes text);

-- The entries of requests. What record_transactions reads.
create function entries_of(requests jsonb) returns setof ledger_entry language sql stable
as $$
  select r.number::integer, e.place::integer, (r.body ->> 'user_id')::uuid, r.body ->> 'key',
    decode(r.body ->> 'fingerprint', 'hex'), r.body ->> 'correlation_id',
    e.portfolio_id, e.id, e.symbol, e.to_symbol, e.type, e.quantity, e.price, e.amount, e.fees, e.tax, e.currency,
    e.exchange_rate, nullif(e.lots, 'null'), e.ratio_new, e.ratio_old, e.to_portfolio_id, e.cost_basis, e.acquired_at,
    e.acquired_date, e.cost_share, e.cash_per_share, e.traded_at, e.trade_date, e.notes
  from jsonb_array_elements(requests) with ordinality r (body, number)
  cross join lateral rows from (jsonb_to_recordset(r.body -> 'entries') as (portfolio_id uuid, id uuid, symbol text,
    to_symbol text, type text, quantity numeric, price numeric, amount numeric, fees numeric, tax numeric,
    currency text, exchange_rate numeric, lots jsonb, ratio_new numeric, ratio_old numeric, to_portfolio_id uuid,
    cost_basis numeric, acquired_at timestamptz, acquired_date date, cost_share numeric, cash_per_share numeric,
    traded_at timestamptz, trade_date date, notes text)) with ordinality e (portfolio_id, id, symbol, to_symbol,
    type, quantity, price, amount, fees, tax, currency, exchange_rate, lots, ratio_new, ratio_old, to_portfolio_id,
    cost_basis, acquired_at, acquired_date, cost_share, cash_per_share, traded_at, trade_date, notes, place)
$$;

-- The currency of an entry that gives none: the portfolio's, but what moves no money has no currency.
create function currency_of(entry ledger_entry, base_currency text) returns text language sql immutable
  return case
    when entry.currency is not null then entry.currency
    when entry.type in ('split', 'transfer-out', 'spin-off', 'symbol-change') then null
    when entry.type = 'transfer' and entry.symbol is not null then null
    when entry.type = 'merger' and entry.cash_per_share is null then null
    else base_currency
  end;

-- Records transactions for any number of requests in one call, each with an outcome of its own:
--   requests  [{user_id, key?, fingerprint?, correlation_id?, entries: [columns of ledger_entry]}]
--   returns   per request its number (from 1) and outcome
--               recorded              every entry is stored, now or by an earlier call with the same ids
--               replayed              its key was used before by the same request; ids are those of that time
--               key-mismatch          its key was used before by another request
--               portfolio-not-found   an entry names a portfolio that is not the user's
--               destination-not-found a transfer goes to a portfolio that is not the user's
--               id-conflict           an id is in use for another transaction
--             and, where it was recorded or replayed, one row per entry with its first version, in the order of entries.
--             A refused request stores nothing at all, not even a symbol that is new.
-- It authorizes each request itself, since it runs for several users at once. The row locks on ledger_head, taken in
-- one order, make each portfolio's sequence gapless and in commit order; what is read after them is up to date because
-- each statement of a volatile function sees what was committed before it began.
-- Every look-up is by a key, and the planner gets no other choice (the settings, and `offset 0`, behind which it cannot
-- see): its plans are kept, and one made while the tables were empty would read them whole for ever. Transactions are
-- looked up by their id alone: one index begins with it, several with the portfolio, and on an empty table each looks
-- as good as the right one. The requests are taken apart once, into an array that every statement reads.
create function record_transactions(requests jsonb)
returns table (request_number integer, outcome text, portfolio_id uuid, id uuid, sequence bigint, version integer,
  type text, symbol text, to_symbol text, quantity numeric, price numeric, amount numeric, fees numeric, tax numeric,
  currency text, exchange_rate numeric, lots jsonb, ratio_new numeric, ratio_old numeric, to_portfolio_id uuid,
  cost_basis numeric, acquired_at timestamptz, acquired_date date, cost_share numeric, cash_per_share numeric,
  traded_at timestamptz, trade_date date, notes text, recorded_at timestamptz)
language plpgsql volatile security definer set search_path = public, pg_temp
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  entries ledger_entry[];
  refused jsonb := '{}'; -- request number → outcome
  claimed integer[];
begin
  select array_agg(e) into entries from entries_of(requests) e;

  -- An id is unique among one user's portfolios, and requests for two of them have no row lock in common. A lock for
  -- each id would fill the lock table: 64 a user are few enough for a batch and enough to keep requests apart.
  perform pg_advisory_xact_lock(place.user_hash, place.id_hash)
  from (
    select distinct hashtext(user_id::text) as user_hash, hashtext(id::text) & 63 as id_hash
    from unnest(entries)
    order by 1, 2
  ) place;

  perform 1
  from ledger_head h
  where h.portfolio_id in (
    with entry as materialized (select distinct user_id, portfolio_id from unnest(entries))
    select p.id
    from entry e
    cross join lateral (select * from portfolio f where f.id = e.portfolio_id offset 0) p
    where p.owner_id = e.user_id and p.deleted_at is null)
  order by h.portfolio_id
  for update;

  select coalesce(jsonb_object_agg(bad.number, bad.outcome), '{}') into refused
  from (
    select e.number,
      case
        when bool_or(p.id is null) then 'portfolio-not-found'
        when bool_or(e.to_portfolio_id is not null and d.id is null) then 'destination-not-found'
        when bool_or(k.fingerprint <> e.fingerprint) then 'key-mismatch'
        else 'id-conflict'
      end as outcome
    from unnest(entries) e
    left join lateral (select * from portfolio f where f.id = e.portfolio_id offset 0) p
      on p.owner_id = e.user_id and p.deleted_at is null
    left join lateral (select * from portfolio f where f.id = e.to_portfolio_id offset 0) d
      on d.owner_id = e.user_id and d.deleted_at is null
    left join idempotency_key k on k.user_id = e.user_id and k.key = e.key
    left join lateral (
      select true as conflicts
      from (select * from transaction f where f.id = e.id offset 0) t
      join portfolio tp on tp.id = t.portfolio_id
      left join instrument ti on ti.id = t.instrument_id
      left join instrument tj on tj.id = t.to_instrument_id
      where t.version = 1 and tp.owner_id = e.user_id
        and (t.portfolio_id, ti.symbol, tj.symbol, t.type, t.quantity, t.price, t.amount, t.fees, t.tax, t.currency,
            t.exchange_rate, t.lots, t.ratio_new, t.ratio_old, t.to_portfolio_id, t.cost_basis, t.acquired_at,
            t.acquired_date, t.cost_share, t.cash_per_share, t.traded_at, t.trade_date, t.notes)
          is distinct from (e.portfolio_id, e.symbol, e.to_symbol, e.type, e.quantity, e.price, e.amount, e.fees,
            e.tax, currency_of(e, p.base_currency), e.exchange_rate, e.lots, e.ratio_new, e.ratio_old,
            e.to_portfolio_id, e.cost_basis, e.acquired_at, e.acquired_date, e.cost_share, e.cash_per_share,
            e.traded_at, e.trade_date, e.notes)
      limit 1
    ) other on true
    group by e.number
    having bool_or(p.id is null) or bool_or(e.to_portfolio_id is not null and d.id is null) or bool_or(other.conflicts)
  ) bad;

  with wanted as (
    select number, user_id, key, fingerprint, array_agg(portfolio_id order by place) as portfolio_ids,
      array_agg(id order by place) as transaction_ids
    from unnest(entries)
    where key is not null and not refused ? number::text
    group by number, user_id, key, fingerprint
  ), inserted as (
    insert into idempotency_key (user_id, key, fingerprint, portfolio_ids, transaction_ids)
    select user_id, key, fingerprint, portfolio_ids, transaction_ids from wanted order by user_id, key, number
    on conflict do nothing
    returning user_id, key, transaction_ids
  )
  select coalesce(array_agg(w.number), '{}') into claimed
  from wanted w join inserted i on (i.user_id, i.key, i.transaction_ids) = (w.user_id, w.key, w.transaction_ids);

  insert into instrument (symbol)
  select named.symbol
  from (
    select distinct s.symbol
    from unnest(entries) e
    cross join lateral (values (e.symbol), (e.to_symbol)) s (symbol)
    where s.symbol is not null and not refused ? e.number::text and (e.key is null or e.number = any (claimed))
  ) named
  where not exists (select from instrument i where i.symbol = named.symbol)
  order by named.symbol
  on conflict do nothing;

  with numbered as (
    select e.*, i.id as instrument_id, j.id as to_instrument_id, currency_of(e, p.base_currency) as known_currency,
      h.head_sequence + row_number() over (partition by h.portfolio_id order by e.number, e.place) as sequence
    from unnest(entries) e
    join ledger_head h on h.portfolio_id = e.portfolio_id
    join portfolio p on p.id = e.portfolio_id
    left join instrument i on i.symbol = e.symbol
    left join instrument j on j.symbol = e.to_symbol
    where not refused ? e.number::text and (e.key is null or e.number = any (claimed))
      and not exists (
        select from (select * from transaction f where f.id = e.id offset 0) t where t.portfolio_id = e.portfolio_id)
  ), in_order as materialized (
    select * from numbered order by number, place
  ), stored as (
    insert into transaction (portfolio_id, sequence, id, version, order_sequence, instrument_id, type, quantity, price,
      amount, fees, tax, currency, exchange_rate, lots, ratio_new, ratio_old, to_portfolio_id, to_instrument_id,
      cost_basis, acquired_at, acquired_date, cost_share, cash_per_share, traded_at, trade_date, notes)
    select portfolio_id, sequence, id, 1, nextval('ledger_order'), instrument_id, type, quantity, price, amount, fees,
      tax, known_currency, exchange_rate, lots, ratio_new, ratio_old, to_portfolio_id, to_instrument_id, cost_basis,
      acquired_at, acquired_date, cost_share, cash_per_share, traded_at, trade_date, notes
    from in_order
  ), news as (
    select portfolio_id, max(sequence) as sequence,
      (array_agg(correlation_id order by sequence desc))[1] as correlation_id
    from in_order group by portfolio_id
  ), moved as (
    update ledger_head h set head_sequence = news.sequence, head_at = clock_timestamp()
    from news where h.portfolio_id = news.portfolio_id
  )
  insert into outbox (portfolio_id, sequence, correlation_id)
  select portfolio_id, sequence, correlation_id from news order by portfolio_id;
  perform pg_notify('outbox', '');

  return query
  with request as materialized (
    select number, user_id, key, fingerprint, array_agg(portfolio_id order by place) as portfolio_ids,
      array_agg(id order by place) as transaction_ids
    from unnest(entries)
    group by number, user_id, key, fingerprint
  )
  select answer.number, answer.outcome, t.portfolio_id, t.id, t.sequence, t.version, t.type, i.symbol, j.symbol,
    t.quantity, t.price, t.amount, t.fees, t.tax, t.currency, t.exchange_rate, t.lots, t.ratio_new, t.ratio_old,
    t.to_portfolio_id, t.cost_basis, t.acquired_at, t.acquired_date, t.cost_share, t.cash_per_share, t.traded_at,
    t.trade_date, t.notes, t.recorded_at
  from (
    select r.number,
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
    on t.portfolio_id = entry.portfolio_id and t.version = 1
  left join instrument i on i.id = t.instrument_id
  left join instrument j on j.id = t.to_instrument_id
  order by answer.number, entry.place;
end
$$;

do $$
declare
  signature text;
begin
  execute 'grant create on schema public to lotwise_definer';
  foreach signature in array array['find_credentials(text)', 'register_user(uuid, text, text, text)',
    'find_session(bytea)', 'live_sessions(uuid[])', 'ensure_instruments(text[])', 'record_transactions(jsonb)']
  loop
    execute format('alter function %s owner to lotwise_definer', signature);
    execute format('revoke execute on function %s from public', signature);
    execute format('grant execute on function %s to lotwise_api', signature);
  end loop;
  execute 'revoke create on schema public from lotwise_definer';
end
$$;
