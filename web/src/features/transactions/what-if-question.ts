import type { WhatIfInput } from "#contracts/planning.ts";
import type { TypedField } from "#contracts/transaction-fields.ts";
import type { Sign } from "#web/components/decimal.ts";
import { toInstant } from "./local-time.ts";
import { tallyLots } from "./lot-choice.ts";
import { checkTransaction, isQuantity } from "./transaction-checks.ts";
import type { TransactionValues } from "./transaction-form.ts";
import { instantOf, namedLots, plain } from "./transaction-wire.ts";

/** The sale, or the cover of a short, that the form describes, as a question to the server. */

export interface Surrounding {
  readonly shown: readonly TypedField[];
  readonly heldSide: Sign;
  /** When the form was opened: its time, unless another one is entered. */
  readonly openedAt: Date;
}

/** Undefined while the form describes none: another type, a purchase, or a figure that is not one yet. */
export function whatIfQuestion(
  values: TransactionValues,
  { shown, heldSide, openedAt }: Surrounding,
): WhatIfInput | undefined {
  const { type } = values;
  const closes = (type === "sell" && heldSide > 0) || (type === "buy" && heldSide < 0);
  if (!closes || !isQuantity(values.quantity)) return undefined;
  const faults = checkTransaction(values, shown);
  // A price that is missing is the live one; one that is wrong is not guessed at.
  const isPriceWrong = faults.price !== undefined && values.price.trim() !== "";
  if (isPriceWrong || faults.symbol || faults.fees || faults.exchangeRate || faults.tradedAt)
    return undefined;
  const price = plain(values.price);
  const fees = plain(values.fees);
  const rate = shown.includes("exchangeRate") ? plain(values.exchangeRate) : "";
  const lots = shown.includes("lots") && isComplete(values) ? namedLots(values) : undefined;
  return {
    type,
    symbol: values.symbol.trim().toUpperCase(),
    quantity: plain(values.quantity),
    ...(price === "" ? {} : { price }),
    ...(fees === "" ? {} : { fees }),
    ...(rate === "" ? {} : { exchangeRate: rate }),
    ...(lots === undefined ? {} : { lots }),
    tradedAt: toInstant(instantOf(values.tradedAt, openedAt)),
  };
}

/** Lots that do not add up yet are left out: the other methods can be compared all the same. */
function isComplete({ lots, quantity }: TransactionValues): boolean {
  const { missing, excess } = tallyLots(lots, quantity);
  return missing === undefined && excess === undefined && lots.every((lot) => isQuantity(lot.quantity));
}
