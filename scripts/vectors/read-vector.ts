import { ok, refuse, type Result } from "#domain/result.ts";

/** One file of schema portfolio-vector/1, as far as every kind has the same shape. */
export interface VectorFile {
  readonly id: string;
  readonly kind: string;
  /** Abilities the case needs. */
  readonly requires: readonly string[];
  /** Shape: in order of arrival; empty for the kinds without transactions. */
  readonly transactions: readonly VectorRecord[];
  /** Price by instrument. */
  readonly prices: Readonly<Record<string, string>>;
  /** Day of the rates that base figures of positions are valued at. */
  readonly asof: string | undefined;
  /** Input of kind `portfolio`. */
  readonly market: VectorRecord;
  /** Inputs of kind `xirr`. */
  readonly flows: readonly VectorRecord[];
  /** Inputs of kind `daily`. */
  readonly rows: readonly VectorRecord[];
  /** Input of the kinds `risk` and `hhi`. */
  readonly input: VectorRecord;
  /** Inputs of kind `rounding`. */
  readonly cases: readonly VectorRecord[];
  readonly runs: readonly VectorRun[];
}

/** The same input under one set of options. */
export interface VectorRun {
  readonly name: string;
  readonly options: VectorRecord;
  /** What an independent program calculated. Only tests look at it. */
  readonly expected: VectorRecord;
}

/** A JSON object whose fields are read one by one where they are needed. */
export type VectorRecord = Readonly<Record<string, unknown>>;

/**
 * Returns the vector file that the text holds.
 *
 * Errors: a sentence that says what is wrong with the text.
 */
export function readVector(text: string): Result<VectorFile, string> {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    return refuse(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(file)) return refuse("not a JSON object");
  if (file["schema"] !== "portfolio-vector/1") return refuse(`schema is not "portfolio-vector/1"`);
  const { id, kind, requires = [], transactions = [], prices = {}, cases = [], runs } = file;
  if (typeof id !== "string") return refuse("id is not a string");
  if (typeof kind !== "string") return refuse("kind is not a string");
  if (!isListOf(requires, isText)) return refuse("requires is not a list of strings");
  if (!isListOf(transactions, isRecord)) return refuse("transactions is not a list of objects");
  if (!isRecord(prices) || !hasTexts(prices)) return refuse("prices is not an object of strings");
  const { asof, market = {}, flows = [], rows = [], input = {} } = file;
  if (asof !== undefined && !isText(asof)) return refuse("asof is not a string");
  if (!isRecord(market) || !isRecord(input)) return refuse("market or input is not an object");
  if (!isListOf(flows, isRecord)) return refuse("flows is not a list of objects");
  if (!isListOf(rows, isRecord)) return refuse("rows is not a list of objects");
  if (!isListOf(cases, isRecord)) return refuse("cases is not a list of objects");
  if (!isListOf(runs, isRun)) return refuse("runs is not a list of {name, options, expected}");
  return ok({ id, kind, requires, transactions, prices, asof, market, flows, rows, input, cases, runs });
}

function isRun(value: unknown): value is VectorRun {
  if (!isRecord(value)) return false;
  return isText(value["name"]) && isRecord(value["options"]) && isRecord(value["expected"]);
}

function hasTexts(value: VectorRecord): value is Readonly<Record<string, string>> {
  return Object.values(value).every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isRecord(value: unknown): value is VectorRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListOf<T>(value: unknown, isElement: (element: unknown) => element is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isElement);
}
