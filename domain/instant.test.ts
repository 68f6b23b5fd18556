import fc from "fast-check";
import { expect, test } from "vitest";
import { formatInstant } from "./instant.ts";

test.each([
  { instantMs: 0, text: "1970-01-01T00:00:00.000Z" },
  { instantMs: -1, text: "1969-12-31T23:59:59.999Z" },
  { instantMs: Date.UTC(2024, 1, 29, 9, 5, 7, 40), text: "2024-02-29T09:05:07.040Z" },
  { instantMs: Date.UTC(9999, 11, 31), text: "9999-12-31T00:00:00.000Z" },
  { instantMs: Date.UTC(10_000, 0, 1), text: "+010000-01-01T00:00:00.000Z" },
])("$instantMs is $text", ({ instantMs, text }) => {
  expect(formatInstant(instantMs)).toBe(text);
});

test("every instant reads as Date writes it", () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      expect(formatInstant(date.getTime())).toBe(date.toISOString());
    }),
  );
});

test("what is no instant is refused", () => {
  expect(() => formatInstant(Number.NaN)).toThrow(RangeError);
});
