import type { FieldProblem } from "#contracts/problem.ts";
import {
  contentOfTransfer,
  fieldsOf,
  TYPED_FIELDS,
  type FieldsOfType,
  type TypedField,
} from "#contracts/transaction-fields.ts";
import type { TransactionEdit } from "#contracts/transactions.ts";
import { add, quantity, ZERO_QUANTITY } from "#domain/amounts.ts";
import { canonicalTransaction, type CanonicalTransaction } from "#use-cases/canonical-transaction.ts";
import { Refusal } from "./errors.ts";

/** A transaction may be dated up to a day ahead, since clocks and time zones differ, but no further. */
const AHEAD_MAX_MS = 86_400_000;

type Input = Omit<TransactionEdit, "version">;

/**
 * The transaction in canonical form, once it has what its type asks for and nothing else.
 * Shape: `path` is where it stands in the request. Errors: Refusal invalid-request with one problem per field.
 */
export function checkedTransaction(
  input: Input,
  { nowMs, path = "", portfolioId }: { nowMs: number; path?: string; portfolioId?: string },
): CanonicalTransaction {
  const fields = fieldsOf(input.type, contentOfTransfer(input));
  const problems = [
    ...missingFields(input, fields),
    ...strangeFields(input, fields),
    ...problemsOfValues(input, fields),
    ...problemsOfTimes(input, nowMs),
    ...problemsOfDestination(input, portfolioId),
  ];
  if (problems.length === 0) return canonicalTransaction(input);
  throw new Refusal(
    "invalid-request",
    undefined,
    problems.map((problem) => ({ ...problem, path: path + problem.path })),
  );
}

function missingFields(input: Input, { required }: FieldsOfType): FieldProblem[] {
  return required
    .filter((field) => input[field] === undefined)
    .map((field) => problem(field, "required", `a ${input.type} needs it`));
}

function strangeFields(input: Input, { required, optional }: FieldsOfType): FieldProblem[] {
  const known = new Set<TypedField>([...required, ...optional]);
  return TYPED_FIELDS.filter((field) => input[field] !== undefined && !known.has(field)).map((field) =>
    problem(field, "not-applicable", `does not apply to a ${input.type}`),
  );
}

function problemsOfValues(input: Input, { signedAmount }: FieldsOfType): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (input.amount?.startsWith("-") === true && signedAmount !== true) {
    problems.push(problem("amount", "invalid-amount", "must be above zero"));
  }
  if (input.type === "merger" && (input.cashPerShare === undefined) !== (input.costShare === undefined)) {
    const field = input.cashPerShare === undefined ? "cashPerShare" : "costShare";
    problems.push(
      problem(field, "required", "cash per share and the share of the cost it pays for go together"),
    );
  }
  return [...problems, ...problemsOfLots(input)];
}

function problemsOfLots({ lots, quantity: whole }: Input): FieldProblem[] {
  if (lots === undefined || lots.length === 0 || whole === undefined) return [];
  const ids = new Set(lots.map((lot) => lot.lotId.toLowerCase()));
  if (ids.size < lots.length) return [problem("lots", "repeated", "names a lot twice")];
  const named = lots.reduce((sum, lot) => add(sum, quantity(lot.quantity)), ZERO_QUANTITY);
  return named === quantity(whole)
    ? []
    : [problem("lots", "lot-selection-mismatch", "must add up to the quantity")];
}

function problemsOfTimes({ tradedAt, acquiredAt }: Input, nowMs: number): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (Date.parse(tradedAt) > nowMs + AHEAD_MAX_MS) {
    problems.push({ path: "/tradedAt", code: "in-the-future", message: "must not be in the future" });
  }
  if (acquiredAt !== undefined && Date.parse(acquiredAt) > Date.parse(tradedAt)) {
    problems.push(problem("acquiredAt", "after-the-delivery", "must not be later than the delivery"));
  }
  return problems;
}

function problemsOfDestination(
  { toPortfolioId, symbol, toSymbol }: Input,
  portfolioId: string | undefined,
): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (toPortfolioId !== undefined && toPortfolioId.toLowerCase() === portfolioId?.toLowerCase()) {
    problems.push(problem("toPortfolioId", "same-account", "must be another portfolio"));
  }
  if (toSymbol !== undefined && toSymbol.toUpperCase() === symbol?.toUpperCase()) {
    problems.push(problem("toSymbol", "same-instrument", "must be another instrument"));
  }
  return problems;
}

function problem(field: TypedField, code: string, message: string): FieldProblem {
  return { path: `/${field}`, code, message };
}
