import { describe, expect, test } from "vitest";
import { plainArray, textArray } from "./array-literal.ts";

describe("an array in PostgreSQL's text form", () => {
  test.each<[string, readonly (string | number | null | undefined)[], string]>([
    ["of nothing", [], "{}"],
    ["of words and numbers", ["a", 1, -2], "{a,1,-2}"],
    ["with gaps", ["a", null, undefined, "b"], "{a,NULL,NULL,b}"],
    ["of gaps alone, which unnest makes as long as its neighbours", [null, null], "{}"],
    ["that begins with a gap", [null, "a"], "{NULL,a}"],
    ["of what would be read otherwise", ["", "null", "NULL", "a b"], '{"","null","NULL","a b"}'],
    ["of what has a meaning", ['a"b', "a\\b", "{a}", "a,b"], String.raw`{"a\"b","a\\b","{a}","a,b"}`],
    ["of JSON", ['{"a":["b"]}'], String.raw`{"{\"a\":[\"b\"]}"}`],
    ["of line breaks", ["a\nb"], '{"a\nb"}'],
  ])("%s", (_name, elements, text) => {
    expect(textArray(elements)).toBe(text);
  });

  test("is the same without a look at each element where none can need quotes", () => {
    const elements = [
      "0193aaaa-0000-7000-8000-000000000001",
      "1.5",
      "2026-01-02T03:04:05.678Z",
      null,
      7,
      "true",
    ];
    expect(plainArray(elements)).toBe(textArray(elements));
  });
});
