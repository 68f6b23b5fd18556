/*
 * The open lots of one holding while a batch is matched.
 *
 * Problem: a holding can have thousands of open lots and a batch touches a few of them. Taking the first
 * element off an array moves all the others, and asking "which lots changed?" afterwards reads them all.
 * Approach: one array in matching order and the index of the first lot that is not used up. The array is
 * copied once when the batch starts; consuming a lot writes one place and moves the index; opening one under
 * FIFO appends. What changed is noted by id as it happens. A method whose new lots do not come last inserts
 * by binary search.
 *
 * Partly loaded holdings: the caller may hand over only the first lots of a holding. Lots opened by the batch
 * then come after lots that are not here, and must not be reached: `first` checks that whatever was given has
 * covered the whole holding before it offers a new lot that sorts behind it. Whatever looks for a lot by its
 * id, or rewrites all of them, needs them all; `assertComplete` checks that.
 */
import { add, magnitude, type Money, type Quantity, subtract, ZERO_QUANTITY } from "./amounts.ts";
import { invariant } from "./invariant.ts";
import type { LotOrder } from "./lot-order.ts";
import { consumedCost, type TaxLot } from "./tax-lot.ts";

/** A queue of lots in matching order that remembers what happened to it. Lives as long as one batch. */
export class OpenLots {
  readonly #order: LotOrder;
  #lots: TaxLot[];
  readonly #lastGiven: TaxLot | undefined;
  readonly #opened = new Map<string, TaxLot>();
  readonly #touched = new Map<string, TaxLot>();
  #head = 0;
  /** The lot whose consumed cost was worked out last, and that cost. */
  #consumed: { readonly lot: TaxLot; readonly cost: Money } | undefined;
  /** How much of the holding the given lots have not covered yet. */
  #uncovered: Quantity;

  /** Takes the lots in matching order, and the signed quantity of the whole holding they belong to. */
  constructor(given: readonly TaxLot[], holdingQuantity: Quantity, order: LotOrder) {
    this.#order = order;
    this.#lots = [...given];
    this.#lastGiven = given.at(-1);
    this.#uncovered = magnitude(holdingQuantity);
  }

  /** Returns the lot to consume next. Errors: having none, or not knowing it, is a bug of the caller. */
  first(): TaxLot {
    const lot = this.#lots[this.#head];
    invariant(lot !== undefined, "the open lots ran out before the quantity did");
    if (this.#opened.has(lot.id) && this.#uncovered > 0n) {
      const behindGiven = this.#lastGiven === undefined || this.#order(this.#lastGiven, lot) < 0;
      invariant(!behindGiven, `lots before ${lot.id} were not loaded`);
    }
    return lot;
  }

  /** Returns what was consumed of the first lot so far: sale after sale of one lot, a division saved each time. */
  consumedCostOfFirst(): Money {
    const lot = this.first();
    return this.#consumed?.lot === lot ? this.#consumed.cost : consumedCost(lot);
  }

  /**
   * Puts what is left of the first lot in its place, and steps to the next when nothing is left. `costAfter` is
   * the consumed cost of `after`, if it is known.
   */
  replaceFirst(before: TaxLot, after: TaxLot, costAfter?: Money): void {
    this.#lots[this.#head] = after;
    this.#consumed = costAfter === undefined ? undefined : { lot: after, cost: costAfter };
    this.#note(before, after);
    if (after.remainingQuantity > 0n) return;
    this.#head += 1;
    const next = this.#lots[this.#head];
    invariant(next === undefined || this.#order(after, next) < 0, "open lots are not in matching order");
  }

  /** Returns the open lot of this id, wherever it stands, or undefined when there is none. */
  find(id: string): TaxLot | undefined {
    const index = this.#indexOf(id);
    return index === -1 ? undefined : this.#lots[index];
  }

  /** Puts a lot in the place of the one with its id, wherever that stands; drops it when nothing is left. */
  replace(before: TaxLot, after: TaxLot): void {
    const index = this.#indexOf(before.id);
    invariant(this.#lots[index] === before, `lot ${before.id} is not among the open lots`);
    this.#note(before, after);
    this.#lots.splice(index, 1);
    if (after.remainingQuantity > 0n) this.#insert(after);
  }

  /** Puts another lot in the place of each one, and the lots in order again. Errors: needs all lots. */
  rewriteAll(rewrite: (lot: TaxLot) => TaxLot, holdingQuantity: Quantity): void {
    this.assertComplete(holdingQuantity);
    this.#lots = this.remaining().map((before) => {
      const after = rewrite(before);
      if (after !== before) this.#note(before, after);
      return after;
    });
    this.#lots = this.#lots.filter((lot) => lot.remainingQuantity > 0n).toSorted(this.#order);
    this.#head = 0;
    this.#uncovered = ZERO_QUANTITY;
  }

  /** Throws when not all lots of the holding were given. */
  assertComplete(holdingQuantity: Quantity): void {
    const covered = this.remaining().reduce((sum, lot) => add(sum, lot.remainingQuantity), ZERO_QUANTITY);
    invariant(covered === magnitude(holdingQuantity), "not all open lots of the holding were loaded");
  }

  /** Adds a lot that the batch opened, or that comes in from another holding. */
  open(lot: TaxLot): void {
    if (this.#touched.has(lot.id)) this.#touched.set(lot.id, lot);
    else this.#opened.set(lot.id, lot);
    this.#insert(lot);
  }

  #insert(lot: TaxLot): void {
    const last = this.#lots.at(-1);
    if (last === undefined || this.#head === this.#lots.length || this.#order(last, lot) < 0) {
      this.#lots.push(lot);
    } else {
      this.#lots.splice(this.#placeOf(lot), 0, lot);
    }
  }

  /** Returns the lots with something left, in matching order. */
  remaining(): readonly TaxLot[] {
    return this.#lots.slice(this.#head);
  }

  /** Returns the lots opened by the batch as they stand now, in the order they were opened. */
  opened(): readonly TaxLot[] {
    return [...this.#opened.values()];
  }

  /** Returns the given lots that were consumed from, as they stand now, in the order they were first touched. */
  touched(): readonly TaxLot[] {
    return [...this.#touched.values()];
  }

  #note(before: TaxLot, after: TaxLot): void {
    if (this.#opened.has(after.id)) {
      this.#opened.set(after.id, after);
      return;
    }
    this.#touched.set(after.id, after);
    const taken = subtract(before.remainingQuantity, after.remainingQuantity);
    this.#uncovered = subtract(this.#uncovered, taken);
  }

  #indexOf(id: string): number {
    for (let index = this.#head; index < this.#lots.length; index++) {
      if (this.#lots[index]?.id === id) return index;
    }
    return -1;
  }

  #placeOf(lot: TaxLot): number {
    let low = this.#head;
    let high = this.#lots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const candidate = this.#lots[middle];
      if (candidate !== undefined && this.#order(candidate, lot) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
