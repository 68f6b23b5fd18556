import type { Progress } from "#contracts/portfolios.ts";

/** How far somebody has seen portfolios get. Nobody may ever be shown less than before. */
export class ProgressWatch {
  readonly #seen = new Map<string, Progress>();

  /** Undefined when the portfolio did not go back, else how it did. */
  see(portfolioId: string, now: Progress): string | undefined {
    const before = this.#seen.get(portfolioId);
    if (before !== undefined && isBefore(now, before)) {
      return `portfolio ${portfolioId} went from ${JSON.stringify(before)} back to ${JSON.stringify(now)}`;
    }
    this.#seen.set(portfolioId, now);
    if (now.applied > now.head)
      return `portfolio ${portfolioId} is matched beyond its head: ${JSON.stringify(now)}`;
    return undefined;
  }
}

/** Each number by itself never decreases. */
function isBefore(now: Progress, before: Progress): boolean {
  return now.epoch < before.epoch || now.applied < before.applied || now.head < before.head;
}
