import { Button, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Lot } from "#contracts/positions.ts";
import { fieldsOf } from "#contracts/transaction-fields.ts";
import { Quantity } from "#web/components/figure.tsx";
import { lotsQuery } from "#web/features/lots/api/lot-queries.ts";
import { toLocalDate } from "../local-time.ts";
import { availableLots, tallyLots, type AvailableLot } from "../lot-choice.ts";
import { useFormState } from "../use-transaction-form.ts";
import { LotRow, UnlistedLotRow } from "./lot-row.tsx";
import classes from "./lot-picker.module.css";

/** Which lots are closed or moved, for whoever wants to say so. Naming none leaves it to the portfolio's lot method. */
export function LotPicker() {
  const { values, shown, facts, bind } = useFormState();
  const hasLots = fieldsOf(values.type, values.content).optional.includes("lots");
  const error = bind("lots").error as string | undefined;
  if (!hasLots) return null;
  if (facts.lotMethod === "average") {
    // A purchase names lots only to cover a short, which a pool does not ask about either.
    return values.type === "buy" ? null : <InAPool error={error} />;
  }
  return shown.includes("lots") ? <OpenLots error={error} /> : null;
}

function InAPool({ error }: { error: string | undefined }) {
  return (
    <Text size="xs" c="dimmed">
      This portfolio keeps one pool at average cost, so there are no single lots to choose from.
      {error === undefined ? null : ` ${error}`}
    </Text>
  );
}

function OpenLots({ error }: { error: string | undefined }) {
  const { form, values, original, portfolioId, symbol, facts, mended } = useFormState();
  const [wanted, setWanted] = useState(values.lots.length > 0 || facts.lotMethod === "specific");
  const lots = useQuery({ ...lotsQuery(portfolioId, symbol), enabled: wanted && symbol !== "" });
  const side = values.type === "buy" ? "short" : "long";
  const open = availableLots(lots.data?.items ?? [], side, original);
  return (
    <section
      className={classes["picker"]}
      aria-label="Lots"
      data-path="lots"
      data-autofocus={mended === "lots" || undefined}
      tabIndex={-1}
    >
      <Switch
        label="Choose the lots myself"
        checked={wanted}
        onChange={(event) => {
          setWanted(event.currentTarget.checked);
          if (!event.currentTarget.checked) form.setFieldValue("lots", []);
        }}
      />
      {wanted ? (
        <>
          <LotRows open={open} isPending={lots.isPending && symbol !== ""} />
          <Sum />
        </>
      ) : null}
      {error === undefined ? null : (
        <Text size="xs" c="var(--mantine-color-error)" mt={6} role="alert">
          {error}
        </Text>
      )}
    </section>
  );
}

function LotRows({ open, isPending }: { open: readonly AvailableLot<Lot>[]; isPending: boolean }) {
  const { values, held, facts, openedAt } = useFormState();
  const unlisted = values.lots.filter(({ lotId }) => !open.some(({ lot }) => lot.id === lotId));
  const currency = held?.currency ?? facts.currency;
  if (isPending) return <p className={classes["note"]}>Reading the lots…</p>;
  if (open.length === 0 && unlisted.length === 0) {
    return <p className={classes["note"]}>There are no open lots of this symbol now.</p>;
  }
  const isToday = values.tradedAt.startsWith(toLocalDate(openedAt));
  return (
    <>
      <ul className={classes["lots"]}>
        {open.map((available) => (
          <LotRow key={available.lot.id} {...available} currency={currency} />
        ))}
        {unlisted.map(({ lotId }) => (
          <UnlistedLotRow key={lotId} lotId={lotId} />
        ))}
      </ul>
      {isToday || open.length === 0 ? null : (
        <p className={classes["note"]}>Terms and gains here are those of today, not of that day.</p>
      )}
    </>
  );
}

/** The running sum, against the quantity. */
function Sum() {
  const { form, values } = useFormState();
  const { sum, missing, excess } = tallyLots(values.lots, values.quantity);
  if (values.lots.length === 0) {
    return <p className={classes["note"]}>No lot is named: the portfolio’s lot method decides.</p>;
  }
  return (
    <div className={classes["sum"]}>
      <span role="status">
        <Quantity value={sum} /> named
        {missing === undefined ? null : (
          <>
            , <Quantity value={missing} /> to go
          </>
        )}
        {excess === undefined ? null : (
          <>
            , <Quantity value={excess} /> too many
          </>
        )}
      </span>
      {values.quantity.trim() === sum ? null : (
        <Button size="compact-xs" variant="subtle" onClick={() => form.setFieldValue("quantity", sum)}>
          Use as quantity
        </Button>
      )}
    </div>
  );
}
