/* What transactions are and what they did to lots, in sentences. Figures in sentences are grouped: 13,600. */
import type { LedgerVersion } from "#adapters/postgres/matching-reads.ts";
import type { TransactionSource } from "#contracts/explanations.ts";
import {
  formatQuantity,
  magnitude,
  money,
  quantity,
  roundMoney,
  subtract,
  type Money,
  type Quantity,
} from "#domain/amounts.ts";
import { assertNever, invariant } from "#domain/invariant.ts";
import type { LotEvent } from "#domain/lot-story.ts";
import { compareRatios, type Ratio, ratioOf } from "#domain/ratio.ts";
import type { ExplainedLedger } from "#use-cases/explain-ledger.ts";
import { toMoney, toQuantity } from "./amounts.ts";

/** What the words are about; names are looked up in it. */
export type Wording = Pick<ExplainedLedger, "versions" | "symbols" | "portfolioNames" | "place">;

export function toSource(wording: Wording, transactionId: string): TransactionSource {
  const version = versionOf(wording, transactionId);
  return {
    transactionId,
    portfolioId: version.portfolio_id,
    version: version.version,
    sequence: version.sequence,
    type: version.type,
    tradedAt: version.traded_at,
    text: transactionText(wording, version),
  };
}

export function versionOf({ versions }: Wording, transactionId: string): LedgerVersion {
  const version = versions.get(transactionId);
  invariant(version !== undefined, `transaction ${transactionId} is not in its own ledger`);
  return version;
}

function transactionText(wording: Wording, version: LedgerVersion): string {
  const date = ` on ${version.trade_date}`;
  const symbol = symbolOf(wording, String(version.instrument_id));
  const toSymbol = symbolOf(wording, String(version.to_instrument_id));
  const count = grouped(version.quantity ?? "");
  const fee = version.fees === "0" ? "" : `, fee ${moneyText(version.fees, version.currency)}`;
  const ratio = `${version.ratio_new}:${version.ratio_old}`;
  switch (version.type) {
    case "buy":
    case "sell":
      return `${version.type === "buy" ? "Bought" : "Sold"} ${tradeWords(wording, version)}${date}${fee}`;
    case "split":
      return `Split of ${symbol} ${ratio}${date}`;
    case "transfer": {
      const names = `from ${portfolioText(wording, version.portfolio_id)} to ${portfolioText(wording, version.to_portfolio_id)}`;
      return `Transferred ${count} ${symbol} ${names}${date}${fee}`;
    }
    case "transfer-in": {
      const cost = moneyText(version.cost_basis ?? "0", version.currency);
      return `Received ${count} ${symbol} from outside with a cost of ${cost}${date}`;
    }
    case "transfer-out":
      return `Delivered ${count} ${symbol} to the outside${date}`;
    case "return-of-capital":
      return `Return of capital of ${moneyText(version.amount ?? "0", version.currency)} on ${symbol}${date}`;
    case "spin-off":
      return `Spin-off of ${toSymbol} from ${symbol} ${ratio} with ${percentText(version.cost_share)} of the cost${date}`;
    case "merger": {
      const { cash_per_share: cash } = version;
      const paid = cash === null ? "" : ` and ${moneyText(cash, version.currency)} in cash a share`;
      return `Merger of ${symbol} into ${toSymbol} ${ratio}${paid}${date}`;
    }
    case "symbol-change":
      return `${symbol} renamed ${toSymbol}${date}`;
    case "dividend":
    case "interest":
    case "fee":
    case "tax":
    case "deposit":
    case "withdrawal":
      // In no lot and in no gain: no explanation rests on one.
      return `${version.type} of ${moneyText(version.amount ?? "0", version.currency)}${date}`;
    default:
      return assertNever(version.type);
  }
}

/** What the event did to the lot. */
export function eventText(wording: Wording, event: LotEvent): string {
  const { change, side, before } = event;
  const version = versionOf(wording, event.transactionId);
  switch (change.kind) {
    case "opened":
      return openedText(wording, event, version);
    case "closed": {
      const words = side === "long" ? "Sold" : "Bought back";
      const price = moneyText(version.price ?? "0", version.currency);
      const { quantity, cost } = change.taken;
      return `${words} ${sharesText(quantity)} of it at ${price}${where(wording, event)}: ${amountText(cost)} of the ${costWord(side)} went with ${themOrIt(quantity)}`;
    }
    case "sent": {
      const { quantity, cost } = change.taken;
      const goal = change.to === undefined ? "the outside" : portfolioText(wording, change.to.account);
      const verb = change.to === undefined ? "Delivered" : "Transferred";
      return `${verb} ${sharesText(quantity)} of it${where(wording, event)} to ${goal}: ${amountText(cost)} of the cost went with ${themOrIt(quantity)}`;
    }
    case "received":
      return receivedText(wording, event, version);
    case "split": {
      const count = sharesText(before?.quantity ?? event.quantity);
      const shares = count === "1" ? "share" : "shares";
      const ratio = `${version.ratio_new}:${version.ratio_old}`;
      return `Split ${ratio}: ${count} ${shares} became ${sharesText(event.quantity)}, the ${costWord(side)} stayed ${amountText(event.cost)}`;
    }
    case "paid": {
      const given = side === "long" ? change.slice.costBasis : change.slice.proceeds;
      const paid = side === "long" ? change.slice.proceeds : change.slice.costBasis;
      const name = version.type === "merger" ? "Cash of the merger" : "Return of capital";
      const verb = side === "long" ? "received" : "paid";
      return `${name}: ${amountText(paid)} ${verb}, ${amountText(given)} of the ${costWord(side)} given for it`;
    }
    case "spun-off": {
      const toSymbol = symbolOf(wording, change.to.instrument);
      const share = `${percentText(version.cost_share)} of the ${costWord(side)}, ${amountText(change.given.cost)}`;
      return `Spin-off of ${sharesText(change.given.quantity)} ${toSymbol}: ${share}, went with ${themOrIt(change.given.quantity)}`;
    }
    default:
      return assertNever(change);
  }
}

function openedText(wording: Wording, event: LotEvent, version: LedgerVersion): string {
  const { side, before, change } = event;
  if (change.kind !== "opened") return "";
  const { cost, quantity: opened } = change.added;
  const amount = amountText(cost);
  const fee = version.fees === "0" ? "" : `, fee ${moneyText(version.fees, version.currency)}`;
  const grown = before === undefined ? "" : `; the pool grew to ${sharesText(event.quantity)}`;
  const symbol = symbolOf(wording, event.place.instrument);
  if (version.type === "transfer-in") {
    const acquired = version.acquired_date === null ? "" : `, acquired on ${version.acquired_date}`;
    return `Received ${sharesText(opened)} ${symbol} from outside${where(wording, event)} with a cost of ${amount}${acquired}${grown}`;
  }
  const words = side === "long" ? "Bought" : "Sold short";
  const trade = `${words} ${tradeWords(wording, version)}${fee}${where(wording, event)}`;
  const kind = side === "long" ? "cost" : "net proceeds";
  // The rest of a trade that crosses zero.
  const isPart = compareRatios(opened, ratioOf(quantity(version.quantity ?? "0"), 1n)) !== 0;
  const part = isPart ? `${sharesText(opened)} of them opened this lot, ` : "";
  return `${trade}: ${part}${kind} ${amount}${grown}`;
}

function receivedText(wording: Wording, event: LotEvent, version: LedgerVersion): string {
  const { change, before, side } = event;
  if (change.kind !== "received") return "";
  const { source, added } = change;
  const [symbol, formerly] = [event.place, source.place].map((place) => symbolOf(wording, place.instrument));
  const count = sharesText(added.quantity);
  const cost = `${amountText(added.cost)} of ${costWord(side)}`;
  const joined = before === undefined ? "" : `, and joined the ${sharesText(before.quantity)} that were here`;
  switch (version.type) {
    case "spin-off":
      return `Spin-off from ${formerly}: received ${count} ${symbol} with ${cost}${joined}`;
    case "merger":
      return `Merger: ${sharesText(source.quantity)} ${formerly} became ${count} ${symbol} with ${cost}${joined}`;
    case "symbol-change":
      return `${formerly} renamed ${symbol}: ${count} with ${cost}${joined}`;
    default: {
      const from = portfolioText(wording, source.place.account);
      const goal =
        where(wording, event) === "" ? " here" : ` to ${portfolioText(wording, event.place.account)}`;
      return `Transferred ${count}${goal} from ${from} with ${cost}${joined}`;
    }
  }
}

/** "80 ACME.SIM at 170 USD" */
export function tradeWords(wording: Wording, version: LedgerVersion): string {
  const symbol = symbolOf(wording, String(version.instrument_id));
  const price = moneyText(version.price ?? "0", version.currency);
  return `${grouped(version.quantity ?? "")} ${symbol} at ${price}`;
}

/** Nothing where it happened in the portfolio that is explained. */
function where(wording: Wording, { place }: LotEvent): string {
  return place.account === wording.place.account ? "" : ` in ${portfolioText(wording, place.account)}`;
}

function portfolioText({ portfolioNames }: Wording, id: string | null): string {
  const name = portfolioNames.get(id ?? "");
  return name === undefined ? "another portfolio" : `“${name}”`;
}

export function symbolOf({ symbols }: Wording, instrument: string): string {
  return symbols.get(instrument) ?? "?";
}

/** Of a short lot it is the net proceeds that are kept and divided as the cost of a long one is. */
export function costWord(side: "long" | "short"): string {
  return side === "long" ? "cost" : "proceeds";
}

function themOrIt(count: Ratio): string {
  return sharesText(count) === "1" ? "it" : "them";
}

/** "a gain of 1,600", or "a loss of 400". */
export function gainText(proceeds: Money, cost: Money): string {
  const gain = subtract(proceeds, cost);
  return gain < 0n ? `loss ${amountText(subtract(cost, proceeds))}` : `gain ${amountText(gain)}`;
}

/** The quantity as it is shown. Units: 1e-18. */
export function sharesText({ numerator, denominator }: Ratio): string {
  return grouped(toQuantity(numerator as Quantity, denominator));
}

/** An amount as one reads it: to the cent, and only what is less than a cent with its digits. The steps are exact. */
export function amountText(amount: Money): string {
  const size = magnitude(amount);
  const digits = size < CENT ? toMoney(size) : roundMoney(size, 2);
  return `${amount < 0n ? "−" : ""}${grouped(digits)}`;
}

const CENT = money("0.01");

/** An amount as its owner gave it, with all its digits. */
function moneyText(text: string, currency: string | null): string {
  const amount = grouped(text);
  return currency === null ? amount : `${amount} ${currency}`;
}

function percentText(share: string | null): string {
  return `${formatQuantity((quantity(share ?? "0") * 100n) as Quantity)} %`;
}

/** "13600.5" as "13,600.5". */
export function grouped(decimal: string): string {
  const [whole = "", decimals] = decimal.split(".");
  const groups = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
  return decimals === undefined ? groups : `${groups}.${decimals}`;
}
