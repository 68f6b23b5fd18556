import type { Transaction, TransactionVersions } from "#contracts/transactions.ts";
import { signOf, sumDecimals, tradeTotal } from "#web/components/decimal.ts";
import { formatDate, formatMoney, formatPrice, formatQuantity } from "#web/components/format.ts";
import { TRANSACTION_TYPE_NAMES } from "#web/components/transaction-types.ts";
import { toPercent } from "./cost-share.ts";
import { exampleOf } from "./ratio-sentences.ts";

/** What a transaction did, in words and figures: for rows, cards, the history, the menus. */

/** What one version of a transaction says. */
export type Recorded = Omit<
  TransactionVersions["items"][number],
  "version" | "sequence" | "deleted" | "createdAt"
>;

/** A piece of a sentence: words, or a figure that keeps its exact value behind it. */
export type Part =
  | string
  | { readonly quantity: string }
  | { readonly money: string; readonly currency: string }
  | { readonly price: string; readonly currency: string };

/** The portfolio at the other end of a transfer, by name. */
export interface OtherEnd {
  readonly direction: "to" | "from";
  readonly name: string;
}

interface Transfer {
  readonly portfolioId: string;
  readonly toPortfolioId?: string | undefined;
}

/** Whether a portfolio shows the transaction because another one sent something here. */
export const isReceived = ({ portfolioId }: Pick<Transaction, "portfolioId">, viewedIn: string): boolean =>
  portfolioId !== viewedIn;

/** The portfolio at the other end, as it is seen in one of the two; undefined when there is none. */
export const otherPortfolioOf = (transfer: Transfer, viewedIn: string): string | undefined =>
  isReceived(transfer, viewedIn) ? transfer.portfolioId : transfer.toPortfolioId;

/** The same with its name: what another portfolio sent was received from there. */
export function otherEndOf(transfer: Transfer, viewedIn: string, name?: string): OtherEnd | undefined {
  if (otherPortfolioOf(transfer, viewedIn) === undefined) return undefined;
  return { direction: isReceived(transfer, viewedIn) ? "from" : "to", name: name ?? "another portfolio" };
}

/** What happened, for somebody who reads the type and the symbol beside it. */
export function happening(recorded: Recorded, otherEnd?: OtherEnd): readonly Part[] {
  const { currency, ratio = "", toSymbol = "", amount = "0" } = recorded;
  const [ratioNew = "", ratioOld = ""] = ratio.split(":");
  switch (recorded.type) {
    case "buy":
    case "sell":
      return [...quantityOf(recorded), " × ", priceIn(recorded.price, currency), ...costsOf(recorded)];
    case "dividend":
      return [moneyIn(amount, currency), ...costsOf(recorded)];
    case "interest":
      return [signOf(amount) < 0 ? "paid" : "received"];
    case "fee":
    case "tax":
      return [signOf(amount) < 0 ? "refunded" : "paid"];
    case "deposit":
      return ["paid in"];
    case "withdrawal":
      return ["paid out"];
    case "return-of-capital":
      return ["reduces the cost of its lots"];
    case "split":
      return [`${ratio}, ${exampleOf({ ratioNew, ratioOld }) ?? ""}`];
    case "spin-off":
      return [`${ratioNew} ${toSymbol} for ${ratioOld}, with ${percent(recorded.costShare)} of the cost`];
    case "merger":
      return [`${ratioNew} ${toSymbol} for ${ratioOld}`, ...cashOfMerger(recorded)];
    case "symbol-change":
      return [`is now ${toSymbol}`];
    case "transfer":
      return recorded.quantity === undefined
        ? towards(otherEnd)
        : [...quantityOf(recorded), " ", ...towards(otherEnd), ...costsOf(recorded)];
    case "transfer-in":
      return [...quantityOf(recorded), ...originOf(recorded)];
    case "transfer-out":
      return [...quantityOf(recorded), " to the outside"];
  }
}

/** The whole of it but for the type, as a sentence of its own: "10 ACME.SIM at 12.50 USD, fees 1.00". */
export function statementOf(recorded: Recorded, otherEnd?: OtherEnd): readonly Part[] {
  const { type, symbol = "", currency, amount = "0" } = recorded;
  const details = happening(recorded, otherEnd);
  switch (type) {
    case "buy":
    case "sell": {
      const price = priceIn(recorded.price, currency);
      return [...quantityOf(recorded), ` ${symbol} at `, price, unit(currency), ...costsOf(recorded)];
    }
    case "dividend":
      return [`${symbol}: `, moneyIn(amount, currency), unit(currency), ...costsOf(recorded)];
    case "transfer":
    case "transfer-in":
    case "transfer-out": {
      // What is moved comes first in the details already.
      const [moved, ...rest] = recorded.quantity === undefined ? [] : details;
      return moved === undefined
        ? [moneyIn(amount, currency), `${unit(currency)} `, ...details]
        : [moved, ` ${symbol}`, ...rest];
    }
    default:
      return [
        ...(symbol === "" ? [] : [`${symbol}: `]),
        ...(recorded.amount === undefined ? [] : [moneyIn(amount, currency), `${unit(currency)} `]),
        ...details,
      ];
  }
}

/** What the transaction is called where there is one line for it: "buy 10 ACME.SIM", "deposit 1,000.00 USD". */
export function nameOf(recorded: Recorded): string {
  const { type, symbol, quantity, amount, currency, ratio, toSymbol } = recorded;
  const figure =
    quantity !== undefined
      ? formatQuantity(quantity)
      : amount !== undefined
        ? plainText([moneyIn(amount, currency), unit(currency)])
        : undefined;
  const target = toSymbol === undefined ? undefined : `to ${toSymbol}`;
  return [TRANSACTION_TYPE_NAMES[type].toLowerCase(), figure, symbol, ratio, target]
    .filter((word) => word !== undefined)
    .join(" ");
}

/** What was paid or received in the end; undefined where no money moved. */
export function totalOf(recorded: Recorded): string | undefined {
  const { type, quantity, price, amount, fees, tax } = recorded;
  if (type === "buy" || type === "sell") {
    return quantity === undefined || price === undefined
      ? undefined
      : tradeTotal({ type, quantity, price, fees });
  }
  return type === "dividend" && amount !== undefined ? netDividend({ amount, tax, fees }) : amount;
}

/** What of a dividend arrives. Shape: all three are decimals, tax and fees without sign. */
export const netDividend = (paid: { amount: string; tax: string; fees: string }): string =>
  sumDecimals([paid.amount, `-${paid.tax}`, `-${paid.fees}`]);

/** The sentence as text, for where no figure can stand: a label, a message. */
export const plainText = (parts: readonly Part[]): string =>
  parts
    .map((part) => {
      if (typeof part === "string") return part;
      if ("quantity" in part) return formatQuantity(part.quantity);
      return "money" in part
        ? formatMoney(part.money, part.currency)
        : formatPrice(part.price, part.currency);
    })
    .join("");

const quantityOf = ({ quantity }: Recorded): readonly Part[] =>
  quantity === undefined ? [] : [{ quantity }];

/** A figure without a currency is shown as it is: no currency is made up for it. */
const moneyIn = (amount: string, currency: string | undefined): Part =>
  currency === undefined ? { quantity: amount } : { money: amount, currency };

const priceIn = (price = "0", currency: string | undefined): Part =>
  currency === undefined ? { quantity: price } : { price, currency };

const unit = (currency: string | undefined) => (currency === undefined ? "" : ` ${currency}`);

const percent = (fraction = "0") => `${formatQuantity(toPercent(fraction))}%`;

function costsOf({ tax, fees, currency }: Recorded): readonly Part[] {
  return [
    ...(signOf(tax) === 0 ? [] : [", tax ", moneyIn(tax, currency)]),
    ...(signOf(fees) === 0 ? [] : [", fees ", moneyIn(fees, currency)]),
  ];
}

function cashOfMerger({ cashPerShare, costShare, currency }: Recorded): readonly Part[] {
  if (cashPerShare === undefined) return [];
  const price = priceIn(cashPerShare, currency);
  return [" and ", price, `${unit(currency)} a share, for ${percent(costShare)} of the cost`];
}

const towards = (otherEnd: OtherEnd | undefined): readonly Part[] =>
  otherEnd === undefined ? [] : [`${otherEnd.direction} ${otherEnd.name}`];

function originOf({ costBasis, currency, acquiredAt }: Recorded): readonly Part[] {
  return [
    ...(costBasis === undefined ? [] : [", cost ", moneyIn(costBasis, currency)]),
    ...(acquiredAt === undefined ? [] : [`, bought ${formatDate(acquiredAt)}`]),
  ];
}
