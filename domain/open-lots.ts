/*
 * The open lots of one holding while a batch is matched.
 *
 * Problem: a holding can have thousands of open lots and a batch touches a few of them. Taking the first
 * element off an array moves all the others, and asking "which lots changed?" afterwards reads them all.
 * Approach: one array in matching order and the index of the first lot that is not used up. The array is
 * copied once when the batch starts; consuming a lot writes one place and moves the index; opening one under
 * FIFO appends. A method whose new lots do not come last inserts by binary search. Beside each lot stands its
 * place in the list of lots that the batch opened, so that this list is kept up to date without looking up ids.
 *
 * Partly loaded holdings: the caller may hand over only the first lots of a holding. Lots opened by the batch
 * then come after lots that are not here, and must not be reached: `first` checks that whatever was given has
 * covered the whole holding before it offers a new lot that sorts behind it. Whatever looks for a lot by its
 * id, or rewrites all of them, needs them all; `assertComplete` checks that.
 */
import { add, magnitude, type Money, type Quantity, subtract, ZERO_MONEY, ZERO_QUANTITY } from "./amounts.ts";
import { invariant } from "./invariant.ts";
import type { LotOrder } from "./lot-order.ts";
import { consumedCost, type TaxLot } from "./tax-lot.ts";

/** The place of a lot that was there before the batch. */
const GIVEN = -1;

/** A queue of lots in matching order that remembers what happened to it. Lives as long as one batch. */
export class OpenLots {
  readonly #order: LotOrder;
  #lots: TaxLot[];
  readonly #lastGiven: TaxLot | undefined;
  /** Beside each of `#lots`, from index `#placesFrom` on, its index in `#opened`; `GIVEN` when it is none of them. */
  #places: number[] = [];
  /** Lots before this index are given ones: under FIFO, where new lots come last, nothing is kept beside them. */
  #placesFrom: number;
  /** Lots opened by the batch as they stand now, also those used up. Shape: in opening order. */
  readonly #opened: TaxLot[] = [];
  /** Indexes in `#opened` by id, once a lot came in that may have been here before. */
  #placeById: Map<string, number> | undefined;
  /** The given lots that have changed, as they stand now, by id. Shape: in the order they were first touched. */
  readonly #touched = new Map<string, TaxLot>();
  #head = 0;
  /** The lot whose consumed cost was worked out last, and that cost: the next sale begins with it. */
  #consumedLot: TaxLot | undefined;
  #consumedCost: Money = ZERO_MONEY;
  /** How much of the holding the given lots have not covered yet. */
  #uncovered: Quantity;

  /** Takes the lots in matching order, and the signed quantity of the whole holding they belong to. */
  constructor(given: readonly TaxLot[], holdingQuantity: Quantity, order: LotOrder) {
    this.#order = order;
    this.#lots = [...given];
    this.#lastGiven = given.at(-1);
    this.#placesFrom = given.length;
    this.#uncovered = magnitude(holdingQuantity);
  }

  /** Returns the lot to consume next. Errors: having none, or not knowing it, is a bug of the caller. */
  first(): TaxLot {
    const lot = this.#lots[this.#head];
    invariant(lot !== undefined, "the open lots ran out before the quantity did");
    if (this.#uncovered > 0n && this.#placeAt(this.#head) !== GIVEN) {
      const behindGiven = this.#lastGiven === undefined || this.#order(this.#lastGiven, lot) < 0;
      invariant(!behindGiven, `lots before ${lot.id} were not loaded`);
    }
    return lot;
  }

  /** Returns the pool of an average-cost holding, which is its first lot, or undefined when nothing is held. */
  pool(): TaxLot | undefined {
    return this.#lots[this.#head];
  }

  /** Returns what was consumed of an open lot so far: sale after sale of the first one, a division saved each time. */
  consumedCostOf(lot: TaxLot): Money {
    return this.#consumedLot === lot ? this.#consumedCost : consumedCost(lot);
  }

  /**
   * Puts what is left of the first lot in its place, and steps to the next when nothing is left. `costAfter` is
   * the consumed cost of `after`.
   */
  replaceFirst(before: TaxLot, after: TaxLot, costAfter: Money): void {
    this.#write(this.#head, before, after);
    if (after.remainingQuantity > 0n) {
      this.#consumedLot = after;
      this.#consumedCost = costAfter;
      return;
    }
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
    if (this.#lots[index] !== before) invariant(false, `lot ${before.id} is not among the open lots`);
    this.#write(index, before, after);
    // The only lot stays where it is, as the pool of an average-cost holding always does.
    if (after.remainingQuantity > 0n && this.#lots.length - this.#head === 1) return;
    this.#lots.splice(index, 1);
    const place = this.#placeAt(index);
    if (index < this.#placesFrom) this.#placesFrom -= 1;
    else this.#places.splice(index - this.#placesFrom, 1);
    if (after.remainingQuantity > 0n) this.#insert(after, place);
  }

  /** Puts another lot in the place of each one, and the lots in order again. Errors: needs all lots. */
  rewriteAll(rewrite: (lot: TaxLot) => TaxLot, holdingQuantity: Quantity): void {
    this.assertComplete(holdingQuantity);
    const placed: { lot: TaxLot; place: number }[] = [];
    for (let index = this.#head; index < this.#lots.length; index++) {
      const before = this.#lots[index]!;
      const after = rewrite(before);
      if (after !== before) this.#write(index, before, after);
      if (after.remainingQuantity > 0n) placed.push({ lot: after, place: this.#placeAt(index) });
    }
    placed.sort((a, b) => this.#order(a.lot, b.lot));
    this.#lots = placed.map(({ lot }) => lot);
    this.#places = placed.map(({ place }) => place);
    this.#placesFrom = 0;
    this.#head = 0;
    this.#uncovered = ZERO_QUANTITY;
  }

  /** Throws when not all lots of the holding were given. */
  assertComplete(holdingQuantity: Quantity): void {
    const covered = this.remaining().reduce((sum, lot) => add(sum, lot.remainingQuantity), ZERO_QUANTITY);
    invariant(covered === magnitude(holdingQuantity), "not all open lots of the holding were loaded");
  }

  /** Adds the lot that a trade opens. Errors: an id that the batch has seen before is a bug, and not noticed. */
  openNew(lot: TaxLot): void {
    const place = this.#opened.push(lot) - 1;
    this.#placeById?.set(lot.id, place);
    this.#insert(lot, place);
  }

  /** Adds a lot that comes in from another holding, and may have been in this one before. */
  open(lot: TaxLot): void {
    this.#placeById ??= new Map(this.#opened.map(({ id }, index) => [id, index]));
    const place = this.#placeById.get(lot.id);
    if (this.#touched.has(lot.id)) {
      this.#touched.set(lot.id, lot);
      this.#insert(lot, GIVEN);
    } else if (place === undefined) {
      this.openNew(lot);
    } else {
      this.#opened[place] = lot;
      this.#insert(lot, place);
    }
  }

  #insert(lot: TaxLot, place: number): void {
    const last = this.#lots.at(-1);
    if (last === undefined || this.#head === this.#lots.length || this.#order(last, lot) < 0) {
      this.#lots.push(lot);
      this.#places.push(place);
    } else {
      const index = this.#indexFor(lot);
      this.#lots.splice(index, 0, lot);
      if (index < this.#placesFrom) {
        this.#places = [...Array<number>(this.#placesFrom).fill(GIVEN), ...this.#places];
        this.#placesFrom = 0;
      }
      this.#places.splice(index - this.#placesFrom, 0, place);
    }
  }

  #placeAt(index: number): number {
    return index < this.#placesFrom ? GIVEN : this.#places[index - this.#placesFrom]!;
  }

  /** Returns the lots with something left, in matching order. */
  remaining(): readonly TaxLot[] {
    return this.#lots.slice(this.#head);
  }

  /** Returns the lots opened by the batch as they stand now, in the order they were opened. */
  opened(): readonly TaxLot[] {
    return this.#opened;
  }

  /** Returns the given lots that were consumed from, as they stand now, in the order they were first touched. */
  touched(): readonly TaxLot[] {
    return [...this.#touched.values()];
  }

  #write(index: number, before: TaxLot, after: TaxLot): void {
    this.#lots[index] = after;
    const place = this.#placeAt(index);
    if (place !== GIVEN) {
      this.#opened[place] = after;
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

  #indexFor(lot: TaxLot): number {
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
