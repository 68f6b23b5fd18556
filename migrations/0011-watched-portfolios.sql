-- Portfolios that are being watched on one node, of many users, read in one statement: one moment for all of them, and
-- one answer however many have news. Each is asked for by its owner and its id, and answers, under its number in the
-- arrays, only where the two belong together; what is not there any more is left out.
--
-- Whoever asks says how far the figures that it has follow the ledger (epoch, applied_sequence) and the highest
-- last_order_sequence among them. Within an epoch matching only appends, in the order of recording, so the positions
-- that changed since are those with a higher one. In another epoch every position is given, and `whole` is true.
create function watched_portfolios(owner_ids uuid[], portfolio_ids uuid[], epochs integer[],
  applied_sequences bigint[], order_sequences bigint[])
returns table (number integer, portfolio_id uuid, base_currency text, head bigint, applied bigint, epoch integer, whole boolean,
  parked_at timestamptz, parked_reason text, parked_portfolio_id uuid, parked_sequence bigint, parked_transaction_id uuid,
  symbol text, currency text, quantity numeric, unit numeric, cost_basis numeric, realized_gain numeric,
  fees numeric, income numeric, withheld_tax numeric, base_cost_basis numeric, base_realized_gain numeric,
  exchange_gain numeric, last_order_sequence bigint)
language sql stable security definer set search_path = public, pg_temp
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
  select known.number::integer, f.id, f.base_currency, h.head_sequence, s.applied_sequence, s.epoch,
    s.epoch is distinct from known.epoch, s.parked_at, s.parked_reason, s.parked_portfolio_id, s.parked_sequence,
    s.parked_transaction_id, changed.*
  from unnest(owner_ids, portfolio_ids, epochs, applied_sequences, order_sequences)
    with ordinality known (owner_id, portfolio_id, epoch, applied_sequence, order_sequence, number)
  join portfolio f on f.id = known.portfolio_id and f.owner_id = known.owner_id and f.deleted_at is null
  join portfolio_state s on s.portfolio_id = f.id
  join ledger_head h on h.portfolio_id = f.id
  left join lateral (
    select i.symbol, p.currency, p.quantity, p.unit, p.cost_basis, p.realized_gain, p.fees, p.income, p.withheld_tax,
      p.base_cost_basis, p.base_realized_gain, p.exchange_gain, p.last_order_sequence
    from position p
    join instrument i on i.id = p.instrument_id
    where p.portfolio_id = f.id and p.currency is not null
      and (s.epoch is distinct from known.epoch
        or (s.applied_sequence <> known.applied_sequence and p.last_order_sequence > known.order_sequence))
  ) changed on true
  order by known.number, changed.symbol
$$;

grant select on portfolio_state, position to lotwise_definer;

do $$
begin
  execute 'grant create on schema public to lotwise_definer';
  alter function watched_portfolios(uuid[], uuid[], integer[], bigint[], bigint[]) owner to lotwise_definer;
  revoke execute on function watched_portfolios(uuid[], uuid[], integer[], bigint[], bigint[]) from public;
  grant execute on function watched_portfolios(uuid[], uuid[], integer[], bigint[], bigint[]) to lotwise_api;
  execute 'revoke create on schema public from lotwise_definer';
end
$$;
