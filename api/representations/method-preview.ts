import type { LotMethod, MethodPreview } from "#contracts/portfolios.ts";
import type { TransactionOutcome } from "#domain/transaction.ts";
import type { AmountChange } from "#domain/method-change.ts";
import type { PreviewedMethod } from "#use-cases/preview-method.ts";
import { toMoney } from "./amounts.ts";

export function toMethodPreview(previewed: PreviewedMethod, after: LotMethod): MethodPreview {
  const { change, symbolOf, lotMethod, progress } = previewed;
  return {
    lotMethod: { before: lotMethod, after },
    years: change.years
      .filter(({ total }) => total.before !== 0n || total.after !== 0n)
      .map(({ year, currency, total }) => ({ year, currency, realizedGain: toChange(total) })),
    positions: change.openCosts
      .filter((cost) => cost.change !== 0n)
      .map((cost) => ({
        symbol: symbolOf(cost.instrument),
        currency: cost.currency,
        costBasis: toChange(cost),
      }))
      .toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1)),
    transactions: change.outcomes.map((outcome) => ({
      id: outcome.transactionId,
      before: toOutcome(outcome.before),
      after: toOutcome(outcome.after),
    })),
    sequence: progress,
  };
}

function toChange({ before, after, change }: AmountChange) {
  return { before: toMoney(before), after: toMoney(after), change: toMoney(change) };
}

function toOutcome({ status, reason }: TransactionOutcome) {
  return reason === undefined ? { status } : { status, reason };
}
