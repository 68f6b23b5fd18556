import { expect, test } from "vitest";
import { mergerSentence, spinOffSentence, splitSentence } from "./ratio-sentences.ts";

const ratio = (text: string) => {
  const [ratioNew = "", ratioOld = ""] = text.split(":");
  return { ratioNew, ratioOld };
};

test.each([
  ["2:1", "10 shares become 20; their total cost stays."],
  ["1:10", "10 shares become 1; their total cost stays."],
  ["3:2", "10 shares become 15; their total cost stays."],
  ["1.05:1", "10 shares become 10.5; their total cost stays."],
  ["1:3", "3 shares become 1; their total cost stays."],
])("a split %s is told with shares", (text, sentence) => {
  expect(splitSentence(ratio(text))).toBe(sentence);
});

test("what is held is told where it is known, and what cannot be written out is about right", () => {
  expect(splitSentence(ratio("2:1"), "1500")).toBe("Your 1,500 shares become 3,000; their total cost stays.");
  expect(splitSentence(ratio("1:3"), "10")).toBe(
    "Your 10 shares become about 3.33333333; their total cost stays.",
  );
});

test.each(["", ":1", "2:", "0:1", "1:0", "two:1", "-2:1"])("%j is no ratio yet", (text) => {
  expect(splitSentence(ratio(text))).toBeUndefined();
});

test("a spin-off keeps the old shares, a merger does not", () => {
  const symbols = { from: "OLD", to: "NEW" };
  expect(spinOffSentence(ratio("1:4"), symbols)).toBe("For 10 OLD you get 2.5 NEW, and keep the OLD.");
  expect(mergerSentence(ratio("1:2"), symbols)).toBe("10 OLD become 5 NEW.");
  expect(mergerSentence(ratio("1:2"), { from: "", to: "" }, "8")).toBe(
    "Your 8 old shares become 4 new shares.",
  );
});
