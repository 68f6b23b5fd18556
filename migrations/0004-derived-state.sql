-- Derived state: everything here is a function of transaction and the portfolio's rules, and can be rebuilt to the
-- same bytes (npm run rebuild:check). Amounts are exact decimals; shares of a whole are rounded half to even at 36
-- decimals so that the parts always add up to the whole (docs/accounting).

-- The exceptions of matching. A transaction up to portfolio_state.applied_sequence that is not here is matched.
create table rejection (
  portfolio_id uuid not null references portfolio,
  transaction_id uuid not null,
  instrument_id integer not null references instrument,
  reason text not null,
  primary key (portfolio_id, transaction_id),
  constraint rejection_reason_known check (reason in ('insufficient-quantity', 'currency-mismatch'))
);
create index rejection_instrument_idx on rejection (instrument_id, portfolio_id);

create table position (
  portfolio_id uuid not null references portfolio,
  instrument_id integer not null references instrument,
  -- Null while every transaction of the instrument was rejected.
  currency text,
  quantity numeric not null,
  cost_basis numeric not null,
  realized_gain numeric not null,
  fees numeric not null,
  -- The ledger order of the newest matched transaction: what comes later is appended, what comes earlier re-matches.
  last_traded_at timestamptz not null,
  last_order_sequence bigint not null,
  primary key (portfolio_id, instrument_id),
  constraint position_currency_form check (currency ~ '^[A-Z]{3}$'),
  constraint position_sign check (
    (quantity > 0 and cost_basis >= 0) or (quantity = 0 and cost_basis = 0) or quantity < 0
  ),
  constraint position_finite check (quantity <> 'NaN' and cost_basis <> 'NaN' and realized_gain <> 'NaN'),
  constraint position_fees_not_negative check (fees >= 0)
) with (fillfactor = 80);
create index position_instrument_idx on position (instrument_id);

create table tax_lot (
  portfolio_id uuid not null references portfolio,
  -- The transaction that opened it.
  id uuid not null,
  instrument_id integer not null references instrument,
  side text not null,
  opened_at timestamptz not null,
  opened_sequence bigint not null,
  opened_date date not null,
  original_quantity numeric not null,
  -- Long: cost with fees. Short: proceeds less fees.
  original_cost numeric not null,
  remaining_quantity numeric not null,
  primary key (portfolio_id, id),
  constraint tax_lot_side_known check (side in ('long', 'short')),
  constraint tax_lot_quantity_positive check (original_quantity > 0),
  constraint tax_lot_remaining_within check (remaining_quantity between 0 and original_quantity),
  constraint tax_lot_long_cost_not_negative check (side = 'short' or original_cost >= 0)
) with (fillfactor = 80);
create index tax_lot_instrument_idx on tax_lot (instrument_id, portfolio_id);
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
  proceeds numeric not null,
  cost_basis numeric not null,
  realized_gain numeric not null,
  primary key (portfolio_id, transaction_id),
  constraint disposal_side_known check (side in ('long', 'short')),
  constraint disposal_quantity_positive check (quantity > 0),
  constraint disposal_gain_is_difference check (realized_gain = proceeds - cost_basis)
);
create index disposal_instrument_idx on disposal (instrument_id, portfolio_id);
create index disposal_order_idx on disposal (portfolio_id, disposed_at, disposed_sequence);

create table disposal_slice (
  portfolio_id uuid not null,
  transaction_id uuid not null,
  slice_number integer not null,
  lot_id uuid not null,
  quantity numeric not null,
  proceeds numeric not null,
  cost_basis numeric not null,
  realized_gain numeric not null,
  primary key (portfolio_id, transaction_id, slice_number),
  constraint disposal_slice_disposal_fkey foreign key (portfolio_id, transaction_id) references disposal,
  constraint disposal_slice_lot_fkey foreign key (portfolio_id, lot_id) references tax_lot (portfolio_id, id),
  constraint disposal_slice_lot_once unique (portfolio_id, lot_id, transaction_id),
  constraint disposal_slice_number_positive check (slice_number > 0),
  constraint disposal_slice_quantity_positive check (quantity > 0),
  constraint disposal_slice_gain_is_difference check (realized_gain = proceeds - cost_basis)
);
