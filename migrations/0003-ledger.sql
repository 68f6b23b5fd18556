create table instrument (
  id integer generated always as identity primary key,
  symbol text not null unique,
  created_at timestamptz not null default clock_timestamp(),
  constraint instrument_symbol_form check (symbol ~ '^[A-Z0-9^][A-Z0-9.=^-]{0,23}$')
);

-- Ground state: append-only. An edit or a withdrawal is a new version of the same id; a version that moves the
-- transaction to another instrument is two rows, a withdrawal there and a record here, so that the rows of one
-- instrument always tell its whole story.
create table transaction (
  portfolio_id uuid not null references portfolio,
  sequence bigint not null,
  id uuid not null,
  version integer not null,
  withdrawn boolean not null default false,
  -- The sequence of version 1: an edited transaction keeps its place among those of the same instant.
  order_sequence bigint not null,
  instrument_id integer not null references instrument,
  type text not null,
  quantity numeric not null,
  price numeric not null,
  fees numeric not null,
  currency text not null,
  traded_at timestamptz not null,
  -- The civil date where the trade was made (the offset of the recorded instant): holding periods count from it.
  trade_date date not null,
  notes text not null default '',
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (portfolio_id, sequence),
  constraint transaction_version_key unique (portfolio_id, id, version),
  constraint transaction_sequence_positive check (sequence > 0 and order_sequence between 1 and sequence),
  constraint transaction_version_positive check (version > 0),
  constraint transaction_first_version_recorded check (version > 1 or not withdrawn),
  constraint transaction_type_known check (type in ('buy', 'sell')),
  constraint transaction_quantity_exact check (quantity > 0 and quantity < 1e20 and scale(quantity) <= 18),
  constraint transaction_price_exact check (price >= 0 and price < 1e20 and scale(price) <= 18),
  constraint transaction_fees_exact check (fees >= 0 and fees < 1e20 and scale(fees) <= 18),
  constraint transaction_currency_form check (currency ~ '^[A-Z]{3}$'),
  constraint transaction_traded_at_milliseconds check (traded_at = date_trunc('milliseconds', traded_at)),
  constraint transaction_trade_date_near_instant
    check (trade_date between (traded_at at time zone 'UTC')::date - 1 and (traded_at at time zone 'UTC')::date + 1),
  constraint transaction_notes_length check (length(notes) <= 500)
);
create index transaction_id_idx on transaction (id);
create index transaction_instrument_idx on transaction (instrument_id, portfolio_id, sequence);
create index transaction_traded_at_idx on transaction (portfolio_id, traded_at, order_sequence);

-- What a request under an Idempotency-Key recorded, so that the same request again gets the same answer.
create table idempotency_key (
  user_id uuid not null references app_user,
  key text not null,
  fingerprint bytea not null,
  portfolio_ids uuid[] not null,
  transaction_ids uuid[] not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (user_id, key),
  constraint idempotency_key_length check (length(key) between 1 and 255),
  constraint idempotency_key_fingerprint_length check (octet_length(fingerprint) = 32),
  constraint idempotency_key_pairs check (cardinality(portfolio_ids) = cardinality(transaction_ids))
);
create index idempotency_key_created_at_idx on idempotency_key (created_at);

-- Doorbells on their way to the matchers: one row per portfolio and commit, deleted when handed over.
create table outbox (
  id bigint generated always as identity primary key,
  portfolio_id uuid not null references portfolio,
  sequence bigint not null,
  correlation_id text,
  created_at timestamptz not null default clock_timestamp()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
create index outbox_portfolio_id_idx on outbox (portfolio_id);
