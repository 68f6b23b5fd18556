import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Lot } from "#contracts/positions.ts";
import { Quantity, UnitCost } from "#web/components/figure.tsx";
import { formatDate } from "#web/components/format.ts";
import { Gain } from "#web/components/gain.tsx";
import { TermMark } from "#web/components/term-mark.tsx";
import { lotOpeningQuery } from "../api/transaction-queries.ts";
import { chooseLot, chosenOf, isMoreThan, mostOf, type AvailableLot } from "../lot-choice.ts";
import { useFormState } from "../use-transaction-form.ts";
import classes from "./lot-picker.module.css";

interface LotRowProps extends AvailableLot<Lot> {
  readonly currency: string | undefined;
}

/** One open lot: what speaks for or against taking it, and how much of it is taken. */
export function LotRow({ lot, available, currency }: LotRowProps) {
  const { form, values } = useFormState();
  const opened = formatDate(lot.openedAt);
  const isLater = Date.parse(lot.openedAt) > Date.parse(values.tradedAt);
  const take = () => choose(form, lot.id, mostOf(values.lots, { id: lot.id, available }, values.quantity));
  return (
    <li className={classes["lot"]}>
      <div className={classes["about"]}>
        <div className={classes["line"]}>
          <span className={classes["opened"]}>{opened}</span>
          <TermMark term={lot.term} />
        </div>
        <div className={classes["line"]} data-second>
          <span>
            <Quantity value={available} />
            {currency === undefined ? null : (
              <>
                {" at "}
                <UnitCost value={lot.unitCost} currency={currency} />
              </>
            )}
          </span>
          {currency === undefined ? null : (
            <span className={classes["gain"]}>
              <Gain value={lot.unrealizedGain} currency={currency} />
            </span>
          )}
        </div>
        {isLater ? <div className={classes["later"]}>Opened after this date</div> : null}
      </div>
      <TakenInput lotId={lot.id} name={`lot of ${opened}`} available={available}>
        <button type="button" className={classes["take"]} onClick={take} aria-label={`Take from ${opened}`}>
          Take
        </button>
      </TakenInput>
    </li>
  );
}

/** A lot that is named but not open now: used up by this very transaction or another one, or deleted. */
export function UnlistedLotRow({ lotId }: { lotId: string }) {
  const { portfolioId } = useFormState();
  const opening = useQuery(lotOpeningQuery(portfolioId, lotId)).data;
  const opened = opening === undefined ? undefined : formatDate(opening.acquiredAt ?? opening.tradedAt);
  return (
    <li className={classes["lot"]}>
      <div className={classes["about"]}>
        <div className={classes["line"]}>
          <span className={classes["opened"]}>{opened ?? "Unknown lot"}</span>
        </div>
        <div className={classes["line"]} data-second>
          {opening?.deleted === true ? "Deleted since" : "Not open now"}
        </div>
      </div>
      <TakenInput lotId={lotId} name={opened === undefined ? "unknown lot" : `lot of ${opened}`} />
    </li>
  );
}

interface TakenInputProps {
  readonly lotId: string;
  readonly name: string;
  readonly available?: string;
  readonly children?: ReactNode;
}

function TakenInput({ lotId, name, available, children }: TakenInputProps) {
  const { form, values } = useFormState();
  const taken = chosenOf(values.lots, lotId);
  const error = form.errors[`lots.${lotId}`];
  const isMore = available !== undefined && isMoreThan(taken, available);
  return (
    <div className={classes["taken"]}>
      <TextInput
        size="xs"
        inputMode="decimal"
        autoComplete="off"
        placeholder="0"
        aria-label={`Taken from the ${name}`}
        data-path={`lots.${lotId}`}
        value={taken}
        error={error}
        onChange={(event) => choose(form, lotId, event.currentTarget.value)}
      />
      {isMore && error === undefined ? (
        <span className={classes["later"]}>More than it has now</span>
      ) : (
        children
      )}
    </div>
  );
}

function choose(form: ReturnType<typeof useFormState>["form"], lotId: string, quantity: string): void {
  form.setFieldValue("lots", (lots) => chooseLot(lots, lotId, quantity));
  form.clearFieldError(`lots.${lotId}`);
}
