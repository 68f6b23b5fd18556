import type { TypedField } from "#contracts/transaction-fields.ts";
import { ProblemError } from "#web/http/problem-error.ts";
import type { FaultPlace } from "./transaction-checks.ts";
import type { TransactionValues } from "./transaction-form.ts";

/** Where the faults that the server found belong in the form. */
export interface PlacedFaults {
  readonly atFields: Readonly<Partial<Record<FaultPlace, string>>>;
  /** Of fields that the form does not show: told above it. */
  readonly elsewhere: readonly string[];
}

const ALWAYS_SHOWN = ["type", "tradedAt", "notes"] as const;

/** Shape: the first fault of each field. `values` are those that were sent. */
export function placeFaults(
  error: unknown,
  values: TransactionValues,
  shown: readonly TypedField[],
): PlacedFaults {
  const atFields: Partial<Record<FaultPlace, string>> = {};
  const elsewhere: string[] = [];
  for (const fault of error instanceof ProblemError ? error.errors : []) {
    const place = placeOf(fault.path, values, shown);
    if (place === undefined) elsewhere.push(`${fault.path.slice(1)} ${fault.message}`);
    else atFields[place] ??= asSentence(fault.message);
  }
  return { atFields, elsewhere };
}

function placeOf(
  path: string,
  values: TransactionValues,
  shown: readonly TypedField[],
): FaultPlace | undefined {
  const [name = "", index] = path.slice(1).split("/");
  const always = ALWAYS_SHOWN.find((field) => field === name);
  if (always !== undefined) return always;
  const field = shown.find((candidate) => candidate === name);
  switch (field) {
    case undefined:
      return undefined;
    case "ratio":
      return "ratioNew";
    case "lots": {
      // The pointer counts the lots as they were sent.
      const lot = values.lots[Number(index)];
      return lot === undefined ? "lots" : `lots.${lot.lotId}`;
    }
    default:
      return field;
  }
}

/** The server says "must be above zero", for whoever reads the field's name before it. */
const asSentence = (message: string): string => {
  const sentence = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
};
