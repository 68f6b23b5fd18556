-- Tenancy, the second wall. Every query is scoped to its user by its own text; these policies refuse the rest.
--   lotwise_api      what the API connects as: sees the rows of the user in app.user_id, set for one SQL transaction
--   lotwise_worker   what workers connect as: matches for every user
--   lotwise_definer  nobody connects as it: it owns the functions below, each of which checks its own caller
-- The roles themselves are made by adapters/postgres/migrate.ts, because they belong to the cluster.

create function app_user_id() returns uuid language sql stable
  return nullif(current_setting('app.user_id', true), '')::uuid;

do $$
declare
  tenant_table text;
begin
  foreach tenant_table in array array['app_user', 'session', 'portfolio', 'ledger_head', 'portfolio_state',
    'transaction', 'idempotency_key', 'outbox', 'rejection', 'position', 'tax_lot', 'disposal', 'disposal_slice',
    'cash_flow']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy definer on %I to lotwise_definer using (true) with check (true)', tenant_table);
  end loop;
  foreach tenant_table in array array['portfolio', 'ledger_head', 'portfolio_state', 'transaction', 'idempotency_key',
    'outbox', 'rejection', 'position', 'tax_lot', 'disposal', 'disposal_slice', 'cash_flow']
  loop
    execute format('create policy worker on %I to lotwise_worker using (true) with check (true)', tenant_table);
  end loop;
  foreach tenant_table in array array['ledger_head', 'portfolio_state', 'transaction', 'outbox', 'rejection', 'position',
    'tax_lot', 'disposal', 'disposal_slice', 'cash_flow']
  loop
    execute format('create policy owner on %I to lotwise_api
      using (portfolio_id in (select id from portfolio where owner_id = app_user_id() and deleted_at is null))
      with check (portfolio_id in (select id from portfolio where owner_id = app_user_id() and deleted_at is null))',
      tenant_table);
  end loop;
end
$$;

create policy self on app_user to lotwise_api using (id = app_user_id());
create policy self on session to lotwise_api using (user_id = app_user_id()) with check (user_id = app_user_id());
create policy owner on portfolio to lotwise_api
  using (owner_id = app_user_id()) with check (owner_id = app_user_id());

grant usage on schema public to lotwise_api, lotwise_worker, lotwise_definer;

grant select (id, email, username, active, created_at) on app_user to lotwise_api;
grant select, insert, update (revoked_at, token_hash, expires_at) on session to lotwise_api;
grant select, insert,
  update (name, description, lot_method, allow_short, track_cash, rules_version, archived, updated_at, deleted_at)
  on portfolio to lotwise_api;
grant select, insert, update (head_sequence, head_at) on ledger_head to lotwise_api;
grant select, insert on portfolio_state to lotwise_api;
grant select on instrument to lotwise_api, lotwise_worker;
-- Append-only: no role but the owner can change or delete a recorded version.
grant select, insert on transaction to lotwise_api;
grant insert on outbox to lotwise_api;
grant select on rejection, position, tax_lot, disposal, disposal_slice, cash_flow to lotwise_api;

grant select on portfolio, ledger_head, transaction to lotwise_worker;
-- A split in one portfolio makes the figures of its owner's others out of date.
grant update (rules_version, updated_at) on portfolio to lotwise_worker;
grant select, update on portfolio_state to lotwise_worker;
grant select, insert, update, delete on rejection, position, tax_lot, disposal, disposal_slice, cash_flow
  to lotwise_worker;
grant select, delete, insert, update on outbox to lotwise_worker;
grant select, delete on idempotency_key to lotwise_worker;

grant select, insert on app_user, idempotency_key, transaction, outbox, instrument to lotwise_definer;
grant select on session, portfolio to lotwise_definer;
grant select, update on ledger_head to lotwise_definer;
grant usage on sequence ledger_order to lotwise_definer;
