create table instrument (
  id integer generated always as identity primary key,
  symbol text not null unique,
  created_at timestamptz not null default clock_timestamp(),
  constraint instrument_symbol_form check (symbol ~ '^[A-Z0-9^][A-Z0-9.=^-]{0,23}$')
);

-- Places in the order of the ledger, common to all portfolios: a transfer is one transaction of two of them.
create sequence ledger_order as bigint cache 1;

-- Ground state: append-only. An edit or a withdrawal is a new version of the same id; a version that moves the
-- transaction to another instrument is two rows, a withdrawal there and a record here, so that the rows of one
-- instrument always tell its whole story. Which columns a type uses: contracts/transaction-fields.ts.
create table transaction (
  portfolio_id uuid not null references portfolio,
  sequence bigint not null,
  id uuid not null,
  version integer not null,
  withdrawn boolean not null default false,
  -- Given with version 1: an edited transaction keeps its place among those of the same instant.
  order_sequence bigint not null,
  -- Null: money only.
  instrument_id integer references instrument,
  type text not null,
  quantity numeric,
  price numeric,
  amount numeric,
  fees numeric not null default 0,
  tax numeric not null default 0,
  -- Null: that of the instrument, for what moves no money.
  currency text,
  -- Units of the portfolio's base currency for one of the currency. Null: not known, which is not 1.
  exchange_rate numeric,
  -- Lots to take, in this order: [{"lotId", "quantity"}].
  lots jsonb,
  ratio_new numeric,
  ratio_old numeric,
  to_portfolio_id uuid references portfolio,
  to_instrument_id integer references instrument,
  cost_basis numeric,
  acquired_at timestamptz,
  acquired_date date,
  cost_share numeric,
  cash_per_share numeric,
  traded_at timestamptz not null,
  -- The civil date where the trade was made (the offset of the recorded instant): holding periods count from it.
  trade_date date not null,
  notes text not null default '',
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (portfolio_id, sequence),
  constraint transaction_version_key unique (portfolio_id, id, version),
  constraint transaction_sequence_positive check (sequence > 0 and order_sequence > 0),
  constraint transaction_version_positive check (version > 0),
  constraint transaction_first_version_recorded check (version > 1 or not withdrawn),
  constraint transaction_type_known check (type in ('buy', 'sell', 'dividend', 'interest', 'fee', 'tax', 'deposit',
    'withdrawal', 'split', 'transfer', 'transfer-in', 'transfer-out', 'return-of-capital', 'spin-off', 'merger',
    'symbol-change')),
  constraint transaction_fields_of_type check (case type
    when 'buy' then num_nulls(instrument_id, quantity, price) = 0
    when 'sell' then num_nulls(instrument_id, quantity, price) = 0
    when 'dividend' then num_nulls(instrument_id, amount) = 0
    when 'split' then num_nulls(instrument_id, ratio_new, ratio_old) = 0
    when 'transfer' then to_portfolio_id is not null and to_portfolio_id <> portfolio_id
      and (num_nulls(instrument_id, quantity) = 0 or (instrument_id is null and amount is not null))
    when 'transfer-in' then num_nulls(instrument_id, quantity, cost_basis) = 0
    when 'transfer-out' then num_nulls(instrument_id, quantity) = 0
    when 'return-of-capital' then num_nulls(instrument_id, amount) = 0
    when 'spin-off' then num_nulls(instrument_id, to_instrument_id, ratio_new, ratio_old, cost_share) = 0
    when 'merger' then num_nulls(instrument_id, to_instrument_id, ratio_new, ratio_old) = 0
      and (cash_per_share is null) = (cost_share is null)
    when 'symbol-change' then num_nulls(instrument_id, to_instrument_id) = 0
    else instrument_id is null and amount is not null
  end),
  constraint transaction_quantity_exact check (quantity > 0 and quantity < 1e20 and scale(quantity) <= 18),
  constraint transaction_price_exact check (price >= 0 and price < 1e20 and scale(price) <= 18),
  constraint transaction_amount_exact check (amount <> 0 and abs(amount) < 1e20 and scale(amount) <= 18),
  constraint transaction_fees_exact check (fees >= 0 and fees < 1e20 and scale(fees) <= 18),
  constraint transaction_tax_exact check (tax >= 0 and tax < 1e20 and scale(tax) <= 18),
  constraint transaction_exchange_rate_exact
    check (exchange_rate > 0 and exchange_rate < 1e20 and scale(exchange_rate) <= 18),
  constraint transaction_ratio_exact check (ratio_new > 0 and ratio_old > 0 and ratio_new < 1e20 and ratio_old < 1e20
    and scale(ratio_new) <= 18 and scale(ratio_old) <= 18),
  constraint transaction_cost_basis_exact check (cost_basis >= 0 and cost_basis < 1e20 and scale(cost_basis) <= 18),
  constraint transaction_cost_share_exact check (cost_share between 0 and 1 and scale(cost_share) <= 18),
  constraint transaction_cash_per_share_exact
    check (cash_per_share > 0 and cash_per_share < 1e20 and scale(cash_per_share) <= 18),
  constraint transaction_currency_of_money check (currency is not null or (instrument_id is not null and amount is null
    and price is null and cost_basis is null and cash_per_share is null)),
  constraint transaction_lots_form check (jsonb_typeof(lots) = 'array'),
  constraint transaction_acquired_on_a_day check ((acquired_at is null) = (acquired_date is null)),
  constraint transaction_currency_form check (currency ~ '^[A-Z]{3}$'),
  constraint transaction_traded_at_milliseconds check (traded_at = date_trunc('milliseconds', traded_at)),
  constraint transaction_trade_date_near_instant
    check (trade_date between (traded_at at time zone 'UTC')::date - 1 and (traded_at at time zone 'UTC')::date + 1),
  constraint transaction_notes_length check (length(notes) <= 500)
);
create index transaction_id_idx on transaction (id);
create index transaction_key_idx on transaction (portfolio_id, coalesce(instrument_id, 0), sequence);
create index transaction_traded_at_idx on transaction (portfolio_id, traded_at, order_sequence);
-- The few that tie portfolios or instruments to each other.
create index transaction_to_portfolio_idx on transaction (to_portfolio_id) where to_portfolio_id is not null;
create index transaction_link_idx on transaction (portfolio_id)
  where to_portfolio_id is not null or to_instrument_id is not null;
create index transaction_split_idx on transaction (portfolio_id, instrument_id) where type = 'split';

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
