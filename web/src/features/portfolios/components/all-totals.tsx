import type { PortfolioWithTotals, Totals } from "#contracts/portfolios.ts";
import { sumDecimals } from "#web/components/decimal.ts";
import { TotalsStrip } from "#web/components/totals-strip.tsx";
import { useLiveTotalsOf } from "#web/stream/live.ts";

/** The sum over all portfolios, where one currency makes a sum meaningful. */
export function AllTotals({
  portfolios,
  dimmed,
}: {
  portfolios: readonly PortfolioWithTotals[];
  dimmed: boolean;
}) {
  const live = useLiveTotalsOf(portfolios.map(({ id }) => id));
  const currency = portfolios[0]?.baseCurrency;
  const sameCurrency = portfolios.every(({ baseCurrency }) => baseCurrency === currency);
  if (currency === undefined || !sameCurrency || portfolios.length < 2) return null;
  const all = portfolios.map((portfolio, index) => live[index] ?? portfolio.totals);
  return <TotalsStrip totals={addTotals(all)} currency={currency} dimmed={dimmed} label="All portfolios" />;
}

const sumOf = (
  all: readonly Totals[],
  figure: "marketValue" | "costBasis" | "unrealizedGain" | "realizedGain" | "dayChange",
) => sumDecimals(all.map((totals) => totals[figure]));

function addTotals(all: readonly Totals[]): Totals {
  return {
    marketValue: sumOf(all, "marketValue"),
    costBasis: sumOf(all, "costBasis"),
    unrealizedGain: sumOf(all, "unrealizedGain"),
    // A percentage of a sum needs a division and a rounding rule: those belong to the server.
    unrealizedGainPercent: null,
    realizedGain: sumOf(all, "realizedGain"),
    dayChange: sumOf(all, "dayChange"),
    asOf: all.reduce<string | null>((oldest, { asOf }) => earlier(oldest, asOf), null),
    stale: all.some(({ stale }) => stale),
    unpriced: all.reduce((count, { unpriced }) => count + unpriced, 0),
    missingRates: [...new Set(all.flatMap(({ missingRates }) => missingRates))],
  };
}

const earlier = (a: string | null, b: string | null) => (a === null ? b : b === null || a < b ? a : b);
