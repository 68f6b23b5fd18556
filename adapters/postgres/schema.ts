import type { ColumnType, Generated } from "kysely";
import type { LotMethod, ParkReason } from "#contracts/portfolios.ts";
import type { TransactionType } from "#contracts/transaction-fields.ts";
import type { OutcomeReason } from "#contracts/transactions.ts";

/**
 * The tables as Kysely sees them. Units: `numeric` columns are exact decimal strings, `bigint` columns numbers (they are
 * sequences, far below 2^53), `timestamptz` ISO 8601 strings in UTC, `date` civil dates YYYY-MM-DD (see pool.ts).
 */
export interface Database {
  app_user: AppUserTable;
  session: SessionTable;
  portfolio: PortfolioTable;
  ledger_head: LedgerHeadTable;
  portfolio_state: PortfolioStateTable;
  instrument: InstrumentTable;
  transaction: TransactionTable;
  idempotency_key: IdempotencyKeyTable;
  outbox: OutboxTable;
  rejection: RejectionTable;
  position: PositionTable;
  tax_lot: TaxLotTable;
  disposal: DisposalTable;
  disposal_slice: DisposalSliceTable;
  cash_flow: CashFlowTable;
}

type SetByDatabase = ColumnType<string, never, never>;

interface AppUserTable {
  id: string;
  email: string;
  username: string;
  password_hash: string;
  active: Generated<boolean>;
  operator: Generated<boolean>;
  created_at: SetByDatabase;
}

interface SessionTable {
  id: string;
  user_id: string;
  token_hash: Buffer;
  created_at: SetByDatabase;
  expires_at: string;
  revoked_at: string | null;
}

interface PortfolioTable {
  id: string;
  owner_id: string;
  name: string;
  description: string;
  base_currency: string;
  lot_method: LotMethod;
  allow_short: boolean;
  track_cash: Generated<boolean>;
  rules_version: Generated<number>;
  archived: Generated<boolean>;
  created_at: SetByDatabase;
  updated_at: Generated<string>;
  deleted_at: string | null;
}

interface LedgerHeadTable {
  portfolio_id: string;
  head_sequence: Generated<number>;
  head_at: Generated<string>;
}

interface PortfolioStateTable {
  portfolio_id: string;
  applied_sequence: Generated<number>;
  epoch: Generated<number>;
  rules_version: Generated<number>;
  parked_at: string | null;
  parked_reason: ParkReason | null;
  parked_portfolio_id: string | null;
  parked_sequence: number | null;
  parked_transaction_id: string | null;
  failures: Generated<number>;
  last_failed_at: string | null;
  retry_at: string | null;
  attempted_head: number | null;
  attempted_rules_version: number | null;
  updated_at: Generated<string>;
}

interface InstrumentTable {
  id: Generated<number>;
  symbol: string;
  created_at: SetByDatabase;
}

export interface TransactionTable {
  portfolio_id: string;
  sequence: number;
  id: string;
  version: number;
  withdrawn: Generated<boolean>;
  order_sequence: number;
  instrument_id: number | null;
  type: TransactionType;
  quantity: string | null;
  price: string | null;
  amount: string | null;
  fees: string;
  tax: string;
  currency: string | null;
  exchange_rate: string | null;
  lots: LotSelectionRow[] | null;
  ratio_new: string | null;
  ratio_old: string | null;
  to_portfolio_id: string | null;
  to_instrument_id: number | null;
  cost_basis: string | null;
  acquired_at: string | null;
  acquired_date: string | null;
  cost_share: string | null;
  cash_per_share: string | null;
  traded_at: string;
  trade_date: string;
  notes: string;
  recorded_at: SetByDatabase;
}

/** One element of `transaction.lots`. Units: a decimal string. */
export interface LotSelectionRow {
  readonly lotId: string;
  readonly quantity: string;
}

interface IdempotencyKeyTable {
  user_id: string;
  key: string;
  fingerprint: Buffer;
  portfolio_ids: string[];
  transaction_ids: string[];
  created_at: SetByDatabase;
}

interface OutboxTable {
  id: Generated<number>;
  portfolio_id: string;
  sequence: number;
  correlation_id: string | null;
  created_at: SetByDatabase;
}

interface RejectionTable {
  portfolio_id: string;
  transaction_id: string;
  instrument_id: number | null;
  reason: OutcomeReason;
}

interface PositionTable {
  portfolio_id: string;
  instrument_id: number;
  currency: string | null;
  quantity: string;
  unit: string;
  cost_basis: string;
  realized_gain: string;
  fees: string;
  income: string;
  withheld_tax: string;
  income_fees: string;
  base_cost_basis: string | null;
  base_realized_gain: string | null;
  exchange_gain: string | null;
  last_traded_at: string;
  last_order_sequence: number;
}

interface TaxLotTable {
  portfolio_id: string;
  id: string;
  instrument_id: number;
  side: "long" | "short";
  opened_at: string;
  opened_sequence: number;
  opened_date: string;
  original_quantity: string;
  original_cost: string;
  remaining_quantity: string;
  unit: string;
  original_base_cost: string | null;
  opening_rate: string | null;
  unit_cost_numerator: string | null;
  unit_cost_denominator: string | null;
}

interface DisposalTable {
  portfolio_id: string;
  transaction_id: string;
  instrument_id: number;
  side: "long" | "short";
  disposed_at: string;
  disposed_sequence: number;
  disposed_date: string;
  quantity: string;
  unit: string;
  proceeds: string;
  cost_basis: string;
  realized_gain: string;
  exchange_rate: string | null;
  base_proceeds: string | null;
  base_cost_basis: string | null;
  exchange_gain: string | null;
}

interface DisposalSliceTable {
  portfolio_id: string;
  transaction_id: string;
  slice_number: number;
  instrument_id: number;
  lot_id: string;
  quantity: string;
  proceeds: string;
  cost_basis: string;
  realized_gain: string;
  base_proceeds: string | null;
  base_cost_basis: string | null;
  exchange_gain: string | null;
}

interface CashFlowTable {
  portfolio_id: string;
  transaction_id: string;
  currency: string;
  instrument_id: number | null;
  type: TransactionType;
  amount: string;
  flowed_at: string;
  flowed_sequence: number;
}
