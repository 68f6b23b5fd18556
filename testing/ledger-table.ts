/*
 * Ledgers as text, so that a test reads as the rule that it holds.
 *
 *   b1 A buy 10 X @ 100 fee 1 in USD rate 0.9      s1 A sell 4 X @ 110 of b1:3 b2:1
 *   sp split X 3:2                                 t1 A transfer 6 X to B fee 1 of b1:6
 *   i1 A receive 5 X for 40 acquired 2019-06-03    o1 A deliver 4 X
 *   d1 A dividend 20 X tax 3 fee 1                 c1 A deposit 100 (withdrawal, interest, fee, tax)
 *   c2 A move 5 to B                               r1 A return 80 X
 *   so spin-off X to Y 1:4 share 0.2               m1 merger X to Y 3:2 cash 30 share 0.25
 *   n1 rename X to Y
 *
 * Transactions happen a day apart, from 2024-01-01 on. Amounts are shown to 8 decimals, quantities exactly.
 */
import { INPUT_SCALE, money, price, quantity, type Price, roundMoney, type Money } from "#domain/amounts.ts";
import type { LedgerRules } from "#domain/holding.ts";
import { applyToLedger } from "#domain/ledger/apply-to-ledger.ts";
import { EMPTY_LEDGER, type LedgerResult } from "#domain/ledger/ledger.ts";
import type { Transaction } from "#domain/ledger/transaction-types.ts";
import { formatDecimal, parseDecimal } from "#domain/decimal.ts";
import { type Ratio, ratioOf } from "#domain/ratio.ts";
import type { LedgerPlace } from "#domain/transaction.ts";
import { remainingBaseCost, remainingCost } from "#domain/tax-lot.ts";

/** Returns what follows from the lines under the rules; FIFO without short selling where they say nothing. */
export function ledgerOf(lines: readonly string[], rules: Partial<LedgerRules> = {}): LedgerResult {
  const all = { method: "fifo", allowShort: false, ...rules } as const;
  return applyToLedger(EMPTY_LEDGER, lines.map(transactionOf), () => all);
}

/** Returns the open lots: "A/X b1: 10 for 1000 since 2024-01-01", in matching order. */
export function lotTexts({ ledger }: LedgerResult): string[] {
  return ledger.holdings.flatMap(({ account, instrument, holding }) =>
    holding.lots.map((lot) => {
      const sign = lot.side === "short" ? -1n : 1n;
      const base = remainingBaseCost(lot);
      const inBase = base === undefined ? "" : `, base ${shown((sign * base) as Money)}`;
      const count = exactQuantity(sign * lot.remainingQuantity, lot.unit);
      const cost = shown((sign * remainingCost(lot)) as Money);
      return `${account}/${instrument} ${lot.id}: ${count} for ${cost}${inBase} since ${dateOf(lot.openedAt)}`;
    }),
  );
}

/** Returns the slices: "s1 A/X b1: 4 long, 440 - 400 = 40", with the base figures behind where there are any. */
export function gainTexts({ disposals }: LedgerResult): string[] {
  return disposals.flatMap(({ id, account, instrument, side, unit, slices }) =>
    slices.map((slice) => {
      const count = exactQuantity(slice.quantity, unit);
      const [proceeds, cost, gain] = [slice.proceeds, slice.costBasis, slice.realizedGain].map(shown);
      const { base } = slice;
      const inBase =
        base === undefined
          ? ""
          : `; base ${shown(base.proceeds)} - ${shown(base.costBasis)} = ${shown(base.realizedGain)}, currency ${shown(base.exchangeGain)}`;
      return `${id} ${account}/${instrument} ${slice.lotId}: ${count} ${side}, ${proceeds} - ${cost} = ${gain}${inBase}`;
    }),
  );
}

/** Returns what was not applied: "s1 rejected insufficient-quantity". */
export function refusalTexts({ outcomes }: LedgerResult): string[] {
  return outcomes.flatMap((each) =>
    each.status === "matched" ? [] : [`${each.transactionId} ${each.status} ${each.reason}`],
  );
}

/** Returns the balances: "A USD 480". */
export function cashTexts({ ledger }: LedgerResult): string[] {
  return ledger.cash.map(({ account, currency, balance }) => `${account} ${currency} ${shown(balance)}`);
}

/** Returns income, interest, expenses and taxes that are not zero: "A X dividends 20", "A USD expenses 1". */
export function incomeTexts({ ledger }: LedgerResult): string[] {
  const rows = [
    ...ledger.income.map(
      (row) => [`${row.account} ${row.instrument}`, row, ["dividends", "withheld", "fees"]] as const,
    ),
    ...ledger.cashEntries.map(
      (row) => [`${row.account} ${row.currency}`, row, ["interest", "expenses", "taxes"]] as const,
    ),
  ];
  return rows.flatMap(([name, row, fields]) =>
    fields.flatMap((field) => {
      const amount = (row as unknown as Record<string, Money>)[field] ?? money("0");
      return amount === 0n ? [] : [`${name} ${field} ${shown(amount)}`];
    }),
  );
}

function transactionOf(line: string, index: number): Transaction {
  const [id = "", ...words] = line.split(" ");
  const place = {
    id,
    orderSequence: index + 1,
    tradedAt: Date.UTC(2024, 0, 1 + index),
    tradeDate: dateOf(Date.UTC(2024, 0, 1 + index)),
  };
  const after = (word: string, absent = ""): string => {
    const at = words.indexOf(word);
    return at === -1 ? absent : (words[at + 1] ?? "");
  };
  const exchangeRate = words.includes("rate") ? price(after("rate")) : undefined;
  const isAccounts = words[0]?.length === 1;
  return isAccounts
    ? inAccount({ ...place, account: words[0] ?? "", exchangeRate }, words.slice(1), after)
    : corporateAction({ ...place, exchangeRate }, words, after);
}

type After = (word: string, absent?: string) => string;
type Place = LedgerPlace & { readonly exchangeRate: Price | undefined };

function inAccount(place: Place & { account: string }, words: readonly string[], after: After): Transaction {
  const [type = "", amount = "", instrument = ""] = words;
  const currency = after("in", "USD");
  const fees = money(after("fee", "0"));
  const lots = words.includes("of") ? words.slice(words.indexOf("of") + 1).map(selectionOf) : undefined;
  switch (type) {
    case "buy":
    case "sell":
      return {
        ...place,
        type,
        instrument,
        quantity: quantity(amount),
        price: price(after("@")),
        fees,
        currency,
        lots,
      };
    case "transfer":
      return { ...place, type, instrument, quantity: quantity(amount), toAccount: after("to"), fees, lots };
    case "receive": {
      const acquiredAt = words.includes("acquired") ? Date.parse(after("acquired")) : undefined;
      const cost = money(after("for"));
      return {
        ...place,
        type: "transfer-in",
        instrument,
        quantity: quantity(amount),
        cost,
        acquiredAt,
        currency,
      };
    }
    case "deliver":
      return { ...place, type: "transfer-out", instrument, quantity: quantity(amount), lots };
    case "dividend":
      return {
        ...place,
        type,
        instrument,
        amount: money(amount),
        tax: money(after("tax", "0")),
        fees,
        currency,
      };
    case "return":
      return { ...place, type: "return-of-capital", instrument, amount: money(amount), currency };
    case "move":
      return { ...place, type: "cash-transfer", toAccount: after("to"), amount: money(amount), currency };
    case "deposit":
    case "withdrawal":
    case "interest":
    case "fee":
    case "tax":
      return { ...place, type, amount: money(amount), currency };
    default:
      throw new Error(`unreadable: ${type}`);
  }
}

function corporateAction(place: Place, words: readonly string[], after: After): Transaction {
  const [type = "", instrument = ""] = words;
  const toInstrument = after("to");
  const ratio = ratioIn(words.find((word) => word.includes(":")) ?? "1:1");
  switch (type) {
    case "split":
      return { ...place, type, instrument, ratio };
    case "spin-off":
      return { ...place, type, instrument, toInstrument, ratio, costShare: decimalRatio(after("share")) };
    case "merger": {
      const costShare = decimalRatio(after("share", "0"));
      const cash = words.includes("cash")
        ? { perShare: price(after("cash")), costShare, currency: after("in", "USD") }
        : undefined;
      return { ...place, type, instrument, toInstrument, ratio, cash };
    }
    case "rename":
      return { ...place, type: "symbol-change", instrument, toInstrument };
    default:
      throw new Error(`unreadable: ${type}`);
  }
}

function selectionOf(text: string) {
  const [lotId = "", count = ""] = text.split(":");
  return { lotId, quantity: quantity(count) };
}

function ratioIn(text: string): Ratio {
  const [newer = "", older = ""] = text.split(":");
  return ratioOf(BigInt(newer), BigInt(older));
}

function decimalRatio(text: string): Ratio {
  return ratioOf(parseDecimal(text, INPUT_SCALE) ?? 0n, 10n ** BigInt(INPUT_SCALE));
}

/** "2.5", or "20/3" where no decimal is exact. */
function exactQuantity(count: bigint, unit = 1n): string {
  const { numerator, denominator } = ratioOf(count, unit);
  if (denominator === 1n) return formatDecimal(numerator, INPUT_SCALE);
  const exact = ratioOf(numerator, denominator * 10n ** BigInt(INPUT_SCALE));
  return `${exact.numerator}/${exact.denominator}`;
}

function dateOf(instantMs: number): string {
  return new Date(instantMs).toISOString().slice(0, 10);
}

function shown(value: Money): string {
  return roundMoney(value, 8);
}
