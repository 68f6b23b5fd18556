import type { Progress } from "#contracts/portfolios.ts";
import type { Position } from "#contracts/positions.ts";

/** The figures of a portfolio that do not depend on prices, in one text. */
export function pictureOf(positions: Iterable<Position>): string {
  const rows = [...positions].map(({ symbol, quantity, costBasis, realizedGain, income, fees, base }) =>
    [symbol, quantity, costBasis, realizedGain, income, fees, base.costBasis, base.realizedGain].join(" "),
  );
  return rows.toSorted().join("\n");
}

/**
 * Every picture that anybody was shown, by what it says of itself. At one (epoch, applied) a portfolio looks one way,
 * whoever reads it, by request or by stream: two pictures under the same number mean that one of them is torn.
 */
export class Pictures {
  readonly #known = new Map<string, { picture: string; source: string }>();

  /** Undefined when it agrees with all that were seen, else how it does not. */
  see(portfolioId: string, progress: Progress, picture: string, source: string): string | undefined {
    const name = `${portfolioId} at epoch ${progress.epoch}, applied ${progress.applied}`;
    const before = this.#known.get(name);
    if (before === undefined) {
      this.#known.set(name, { picture, source });
      return undefined;
    }
    if (before.picture === picture) return undefined;
    return `portfolio ${name}: ${source} says\n${picture}\n${before.source} said\n${before.picture}`;
  }
}
