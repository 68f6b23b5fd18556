import { Alert } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { WhatIf, WhatIfInput } from "#contracts/planning.ts";
import { Price } from "#web/components/figure.tsx";
import { whatIfQuery } from "../api/what-if-query.ts";
import { isRefused } from "../status-text.ts";
import { useFormState } from "../use-transaction-form.ts";
import { whatIfQuestion } from "../what-if-question.ts";
import { commonReason, effectiveOutcome, noAnswerText, unavailableText } from "../what-if-text.ts";
import { WhatIfLots } from "./what-if-lots.tsx";
import { WhatIfTable } from "./what-if-table.tsx";
import classes from "./what-if.module.css";

const ASK_AFTER_MS = 300;

/**
 * What the sale would come to under each lot method, and the lots that it would really close. Nothing is recorded by it.
 * Not for a sale that the ledger has already: it would be sold a second time.
 */
export function WhatIfPreview() {
  const { values, shown, facts, original, portfolioId, openedAt } = useFormState();
  const isInLedger = original !== undefined && !isRefused(original);
  const question = isInLedger
    ? undefined
    : whatIfQuestion(values, { shown, openedAt, heldSide: facts.heldSide });
  const wanted = question === undefined ? "" : JSON.stringify(question);
  const [asked] = useDebouncedValue(wanted, ASK_AFTER_MS);
  const settled = asked === "" ? undefined : (JSON.parse(asked) as WhatIfInput);
  const answer = useQuery(whatIfQuery(portfolioId, settled));
  if (question === undefined) return null;
  if (answer.isError) {
    return <p className={classes["note"]}>{noAnswerText(answer.error)}</p>;
  }
  if (answer.data === undefined) return <p className={classes["note"]}>Working out what it would come to…</p>;
  const isOutdated = asked !== wanted || answer.isPlaceholderData;
  const isCover = question.type === "buy";
  const reason = commonReason(answer.data);
  if (reason !== undefined) return <Impossible reason={reason} isCover={isCover} />;
  return (
    <section className={classes["preview"]} aria-label="Preview" aria-busy={isOutdated}>
      <Answer whatIf={answer.data} namesLots={settled?.lots !== undefined} isCover={isCover} />
    </section>
  );
}

function Impossible({ reason, isCover }: { readonly reason: string; readonly isCover: boolean }) {
  return (
    <Alert
      color="yellow"
      bg="var(--lw-warn-surface)"
      p="sm"
      title={`No preview of this ${isCover ? "cover" : "sale"}`}
    >
      It asks for what cannot be done: {unavailableText(reason)}.
    </Alert>
  );
}

interface AnswerProps {
  readonly whatIf: WhatIf;
  readonly namesLots: boolean;
  readonly isCover: boolean;
}

function Answer({ whatIf, namesLots, isCover }: AnswerProps) {
  const { price, priceAsOf, currency } = whatIf;
  const thing = isCover ? "cover" : "sale";
  const effective = effectiveOutcome(whatIf, namesLots);
  return (
    <>
      <div className={classes["heading"]}>
        <strong>What this {thing} would come to</strong>
        <span className={classes["price"]}>
          at {priceAsOf === null ? null : "the live price of "}
          <Price value={price} currency={currency} /> {currency}
        </span>
      </div>
      <WhatIfTable whatIf={whatIf} effective={effective} />
      {effective === undefined ? null : <WhatIfLots outcome={effective} isCover={isCover} />}
      <p className={classes["note"]}>Only a preview: nothing is recorded until you save it.</p>
    </>
  );
}
