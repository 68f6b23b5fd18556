import { Type, type TSchema } from "typebox";
import { describe, expect, test } from "vitest";
import { NonNegativeDecimal, text } from "#contracts/primitives.ts";
import type { Refusal } from "./errors.ts";
import { isInstant, isStorableText, validatorCompiler } from "./validation.ts";

describe("an instant", () => {
  test.for([
    "2026-01-05T15:30:00Z",
    "2026-01-05T15:30Z",
    "2026-01-05T15:30:00.1Z",
    "2026-01-05T15:30:00.123+05:45",
    "2024-02-29T00:00:00Z",
    "2000-02-29T23:59:59.999-12:00",
    "2026-01-05T15:30:00-00:00",
    "2026-01-05T15:30:00+14:59",
    "1900-01-01T00:00:00Z",
    "1899-12-31T23:59:00-00:01",
    "2199-12-31T23:59:59.999Z",
    "2200-01-01T00:00:00+14:00",
  ])("is %s", (instant) => expect(isInstant(instant)).toBe(true));

  test.for([
    "",
    "2024-02-30T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2024-04-31T00:00:00Z",
    "2024-00-01T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-01-00T00:00:00Z",
    "2024-01-32T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:60:00Z",
    "2024-01-01T00:00:60Z",
    "2024-01-01T00:00:00",
    "2024-01-01T00:00:00.Z",
    "2024-01-01T00:00:00.1234Z",
    "2024-01-01T00:00:00+15:00",
    "2024-01-01T00:00:00+01:60",
    "2024-01-01T00:00:00+0100",
    "2024-01-01T00:00:00 Z",
    "2024-01-01T00:00:00Z\n",
    "\n2024-01-01T00:00:00Z",
    "2024-01-01t00:00:00z",
    "2024-01-01 00:00:00Z",
    "2024-W01-1T00:00:00Z",
    "2024-001T00:00:00Z",
    "24-01-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "9999-12-31T00:00:00Z",
    "1899-12-31T23:59:59Z",
    // Written in a year that is allowed, but not in it: what we store and show again is the instant in UTC.
    "1900-01-01T00:00:00+14:00",
    "2199-12-31T23:59:59-00:01",
    "２０２４-01-01T00:00:00Z",
  ])("is not %j", (instant) => expect(isInstant(instant)).toBe(false));

  test("that was accepted is accepted again as we write it", () => {
    for (const instant of ["1900-01-01T14:00:00+14:00", "2199-12-31T12:00:00-11:59", "2026-01-05T15:30Z"]) {
      expect([isInstant(instant), isInstant(new Date(instant).toISOString())]).toEqual([true, true]);
    }
  });
});

test.for<[string, boolean]>([
  ["", true],
  ["👩‍🚀 \u202e \ufeff \uffff \u0001", true],
  ["\ud83d\ude80", true],
  ["a\0b", false],
  ["\ud83d", false],
  ["\ude80", false],
  ["\ude80\ud83d", false],
  ["x\ud83dx", false],
])("PostgreSQL keeps %j as it is: %s", ([value, isKept]) => expect(isStorableText(value)).toBe(isKept));

describe("a compiled schema", () => {
  const check = (schema: TSchema, value: unknown, httpPart = "body") => {
    const validate = validatorCompiler({ schema, httpPart, method: "POST", url: "/" });
    return validate(value) as { value?: unknown; error?: Refusal };
  };
  const problemsOf = (schema: TSchema, value: unknown, httpPart?: string) =>
    check(schema, value, httpPart).error?.errors?.map(({ path, message }) => `${path} ${message}`);

  const Row = Type.Object(
    {
      kind: Type.Union([Type.Literal("buy"), Type.Literal("sell")]),
      price: NonNegativeDecimal,
      notes: Type.Optional(text({ maxLength: 5 })),
    },
    { additionalProperties: false },
  );
  const Rows = Type.Object(
    { rows: Type.Array(Row, { minItems: 1, maxItems: 3 }) },
    { additionalProperties: false },
  );

  test("names every fault, in words", () => {
    const rows = [
      { kind: "hold", price: "1e5", notes: "too long" },
      { price: 0.1 },
      { kind: "buy", price: "1", "a/b~": 1 },
    ];
    expect(problemsOf(Rows, { rows })?.toSorted()).toEqual([
      "/rows/0/kind must be one of buy, sell",
      "/rows/0/notes must have at most 5 characters",
      "/rows/0/price must be: decimal, zero or above",
      "/rows/1/kind is missing",
      "/rows/1/price must be a string",
      "/rows/2/a~1b~0 is not a known field",
    ]);
    expect(problemsOf(Rows, { rows: [] })).toEqual(["/rows must not be empty"]);
    expect(problemsOf(Rows, null)).toEqual([" must be an object"]);
  });

  test("shows fifty faults of a body, and one of a body that is larger than any that is asked for", () => {
    expect(problemsOf(Rows, { rows: Array.from({ length: 100 }, () => ({})) })).toHaveLength(50);
    expect(problemsOf(Rows, { more: 1, rows: Array.from({ length: 60_000 }, () => ({})) })).toEqual([
      "/more is not a known field",
    ]);
    const deep = JSON.parse(`{"rows":${"[".repeat(100_000)}${"]".repeat(100_000)}}`) as unknown;
    expect(problemsOf(Rows, deep)).toHaveLength(1);
  });

  test("reads whole numbers from text in the URL, in one spelling, and from nothing in a body", () => {
    const Query = Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
    });
    expect(check(Query, { limit: "7" }, "querystring")).toEqual({ value: { limit: 7 } });
    expect(check(Query, {}, "querystring")).toEqual({ value: { limit: 50 } });
    for (const limit of [
      "0",
      "501",
      "07",
      "+7",
      "7.0",
      "7e0",
      "0x7",
      " 7",
      "",
      "abc",
      ["7", "8"],
      "9".repeat(400),
    ]) {
      expect(problemsOf(Query, { limit }, "querystring")).toHaveLength(1);
    }
    expect(problemsOf(Query, { limit: "7" })).toEqual(["/limit must be an integer"]);
  });
});
