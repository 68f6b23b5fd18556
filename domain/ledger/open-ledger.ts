import { add, type Money, ZERO_MONEY } from "../amounts.ts";
import { EMPTY_HOLDING, type LedgerRules } from "../holding.ts";
import { closeHolding, openHolding, type OpenHolding } from "../open-holding.ts";
import type {
  AccountDisposal,
  AccountHolding,
  CashEntryTotals,
  CashFlow,
  ChangedLots,
  HoldingPlace,
  Income,
  Ledger,
  LotMovement,
} from "./ledger.ts";

/** Returns the rules of an account. */
export type RulesOf = (account: string) => LedgerRules;

/** A holding, and where, while a batch runs. */
export interface OpenAccountHolding extends HoldingPlace {
  readonly holding: OpenHolding;
}

/** The money of one currency in one account while a batch runs. */
interface OpenCash {
  readonly account: string;
  readonly currency: string;
  balance: Money;
}

/** A ledger while a batch runs over it. Lives as long as one batch; the ledger that it was opened from stays. */
export class OpenLedger {
  readonly rulesOf: RulesOf;
  readonly disposals: AccountDisposal[] = [];
  readonly movements: LotMovement[] = [];
  readonly cashFlows: CashFlow[] = [];
  #transactionId = "";
  readonly #holdings = new Map<string, OpenAccountHolding>();
  /** Most batches are about one holding: the one that was asked for last is found without a key being made. */
  #lastHolding: OpenAccountHolding | undefined;
  readonly #untouched: readonly AccountHolding[];
  readonly #currencies: Map<string, string>;
  readonly #cash: Map<string, OpenCash>;
  #lastCash: OpenCash | undefined;
  readonly #income: Map<string, Income>;
  readonly #cashEntries: Map<string, CashEntryTotals>;

  constructor(ledger: Ledger, rulesOf: RulesOf) {
    this.rulesOf = rulesOf;
    this.#untouched = ledger.holdings;
    this.#currencies = new Map(ledger.instruments.map(({ instrument, currency }) => [instrument, currency]));
    this.#cash = new Map(ledger.cash.map((row) => [keyOf(row.account, row.currency), { ...row }]));
    this.#income = new Map(ledger.income.map((row) => [incomeKey(row), row]));
    this.#cashEntries = new Map(ledger.cashEntries.map((row) => [keyOf(row.account, row.currency), row]));
    for (const row of ledger.holdings) {
      if (row.holding.currency !== undefined) this.setCurrency(row.instrument, row.holding.currency);
    }
  }

  /** Returns the holding of the instrument in the account, an empty one when there is none yet. */
  holding(account: string, instrument: string): OpenHolding {
    const last = this.#lastHolding;
    if (last !== undefined && last.instrument === instrument && last.account === account) return last.holding;
    const key = keyOf(account, instrument);
    let row = this.#holdings.get(key);
    if (row === undefined) {
      const given = this.#given().get(key)?.holding ?? EMPTY_HOLDING;
      row = { account, instrument, holding: openHolding(given, this.rulesOf(account)) };
      this.#holdings.set(key, row);
    }
    this.#lastHolding = row;
    return row.holding;
  }

  /** Returns the instrument's holdings with something in them, by account; of one account if it is given. */
  holdingsOf(instrument: string, account?: string): OpenAccountHolding[] {
    for (const row of this.#untouched) {
      if (row.instrument === instrument) this.holding(row.account, instrument);
    }
    return [...this.#holdings.values()]
      .filter((row) => row.instrument === instrument && row.holding.quantity !== 0n)
      .filter((row) => account === undefined || row.account === account)
      .toSorted((a, b) => compareText(a.account, b.account));
  }

  /** Returns all accounts that ever held the instrument, or that it paid something. */
  accountsOf(instrument: string): string[] {
    const all = [...this.#untouched, ...this.#holdings.values(), ...this.#income.values()];
    const rows = all.filter((row) => row.instrument === instrument);
    return [...new Set(rows.map((row) => row.account))].toSorted(compareText);
  }

  currencyOf(instrument: string): string | undefined {
    return this.#currencies.get(instrument);
  }

  /** Makes the currency of an accepted transaction the instrument's, unless it has one. */
  setCurrency(instrument: string, currency: string): void {
    if (!this.#currencies.has(instrument)) this.#currencies.set(instrument, currency);
  }

  /** Names the transaction that what follows belongs to. */
  begin(transactionId: string): void {
    this.#transactionId = transactionId;
  }

  addCash(account: string, currency: string, amount: Money): void {
    if (amount !== 0n) {
      this.cashFlows.push({ transactionId: this.#transactionId, account, currency, amount });
    }
    const row = this.#openCash(account, currency);
    row.balance = add(row.balance, amount);
  }

  #openCash(account: string, currency: string): OpenCash {
    const last = this.#lastCash;
    if (last !== undefined && last.currency === currency && last.account === account) return last;
    const key = keyOf(account, currency);
    let row = this.#cash.get(key);
    if (row === undefined) {
      row = { account, currency, balance: ZERO_MONEY };
      this.#cash.set(key, row);
    }
    this.#lastCash = row;
    return row;
  }

  addIncome(added: Income): void {
    const key = incomeKey(added);
    const before = this.#income.get(key);
    if (before === undefined) {
      this.#income.set(key, added);
      return;
    }
    this.#income.set(key, {
      ...before,
      dividends: add(before.dividends, added.dividends),
      withheld: add(before.withheld, added.withheld),
      fees: add(before.fees, added.fees),
    });
  }

  /** Takes what an instrument paid in an account out of the books, to be entered elsewhere. */
  takeIncome(account: string, instrument: string): Income[] {
    const rows = [...this.#income.values()].filter(
      (row) => row.account === account && row.instrument === instrument,
    );
    for (const row of rows) this.#income.delete(incomeKey(row));
    return rows;
  }

  addCashEntry(
    account: string,
    currency: string,
    added: { interest?: Money; expenses?: Money; taxes?: Money },
  ): void {
    const key = keyOf(account, currency);
    const before = this.#cashEntries.get(key);
    this.#cashEntries.set(key, {
      account,
      currency,
      interest: add(before?.interest ?? ZERO_MONEY, added.interest ?? ZERO_MONEY),
      expenses: add(before?.expenses ?? ZERO_MONEY, added.expenses ?? ZERO_MONEY),
      taxes: add(before?.taxes ?? ZERO_MONEY, added.taxes ?? ZERO_MONEY),
    });
  }

  /** Returns the ledger as it stands. */
  close(): Ledger {
    const opened = [...this.#holdings].map(([key, { account, instrument, holding }]) => {
      const closed: AccountHolding = { account, instrument, holding: closeHolding(holding) };
      return [key, closed] as const;
    });
    const holdings = new Map([...this.#given(), ...opened]);
    return {
      holdings: [...holdings.values()].filter((row) => wasUsed(row)).toSorted(byAccountAndInstrument),
      cash: [...this.#cash.values()].toSorted(byAccountAndCurrency),
      income: [...this.#income.values()].toSorted(
        (a, b) => byAccountAndInstrument(a, b) || compareText(a.currency, b.currency),
      ),
      cashEntries: [...this.#cashEntries.values()].toSorted(byAccountAndCurrency),
      instruments: [...this.#currencies]
        .map(([instrument, currency]) => ({ instrument, currency }))
        .toSorted((a, b) => compareText(a.instrument, b.instrument)),
    };
  }

  /** Returns what is to be saved of the lots. */
  changedLots(): ChangedLots[] {
    return [...this.#holdings.values()].flatMap(({ account, instrument, holding }) => {
      const [openedLots, touchedLots] = [holding.lots.opened(), holding.lots.touched()];
      return openedLots.length + touchedLots.length === 0
        ? []
        : [{ account, instrument, openedLots, touchedLots }];
    });
  }

  #givenByKey: ReadonlyMap<string, AccountHolding> | undefined;

  #given(): ReadonlyMap<string, AccountHolding> {
    this.#givenByKey ??= new Map(this.#untouched.map((row) => [keyOf(row.account, row.instrument), row]));
    return this.#givenByKey;
  }
}

/** Orders text by its characters' codes, the same on every machine (`localeCompare` is not). */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// A rejected first trade opens a holding to be judged by, and leaves it as it was.
function wasUsed({ holding }: AccountHolding): boolean {
  return holding.currency !== undefined || holding.quantity !== 0n;
}

function byAccountAndInstrument(a: HoldingPlace, b: HoldingPlace): number {
  return compareText(a.account, b.account) || compareText(a.instrument, b.instrument);
}

function byAccountAndCurrency(
  a: { account: string; currency: string },
  b: { account: string; currency: string },
): number {
  return compareText(a.account, b.account) || compareText(a.currency, b.currency);
}

function incomeKey({ account, instrument, currency }: Income): string {
  return keyOf(keyOf(account, instrument), currency);
}

// The length makes the key of two names unambiguous, whatever characters they are made of.
function keyOf(first: string, second: string): string {
  return `${first.length}:${first}${second}`;
}
