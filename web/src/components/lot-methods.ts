import type { LotMethod } from "#contracts/portfolios.ts";

/** What a lot method is called, and what it does, in plain words. */
export interface LotMethodTexts {
  readonly name: string;
  /** Goes on a sentence about the portfolio: "USD · oldest lots are sold first". */
  readonly phrase: string;
  readonly explanation: string;
}

export const LOT_METHODS: Readonly<Record<LotMethod, LotMethodTexts>> = {
  fifo: {
    name: "First in, first out (FIFO)",
    phrase: "oldest lots are sold first",
    explanation: "A sale closes the oldest lots first.",
  },
  lifo: {
    name: "Last in, first out (LIFO)",
    phrase: "newest lots are sold first",
    explanation: "A sale closes the newest lots first.",
  },
  hifo: {
    name: "Highest cost first (HIFO)",
    phrase: "lots of the highest cost are sold first",
    explanation:
      "A sale closes the lots first that cost the most a share, fees included: the least gain now.",
  },
  average: {
    name: "Average cost",
    phrase: "sold at average cost",
    explanation:
      "All purchases of an instrument are one pool, and a sale takes its share of the cost. A part of a pool has no date of its own, so there is no short or long term.",
  },
  specific: {
    name: "Lots as named",
    phrase: "sales name their lots",
    explanation:
      "You name the lots of each sale when you record it. A sale that names none closes the oldest.",
  },
};

export const LOT_METHOD_NAMES = (Object.keys(LOT_METHODS) as LotMethod[]).map((value) => ({
  value,
  label: LOT_METHODS[value].name,
}));
