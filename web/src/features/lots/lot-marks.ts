import type { LotEvent, LotStory } from "#contracts/explanations.ts";
import type { TransactionType } from "#contracts/transactions.ts";

/** What is particular about the way of a lot: a word, and the sentences behind it. */
export interface LotMark {
  readonly label: string;
  readonly why: string;
}

/** What happened to a lot besides being bought and sold, in the order in which it first happened. */
export function marksOfLot(story: LotStory, portfolioId: string): LotMark[] {
  const marks = new Map<string, string[]>();
  for (const event of story.events) {
    const label = labelOf(event, portfolioId);
    if (label !== undefined) marks.set(label, [...(marks.get(label) ?? []), event.text]);
  }
  return [...marks].map(([label, texts]) => ({ label, why: texts.join(". ") }));
}

function labelOf({ source }: LotEvent, portfolioId: string): string | undefined {
  if (source.type !== "transfer") return LABELS[source.type];
  // The transaction belongs to the portfolio that the lot left.
  return source.portfolioId === portfolioId ? undefined : "From another portfolio";
}

const LABELS: Partial<Record<TransactionType, string>> = {
  split: "Split",
  "transfer-in": "Brought in",
  "return-of-capital": "Capital returned",
  "spin-off": "Spin-off",
  merger: "Merger",
  "symbol-change": "Renamed",
};
