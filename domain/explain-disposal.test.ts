import { expect, it } from "vitest";
import { ledgerOf } from "#testing/ledger-table.ts";
import {
  formatPrice,
  formatQuantity,
  magnitude,
  type Money,
  roundMoney,
  shareOf,
  subtract,
} from "./amounts.ts";
import { explainDisposal } from "./explain-disposal.ts";

it("names the lot, how much of it was consumed before and after, the price, the share of the fee and the rates", () => {
  const { disposals } = ledgerOf(
    [
      "b1 A buy 4 X @ 10 rate 0.9",
      "b2 A buy 6 X @ 20 rate 0.8",
      "s1 A sell 1 X @ 9 rate 1",
      "s2 A sell 7 X @ 11 fee 1 rate 0.7",
    ],
    { baseCurrency: "EUR" },
  );
  const shown = disposals
    .flatMap(explainDisposal)
    .map(({ slice, lot, trade, openingRate, closingRate, term }) => ({
      lot: slice.lotId,
      consumed: `${formatQuantity(lot.consumedBefore)} to ${formatQuantity(lot.consumedAfter)} of ${formatQuantity(lot.originalQuantity)}`,
      cost: `${roundMoney(slice.costBasis, 8)} of ${roundMoney(lot.originalCost, 8)}`,
      proceeds: trade && `${roundMoney(trade.gross, 8)} less ${roundMoney(trade.feeShare, 8)}`,
      rates: [openingRate, closingRate].map((rate) => rate && formatPrice(rate)),
      term,
    }));
  expect(shown).toEqual([
    {
      lot: "b1",
      consumed: "0 to 1 of 4",
      cost: "10 of 40",
      proceeds: "9 less 0",
      rates: ["0.9", "1"],
      term: "short",
    },
    {
      lot: "b1",
      consumed: "1 to 4 of 4",
      cost: "30 of 40",
      proceeds: "33 less 0.42857143",
      rates: ["0.9", "0.7"],
      term: "short",
    },
    {
      lot: "b2",
      consumed: "0 to 4 of 6",
      cost: "80 of 120",
      proceeds: "44 less 0.57142857",
      rates: ["0.8", "0.7"],
      term: "short",
    },
  ]);
});

it("gives what the figures of every slice can be worked out from again", () => {
  const { disposals } = ledgerOf(
    [
      "b1 A buy 1 X @ 10 fee 0.1",
      "sp split X 1:3",
      "b2 A buy 2 X @ 7",
      "s1 A sell 2 X @ 11 fee 1",
      "s2 A sell 1 X @ 5 fee 2",
    ],
    { allowShort: true },
  );
  expect(disposals).toHaveLength(2);
  for (const { slice, lot, trade } of disposals.flatMap(explainDisposal)) {
    const costUpTo = (consumed: typeof lot.consumedAfter): Money =>
      shareOf(lot.originalCost, consumed, lot.originalQuantity);
    expect(slice.costBasis).toBe(subtract(costUpTo(lot.consumedAfter), costUpTo(lot.consumedBefore)));
    const proceeds = subtract(trade?.gross ?? slice.proceeds, trade?.feeShare ?? slice.proceeds);
    // Two rounded parts and one rounded whole: they differ by at most two units of 1e-36.
    expect(magnitude(subtract(slice.proceeds, proceeds))).toBeLessThanOrEqual(2n);
  }
});
