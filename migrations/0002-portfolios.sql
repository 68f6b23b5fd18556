create table portfolio (
  id uuid primary key,
  owner_id uuid not null references app_user,
  name text not null,
  description text not null default '',
  base_currency text not null,
  lot_method text not null default 'fifo',
  allow_short boolean not null default false,
  -- Whether trades move the portfolio's cash.
  track_cash boolean not null default false,
  -- Grows when a setting changes that decides how lots are matched; portfolio_state says which one was applied.
  rules_version integer not null default 1,
  archived boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  deleted_at timestamptz,
  constraint portfolio_name_length check (length(name) between 1 and 80),
  constraint portfolio_description_length check (length(description) <= 500),
  constraint portfolio_base_currency_form check (base_currency ~ '^[A-Z]{3}$'),
  constraint portfolio_lot_method_known check (lot_method in ('fifo', 'lifo', 'hifo', 'average', 'specific'))
);
create index portfolio_owner_id_idx on portfolio (owner_id, created_at, id) where deleted_at is null;

-- The end of each portfolio's ledger. Apart from portfolio, and narrow, because every recorded transaction updates it;
-- its row lock is what makes the sequence gapless and in commit order.
create table ledger_head (
  portfolio_id uuid primary key references portfolio,
  head_sequence bigint not null default 0,
  head_at timestamptz not null default clock_timestamp(),
  constraint ledger_head_sequence_not_negative check (head_sequence >= 0)
) with (fillfactor = 50);

-- How far matching has come. Apart from ledger_head so that a long re-match never delays recording: they are
-- different row locks.
create table portfolio_state (
  portfolio_id uuid primary key references portfolio,
  applied_sequence bigint not null default 0,
  epoch integer not null default 0,
  rules_version integer not null default 1,
  -- Set while matching this portfolio fails for a reason that trying again does not cure.
  parked_at timestamptz,
  parked_reason text,
  updated_at timestamptz not null default clock_timestamp(),
  constraint portfolio_state_sequence_not_negative check (applied_sequence >= 0),
  constraint portfolio_state_parked_with_reason check ((parked_at is null) = (parked_reason is null))
) with (fillfactor = 50);
