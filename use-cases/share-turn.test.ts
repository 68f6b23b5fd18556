import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shareTurn, VERSIONS_PER_COMMIT, VERSIONS_PER_TURN } from "./share-turn.ts";

/** What portfolios with so much that is new get. */
function shares(lengths: readonly number[]): number[] {
  const portfolios = lengths.map((length, index) => ({
    portfolio_id: String(index),
    applied_sequence: 7,
    head_sequence: 7 + length,
  }));
  const upTo = shareTurn(portfolios);
  return portfolios.map(({ portfolio_id }) => upTo.get(portfolio_id)! - 7);
}

describe("what a commit takes of each portfolio", () => {
  it.each<[string, number[], number[]]>([
    ["everything where there is room", [1, 20, 300], [1, 20, 300]],
    ["a turn of one that has more", [50_000, 1], [VERSIONS_PER_TURN, 1]],
    [
      "the same of those that have much",
      [1_000, 1_000, 1_000, 1_000, 1_000, 1],
      [399, 399, 399, 399, 399, 1],
    ],
    ["nothing where nothing is new", [0, 3], [0, 3]],
  ])("%s", (_name, lengths, expected) => {
    expect(shares(lengths)).toEqual(expected);
  });

  it("never takes more than there is room for, lets nobody go without, and favours nobody", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3_000), { minLength: 1, maxLength: 200 }), (lengths) => {
        const taken = shares(lengths);
        const most = Math.max(...taken);
        expect(taken.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(VERSIONS_PER_COMMIT);
        for (const [index, length] of lengths.entries()) {
          expect(taken[index]).toBeLessThanOrEqual(Math.min(length, VERSIONS_PER_TURN));
          if (length > 0) expect(taken[index]).toBeGreaterThan(0);
          // Whoever got less than another has nothing left.
          if (taken[index]! < most) expect(taken[index]).toBe(length);
        }
      }),
    );
  });
});
