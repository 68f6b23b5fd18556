import { useFormState } from "../../use-transaction-form.ts";
import { DecimalField } from "./decimal-field.tsx";
import classes from "./fields.module.css";

export function PriceField() {
  const { form, values, quote, facts } = useFormState();
  const live = quote.data ?? undefined;
  return (
    <div>
      <DecimalField field="price" unit={facts.currency ?? facts.baseCurrency} />
      {live === undefined || live.price === values.price || live.currency !== facts.currency ? null : (
        <div className={classes["hint"]}>
          <button
            type="button"
            className={classes["hintButton"]}
            onClick={() => form.setFieldValue("price", live.price)}
          >
            Use live price
          </button>
        </div>
      )}
    </div>
  );
}

export function QuantityField({ children }: { children: React.ReactNode }) {
  const { form, mended } = useFormState();
  const isFirst = form.getInitialValues().symbol !== "" && mended === undefined;
  return (
    <div>
      <DecimalField field="quantity" isFirst={isFirst} />
      {children}
    </div>
  );
}
