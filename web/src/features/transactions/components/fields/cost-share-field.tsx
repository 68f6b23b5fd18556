import { Input, NativeSelect } from "@mantine/core";
import { useId } from "react";
import { signOf } from "#web/components/decimal.ts";
import { formatMoney } from "#web/components/format.ts";
import { restOf, shareOf, toFraction, type CostShareUnit } from "../../cost-share.ts";
import { helpOf, labelOf } from "../../field-words.ts";
import { useFormState } from "../../use-transaction-form.ts";
import { DecimalInput } from "./decimal-field.tsx";
import classes from "./fields.module.css";

const UNITS: readonly { value: CostShareUnit; label: string }[] = [
  { value: "percent", label: "per cent" },
  { value: "fraction", label: "as a fraction" },
];

/** How much of the cost goes along, in per cent or as a fraction, with what that comes to. */
export function CostShareField() {
  const { form, values, bind } = useFormState();
  const id = useId();
  const bound = bind("costShare");
  return (
    <div>
      <Input.Wrapper
        id={id}
        label={labelOf("costShare", values.type)}
        description={helpOf("costShare", values.type)}
        descriptionProps={{ mt: 5 }}
        error={bound.error as string | undefined}
        inputWrapperOrder={["label", "input", "description", "error"]}
      >
        <div className={classes["share"]}>
          <DecimalInput
            id={id}
            placeholder={values.costShareUnit === "percent" ? "20" : "0.2"}
            {...bound}
            error={bound.error !== undefined}
          />
          <NativeSelect
            aria-label="Unit of the share"
            data={[...UNITS]}
            value={values.costShareUnit}
            onChange={(event) =>
              form.setFieldValue("costShareUnit", event.currentTarget.value as CostShareUnit)
            }
          />
        </div>
      </Input.Wrapper>
      <div className={classes["sentence"]} aria-live="polite">
        <ShareSentence />
      </div>
    </div>
  );
}

/** Told with the cost of what is held; without a holding, with a round one. */
function ShareSentence() {
  const { values, held, facts } = useFormState();
  const fraction = toFraction(values.costShare, values.costShareUnit);
  if (fraction === undefined) return null;
  const isHeld = held !== undefined && signOf(held.costBasis) > 0;
  const cost = isHeld ? held.costBasis : "1000";
  const currency = held?.currency ?? facts.currency ?? facts.baseCurrency;
  if (currency === undefined) return null;
  const inMoney = (amount: string) => formatMoney(amount, currency, { symbol: true });
  const [part, rest] = [inMoney(shareOf(cost, fraction)), inMoney(shareOf(cost, restOf(fraction)))];
  const [from, to] = [values.symbol.trim() || "the old shares", values.toSymbol.trim() || "the new ones"];
  const whole = `Of ${isHeld ? "your " : ""}${inMoney(cost)} of cost, ${part}`;
  return values.type === "merger"
    ? `${whole} is set against the cash and ${rest} goes on to ${to}.`
    : `${whole} goes to ${to} and ${rest} stays with ${from}.`;
}
