-- Whether consumers may take up work, in the whole installation and for processes that start later.
create table consumer_control (
  name text primary key,
  -- How many times it has been paused: processes name the pause that they keep to, and not one before it.
  pause_number integer not null default 0,
  paused_at timestamptz,
  paused_by text,
  reason text,
  constraint consumer_control_name_known check (name in ('lot-matching', 'outbox-relay')),
  constraint consumer_control_paused_whole check (num_nonnulls(paused_at, paused_by, reason) in (0, 3)),
  constraint consumer_control_reason_length check (length(reason) <= 500)
);
insert into consumer_control (name) values ('lot-matching'), ('outbox-relay');

-- What each worker process says of itself every second, a row for each of its roles. Unlogged: after a crash of the
-- server all that are alive say it again.
create unlogged table worker_process (
  id uuid not null,
  role text not null,
  host text not null,
  pid integer not null,
  -- The pause that it keeps to: it takes up no work. Null: none.
  pause_number integer,
  -- Since when work has been in hand without a break. Null: none is.
  busy_since timestamptz,
  started_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  primary key (id, role)
);

grant select on consumer_control to lotwise_worker;
grant select, insert, update, delete on worker_process to lotwise_worker;
grant select, update (pause_number, paused_at, paused_by, reason) on consumer_control to lotwise_operator;
grant select on worker_process to lotwise_operator;
