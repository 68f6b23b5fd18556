-- Operators, what they did, and dead letters: what could not be matched or read, kept for them to look at.
--   lotwise_operator  what requests of operators connect as: sees the pipeline of every portfolio, of accounts the names
--                     alone, and changes only what operators decide. The policies of lotwise_api stay as they are.

alter table app_user add column operator boolean not null default false;

-- Only whoever has the owner's connection makes operators (npm run operate -- grant-operator): it can act as this role.
grant update (operator) on app_user to lotwise_definer;
grant select (operator) on app_user to lotwise_api;

create table operator_action (
  id bigint generated always as identity primary key,
  -- Null: somebody at a shell of a machine of ours, named by `actor`.
  user_id uuid references app_user,
  actor text not null,
  action text not null,
  -- What it was done to: "user ada", "dead-letter 0193…".
  subject text not null,
  reason text not null default '',
  acted_at timestamptz not null default clock_timestamp(),
  constraint operator_action_actor_length check (length(actor) between 1 and 200),
  constraint operator_action_action_form check (action ~ '^[a-z]+(-[a-z]+)*$'),
  constraint operator_action_subject_length check (length(subject) between 1 and 200),
  constraint operator_action_reason_length check (length(reason) <= 500)
);
create index operator_action_user_id_idx on operator_action (user_id);

create table dead_letter (
  id uuid primary key,
  -- matching: a version of a transaction, or a portfolio's rules, that cannot be matched
  -- record:   a Kafka record that is no event of ours
  source text not null,
  state text not null default 'open',
  reason text not null,
  -- For operators alone: the error's name, message, SQLSTATE and the top of its stack.
  detail text not null,
  portfolio_id uuid references portfolio,
  -- Null: the rules of the portfolio, and no version of a transaction, cannot be matched.
  sequence bigint,
  transaction_id uuid,
  topic text,
  partition_number integer,
  record_offset bigint,
  record_key bytea,
  -- Its beginning, where it is longer than we keep; record_size is its whole length.
  record_value bytea,
  record_size integer,
  attempts integer not null default 1,
  first_failed_at timestamptz not null default clock_timestamp(),
  last_failed_at timestamptz not null default clock_timestamp(),
  -- Who asked for the next attempt; null when it comes by itself.
  replay_asked_by text,
  resolved_at timestamptz,
  -- Null: it was matched by itself, once what was wrong had been mended.
  resolved_by text,
  constraint dead_letter_source_known check (source in ('matching', 'record')),
  constraint dead_letter_state_known check (state in ('open', 'replayed', 'discarded')),
  constraint dead_letter_reason_known check (reason in ('cannot-be-matched', 'takes-too-long', 'unreadable')),
  constraint dead_letter_fields_of_source check (case source
    when 'matching' then portfolio_id is not null and (sequence is null) = (transaction_id is null)
    else num_nulls(topic, partition_number, record_offset) = 0
  end),
  constraint dead_letter_attempts_positive check (attempts > 0),
  constraint dead_letter_resolved_with_time check ((state = 'open') = (resolved_at is null)),
  constraint dead_letter_value_bounded check (octet_length(record_value) <= 1048576)
);
-- A portfolio waits for one thing at a time.
create unique index dead_letter_open_key on dead_letter (portfolio_id) where state = 'open' and source = 'matching';
create unique index dead_letter_record_key on dead_letter (topic, partition_number, record_offset) where source = 'record';
create index dead_letter_portfolio_id_idx on dead_letter (portfolio_id);
create index dead_letter_order_idx on dead_letter (first_failed_at, id);

-- How many unreadable records each hour brought, so that a flooded topic fills no disk.
create table unreadable_record_count (
  hour timestamptz primary key,
  kept integer not null,
  kept_bytes bigint not null,
  passed_over integer not null
);

-- A parked portfolio stands exactly before the version that cannot be matched. Those that transfers tie to it are parked
-- with it, since what they record later may need what it has not got yet: all of them name the version to blame.
alter table portfolio_state
  add column parked_portfolio_id uuid,
  -- Place of the version to blame in the ledger of parked_portfolio_id; null: its rules cannot be applied.
  add column parked_sequence bigint,
  add column parked_transaction_id uuid,
  -- Failures in a row, parked or not.
  add column failures integer not null default 0,
  add column last_failed_at timestamptz,
  -- Not tried again before, but for news of what is to blame.
  add column retry_at timestamptz,
  -- What the last attempt knew of parked_portfolio_id: later versions and rules are news.
  add column attempted_head bigint,
  add column attempted_rules_version integer;
-- What was parked by the old rules is tried at once by the new ones. The owner is subject to the policies, of which none
-- is the owner's.
alter table portfolio_state no force row level security;
update portfolio_state set parked_at = null, parked_reason = null where parked_at is not null;
alter table portfolio_state force row level security;
alter table portfolio_state
  add constraint portfolio_state_parked_reason_known check (parked_reason in ('cannot-be-matched', 'takes-too-long')),
  add constraint portfolio_state_parked_whole
    check (parked_at is null or num_nulls(parked_portfolio_id, retry_at, last_failed_at) = 0),
  add constraint portfolio_state_parked_transaction_whole
    check ((parked_sequence is null) = (parked_transaction_id is null)),
  add constraint portfolio_state_failures_not_negative check (failures >= 0);
create index portfolio_state_parked_idx on portfolio_state (parked_at) where parked_at is not null;

do $$
declare
  operated_table text;
begin
  foreach operated_table in array array['operator_action', 'dead_letter', 'unreadable_record_count']
  loop
    execute format('alter table %I enable row level security', operated_table);
    execute format('alter table %I force row level security', operated_table);
  end loop;
  foreach operated_table in array array['dead_letter', 'unreadable_record_count']
  loop
    execute format('create policy worker on %I to lotwise_worker using (true) with check (true)', operated_table);
  end loop;
  foreach operated_table in array array['app_user', 'portfolio', 'ledger_head', 'portfolio_state', 'transaction',
    'rejection', 'position', 'tax_lot', 'disposal', 'disposal_slice', 'outbox', 'dead_letter', 'operator_action',
    'unreadable_record_count']
  loop
    execute format('create policy operator on %I to lotwise_operator using (true) with check (true)', operated_table);
  end loop;
end
$$;
create policy definer on operator_action to lotwise_definer using (true) with check (true);

grant usage on schema public to lotwise_operator;
grant select (id, username, active, operator, created_at) on app_user to lotwise_operator;
grant select on portfolio, ledger_head, portfolio_state, instrument, transaction, rejection, position, tax_lot, disposal,
  disposal_slice, outbox, dead_letter, operator_action, unreadable_record_count to lotwise_operator;
-- An operator asks for an attempt; the workers make it.
grant update (retry_at) on portfolio_state to lotwise_operator;
grant insert on outbox, operator_action to lotwise_operator;
grant update (state, resolved_at, resolved_by, replay_asked_by) on dead_letter to lotwise_operator;

-- How many announcements of one's own portfolio are on their way.
grant select (portfolio_id) on outbox to lotwise_api;
grant insert on operator_action to lotwise_definer;
grant select, insert, update, delete on dead_letter, unreadable_record_count to lotwise_worker;
