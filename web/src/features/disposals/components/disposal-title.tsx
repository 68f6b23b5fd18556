import type { Disposal } from "#contracts/positions.ts";
import { signOf } from "#web/components/decimal.ts";
import { Quantity } from "#web/components/figure.tsx";

/** What happened, in three words. Without a quantity nothing was sold: cost came back as cash. */
export function DisposalTitle({ disposal, withSymbol }: { disposal: Disposal; withSymbol: boolean }) {
  const { side, quantity, symbol } = disposal;
  if (signOf(quantity) === 0) {
    const what = side === "short" ? "Cash paid" : "Cash received";
    return withSymbol ? `${what} for ${symbol}` : what;
  }
  return (
    <>
      {side === "short" ? "Covered" : "Sold"} <Quantity value={quantity} />
      {withSymbol ? ` ${symbol}` : null}
    </>
  );
}
