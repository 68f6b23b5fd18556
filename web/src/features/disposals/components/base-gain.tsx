import type { Disposal } from "#contracts/positions.ts";
import { signOf } from "#web/components/decimal.ts";
import { Gain } from "#web/components/gain.tsx";

/** The gain in the portfolio's own currency, and what of it the exchange rate made. */
export function BaseGain({ disposal }: { disposal: Pick<Disposal, "currency" | "base"> }) {
  const { currency, realizedGain, exchangeGain } = disposal.base;
  if (currency === disposal.currency) return null;
  return (
    <span data-figure="base-gain">
      In {currency} <Gain value={realizedGain} currency={currency} />
      {signOf(exchangeGain) === 0 ? null : (
        <>
          , of it <Gain value={exchangeGain} currency={currency} arrow={false} /> from the exchange rate
        </>
      )}
    </span>
  );
}
