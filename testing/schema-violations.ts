import type { JsonSchema } from "./openapi-operations.ts";

/*
 * From the schema of a request, every way to break it that we know, one at a time: the value as it would be, but for one
 * fault, and the place that the answer has to name. What is wrong is told here a second time, by tables and not by the
 * schema's own patterns, so that a pattern that lets too much through is found.
 */

export interface Violation {
  /** What is wrong, for the list of failures. */
  readonly fault: string;
  /** JSON pointer that `errors[].path` has to be. */
  readonly path: string;
  readonly value: unknown;
}

/** A valid value. `known` gives those of properties that name something stored, such as a portfolio. */
export function validValue(schema: JsonSchema, known: Readonly<Record<string, unknown>> = {}): unknown {
  if (schema.examples !== undefined) return exampleOf(schema.examples[0], known);
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf !== undefined) return schema.anyOf[0]!.enum![0];
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, property]) => [
          name,
          known[name] ?? validValue(property, known),
        ]),
      );
    case "array":
      return [validValue(schema.items!, known)];
    case "integer":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    default:
      return "x".repeat(Math.max(schema.minLength ?? 0, 1));
  }
}

/** An example, naming what is stored. */
function exampleOf(example: unknown, known: Readonly<Record<string, unknown>>): unknown {
  if (example === null || typeof example !== "object" || Array.isArray(example)) return example;
  return Object.fromEntries(Object.entries(example).map(([name, value]) => [name, known[name] ?? value]));
}

/** Every violation of `schema` in a value that is valid otherwise. */
export function violationsOf(schema: JsonSchema, valid: unknown, path = ""): Violation[] {
  const wrongTypes = [null, true, 12, 0.1, "text", [], {}, ["x"]]
    .filter((value) => !fitsType(schema, value))
    .map((value) => ({ fault: `${JSON.stringify(value)} as ${schema.type ?? "enum"}`, path, value }));
  switch (schema.type) {
    case "object":
      return [...wrongTypes, ...objectViolations(schema, valid as Record<string, unknown>, path)];
    case "array":
      return [...wrongTypes, ...arrayViolations(schema, valid as unknown[], path)];
    default:
      return [
        ...wrongTypes,
        ...faultyValues(schema).map((value) => ({ fault: JSON.stringify(value).slice(0, 60), path, value })),
      ];
  }
}

function fitsType(schema: JsonSchema, value: unknown): boolean {
  if (schema.enum !== undefined) return schema.enum.includes(value);
  if (schema.anyOf !== undefined) return schema.anyOf.some((option) => option.enum?.includes(value));
  switch (schema.type) {
    case "object":
      return value !== null && typeof value === "object" && !Array.isArray(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === schema.type;
  }
}

function objectViolations(schema: JsonSchema, valid: Record<string, unknown>, path: string): Violation[] {
  const unknownFields = ["unknown", "userId", "isAdmin", "toString", "hasOwnProperty"].map((name) => ({
    fault: `unknown field ${name}`,
    path: `${path}/${name}`,
    value: { ...valid, [name]: "x" },
  }));
  const missing = (schema.required ?? []).map((name) => ({
    fault: `${name} missing`,
    path: `${path}/${name}`,
    value: Object.fromEntries(Object.entries(valid).filter(([other]) => other !== name)),
  }));
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    violationsOf(property, valid[name] ?? validValue(property), `${path}/${name}`).map((violation) => ({
      ...violation,
      value: { ...valid, [name]: violation.value },
    })),
  );
  return [...unknownFields, ...missing, ...inside];
}

function arrayViolations(schema: JsonSchema, valid: unknown[], path: string): Violation[] {
  const [first] = valid;
  const tooMany = Array.from({ length: (schema.maxItems ?? 0) + 1 }, () => first);
  return [
    ...(schema.minItems === undefined ? [] : [{ fault: "no items", path, value: [] }]),
    ...(schema.maxItems === undefined ? [] : [{ fault: "too many items", path, value: tooMany }]),
    // The second of two, so that the place must be counted.
    ...violationsOf(schema.items!, first, `${path}/1`).map((violation) => ({
      ...violation,
      value: [first, violation.value],
    })),
  ];
}

/** Values of the right type that are wrong all the same. Errors: throws for a form that has no table here yet. */
export function faultyValues(schema: JsonSchema): readonly unknown[] {
  const tooLong = schema.maxLength === undefined ? [] : ["x".repeat(schema.maxLength + 1)];
  const tooShort = (schema.minLength ?? 0) > 0 ? ["", "x".repeat(schema.minLength! - 1)] : [];
  const wrongLength = [...tooLong, ...tooShort];
  if (schema.anyOf !== undefined || schema.enum !== undefined) return ENUMERATION;
  if (schema.type === "boolean") return [];
  if (schema.type === "integer") return integerFaults(schema);
  if (schema.pattern !== undefined) return [...wrongLength, ...patternFaults(schema)];
  switch (schema.format) {
    case "uuid":
      return [...wrongLength, ...UUID];
    case "instant":
      return [...wrongLength, ...INSTANT];
    case "email":
      return [...wrongLength, ...EMAIL];
    case "text":
      return [...wrongLength, ...BROKEN_TEXT];
    case undefined:
      return wrongLength;
    default:
      throw new Error(`no faults are known for the format ${schema.format}: add a table`);
  }
}

/** Faulty text of a query or path parameter. Whole numbers are text there, and other ways to write them are refused. */
export function faultyTexts(schema: JsonSchema): readonly string[] {
  if (schema.type === "integer") {
    const outside = [
      (schema.minimum ?? 0) - 1,
      ...(schema.maximum === undefined ? [] : [schema.maximum + 1]),
    ];
    return [...outside.map(String), ...NOT_A_WHOLE_NUMBER];
  }
  // Broken UTF-16 cannot be percent-encoded.
  return (faultyValues(schema) as string[]).filter((text) => text.isWellFormed());
}

function integerFaults(schema: JsonSchema): number[] {
  const { minimum, maximum } = schema;
  return [
    1.5,
    -1,
    ...(minimum === undefined ? [] : [minimum - 1]),
    ...(maximum === undefined ? [] : [maximum + 1]),
  ];
}

function patternFaults(schema: JsonSchema): readonly string[] {
  switch (schema.description) {
    case "decimal above zero":
      return [...DECIMAL, ...ZEROS, ...NEGATIVES];
    case "decimal, not zero":
      return [...DECIMAL, ...ZEROS];
    case "decimal, zero or above":
      return [...DECIMAL, ...NEGATIVES];
    case "decimal from 0 to 1":
      return [...DECIMAL, ...NEGATIVES, "1.1", "1.000000000000000001", "2"];
    case "new:old, both above zero":
      return [
        "",
        "2",
        "2:",
        ":1",
        "0:1",
        "1:0",
        "0.0:1",
        "-2:1",
        "2:-1",
        "2:1:1",
        "2/1",
        "2 : 1",
        "1e2:1",
        "٢:1",
      ];
    case "ISO 4217 code":
      return ["", "usd", "US", "U$D", "ＵＳＤ", "USD\n", " USD", "US\0"];
    case "letters, digits, and . - = ^; up to 24 characters":
      return SYMBOL;
    case "3 to 40 letters, digits, and _ . -":
      return ["", "ab", "-ab", "a b c", "adа", "ada\0", "ada\n", "a@b.example", "👩‍🚀👩‍🚀👩‍🚀", "\ud800abc"];
    default:
      throw new Error(`no faults are known for "${schema.description}": add a table`);
  }
}

const NINETEEN_DECIMALS = "1.1234567890123456789";
const TWENTY_ONE_DIGITS = "1".repeat(21);

const DECIMAL = [
  NINETEEN_DECIMALS,
  TWENTY_ONE_DIGITS,
  `0.${"0".repeat(18)}1`,
  "",
  " ",
  "1e5",
  "1E5",
  "0x10",
  "0b1",
  " 1",
  "1 ",
  "1\n",
  "+1",
  ".5",
  "1.",
  "01",
  "1_000",
  "1,000",
  "1,5",
  "1.2.3",
  "--1",
  "-",
  "NaN",
  "Infinity",
  "one",
  "١٢",
  "１",
  "1\0",
  "1\ud800",
  "1".repeat(1_000),
];
const ZEROS = ["0", "-0", "0.0", "0.000000000000000000"];
const NEGATIVES = ["-1", "-0", "-0.000000000000000001"];

const SYMBOL = [
  "",
  " ",
  "A B",
  "../A",
  "A/B",
  "-A",
  ".A",
  "ACMÉ",
  "АCME",
  "A&x=1",
  "A\r\nB",
  "A\0",
  "A\ud800",
];

const NOT_A_WHOLE_NUMBER = [
  "",
  "abc",
  "1.5",
  "-1",
  "0x10",
  "1e2",
  " 5",
  "5 ",
  "+5",
  "05",
  "٥",
  "5\0",
  "true",
  "null",
  "NaN",
  "Infinity",
  "99999999999999999999",
];

const ENUMERATION = ["", "BUY", "Fifo", "buy ", "other", "__proto__", "constructor", "buy\0"];

const UUID = [
  "",
  "1",
  "not-a-uuid",
  "01932c07-9d2e-7cc3-8a50-3c1f0f5f1c1",
  "01932c079d2e7cc38a503c1f0f5f1c11",
  "{1932c07-9d2e-7cc3-8a50-3c1f0f5f1c1}",
  "01932c07-9d2e-7cc3-8a50-3c1f0f5f1cg1",
  "01932c07-9d2e-7cc3-8a50-3c1f0f5f1c1\0",
  "01932c07-9d2e-7cc3-8a50-3c1f0f5f1c1١",
  "------------------------------------",
];

const INSTANT = [
  "",
  "now",
  "infinity",
  "2024-02-30T10:00:00Z",
  "2023-02-29T10:00:00Z",
  "2024-13-01T10:00:00Z",
  "2024-00-10T10:00:00Z",
  "2024-01-00T10:00:00Z",
  "2024-01-01T24:00:00Z",
  "2024-01-01T10:60:00Z",
  "2024-01-01T10:00:60Z",
  "2024-W01-1T10:00:00Z",
  "2024-001T10:00:00Z",
  "0000-01-01T00:00:00Z",
  "0001-01-01T00:00:00Z",
  "1899-12-31T23:59:59Z",
  "1900-01-01T00:00:00+14:00",
  "9999-12-31T23:59:59Z",
  "+275760-09-13T00:00:00Z",
  "-000001-01-01T00:00:00Z",
  "2024-01-01",
  "2024-01-01T10:00:00",
  "2024-01-01 10:00:00Z",
  "2024-01-01t10:00:00z",
  "2024-01-01T10:00:00.1234Z",
  "2024-01-01T10:00:00+15:00",
  "2024-01-01T10:00:00+0200",
  "2024-01-01T10:00:00+02",
  "2024-01-01T10:00:00 Z",
  "٢٠٢٤-01-01T10:00:00Z",
  "2024-01-01T10:00:00Z\0",
  "1704103200000",
];

const EMAIL = [
  "ada",
  "@example.com",
  "ada@",
  "ada@example",
  "a da@example.com",
  "ada@exam ple.com",
  "ada@@example.com",
  "ada@example.com\0",
  "ada@example.com\n",
  "a\r\nb@example.com",
  "ada\ud800@example.com",
  "ada@exämple.com",
  `${"a".repeat(65)}@example.com`,
];

const BROKEN_TEXT = [
  "a NUL \0 inside",
  "\0 long enough",
  "lone \ud800 surrogate",
  "lone \udfff surrogate",
  "pair \udc00\ud800 swapped",
];
