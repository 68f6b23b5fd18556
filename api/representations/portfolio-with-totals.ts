import type { PortfolioWithTotals } from "#contracts/portfolios.ts";
import type { ValuedPortfolio } from "../valued-portfolios.ts";
import { toPortfolio, toProgress } from "./portfolio.ts";
import { isOpen, totalsOf, toTotals } from "./position.ts";

export function toPortfolioWithTotals(valued: ValuedPortfolio, nowMs: number): PortfolioWithTotals {
  const totals = totalsOf(valued.held, valued.portfolio.base_currency);
  return {
    ...toPortfolio(valued.portfolio),
    totals: toTotals(valued.held, totals, nowMs),
    positionCount: valued.held.filter(isOpen).length,
    sequence: toProgress(valued.progress),
  };
}
