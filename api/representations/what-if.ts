import type { WhatIf, WhatIfOutcome } from "#contracts/planning.ts";
import { LOT_METHODS, type LotMethod } from "#contracts/portfolios.ts";
import type { Disposal as DisposalOut } from "#contracts/positions.ts";
import type { Disposal } from "#domain/disposal.ts";
import { invariant } from "#domain/invariant.ts";
import type { GainByTerm } from "#domain/gain-by-term.ts";
import type { AskedWhatIf } from "#use-cases/ask-what-if.ts";
import { disposalRowOf } from "#use-cases/stored-figures.ts";
import { toMoney } from "./amounts.ts";
import { toDisposal } from "./lot.ts";

type Asked = AskedWhatIf & { readonly symbol: string };

export function toWhatIf(asked: Asked, trade: { price: string; priceAsOf: string | null }): WhatIf {
  return {
    symbol: asked.symbol,
    currency: asked.currency,
    ...trade,
    items: LOT_METHODS.map((lotMethod) => toOutcome(asked, lotMethod)),
    sequence: asked.progress,
  };
}

function toOutcome(asked: Asked, lotMethod: LotMethod): WhatIfOutcome {
  const answer = asked.answers[lotMethod];
  const outcome = { lotMethod, isCurrent: lotMethod === asked.lotMethod };
  if (!answer.ok) return { ...outcome, unavailable: answer.error };
  const { disposal, gainByTerm } = answer.value;
  if (disposal === undefined) return outcome;
  // Of a holding that is a pool already nobody knows the parts.
  const isKnown = asked.lotMethod !== "average";
  return {
    ...outcome,
    disposal: toDisposalToBe(asked, lotMethod, disposal),
    shortTermGain: isKnown ? toTermGain(gainByTerm, "short") : null,
    longTermGain: isKnown ? toTermGain(gainByTerm, "long") : null,
  };
}

function toTermGain(gain: GainByTerm, term: "short" | "long"): string {
  invariant(gain.unknown.realizedGain === 0n, "a stored lot has no date");
  return toMoney(gain[term].realizedGain);
}

/** By way of the rows that would be stored, so that it reads as it will once it is recorded. */
function toDisposalToBe(
  { symbol, currency, baseCurrency }: Asked,
  lotMethod: LotMethod,
  disposal: Disposal,
): Omit<DisposalOut, "id" | "transactionId"> {
  const isForeign = currency !== baseCurrency;
  const { slices, ...row } = disposalRowOf(disposal, { disposedSequence: 0, isForeign });
  const opened = disposal.slices.map(({ lot }) => lot);
  const {
    id: _id,
    transactionId: _transactionId,
    ...shown
  } = toDisposal(
    { ...row, symbol, currency, lot_method: lotMethod, base_currency: baseCurrency },
    slices.map((slice, index) => {
      const lot = opened[index];
      invariant(lot?.openedDate !== undefined, `slice ${index} has no lot with a date`);
      return {
        ...slice,
        transaction_id: row.transaction_id,
        opened_at: new Date(lot.openedAt).toISOString(),
        opened_date: lot.openedDate,
      };
    }),
  );
  return shown;
}
