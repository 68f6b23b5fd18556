import type { ColumnType, Generated } from "kysely";

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
}

type SetByDatabase = ColumnType<string, never, never>;

interface AppUserTable {
  id: string;
  email: string;
  username: string;
  password_hash: string;
  active: Generated<boolean>;
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
  lot_method: "fifo";
  allow_short: boolean;
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
  parked_reason: string | null;
  updated_at: Generated<string>;
}

interface InstrumentTable {
  id: Generated<number>;
  symbol: string;
  created_at: SetByDatabase;
}

interface TransactionTable {
  portfolio_id: string;
  sequence: number;
  id: string;
  version: number;
  withdrawn: Generated<boolean>;
  order_sequence: number;
  instrument_id: number;
  type: "buy" | "sell";
  quantity: string;
  price: string;
  fees: string;
  currency: string;
  traded_at: string;
  trade_date: string;
  notes: string;
  recorded_at: SetByDatabase;
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
  instrument_id: number;
  reason: "insufficient-quantity" | "currency-mismatch";
}

interface PositionTable {
  portfolio_id: string;
  instrument_id: number;
  currency: string | null;
  quantity: string;
  cost_basis: string;
  realized_gain: string;
  fees: string;
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
  proceeds: string;
  cost_basis: string;
  realized_gain: string;
}

interface DisposalSliceTable {
  portfolio_id: string;
  transaction_id: string;
  slice_number: number;
  lot_id: string;
  quantity: string;
  proceeds: string;
  cost_basis: string;
  realized_gain: string;
}
