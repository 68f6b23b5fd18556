-- Derived state: everything here is a function of transaction and the portfolio's rules, and can be rebuilt to the
-- same bytes (npm run rebuild:check). Amounts are exact decimals; shares of a whole are rounded half to even at 36
-- decimals so that the parts always add up to the whole (docs/accounting).
--
-- After splits that leave fractions, quantities are counted in parts of a share: `unit` of them make one share, so that
-- a third of a share is one part of three and nothing is rounded. Base figures are null where the instrument's currency
-- is the portfolio's own.

-- The exceptions of matching. A transaction up to portfolio_state.applied_sequence that is not here is matched.
create table rejection (
  portfolio_id uuid not null references portfolio,
  transaction_id uuid not null,
  -- Null: money only.
  instrument_id integer references instrument,
  reason text not null,
  primary key (portfolio_id, transaction_id),
  constraint rejection_reason_known check (reason in ('invalid-quantity', 'invalid-price', 'invalid-fees',
    'invalid-amount', 'invalid-ratio', 'currency-mismatch', 'insufficient-quantity', 'lot-selection-not-allowed',
    'side-conflict', 'same-account', 'same-instrument', 'unknown-lot', 'lot-selection-mismatch', 'missing-fx-rate'))
);
create index rejection_key_idx on rejection (portfolio_id, coalesce(instrument_id, 0));

create table position (
  portfolio_id uuid not null references portfolio,
  instrument_id integer not null references instrument,
  -- Null while every transaction of the instrument was rejected.
  currency text,
  quantity numeric not null,
  unit numeric not null default 1,
  cost_basis numeric not null,
  realized_gain numeric not null,
  fees numeric not null,
  -- Dividends before tax, what was withheld of them, and fees on them.
  income numeric not null default 0,
  withheld_tax numeric not null default 0,
  income_fees numeric not null default 0,
  base_cost_basis numeric,
  base_realized_gain numeric,
  exchange_gain numeric,
  -- The ledger order of the newest matched transaction: what comes later is appended, what comes earlier re-matches.
  last_traded_at timestamptz not null,
  last_order_sequence bigint not null,
  primary key (portfolio_id, instrument_id),
  constraint position_currency_form check (currency ~ '^[A-Z]{3}$'),
  constraint position_sign check (
    (quantity > 0 and cost_basis >= 0) or (quantity = 0 and cost_basis = 0) or quantity < 0
  ),
  constraint position_unit_whole check (unit >= 1 and unit = trunc(unit)),
  constraint position_base_whole check (num_nulls(base_cost_basis, base_realized_gain, exchange_gain) in (0, 3)),
  constraint position_finite check (quantity <> 'NaN' and cost_basis <> 'NaN' and realized_gain <> 'NaN'),
  constraint position_fees_not_negative check (fees >= 0)
) with (fillfactor = 80);
create index position_instrument_idx on position (instrument_id);

create table tax_lot (
  portfolio_id uuid not null references portfolio,
  instrument_id integer not null references instrument,
  -- The transaction that opened it, wherever the lot went since: a transferred lot and what was spun off keep it.
  id uuid not null,
  side text not null,
  opened_at timestamptz not null,
  opened_sequence bigint not null,
  opened_date date not null,
  original_quantity numeric not null,
  -- Long: cost with fees. Short: proceeds less fees.
  original_cost numeric not null,
  remaining_quantity numeric not null,
  unit numeric not null default 1,
  original_base_cost numeric,
  -- Null for a pool of several openings.
  opening_rate numeric,
  -- What one share cost, as a fraction, where original cost ÷ original quantity is a rounded figure.
  unit_cost_numerator numeric,
  unit_cost_denominator numeric,
  primary key (portfolio_id, instrument_id, id),
  constraint tax_lot_side_known check (side in ('long', 'short')),
  constraint tax_lot_quantity_positive check (original_quantity > 0),
  constraint tax_lot_remaining_within check (remaining_quantity between 0 and original_quantity),
  constraint tax_lot_long_cost_not_negative check (side = 'short' or original_cost >= 0),
  constraint tax_lot_unit_whole check (unit >= 1 and unit = trunc(unit)),
  constraint tax_lot_unit_cost_whole check (num_nulls(unit_cost_numerator, unit_cost_denominator) in (0, 2))
) with (fillfactor = 80);
create index tax_lot_open_idx on tax_lot (portfolio_id, instrument_id, opened_at, opened_sequence)
  where remaining_quantity > 0;

create table disposal (
  portfolio_id uuid not null references portfolio,
  -- The transaction that closed lots.
  transaction_id uuid not null,
  instrument_id integer not null references instrument,
  side text not null,
  disposed_at timestamptz not null,
  disposed_sequence bigint not null,
  disposed_date date not null,
  quantity numeric not null,
  unit numeric not null default 1,
  proceeds numeric not null,
  cost_basis numeric not null,
  realized_gain numeric not null,
  exchange_rate numeric,
  base_proceeds numeric,
  base_cost_basis numeric,
  exchange_gain numeric,
  primary key (portfolio_id, transaction_id),
  constraint disposal_side_known check (side in ('long', 'short')),
  -- Zero when only cost was given back: a return of capital, the cash of a merger.
  constraint disposal_quantity_not_negative check (quantity >= 0),
  constraint disposal_unit_whole check (unit >= 1 and unit = trunc(unit)),
  constraint disposal_base_whole check (num_nulls(base_proceeds, base_cost_basis, exchange_gain) in (0, 3)),
  constraint disposal_gain_is_difference check (realized_gain = proceeds - cost_basis)
);
create index disposal_instrument_idx on disposal (instrument_id, portfolio_id);
create index disposal_order_idx on disposal (portfolio_id, disposed_at, disposed_sequence);

create table disposal_slice (
  portfolio_id uuid not null,
  transaction_id uuid not null,
  slice_number integer not null,
  instrument_id integer not null,
  lot_id uuid not null,
  -- Counted as the disposal's is.
  quantity numeric not null,
  proceeds numeric not null,
  cost_basis numeric not null,
  realized_gain numeric not null,
  base_proceeds numeric,
  base_cost_basis numeric,
  exchange_gain numeric,
  primary key (portfolio_id, transaction_id, slice_number),
  constraint disposal_slice_disposal_fkey foreign key (portfolio_id, transaction_id) references disposal,
  constraint disposal_slice_lot_fkey foreign key (portfolio_id, instrument_id, lot_id) references tax_lot,
  constraint disposal_slice_lot_once unique (portfolio_id, instrument_id, lot_id, transaction_id),
  constraint disposal_slice_number_positive check (slice_number > 0),
  constraint disposal_slice_quantity_not_negative check (quantity >= 0),
  constraint disposal_slice_base_whole check (num_nulls(base_proceeds, base_cost_basis, exchange_gain) in (0, 3)),
  constraint disposal_slice_gain_is_difference check (realized_gain = proceeds - cost_basis)
);

-- What each matched transaction did to a portfolio's money: its balances are the sums. Of buys and sells only where the
-- portfolio tracks its cash.
create table cash_flow (
  portfolio_id uuid not null references portfolio,
  -- Of money received from another portfolio: the transaction there.
  transaction_id uuid not null,
  currency text not null,
  instrument_id integer references instrument,
  type text not null,
  amount numeric not null,
  flowed_at timestamptz not null,
  flowed_sequence bigint not null,
  primary key (portfolio_id, transaction_id, currency),
  constraint cash_flow_currency_form check (currency ~ '^[A-Z]{3}$')
);
create index cash_flow_order_idx on cash_flow (portfolio_id, currency, flowed_at, flowed_sequence) include (amount);
create index cash_flow_key_idx on cash_flow (portfolio_id, coalesce(instrument_id, 0));
