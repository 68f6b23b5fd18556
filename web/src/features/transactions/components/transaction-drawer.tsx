import { Drawer } from "@mantine/core";
import { useState } from "react";
import type { TransactionType } from "#contracts/transaction-fields.ts";
import type { Transaction } from "#contracts/transactions.ts";
import { useFocusReturn } from "#web/components/use-focus-return.ts";
import { useNarrow } from "#web/components/use-narrow.ts";
import { emptyTransaction, valuesOf, type TransactionValues } from "../transaction-form.ts";
import { TransactionForm, type TransactionFormProps } from "./transaction-form.tsx";
import { TransactionResult } from "./transaction-result.tsx";

interface TransactionDrawerProps extends Pick<TransactionFormProps, "portfolios"> {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onClosed: () => void;
  readonly portfolioId: string;
  /** Fields filled in already, such as the symbol of the position that it was opened from. */
  readonly prefill?: Partial<TransactionValues>;
  readonly edit?: Transaction | undefined;
}

interface Step {
  readonly turn: number;
  readonly initial: TransactionValues;
  readonly original: Transaction | undefined;
  readonly result: Transaction | undefined;
}

/** The form and then its result, in one drawer; from the result it goes on to the next one or back to correct this one. */
export function TransactionDrawer(props: TransactionDrawerProps) {
  const narrow = useNarrow();
  const returnFocus = useFocusReturn();
  const [portfolioId, setPortfolioId] = useState(props.portfolioId);
  const [type, setType] = useState(props.edit?.type ?? props.prefill?.type ?? "buy");
  const [step, setStep] = useState<Step>(() => ({
    turn: 0,
    initial:
      props.edit === undefined ? { ...emptyTransaction(Date.now()), ...props.prefill } : valuesOf(props.edit),
    original: props.edit,
    result: undefined,
  }));
  const goTo = (next: Omit<Step, "turn">) => setStep(({ turn }) => ({ turn: turn + 1, ...next }));
  const correct = (transaction: Transaction) =>
    goTo({ initial: valuesOf(transaction), original: transaction, result: undefined });

  return (
    <Drawer
      opened={props.opened}
      onClose={props.onClose}
      transitionProps={{
        onExited: () => {
          props.onClosed();
          returnFocus();
        },
      }}
      size={narrow ? "100%" : 500}
      title={titleOf(step.original, type)}
      closeButtonProps={{ "aria-label": "Close" }}
      // A click beside the drawer must not throw away a half-filled form.
      closeOnClickOutside={step.result !== undefined}
    >
      {step.result === undefined ? (
        <TransactionForm
          key={step.turn}
          portfolios={props.portfolios}
          portfolioId={portfolioId}
          onPortfolio={setPortfolioId}
          onType={setType}
          initial={step.initial}
          original={step.original}
          onRecorded={(result) => goTo({ ...step, result })}
          onReload={correct}
          onCancel={props.onClose}
        />
      ) : (
        <TransactionResult
          recorded={step.result}
          edited={step.original !== undefined}
          onAnother={() => {
            setType("buy");
            goTo({ initial: emptyTransaction(Date.now()), original: undefined, result: undefined });
          }}
          onCorrect={correct}
          onDone={props.onClose}
        />
      )}
    </Drawer>
  );
}

function titleOf(original: Transaction | undefined, type: TransactionType): string {
  if (original !== undefined) return "Edit transaction";
  return type === "buy" || type === "sell" ? "Record a trade" : "Record a transaction";
}
