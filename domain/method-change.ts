/*
 * What a change of rules does to the past: the same transactions under the rules before and after.
 *
 * Problem. The lot method, short selling and the base currency are settings of an account, and a change of them
 * re-matches every transaction there is. Years that may be closed, and reported to somebody, change with it.
 * Its owner has to see that before, not after.
 *
 * Approach. The caller replays the transactions under both rules (`replayLedger`) and hands over the two
 * results; here they are laid side by side for one account:
 *   years       realized gain per calendar year of the disposal's local date and currency, divided by term
 *   outcomes    transactions that were accepted before and are not after, or the other way round, or refused
 *               for another reason
 *   openCosts   the cost of what is still open, per instrument
 *
 * Worked example: buy 10 at 10 (2022-03-01) and 10 at 30 (2023-02-01), sell 10 at 40 on 2023-06-01 and the
 * rest at 40 on 2024-06-03, once under FIFO and then under HIFO.
 *   2023   before 300 long    after 100 short   change −200 (short +100, long −300)
 *   2024   before 100 long    after 300 long    change +200
 *   Nothing is open any more: what one year loses the other gains.
 *
 * That holds in general as long as the same transactions are accepted and no lots are transferred: the realized
 * gains change in sum by as much as the open cost does, to the last digit, because what the trades brought and
 * took in cash is the same.
 *
 * Terms. Under average cost a disposal comes out of a pool, which has no opening of its own: its gain is listed
 * under `unknown`, and a change from or to average cost moves gains between the known terms and that.
 *
 * The year is that of the disposal's local date; only where none was recorded, that of its UTC date.
 *
 * Limits. Gains are in the instrument's currency. An outcome carries no account: all that are given are
 * compared, also of other accounts, which a change here reaches when lots were transferred between them.
 */
import { add, type Money, subtract, ZERO_MONEY } from "./amounts.ts";
import { gainByTerm, type Term } from "./gain-by-term.ts";
import { invariant } from "./invariant.ts";
import type { AccountDisposal, LedgerResult } from "./ledger/ledger.ts";
import { compareText } from "./ledger/open-ledger.ts";
import type { LotMethod } from "./lot-order.ts";
import type { TransactionOutcome } from "./transaction.ts";

/** What is compared: two results of the same transactions, for one account. */
export interface MethodChangeQuestion {
  readonly account: string;
  readonly before: MatchedLedger;
  readonly after: MatchedLedger;
}

/** What a replay came to, and the lot method that the account had in it. */
export interface MatchedLedger extends Pick<LedgerResult, "disposals" | "outcomes" | "ledger"> {
  readonly method: LotMethod;
}

/** What the change of rules does to one account. */
export interface MethodChange {
  /** Years with a disposal before or after, changed or not. Shape: sorted by year, then currency; may be empty. */
  readonly years: readonly YearChange[];
  /** Only those that differ. Shape: in ledger order; may be empty. */
  readonly outcomes: readonly OutcomeChange[];
  /** Instruments that are held before or after, changed or not. Shape: sorted by instrument; may be empty. */
  readonly openCosts: readonly OpenCostChange[];
}

/** An amount before and after. */
export interface AmountChange {
  readonly before: Money;
  readonly after: Money;
  /** after − before. */
  readonly change: Money;
}

/** The realized gain of one calendar year in one currency; the three terms add up to `total` exactly. */
export interface YearChange extends Readonly<Record<Term | "total", AmountChange>> {
  readonly year: number;
  readonly currency: string;
}

/** A transaction that does not fare the same before and after. */
export interface OutcomeChange {
  readonly transactionId: string;
  readonly before: TransactionOutcome;
  readonly after: TransactionOutcome;
}

/** The cost basis of what is open of one instrument; negative for a short holding, zero where nothing is held. */
export interface OpenCostChange extends AmountChange {
  readonly instrument: string;
  readonly currency: string;
}

/**
 * Returns what a change of rules does to an account: gains by year, outcomes, open cost.
 *
 * Errors: results of different transactions are a bug.
 */
export function compareMethods({ account, before, after }: MethodChangeQuestion): MethodChange {
  return {
    years: yearChanges(gainsByYear(account, before), gainsByYear(account, after)),
    outcomes: outcomeChanges(before.outcomes, after.outcomes),
    openCosts: openCostChanges(openCosts(account, before), openCosts(account, after)),
  };
}

/** The gains of one year and currency. */
interface YearGains extends Readonly<Record<Term | "total", Money>> {
  readonly year: number;
  readonly currency: string;
}

function gainsByYear(account: string, matched: MatchedLedger): ReadonlyMap<string, YearGains> {
  const currencies = new Map(
    matched.ledger.instruments.map(({ instrument, currency }) => [instrument, currency]),
  );
  const gains = new Map<string, YearGains>();
  for (const disposal of matched.disposals) {
    if (disposal.account !== account) continue;
    const currency = currencies.get(disposal.instrument);
    invariant(currency !== undefined, `${disposal.instrument} was disposed of and has no currency`);
    const year = yearOf(disposal);
    const key = `${year} ${currency}`;
    const sum = gains.get(key) ?? { year, currency, ...NO_GAINS };
    const { short, long, unknown } = gainByTerm(disposal, matched.method);
    gains.set(key, {
      year,
      currency,
      total: add(sum.total, disposal.realizedGain),
      short: add(sum.short, short.realizedGain),
      long: add(sum.long, long.realizedGain),
      unknown: add(sum.unknown, unknown.realizedGain),
    });
  }
  return gains;
}

const NO_GAINS = { total: ZERO_MONEY, short: ZERO_MONEY, long: ZERO_MONEY, unknown: ZERO_MONEY };

/** The year in which the disposal counts: by the calendar where it was made, else by UTC. */
function yearOf({ disposedDate, disposedAt }: AccountDisposal): number {
  return disposedDate === undefined
    ? new Date(disposedAt).getUTCFullYear()
    : Number(disposedDate.slice(0, 4));
}

function yearChanges(
  before: ReadonlyMap<string, YearGains>,
  after: ReadonlyMap<string, YearGains>,
): YearChange[] {
  return [...new Map([...before, ...after])]
    .map(([key, { year, currency }]): YearChange => {
      const [old, now] = [before.get(key) ?? NO_GAINS, after.get(key) ?? NO_GAINS];
      return {
        year,
        currency,
        total: changeOf(old.total, now.total),
        short: changeOf(old.short, now.short),
        long: changeOf(old.long, now.long),
        unknown: changeOf(old.unknown, now.unknown),
      };
    })
    .toSorted((a, b) => a.year - b.year || compareText(a.currency, b.currency));
}

function changeOf(before: Money, after: Money): AmountChange {
  return { before, after, change: subtract(after, before) };
}

function outcomeChanges(
  before: readonly TransactionOutcome[],
  after: readonly TransactionOutcome[],
): OutcomeChange[] {
  const outcomeBefore = new Map(before.map((outcome) => [outcome.transactionId, outcome]));
  invariant(outcomeBefore.size === after.length, "the results are of different transactions");
  return after.flatMap((now) => {
    const old = outcomeBefore.get(now.transactionId);
    invariant(old !== undefined, `transaction ${now.transactionId} is in one result only`);
    const isSame = old.status === now.status && old.reason === now.reason;
    return isSame ? [] : [{ transactionId: now.transactionId, before: old, after: now }];
  });
}

/** The cost of what is open, and in which currency. */
interface OpenCost {
  readonly instrument: string;
  readonly currency: string;
  readonly costBasis: Money;
}

function openCosts(account: string, { ledger }: MatchedLedger): ReadonlyMap<string, OpenCost> {
  const rows = ledger.holdings.filter((row) => row.account === account && row.holding.quantity !== 0n);
  return new Map(
    rows.map(({ instrument, holding: { currency, costBasis } }) => {
      invariant(currency !== undefined, `${instrument} is held and has no currency`);
      return [`${currency} ${instrument}`, { instrument, currency, costBasis }];
    }),
  );
}

function openCostChanges(
  before: ReadonlyMap<string, OpenCost>,
  after: ReadonlyMap<string, OpenCost>,
): OpenCostChange[] {
  return [...new Map([...before, ...after])]
    .map(([key, { instrument, currency }]): OpenCostChange => {
      const [old, now] = [before.get(key)?.costBasis, after.get(key)?.costBasis];
      return { instrument, currency, ...changeOf(old ?? ZERO_MONEY, now ?? ZERO_MONEY) };
    })
    .toSorted((a, b) => compareText(a.instrument, b.instrument) || compareText(a.currency, b.currency));
}
