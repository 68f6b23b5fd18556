import { useQuery } from "@tanstack/react-query";
import { Quantity } from "#web/components/figure.tsx";
import { formatDate } from "#web/components/format.ts";
import { lotsQuery } from "#web/features/lots/api/lot-queries.ts";
import { previewClosing } from "../closing-preview.ts";
import classes from "./transactions.module.css";

interface ClosingLotsProps {
  readonly portfolioId: string;
  readonly symbol: string;
  readonly quantity: string;
  readonly held: boolean;
  readonly allowShort: boolean;
}

/** Which lots a sale made now would close. An earlier date can meet other lots; the match decides. */
export function ClosingLots({ portfolioId, symbol, quantity, held, allowShort }: ClosingLotsProps) {
  const lots = useQuery({ ...lotsQuery(portfolioId, symbol), enabled: held && symbol !== "" }).data;
  const preview = lots === undefined ? undefined : previewClosing(lots.items, quantity);
  if (preview === undefined || preview.closings.length === 0) return null;
  return (
    <section className={classes["preview"]} aria-label="Lots this sale would close">
      <strong>Closes, oldest first</strong>
      <ul>
        {preview.closings.map(({ lot, quantity: taken, whole }) => (
          <li key={lot.id}>
            <span>Lot of {formatDate(lot.openedAt)}</span>
            <span>
              {whole ? "all " : ""}
              <Quantity value={taken} />
              {whole ? null : (
                <>
                  {" "}
                  of <Quantity value={lot.remainingQuantity} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      {preview.missing === undefined ? null : (
        <div className={classes["warning"]}>
          <Quantity value={preview.missing} /> more than you hold:{" "}
          {allowShort ? "they are sold short." : "this sale would be rejected."}
        </div>
      )}
    </section>
  );
}
