import type { Quantity } from "../amounts.ts";
import { greatestCommonDivisor, type Ratio } from "../ratio.ts";
import { type Refusal, rejected } from "../transaction.ts";
import type { OpenLedger } from "./open-ledger.ts";

/** Returns why lots of one instrument cannot become lots of another, or undefined when they can. */
export function judgeConversion(
  ledger: OpenLedger,
  conversion: { instrument: string; toInstrument: string; account?: string | undefined; ratio: Ratio },
): Refusal | undefined {
  const { instrument, toInstrument, account, ratio } = conversion;
  if (ratio.numerator <= 0n) return rejected("invalid-ratio");
  if (instrument === toInstrument) return rejected("same-instrument");
  const [currency, toCurrency] = [ledger.currencyOf(instrument), ledger.currencyOf(toInstrument)];
  if (currency !== undefined && toCurrency !== undefined && currency !== toCurrency) {
    return rejected("currency-mismatch");
  }
  const conflicts = ledger
    .holdingsOf(instrument, account)
    .some((row) => row.holding.quantity * ledger.holding(row.account, toInstrument).quantity < 0n);
  return conflicts ? rejected("side-conflict") : undefined;
}

/** Returns the quantity × ratio, exactly, counted in as few parts of a share as possible. */
export function convertedQuantity(
  { quantity, unit }: { quantity: Quantity; unit: bigint },
  ratio: Ratio,
): { quantity: Quantity; unit: bigint } {
  const [count, parts] = [quantity * ratio.numerator, unit * ratio.denominator];
  const common = greatestCommonDivisor(count, parts);
  return { quantity: (count / common) as Quantity, unit: parts / common };
}
