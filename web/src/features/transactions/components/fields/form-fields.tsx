import type { ReactNode } from "react";
import type { TypedField } from "#contracts/transaction-fields.ts";
import { useFormState } from "../../use-transaction-form.ts";
import { CostShareField } from "./cost-share-field.tsx";
import { CurrencyField } from "./currency-field.tsx";
import { DecimalField } from "./decimal-field.tsx";
import { DestinationField } from "./destination-field.tsx";
import { ExchangeRateField } from "./exchange-rate-field.tsx";
import classes from "./fields.module.css";
import { HoldingHint } from "./holding-hint.tsx";
import { PriceField, QuantityField } from "./price-field.tsx";
import { RatioField } from "./ratio-field.tsx";
import { NewSymbolField, SymbolField } from "./symbol-field.tsx";
import { AcquiredAtField, TradedAtField } from "./time-fields.tsx";

interface Place {
  readonly field: TypedField;
  readonly isWide?: true;
  readonly content: ReactNode;
}

/** Where each field stands, for all types alike; what a type does not show leaves no gap. */
const PLACES: readonly Place[] = [
  { field: "symbol", isWide: true, content: <SymbolField /> },
  { field: "toSymbol", isWide: true, content: <NewSymbolField /> },
  { field: "ratio", isWide: true, content: <RatioField /> },
  {
    field: "quantity",
    content: (
      <QuantityField>
        <HoldingHint />
      </QuantityField>
    ),
  },
  { field: "price", content: <PriceField /> },
  { field: "amount", content: <DecimalField field="amount" /> },
  { field: "costBasis", content: <DecimalField field="costBasis" /> },
  { field: "tax", content: <DecimalField field="tax" placeholder="0" /> },
  { field: "fees", content: <DecimalField field="fees" placeholder="0" /> },
  { field: "toPortfolioId", isWide: true, content: <DestinationField /> },
  { field: "cashPerShare", content: <DecimalField field="cashPerShare" /> },
  { field: "acquiredAt", content: <AcquiredAtField /> },
  { field: "currency", content: <CurrencyField /> },
  { field: "costShare", isWide: true, content: <CostShareField /> },
  { field: "exchangeRate", isWide: true, content: <ExchangeRateField /> },
];

/** The fields that the type asks for, in pairs where they are short. The lots have a place of their own. */
export function FormFields() {
  const { shown } = useFormState();
  return (
    <div className={classes["grid"]}>
      {PLACES.filter(({ field }) => shown.includes(field)).map(({ field, isWide, content }) => (
        <div key={field} className={isWide === true ? classes["wide"] : undefined}>
          {content}
        </div>
      ))}
      <div className={classes["wideOnPhone"]}>
        <TradedAtField />
      </div>
    </div>
  );
}
