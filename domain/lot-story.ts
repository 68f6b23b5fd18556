/*
 * The story of a lot: everything that made it what it is, with what was left of it after each event.
 *
 * Problem. Behind a gain stand a lot's purchase, the splits, transfers and corporate actions since, and every
 * earlier sale out of it. A lot can also be the sum of parts that came by different ways: it was transferred and
 * came back, or is a pool of average cost. What is stored is only how it stands now.
 *
 * Approach. A replay tells what was disposed of and what moved; opened is what remains of a trade. Folding these
 * over the transactions gives one event per lot and change, each pointing to the events before it: that of the
 * lot where it is now, and, when something came in, that of the lot it came from. The story of a lot is its last
 * event and all that leads there. Events are kept once and shared by all stories.
 *
 * Worked example.
 *   buy 10 X at 100 in A       A/X b1  opened    10 for 1,000
 *   split X 3:2                A/X b1  split     15 for 1,000
 *   transfer 6 X from A to B   A/X b1  sent       9 for   600
 *                              B/X b1  received   6 for   400
 * The story of b1 in B is opened, split, received: what A kept and does with it later is not part of it.
 *
 * Figures are those of the ledger to the last digit: whatever leaves takes the cost that the replay gave it.
 */
import { add, type Money, multiply, subtract, ZERO_MONEY } from "./amounts.ts";
import type { DisposalSlice } from "./disposal.ts";
import type { LedgerRules } from "./holding.ts";
import { invariant } from "./invariant.ts";
import type { AccountDisposal, HoldingPlace, LedgerResult, LotMovement } from "./ledger/ledger.ts";
import type { DeliveryIn, Merger, Split, Trade, Transaction } from "./ledger/transaction-types.ts";
import { rateOf } from "./match-trade.ts";
import { addRatios, multiplyRatios, type Ratio, ratioOf, subtractRatios, ZERO_RATIO } from "./ratio.ts";
import { inBaseCurrency, type LotSide } from "./tax-lot.ts";
import { compareLedgerOrder } from "./transaction.ts";

/** So much of a lot. Amounts are positive on both sides, as in a `TaxLot`. */
export interface LotAmounts {
  /** Units: 1e-18. */
  readonly quantity: Ratio;
  /** Long: cost. Short: net proceeds. */
  readonly cost: Money;
  /** In the base currency; absent: none is kept. */
  readonly baseCost: Money | undefined;
}

/** Something that happened to a lot, and what was left of it here. */
export interface LotEvent extends LotAmounts {
  /** Place among all events: those of one transaction in the order they happened. */
  readonly index: number;
  readonly transactionId: string;
  readonly place: HoldingPlace;
  readonly lotId: string;
  readonly side: LotSide;
  readonly change: LotChange;
  /** The lot as it stood here before; absent: there was none of it. */
  readonly before: LotEvent | undefined;
  /** Where shares were taken (`isTaking`): the last event before of another kind, since which the unit cost is one. */
  readonly since: LotEvent | undefined;
}

/** What a transaction did to a lot. */
export type LotChange =
  /** By a purchase, a short sale, a delivery from outside. */
  | { readonly kind: "opened"; readonly added: LotAmounts }
  /** By a sale or a cover. */
  | { readonly kind: "closed"; readonly taken: LotAmounts; readonly disposal: AccountDisposal }
  /** To another account, or (`to` absent) to the outside. */
  | { readonly kind: "sent"; readonly taken: LotAmounts; readonly to: HoldingPlace | undefined }
  /** From another account, or out of another instrument; `source` is the lot there as it stood before. */
  | {
      readonly kind: "received";
      readonly added: LotAmounts;
      readonly source: LotEvent;
      /** The accounts' base currencies differ: the base cost is that of the day of the transfer. */
      readonly isRevalued: boolean;
    }
  | { readonly kind: "split" }
  /** Cost was given for money, and no share: a return of capital, the cash of a merger. */
  | { readonly kind: "paid"; readonly slice: DisposalSlice; readonly paidOn: Ratio }
  /** Part of the cost went to shares of another instrument. */
  | { readonly kind: "spun-off"; readonly given: LotAmounts; readonly to: HoldingPlace };

/** Returns the lot's story: the event and all that led to it. Shape: oldest first, never empty. */
export function eventsUpTo(last: LotEvent): LotEvent[] {
  const seen = new Set<LotEvent>();
  const waiting = [last];
  for (let event = waiting.pop(); event !== undefined; event = waiting.pop()) {
    if (seen.has(event)) continue;
    seen.add(event);
    if (event.before !== undefined) waiting.push(event.before);
    if (event.change.kind === "received") waiting.push(event.change.source);
  }
  return [...seen].toSorted((a, b) => a.index - b.index);
}

/** Whether shares were taken from the lot, and a share of its cost with them. */
export function isTaking(event: LotEvent): boolean {
  return event.since !== undefined;
}

/** Returns the last event at which the cost of a share was settled: every share taken since cost as much. */
export function settledAt(event: LotEvent): LotEvent {
  return event.since ?? event;
}

/** The stories of all lots of a ledger. Lives as long as one explanation. */
export class LotStories {
  readonly #rulesOf: (account: string) => LedgerRules;
  readonly #currencies: ReadonlyMap<string, string>;
  readonly #lots = new Map<string, Map<string, LotEvent>>();
  readonly #beforeSlice = new Map<DisposalSlice, LotEvent>();
  readonly #disposals = new Map<string, AccountDisposal[]>();
  #count = 0;

  /**
   * Takes the transactions in any order, what a replay of exactly these came to, and the accounts' rules.
   * Errors: a result of other transactions is a bug.
   */
  constructor(
    transactions: readonly Transaction[],
    result: LedgerResult,
    rulesOf: (account: string) => LedgerRules,
  ) {
    this.#rulesOf = rulesOf;
    this.#currencies = new Map(result.ledger.instruments.map((each) => [each.instrument, each.currency]));
    const matched = new Set<string>();
    for (const each of result.outcomes) if (each.status === "matched") matched.add(each.transactionId);
    const disposals = Map.groupBy(result.disposals, (disposal) => disposal.id);
    const movements = Map.groupBy(result.movements, (movement) => movement.transactionId);
    for (const transaction of transactions.toSorted(compareLedgerOrder)) {
      if (!matched.has(transaction.id)) continue;
      this.#tell(transaction, disposals.get(transaction.id) ?? [], movements.get(transaction.id) ?? []);
    }
  }

  /** Returns the last event of a lot that is open here, or undefined when none is. */
  latest(place: HoldingPlace, lotId: string): LotEvent | undefined {
    return this.#lots.get(nameOf(place))?.get(lotId);
  }

  /** Returns the lot of a slice as it stood before it. Errors: a slice of another replay is a bug. */
  before(slice: DisposalSlice): LotEvent {
    const event = this.#beforeSlice.get(slice);
    invariant(event !== undefined, `the slice of lot ${slice.lotId} is not of this ledger`);
    return event;
  }

  /** Returns the disposals that the holding's realized gain adds up, also those under former names. */
  disposalsOf(place: HoldingPlace): readonly AccountDisposal[] {
    return this.#disposals.get(nameOf(place)) ?? [];
  }

  #tell(
    transaction: Transaction,
    disposals: readonly AccountDisposal[],
    movements: readonly LotMovement[],
  ): void {
    for (const disposal of disposals) this.#dispose(transaction, disposal);
    for (const movement of movements) this.#move(transaction, movement);
    if (transaction.type === "buy" || transaction.type === "sell") this.#open(transaction, disposals[0]);
    if (transaction.type === "symbol-change") this.#rename(transaction);
  }

  #dispose(transaction: Transaction, disposal: AccountDisposal): void {
    push(this.#disposals, nameOf(disposal), disposal);
    const isTrade = transaction.type === "buy" || transaction.type === "sell";
    // A payment is divided over all that is held.
    const paidOn = isTrade
      ? ZERO_RATIO
      : disposal.slices.reduce(
          (sum, { lot }) => addRatios(sum, sharesOf(lot.remainingQuantity, lot.unit)),
          ZERO_RATIO,
        );
    for (const slice of disposal.slices) {
      this.#beforeSlice.set(slice, this.#present(disposal, slice.lotId));
      const isLong = disposal.side === "long";
      const taken: LotAmounts = {
        quantity: sharesOf(slice.quantity, disposal.unit),
        cost: isLong ? slice.costBasis : slice.proceeds,
        baseCost: isLong ? slice.base?.costBasis : slice.base?.proceeds,
      };
      const change: LotChange = isTrade
        ? { kind: "closed", taken, disposal }
        : { kind: "paid", slice, paidOn };
      this.#take(transaction.id, { place: disposal, lotId: slice.lotId, taken, change });
    }
  }

  #open(trade: Trade, disposal: AccountDisposal | undefined): void {
    const closed = disposal === undefined ? ZERO_RATIO : sharesOf(disposal.quantity, disposal.unit);
    const quantity = subtractRatios(sharesOf(trade.quantity), closed);
    if (quantity.numerator === 0n) return;
    const gross = multiply(trade.quantity, trade.price);
    const amount = trade.type === "buy" ? add(gross, trade.fees) : subtract(gross, trade.fees);
    const closedFor = disposal?.side === "long" ? disposal.proceeds : (disposal?.costBasis ?? ZERO_MONEY);
    const side = trade.type === "buy" ? "long" : "short";
    this.#add(trade.id, {
      place: trade,
      side,
      ...this.#opened(trade, quantity, subtract(amount, closedFor)),
    });
  }

  #opened(transaction: Trade | DeliveryIn, quantity: Ratio, cost: Money) {
    const baseCost = inBaseCurrency(cost, rateOf(transaction, this.#rulesOf(transaction.account)));
    const added: LotAmounts = { quantity, cost, baseCost };
    return { lotId: transaction.id, added, change: { kind: "opened", added } as const };
  }

  #move(transaction: Transaction, { from, to, parts }: LotMovement): void {
    if (from === undefined && to !== undefined && transaction.type === "transfer-in") {
      const { quantity, cost } = transaction;
      const opened = this.#opened(transaction, sharesOf(quantity), cost);
      this.#add(transaction.id, { place: to, side: "long", ...opened });
    }
    if (from === undefined) return;
    for (const { lotId, quantity, unit, cost, baseCost } of parts) {
      const moved: LotAmounts = { quantity: sharesOf(quantity, unit), cost, baseCost };
      const part = { lotId, moved, source: this.#present(from, lotId) };
      switch (transaction.type) {
        case "split":
          this.#split(transaction, part.source);
          break;
        case "spin-off": {
          const given = { ...moved, quantity: ZERO_RATIO };
          if (to === undefined) break;
          const change = { kind: "spun-off", given: moved, to } as const;
          this.#take(transaction.id, { place: from, lotId, taken: given, change });
          this.#receive(transaction, { ...part, to });
          break;
        }
        case "merger":
        case "symbol-change":
          this.#lots.get(nameOf(from))?.delete(lotId);
          if (to !== undefined)
            this.#receive(transaction, { ...part, to, moved: converted(moved, transaction) });
          break;
        default:
          this.#take(transaction.id, {
            place: from,
            lotId,
            taken: moved,
            change: { kind: "sent", taken: moved, to },
          });
          if (to !== undefined) this.#receive(transaction, { ...part, to });
      }
    }
  }

  #split(split: Split, before: LotEvent): void {
    const quantity = multiplyRatios(before.quantity, split.ratio);
    this.#keep({
      ...before,
      quantity,
      transactionId: split.id,
      change: { kind: "split" },
      before,
      since: undefined,
    });
  }

  #receive(
    transaction: Transaction,
    { lotId, moved, source, to }: { lotId: string; moved: LotAmounts; source: LotEvent; to: HoldingPlace },
  ): void {
    const [rules, toRules] = [this.#rulesOf(source.place.account), this.#rulesOf(to.account)];
    const isRevalued = transaction.type === "transfer" && rules.baseCurrency !== toRules.baseCurrency;
    let added = moved;
    if (isRevalued) {
      const { exchangeRate, instrument } = transaction;
      const currency = transaction.currency ?? this.#currencies.get(instrument) ?? "";
      const rate = rateOf({ currency, exchangeRate }, toRules);
      added = { ...moved, baseCost: inBaseCurrency(moved.cost, rate) };
    }
    const change: LotChange = { kind: "received", added, source, isRevalued };
    this.#add(transaction.id, { place: to, lotId, side: source.side, added, change });
  }

  /** A lot that is here already takes in what comes of it; a pool takes in everything. */
  #add(
    transactionId: string,
    {
      place,
      lotId,
      side,
      added,
      change,
    }: Pick<LotEvent, "place" | "lotId" | "side" | "change"> & { added: LotAmounts },
  ): void {
    const here = this.#lots.get(nameOf(place));
    const isPool = this.#rulesOf(place.account).method === "average";
    const before = isPool ? here?.values().next().value : here?.get(lotId);
    this.#keep({
      transactionId,
      place: placeOf(place),
      lotId: before?.lotId ?? lotId,
      side,
      change,
      ...(before === undefined ? added : sumOf(before, added)),
      before,
      since: undefined,
    });
  }

  #take(
    transactionId: string,
    {
      place,
      lotId,
      taken,
      change,
    }: { place: HoldingPlace; lotId: string; taken: LotAmounts; change: LotChange },
  ): void {
    const before = this.#present(place, lotId);
    const isShares = change.kind === "closed" || change.kind === "sent";
    this.#keep({
      ...before,
      transactionId,
      change,
      quantity: subtractRatios(before.quantity, taken.quantity),
      cost: subtract(before.cost, taken.cost),
      baseCost:
        before.baseCost === undefined || taken.baseCost === undefined
          ? undefined
          : subtract(before.baseCost, taken.baseCost),
      before,
      since: isShares ? settledAt(before) : undefined,
    });
  }

  /** The gains of the old name go to the new one. */
  #rename({ account, instrument, toInstrument }: Extract<Transaction, { type: "symbol-change" }>): void {
    for (const name of [...this.#disposals.keys()]) {
      const [first] = this.#disposals.get(name) ?? [];
      if (first === undefined || name !== nameOf({ account: first.account, instrument })) continue;
      if (account !== undefined && account !== first.account) continue;
      const renamed = nameOf({ account: first.account, instrument: toInstrument });
      for (const disposal of this.#disposals.get(name) ?? []) push(this.#disposals, renamed, disposal);
      this.#disposals.delete(name);
    }
  }

  #present(place: HoldingPlace, lotId: string): LotEvent {
    const event = this.latest(place, lotId);
    invariant(event !== undefined, `no lot ${lotId} in ${nameOf(place)} at its turn`);
    return event;
  }

  #keep(event: Omit<LotEvent, "index">): void {
    const kept: LotEvent = { ...event, index: this.#count };
    this.#count += 1;
    const name = nameOf(kept.place);
    const here = this.#lots.get(name) ?? new Map<string, LotEvent>();
    this.#lots.set(name, here);
    if (kept.quantity.numerator === 0n) here.delete(kept.lotId);
    else here.set(kept.lotId, kept);
  }
}

function converted(
  amounts: LotAmounts,
  conversion: Merger | Extract<Transaction, { type: "symbol-change" }>,
): LotAmounts {
  if (conversion.type === "symbol-change") return amounts;
  return { ...amounts, quantity: multiplyRatios(amounts.quantity, conversion.ratio) };
}

function sumOf(a: LotAmounts, b: LotAmounts): LotAmounts {
  return {
    quantity: addRatios(a.quantity, b.quantity),
    cost: add(a.cost, b.cost),
    baseCost: a.baseCost === undefined || b.baseCost === undefined ? undefined : add(a.baseCost, b.baseCost),
  };
}

function sharesOf(count: bigint, unit = 1n): Ratio {
  return ratioOf(count, unit);
}

function placeOf({ account, instrument }: HoldingPlace): HoldingPlace {
  return { account, instrument };
}

function nameOf({ account, instrument }: HoldingPlace): string {
  return `${account}/${instrument}`;
}

function push(lists: Map<string, AccountDisposal[]>, name: string, disposal: AccountDisposal): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [disposal]);
  else list.push(disposal);
}
