import { Alert, Button, Group, NativeSelect, Stack, Textarea } from "@mantine/core";
import { useEffect, useRef, type ComponentProps } from "react";
import type { TransactionType } from "#contracts/transaction-fields.ts";
import type { Transaction } from "#contracts/transactions.ts";
import { placeFaults } from "../placed-faults.ts";
import { alertTone, isRefused, reasonAdvice, statusText } from "../status-text.ts";
import { checkTransaction } from "../transaction-checks.ts";
import type { TransactionValues } from "../transaction-form.ts";
import { TYPE_WORDS } from "../transaction-types.ts";
import {
  TransactionFormProvider,
  useFormState,
  useTransactionForm,
  type PortfolioChoice,
} from "../use-transaction-form.ts";
import { useSubmission } from "../use-submission.ts";
import { ContentChoice } from "./fields/destination-field.tsx";
import { FormFields } from "./fields/form-fields.tsx";
import { LotPicker } from "./lot-picker.tsx";
import { SubmissionProblem } from "./submission-problem.tsx";
import { TransactionTotal } from "./transaction-total.tsx";
import classes from "./transactions.module.css";
import { TypeChoice } from "./type-choice.tsx";
import { WhatIfPreview } from "./what-if-preview.tsx";

export interface TransactionFormProps {
  readonly portfolios: readonly PortfolioChoice[];
  readonly portfolioId: string;
  readonly onPortfolio: (portfolioId: string) => void;
  readonly onType: (type: TransactionType) => void;
  readonly initial: TransactionValues;
  readonly original: Transaction | undefined;
  readonly onRecorded: (transaction: Transaction) => void;
  readonly onReload: (transaction: Transaction) => void;
  readonly onCancel: () => void;
}

/** Records or edits a transaction. What was typed stays whatever happens; every fault is told at its field. */
export function TransactionForm(props: TransactionFormProps) {
  const { portfolioId, original } = props;
  const state = useTransactionForm(props);
  const { form, values, shown, facts } = state;
  const submission = useSubmission(props.onRecorded);
  const element = useRef<HTMLFormElement>(null);

  // The drawer sets the focus when it opens; on the way back from a result it is open already.
  const { mended } = state;
  useEffect(() => {
    if (mended !== undefined) focusFirst(element.current, { [mended]: true });
    // Only once: afterwards the focus is the user's.
    // oxlint-disable-next-line react/exhaustive-deps
  }, []);

  const submit: ComponentProps<"form">["onSubmit"] = (event) => {
    event.preventDefault();
    const faults = checkTransaction(values, shown);
    form.setErrors(faults);
    if (Object.keys(faults).length > 0) return focusFirst(element.current, faults);
    submission.mutate(
      { portfolioId, values, original, shown, currency: facts.currency, openedAt: state.openedAt },
      {
        onError: (error) => {
          const { atFields } = placeFaults(error, values, shown);
          form.setErrors(atFields);
          focusFirst(element.current, atFields);
        },
      },
    );
  };

  return (
    <TransactionFormProvider value={state}>
      <form ref={element} onSubmit={submit} noValidate>
        <Stack gap="md">
          <SubmissionProblem
            error={submission.error}
            faults={placeFaults(submission.error, submission.variables?.values ?? values, shown)}
            original={original}
            onReload={props.onReload}
          />
          <Refusal />
          <PortfolioField {...props} />
          <TypeChoice />
          {values.type === "transfer" ? <ContentChoice /> : null}
          <FormFields />
          <LotPicker />
          <Textarea label="Notes" autosize minRows={1} maxRows={4} maxLength={500} {...state.bind("notes")} />
          <WhatIfPreview />
          <TransactionTotal />
          <Group justify="flex-end" className={classes["actions"] ?? ""}>
            <Button variant="default" onClick={props.onCancel}>
              Cancel
            </Button>
            <Button type="submit" loading={submission.isPending}>
              {original === undefined ? `Record ${TYPE_WORDS[values.type].thing}` : "Save changes"}
            </Button>
          </Group>
        </Stack>
      </form>
    </TransactionFormProvider>
  );
}

/** The first faulty field in the order of the page gets the focus, so that nobody has to look for it. */
function focusFirst(form: HTMLFormElement | null, faults: Readonly<Record<string, unknown>>): void {
  const fields = form?.querySelectorAll<HTMLElement>("[data-path]") ?? [];
  const first = [...fields].find((field) => faults[field.dataset["path"] ?? ""] !== undefined);
  first?.focus({ preventScroll: true });
  // Not at the very top, where the title of the drawer lies over it.
  first?.scrollIntoView({ block: "center" });
}

/** Why the transaction as it stands does not count, above the field that says what to do. */
function Refusal() {
  const { original } = useFormState();
  if (original === undefined || !isRefused(original)) return null;
  return (
    <Alert role="note" {...alertTone(original)} title={statusText(original)}>
      It counts for nothing until it is mended. {reasonAdvice(original)}
    </Alert>
  );
}

function PortfolioField({ portfolios, portfolioId, onPortfolio }: TransactionFormProps) {
  const { form, original } = useFormState();
  if (original !== undefined || portfolios.length < 2) return null;
  return (
    <NativeSelect
      label="Portfolio"
      value={portfolioId}
      data={portfolios.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(event) => {
        onPortfolio(event.currentTarget.value);
        // Lots belong to the portfolio, and a transfer leads to another one.
        form.setFieldValue("lots", []);
        form.setFieldValue("toPortfolioId", "");
      }}
    />
  );
}
