/* The ledger of domain/ledger/ in another kind of number, as far as purchases and sales go, step for step. */
import { invariant } from "#domain/invariant.ts";
import type { AccountDisposal, CashFlow, ChangedLots, LedgerResult } from "#domain/ledger/ledger.ts";
import type { LedgerRules } from "#domain/match-lots.ts";
import { compareLedgerOrder, type Refusal, type TransactionOutcome } from "#domain/transaction.ts";
import type { Counterpart, HoldingIn, OpenHoldingIn, TradeIn } from "./counterpart.ts";
import type { InNumber } from "./in-number.ts";

/** One holding, and where: what an append starts from. */
export interface AccountHoldingIn<N> {
  readonly account: string;
  readonly instrument: string;
  readonly holding: HoldingIn<N>;
}

export interface LedgerResultIn<N> extends Pick<LedgerResult, "outcomes"> {
  readonly holdings: readonly AccountHoldingIn<N>[];
  readonly disposals: readonly InNumber<AccountDisposal, N>[];
  readonly cashFlows: readonly InNumber<CashFlow, N>[];
  readonly changedLots: readonly InNumber<ChangedLots, N>[];
}

/** As `applyToLedger` in domain/ledger/apply-to-ledger.ts. */
export function applyToLedgerIn<N, Open extends OpenHoldingIn<N>>(
  numbers: Counterpart<N, Open>,
  given: readonly AccountHoldingIn<N>[],
  { trades, rules }: { trades: readonly TradeIn<N>[]; rules: LedgerRules },
): LedgerResultIn<N> {
  const open = new OpenLedgerIn(numbers, given, rules);
  const outcomes: TransactionOutcome[] = [];
  let previous: TradeIn<N> | undefined;
  for (const trade of trades) {
    invariant(previous === undefined || compareLedgerOrder(previous, trade) < 0, "not in ledger order");
    previous = trade;
    const refusal = open.apply(trade);
    const transactionId = trade.id;
    outcomes.push(
      refusal === undefined ? { transactionId, status: "matched" } : { transactionId, ...refusal },
    );
  }
  const { disposals, cashFlows } = open;
  return { holdings: open.close(), outcomes, disposals, cashFlows, changedLots: open.changedLots() };
}

interface OpenAccountHolding<Open> {
  readonly account: string;
  readonly instrument: string;
  readonly holding: Open;
}

interface OpenCash<N> {
  readonly account: string;
  readonly currency: string;
  balance: N;
}

/** As `OpenLedger` in domain/ledger/open-ledger.ts, and `applyLedgerTrade` beside it. */
class OpenLedgerIn<N, Open extends OpenHoldingIn<N>> {
  readonly #numbers: Counterpart<N, Open>;
  readonly #rules: LedgerRules;
  readonly disposals: InNumber<AccountDisposal, N>[] = [];
  readonly cashFlows: InNumber<CashFlow, N>[] = [];
  readonly #holdings = new Map<string, OpenAccountHolding<Open>>();
  #lastHolding: OpenAccountHolding<Open> | undefined;
  readonly #given: ReadonlyMap<string, AccountHoldingIn<N>>;
  readonly #currencies = new Map<string, string>();
  readonly #cash = new Map<string, OpenCash<N>>();
  #lastCash: OpenCash<N> | undefined;

  constructor(numbers: Counterpart<N, Open>, given: readonly AccountHoldingIn<N>[], rules: LedgerRules) {
    this.#numbers = numbers;
    this.#rules = rules;
    this.#given = new Map(given.map((row) => [keyOf(row.account, row.instrument), row]));
    for (const { instrument, holding } of given) {
      if (holding.currency !== undefined) this.#currencies.set(instrument, holding.currency);
    }
  }

  apply(trade: TradeIn<N>): Refusal | undefined {
    const { account, instrument, currency } = trade;
    const holding = this.#holding(account, instrument);
    const known = this.#currencies.get(instrument);
    const judged = known === holding.currency ? holding : { ...holding, currency: known };
    const refusal = this.#numbers.judgeTrade(judged, trade, this.#rules);
    if (refusal !== undefined) return refusal;
    const disposal = this.#numbers.applyTrade(holding, trade, this.#rules);
    if (disposal !== undefined) this.disposals.push({ ...disposal, account, instrument });
    if (!this.#currencies.has(instrument)) this.#currencies.set(instrument, currency);
    this.#addCash(trade, this.#numbers.cashOf(trade));
    return undefined;
  }

  #holding(account: string, instrument: string): Open {
    const last = this.#lastHolding;
    if (last !== undefined && last.instrument === instrument && last.account === account) return last.holding;
    const key = keyOf(account, instrument);
    let row = this.#holdings.get(key);
    if (row === undefined) {
      const given = this.#given.get(key)?.holding ?? emptyHolding(this.#numbers.zero);
      row = { account, instrument, holding: this.#numbers.openHolding(given, this.#rules) };
      this.#holdings.set(key, row);
    }
    this.#lastHolding = row;
    return row.holding;
  }

  #addCash({ id: transactionId, account, currency }: TradeIn<N>, amount: N): void {
    if (!this.#numbers.isZero(amount)) this.cashFlows.push({ transactionId, account, currency, amount });
    const row = this.#openCash(account, currency);
    row.balance = this.#numbers.add(row.balance, amount);
  }

  #openCash(account: string, currency: string): OpenCash<N> {
    const last = this.#lastCash;
    if (last !== undefined && last.currency === currency && last.account === account) return last;
    const key = keyOf(account, currency);
    let row = this.#cash.get(key);
    if (row === undefined) {
      row = { account, currency, balance: this.#numbers.zero };
      this.#cash.set(key, row);
    }
    this.#lastCash = row;
    return row;
  }

  close(): AccountHoldingIn<N>[] {
    return [...this.#holdings.values()].map(({ account, instrument, holding }) => {
      return { account, instrument, holding: this.#numbers.closeHolding(holding) };
    });
  }

  changedLots(): InNumber<ChangedLots, N>[] {
    return [...this.#holdings.values()].map(({ account, instrument, holding }) => {
      const [openedLots, touchedLots] = [holding.lots.opened(), holding.lots.touched()];
      return { account, instrument, openedLots, touchedLots };
    });
  }
}

/** As `EMPTY_HOLDING` in domain/holding.ts. */
export function emptyHolding<N>(zero: N): HoldingIn<N> {
  return {
    currency: undefined,
    quantity: zero,
    costBasis: zero,
    realizedGain: zero,
    fees: zero,
    lots: [],
  };
}

function keyOf(first: string, second: string): string {
  return `${first.length}:${first}${second}`;
}
