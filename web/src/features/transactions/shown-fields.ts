import type { LotMethod } from "#contracts/portfolios.ts";
import { fieldsOf, TYPED_FIELDS, type TypedField } from "#contracts/transaction-fields.ts";
import type { Sign } from "#web/components/decimal.ts";
import type { TransactionValues } from "./transaction-form.ts";

/**
 * Which fields the form asks for. The table of the contracts says which apply to the type; of these some come up only when
 * the other figures make them matter, such as an exchange rate between two currencies. What is not shown is not sent.
 */

/** What is known around the form. */
export interface FormFacts {
  readonly baseCurrency: string | undefined;
  /** Chosen, or that of the instrument; undefined while neither is known. */
  readonly currency: string | undefined;
  /** Of the portfolio that a transfer goes to. */
  readonly destinationCurrency: string | undefined;
  readonly lotMethod: LotMethod | undefined;
  /** Whether the instrument is held long or short now. */
  readonly heldSide: Sign;
  /** The field that the ledger asks for, of a transaction that needs attention. */
  readonly asked: string | undefined;
}

/** Shape: in the order of the contracts' table. */
export function shownFields(values: TransactionValues, facts: FormFacts): readonly TypedField[] {
  const { required, optional } = fieldsOf(values.type, values.content);
  return TYPED_FIELDS.filter(
    (field) => required.includes(field) || (optional.includes(field) && matters(field, values, facts)),
  );
}

function matters(field: TypedField, values: TransactionValues, facts: FormFacts): boolean {
  const hasCash = values.type !== "merger" || values.cashPerShare.trim() !== "";
  switch (field) {
    case "currency":
      // Lots that are transferred bring their currency with them.
      return hasCash && !movesLots(values);
    case "costShare":
      return hasCash;
    case "exchangeRate":
      return facts.asked === field || (hasCash && crossesCurrencies(values, facts));
    case "lots":
      return canNameLots(values, facts);
    default:
      return true;
  }
}

const movesLots = ({ type, content }: TransactionValues) => type === "transfer" && content === "lots";

function crossesCurrencies(values: TransactionValues, facts: FormFacts): boolean {
  const { baseCurrency, destinationCurrency, currency } = facts;
  if (currency === undefined || baseCurrency === undefined) return false;
  if (!movesLots(values)) return currency !== baseCurrency;
  // The lots keep their cost in the base currency unless they come to a portfolio with another one.
  return (
    destinationCurrency !== undefined &&
    destinationCurrency !== baseCurrency &&
    destinationCurrency !== currency
  );
}

/** Whether lots can be named: never in a pool; on a buy only when it covers a short holding. */
function canNameLots(values: TransactionValues, { lotMethod, heldSide }: FormFacts): boolean {
  if (lotMethod === "average") return false;
  return values.type !== "buy" || heldSide < 0 || values.lots.length > 0;
}

/** The currency that an exchange rate leads to: of a transfer, that of the portfolio that receives the lots. */
export const rateTarget = (values: TransactionValues, facts: FormFacts): string | undefined =>
  movesLots(values) ? (facts.destinationCurrency ?? facts.baseCurrency) : facts.baseCurrency;
