import { Button, Group, NativeSelect, SegmentedControl, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { Portfolio } from "#contracts/portfolios.ts";
import type { Transaction, TransactionType } from "#contracts/transactions.ts";
import { fieldErrors } from "#web/http/problem-error.ts";
import { useLivePosition, useLivePositions, useLiveSubscription } from "#web/stream/live.ts";
import { quoteQuery } from "../api/quote-query.ts";
import {
  checkSymbol,
  TRANSACTION_FIELDS,
  transactionChecks,
  type TransactionValues,
} from "../transaction-form.ts";
import { useSubmission } from "../use-submission.ts";
import { ClosingLots } from "./closing-lots.tsx";
import { HoldingHint, QuoteHint } from "./form-hints.tsx";
import { SubmissionProblem } from "./submission-problem.tsx";
import { TradeTotal } from "./trade-total.tsx";
import classes from "./transactions.module.css";

export interface TransactionFormProps {
  readonly portfolios: readonly Pick<Portfolio, "id" | "name" | "baseCurrency" | "allowShort">[];
  readonly portfolioId: string;
  readonly onPortfolio: (portfolioId: string) => void;
  readonly initial: TransactionValues;
  readonly original: Transaction | undefined;
  readonly onRecorded: (transaction: Transaction) => void;
  readonly onReload: (transaction: Transaction) => void;
  readonly onCancel: () => void;
}

const TYPES: { value: TransactionType; label: string }[] = [
  { value: "buy", label: "Buy" },
  { value: "sell", label: "Sell" },
];

/** Records or edits a trade. What was typed stays whatever happens; every fault is told at its field. */
export function TransactionForm(props: TransactionFormProps) {
  const { portfolios, portfolioId, onPortfolio, initial, original, onRecorded } = props;
  const form = useForm<TransactionValues>({
    initialValues: initial,
    validate: transactionChecks,
    validateInputOnBlur: true,
  });
  const submission = useSubmission(onRecorded);
  const { values } = form;

  const symbol = values.symbol.trim().toUpperCase();
  const [settledSymbol] = useDebouncedValue(checkSymbol(symbol) === null ? symbol : "", 300);
  const quote = useQuery(quoteQuery(settledSymbol));
  // Any portfolio can be chosen here, also one that is not on the screen behind.
  useLiveSubscription([portfolioId]);
  const held = useLivePosition(portfolioId, symbol);
  const holdingsKnown = useLivePositions(portfolioId, (positions) => positions !== undefined);
  const portfolio = portfolios.find(({ id }) => id === portfolioId);
  const currency = original?.currency ?? held?.currency ?? quote.data?.currency;

  const submit = form.onSubmit((valid) =>
    submission.mutate(
      { portfolioId, currency, values: valid, original },
      { onError: (error) => form.setErrors(fieldErrors(error, TRANSACTION_FIELDS)) },
    ),
  );

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <SubmissionProblem error={submission.error} original={original} onReload={props.onReload} />
        {original === undefined && portfolios.length > 1 ? (
          <NativeSelect
            label="Portfolio"
            value={portfolioId}
            data={portfolios.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(event) => onPortfolio(event.currentTarget.value)}
          />
        ) : null}
        <SegmentedControl fullWidth aria-label="Type" data={TYPES} {...form.getInputProps("type")} />
        <div>
          <TextInput
            label="Symbol"
            placeholder="AAPL, ACME.SIM…"
            autoCapitalize="characters"
            autoComplete="off"
            spellCheck={false}
            maxLength={24}
            data-autofocus={initial.symbol === "" || undefined}
            {...form.getInputProps("symbol")}
            onChange={(event) => form.setFieldValue("symbol", event.currentTarget.value.toUpperCase())}
          />
          <QuoteHint symbol={settledSymbol} quote={quote} />
        </div>
        <div className={classes["pair"]}>
          <div>
            <DecimalInput
              label="Quantity"
              autoFocus={initial.symbol !== ""}
              {...form.getInputProps("quantity")}
            />
            {values.type === "sell" && holdingsKnown ? (
              <HoldingHint
                symbol={settledSymbol}
                quantity={held?.quantity}
                onAll={(quantity) => form.setFieldValue("quantity", quantity)}
              />
            ) : null}
          </div>
          <div>
            <DecimalInput
              label="Price"
              unit={currency ?? portfolio?.baseCurrency}
              {...form.getInputProps("price")}
            />
            {quote.data === undefined || quote.data === null || quote.data.price === values.price ? null : (
              <div className={classes["hint"]}>
                <button
                  type="button"
                  className={classes["hintButton"]}
                  onClick={() => form.setFieldValue("price", quote.data?.price ?? "")}
                >
                  Use live price
                </button>
              </div>
            )}
          </div>
        </div>
        <div className={classes["pair"]} data-stacks>
          <DecimalInput label="Fees" placeholder="0" {...form.getInputProps("fees")} />
          <TextInput label="Date and time" type="datetime-local" {...form.getInputProps("tradedAt")} />
        </div>
        <Textarea
          label="Notes"
          autosize
          minRows={1}
          maxRows={4}
          maxLength={500}
          {...form.getInputProps("notes")}
        />
        {values.type === "sell" && original === undefined && portfolio !== undefined ? (
          <ClosingLots
            allowShort={portfolio.allowShort}
            portfolioId={portfolioId}
            symbol={settledSymbol}
            quantity={values.quantity}
            held={held !== undefined}
          />
        ) : null}
        <TradeTotal values={values} currency={currency ?? portfolio?.baseCurrency ?? "USD"} />
        <Group justify="flex-end" className={classes["actions"] ?? ""}>
          <Button variant="default" onClick={props.onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={submission.isPending}>
            {original === undefined ? (values.type === "buy" ? "Record buy" : "Record sale") : "Save changes"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface DecimalInputProps extends React.ComponentProps<typeof TextInput> {
  readonly unit?: string | undefined;
}

/** A text field, not a number field: number fields round, and change their value when the wheel turns over them. */
function DecimalInput({ unit, autoFocus, ...props }: DecimalInputProps) {
  return (
    <TextInput
      inputMode="decimal"
      autoComplete="off"
      data-autofocus={autoFocus === true || undefined}
      rightSection={unit === undefined ? null : <span className={classes["unit"]}>{unit}</span>}
      rightSectionWidth={unit === undefined ? 12 : 48}
      {...props}
    />
  );
}
