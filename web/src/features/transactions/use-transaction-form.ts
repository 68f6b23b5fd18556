import { useForm, type UseFormReturnType } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { createContext, use, useState } from "react";
import type { Portfolio } from "#contracts/portfolios.ts";
import type { Position } from "#contracts/positions.ts";
import type { StockQuote } from "#contracts/quotes.ts";
import { fieldsOf, type TransactionType, type TypedField } from "#contracts/transaction-fields.ts";
import type { Transaction } from "#contracts/transactions.ts";
import { signOf } from "#web/components/decimal.ts";
import { portfoliosQuery } from "#web/features/portfolios/api/portfolio-queries.ts";
import { useLivePosition, useLivePositions, useLiveSubscription } from "#web/stream/live.ts";
import { quoteQuery } from "./api/quote-query.ts";
import { shownFields, type FormFacts } from "./shown-fields.ts";
import { fieldOfReason, isRefused, reasonAdvice } from "./status-text.ts";
import { checkSymbol, checkTransaction, type FaultPlace, type Faults } from "./transaction-checks.ts";
import type { FormField, TransactionValues } from "./transaction-form.ts";

/** The form's state and all that is known around it: one object, which every field reads from the context. */

export type PortfolioChoice = Pick<Portfolio, "id" | "name" | "baseCurrency" | "allowShort" | "lotMethod">;

export interface TransactionFormState {
  readonly form: UseFormReturnType<TransactionValues>;
  readonly values: TransactionValues;
  readonly original: Transaction | undefined;
  readonly openedAt: Date;
  readonly portfolioId: string;
  readonly portfolio: PortfolioChoice | undefined;
  /** Where a transfer can go. */
  readonly destinations: readonly PortfolioChoice[];
  /** In capitals, and empty until it can be one. */
  readonly symbol: string;
  readonly quote: UseQueryResult<StockQuote | null>;
  readonly held: Position | undefined;
  /** False until it is known what is held. */
  readonly holdingsKnown: boolean;
  readonly facts: FormFacts;
  readonly shown: readonly TypedField[];
  /** Where the ledger found fault with the transaction as it stands: this field gets the focus. */
  readonly mended: FaultPlace | undefined;
  /** What an input of a field is given: value, handlers, error. */
  readonly bind: (field: FormField) => ReturnType<UseFormReturnType<TransactionValues>["getInputProps"]>;
}

const FormStateContext = createContext<TransactionFormState | undefined>(undefined);
export const TransactionFormProvider = FormStateContext.Provider;

export function useFormState(): TransactionFormState {
  const state = use(FormStateContext);
  if (state === undefined) throw new Error("A field stands outside of its form");
  return state;
}

interface FormOptions {
  readonly initial: TransactionValues;
  readonly original: Transaction | undefined;
  readonly portfolioId: string;
  readonly portfolios: readonly PortfolioChoice[];
  readonly onType: (type: TransactionType) => void;
}

export function useTransactionForm(options: FormOptions): TransactionFormState {
  const { initial, original, portfolioId, portfolios } = options;
  const form = useForm<TransactionValues>({
    initialValues: initial,
    onValuesChange: ({ type }) => options.onType(type),
  });
  const { values } = form;
  const [openedAt] = useState(() => new Date());
  const instrument = useInstrument(portfolioId, values);
  const known = useQuery(portfoliosQuery).data?.items ?? portfolios;
  const portfolio = known.find(({ id }) => id === portfolioId);
  const asked = original !== undefined && isRefused(original) ? fieldOfReason(original) : undefined;
  const facts: FormFacts = {
    baseCurrency: portfolio?.baseCurrency,
    currency: values.currency || (hasSymbol(values) ? instrument.currency : portfolio?.baseCurrency),
    destinationCurrency: known.find(({ id }) => id === values.toPortfolioId)?.baseCurrency,
    lotMethod: portfolio?.lotMethod,
    heldSide: signOf(instrument.held?.quantity ?? "0"),
    asked,
  };
  const shown = shownFields(values, facts);
  const reason = original === undefined || asked === undefined ? {} : reasonAt(original, shown);
  const mended = Object.keys(reason)[0] as FaultPlace | undefined;
  return {
    form,
    values,
    original,
    openedAt,
    portfolioId,
    portfolio,
    destinations: destinationsOf(portfolios, known, { portfolioId, current: values.toPortfolioId }),
    ...instrument,
    facts,
    shown,
    mended,
    bind: (field) => {
      const props = form.getInputProps(field);
      const isUntouched = values[field] === initial[field];
      return {
        ...props,
        error: (props.error as string | undefined) ?? (isUntouched ? reason[field] : undefined),
        onBlur: () => tellFault(form, field, shown),
        ...(field === mended ? { "data-autofocus": true } : {}),
      };
    },
  };
}

function useInstrument(portfolioId: string, values: TransactionValues) {
  const typed = hasSymbol(values) ? values.symbol.trim().toUpperCase() : "";
  const [symbol] = useDebouncedValue(checkSymbol(typed) === null ? typed : "", 300);
  const quote = useQuery(quoteQuery(symbol));
  // Any portfolio can be chosen here, also one that is not on the screen behind.
  useLiveSubscription([portfolioId]);
  const held = useLivePosition(portfolioId, typed);
  const holdingsKnown = useLivePositions(portfolioId, (positions) => positions !== undefined);
  return { symbol, quote, held, holdingsKnown, currency: held?.currency ?? quote.data?.currency };
}

const hasSymbol = ({ type, content }: TransactionValues) =>
  fieldsOf(type, content).required.includes("symbol");

/** Archived portfolios receive nothing, but for the one that a recorded transfer names. */
function destinationsOf(
  active: readonly PortfolioChoice[],
  known: readonly PortfolioChoice[],
  { portfolioId, current }: { portfolioId: string; current: string },
): readonly PortfolioChoice[] {
  const others = active.filter(({ id }) => id !== portfolioId);
  const named = known.filter(({ id }) => id === current && !others.some((other) => other.id === id));
  return [...others, ...named];
}

/** What the ledger says against the transaction as it stands, at the field that has to be mended. */
function reasonAt(original: Transaction, shown: readonly TypedField[]): Faults {
  const field = fieldOfReason(original, shown);
  return field === undefined ? {} : { [field === "ratio" ? "ratioNew" : field]: reasonAdvice(original) };
}

/** Faults that hang on a second field go when that one is mended. */
const HANG_ON: Readonly<Partial<Record<FormField, FaultPlace>>> = {
  quantity: "lots",
  tradedAt: "acquiredAt",
  symbol: "toSymbol",
};

/** On leaving a field: says what is wrong with it. What the server said stays until the value changes. */
function tellFault(
  form: UseFormReturnType<TransactionValues>,
  field: FormField,
  shown: readonly TypedField[],
): void {
  const faults = checkTransaction(form.getValues(), shown);
  const fault = faults[field];
  if (fault !== undefined) form.setFieldError(field, fault);
  const hanging = HANG_ON[field];
  if (hanging !== undefined && faults[hanging] === undefined) form.clearFieldError(hanging);
}
