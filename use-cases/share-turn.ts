/*
 * How much of what is new one commit takes of each of its portfolios.
 *
 * A commit is as long as the longest wait that one portfolio can cause another of its batch: 2,000 new versions are 100
 * to 200 ms. They are dealt out as water finds its level: who has little gets all of it, and those who have much get the
 * same as each other. What is left over goes to the end of the queue. So a single trade never waits for an import, and
 * after an outage the backlogs of two hundred portfolios shrink side by side.
 *
 * Example: with room for 10, backlogs of 1, 2, 9 and 30 get 1, 2, 3 and 3; the one that is over gets nobody.
 */

/** What one commit takes of all its portfolios together. */
export const VERSIONS_PER_COMMIT = 2_000;

/** What it takes of one of them at most. */
export const VERSIONS_PER_TURN = 500;

/** A portfolio and what of its ledger is not matched yet. */
export interface Backlog {
  readonly portfolio_id: string;
  readonly head_sequence: number;
  readonly applied_sequence: number;
}

/** Returns up to which sequence each portfolio is to be matched now, at least one version further where there is any. */
export function shareTurn(portfolios: readonly Backlog[]): ReadonlyMap<string, number> {
  const level = Math.max(1, levelOf(portfolios.map(lengthOf)));
  return new Map(
    portfolios.map((portfolio) => [
      portfolio.portfolio_id,
      portfolio.applied_sequence + Math.min(lengthOf(portfolio), level),
    ]),
  );
}

function lengthOf({ head_sequence, applied_sequence }: Backlog): number {
  return head_sequence - applied_sequence;
}

/** The most that each can have for all to have room. */
function levelOf(lengths: readonly number[]): number {
  let room = VERSIONS_PER_COMMIT;
  let sharing = lengths.length;
  for (const length of lengths.toSorted((a, b) => a - b)) {
    const share = Math.floor(room / sharing);
    if (length > share) return Math.min(share, VERSIONS_PER_TURN);
    room -= length;
    sharing -= 1;
  }
  return VERSIONS_PER_TURN;
}
