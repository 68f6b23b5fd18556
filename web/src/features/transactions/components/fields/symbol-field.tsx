import { TextInput } from "@mantine/core";
import { labelOf } from "../../field-words.ts";
import { useFormState } from "../../use-transaction-form.ts";
import { HoldingNote } from "./holding-hint.tsx";
import { QuoteHint } from "./quote-hint.tsx";

/** Types where somebody may not have met the symbol before: whether a price is known matters. */
const WITH_QUOTE = ["buy", "sell", "transfer-in"];

export function SymbolField() {
  const { form, values, bind, symbol, quote, held, holdingsKnown, shown, mended } = useFormState();
  return (
    <div>
      <SymbolInput
        field="symbol"
        placeholder="AAPL, ACME.SIM…"
        onSymbol={(next) => {
          form.setFieldValue("symbol", next);
          // Lots that were named are lots of another instrument now.
          if (values.lots.length > 0) form.setFieldValue("lots", []);
        }}
        bound={bind("symbol")}
        autoFocus={form.getInitialValues().symbol === "" && mended === undefined}
      />
      {WITH_QUOTE.includes(values.type) ? (
        <QuoteHint symbol={symbol} quote={quote} />
      ) : shown.includes("quantity") ? null : (
        <HoldingNote symbol={holdingsKnown ? symbol : ""} held={held?.quantity} />
      )}
    </div>
  );
}

export function NewSymbolField() {
  const { form, bind } = useFormState();
  return (
    <SymbolInput
      field="toSymbol"
      onSymbol={(next) => form.setFieldValue("toSymbol", next)}
      bound={bind("toSymbol")}
    />
  );
}

interface SymbolInputProps {
  readonly field: "symbol" | "toSymbol";
  readonly placeholder?: string;
  readonly onSymbol: (symbol: string) => void;
  readonly bound: ReturnType<ReturnType<typeof useFormState>["bind"]>;
  readonly autoFocus?: boolean;
}

function SymbolInput({ field, placeholder, onSymbol, bound, autoFocus = false }: SymbolInputProps) {
  const { values } = useFormState();
  return (
    <TextInput
      label={labelOf(field, values.type)}
      placeholder={placeholder ?? ""}
      autoCapitalize="characters"
      autoComplete="off"
      spellCheck={false}
      maxLength={24}
      data-autofocus={autoFocus || undefined}
      {...bound}
      onChange={(event) => onSymbol(event.currentTarget.value.toUpperCase())}
    />
  );
}
