import { expect, test } from "vitest";
import type { LotEvent, LotStory } from "#contracts/explanations.ts";
import type { TransactionType } from "#contracts/transactions.ts";
import { marksOfLot } from "./lot-marks.ts";

const HERE = "here";

const event = (type: TransactionType, text: string, portfolioId = HERE): LotEvent => ({
  source: {
    transactionId: `${type}-${text}`,
    portfolioId,
    version: 1,
    sequence: 1,
    type,
    tradedAt: "2026-01-05T15:00:00Z",
    text,
  },
  text,
  quantity: "1",
  cost: "1",
});

const story = (...events: LotEvent[]): LotStory => ({
  lotId: "lot",
  side: "long",
  openedAt: "2026-01-05T15:00:00Z",
  openedDate: "2026-01-05",
  isPool: false,
  events,
});

test("a lot that was only bought and sold has nothing particular about it", () => {
  expect(marksOfLot(story(event("buy", "Bought"), event("sell", "Sold")), HERE)).toEqual([]);
});

test("a lot that came from another portfolio says so, and its own leaving does not", () => {
  expect(
    marksOfLot(story(event("buy", "Bought", "other"), event("transfer", "Came", "other")), HERE),
  ).toEqual([{ label: "From another portfolio", why: "Came" }]);
  expect(marksOfLot(story(event("buy", "Bought"), event("transfer", "Part of it left")), HERE)).toEqual([]);
});

test("what happened more than once is said once, with every sentence behind it", () => {
  const twice = story(event("buy", "Bought"), event("split", "Split 2:1"), event("split", "Split 1:3"));
  expect(marksOfLot(twice, HERE)).toEqual([{ label: "Split", why: "Split 2:1. Split 1:3" }]);
});

test("a lot brought in from outside says so", () => {
  expect(marksOfLot(story(event("transfer-in", "Came with its date and cost")), HERE)).toEqual([
    { label: "Brought in", why: "Came with its date and cost" },
  ]);
});
