import { compareDecimals, signOf, sumDecimals } from "#web/components/decimal.ts";
import { Quantity } from "#web/components/figure.tsx";
import { isQuantity } from "../../transaction-checks.ts";
import { useFormState } from "../../use-transaction-form.ts";
import classes from "./fields.module.css";

/** How much there is to sell, to cover or to move, and what happens beyond that. Now: an earlier day may differ. */
export function HoldingHint() {
  const { form, values, symbol, held, holdingsKnown, portfolio } = useFormState();
  const { type } = values;
  const side = signOf(held?.quantity ?? "0");
  const closes = type === "buy" ? side < 0 : true;
  if (symbol === "" || !holdingsKnown || portfolio === undefined || !closes || type === "transfer-in")
    return null;
  if (held === undefined || side === 0) {
    return (
      <div className={classes["hint"]}>{sellsShort(type, portfolio) ? SHORT_SALE : "You hold none now."}</div>
    );
  }
  const size = side < 0 ? held.quantity.slice(1) : held.quantity;
  if (side < 0 && type !== "buy") {
    return (
      <div className={classes["hint"]}>
        <span>
          You are short <Quantity value={size} />
          {sellsShort(type, portfolio) ? ": this adds to it." : null}
        </span>
      </div>
    );
  }
  return (
    <>
      <div className={classes["hint"]}>
        <span>
          {side < 0 ? "You are short " : "You hold "}
          <Quantity value={size} />
        </span>
        <button
          type="button"
          className={classes["hintButton"]}
          onClick={() => form.setFieldValue("quantity", size)}
        >
          {ALL_OF[type] ?? "All"}
        </button>
      </div>
      <Beyond quantity={values.quantity.trim()} size={size} />
    </>
  );
}

const SHORT_SALE = "You hold none: this sells short and opens a short position.";
const ALL_OF: Readonly<Record<string, string>> = { buy: "Cover all", sell: "Sell all", transfer: "Move all" };

const sellsShort = (type: string, { allowShort }: { allowShort: boolean }) => type === "sell" && allowShort;

/** What is asked for beyond what there is. */
function Beyond({ quantity, size }: { quantity: string; size: string }) {
  const { values, portfolio } = useFormState();
  if (!isQuantity(quantity) || compareDecimals(quantity, size) <= 0) return null;
  const rest = sumDecimals([quantity, `-${size}`]);
  const outcome =
    values.type === "buy"
      ? "beyond the short: they open a lot."
      : portfolio !== undefined && sellsShort(values.type, portfolio)
        ? "more than you hold: they are sold short."
        : "more than you hold: this would be rejected.";
  return (
    <div className={classes["hint"]}>
      <span className={values.type === "buy" ? undefined : classes["warning"]}>
        <Quantity value={rest} /> {outcome}
      </span>
    </div>
  );
}

/** What is held, where the type asks for no quantity. */
export function HoldingNote({ symbol, held = "0" }: { symbol: string; held?: string | undefined }) {
  if (symbol === "") return null;
  const side = signOf(held);
  return (
    <div className={classes["hint"]}>
      {side === 0 ? (
        "You hold none now."
      ) : (
        <span>
          {side < 0 ? "You are short " : "You hold "}
          <Quantity value={side < 0 ? held.slice(1) : held} />
        </span>
      )}
    </div>
  );
}
