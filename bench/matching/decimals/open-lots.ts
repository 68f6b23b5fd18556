import { invariant } from "#domain/invariant.ts";
import { type Decimal34, ZERO } from "./decimal.ts";
import { consumedCost, type DecimalLot, type DecimalLotOrder } from "./tax-lot.ts";

const GIVEN = -1;

/** As `OpenLots` in domain/open-lots.ts, where each step is explained, without what only a ledger needs. */
export class OpenDecimalLots {
  readonly #order: DecimalLotOrder;
  readonly #lots: DecimalLot[];
  readonly #lastGiven: DecimalLot | undefined;
  #places: number[] = [];
  #placesFrom: number;
  readonly #opened: DecimalLot[] = [];
  readonly #touched = new Map<string, DecimalLot>();
  #head = 0;
  #consumedLot: DecimalLot | undefined;
  #consumedCost: Decimal34 = ZERO;
  #uncovered: Decimal34;

  constructor(given: readonly DecimalLot[], holdingQuantity: Decimal34, order: DecimalLotOrder) {
    this.#order = order;
    this.#lots = [...given];
    this.#lastGiven = given.at(-1);
    this.#placesFrom = given.length;
    this.#uncovered = holdingQuantity.abs();
  }

  first(): DecimalLot {
    const lot = this.#lots[this.#head];
    invariant(lot !== undefined, "the open lots ran out before the quantity did");
    if (this.#uncovered.gt(0) && this.#placeAt(this.#head) !== GIVEN) {
      const behindGiven = this.#lastGiven === undefined || this.#order(this.#lastGiven, lot) < 0;
      invariant(!behindGiven, `lots before ${lot.id} were not loaded`);
    }
    return lot;
  }

  pool(): DecimalLot | undefined {
    return this.#lots[this.#head];
  }

  consumedCostOf(lot: DecimalLot): Decimal34 {
    return this.#consumedLot === lot ? this.#consumedCost : consumedCost(lot);
  }

  replaceFirst(before: DecimalLot, after: DecimalLot, costAfter: Decimal34): void {
    this.#write(this.#head, before, after);
    if (after.remainingQuantity.gt(0)) {
      this.#consumedLot = after;
      this.#consumedCost = costAfter;
      return;
    }
    this.#head += 1;
    const next = this.#lots[this.#head];
    invariant(next === undefined || this.#order(after, next) < 0, "open lots are not in matching order");
  }

  replace(before: DecimalLot, after: DecimalLot): void {
    const index = this.#indexOf(before.id);
    if (this.#lots[index] !== before) invariant(false, `lot ${before.id} is not among the open lots`);
    this.#write(index, before, after);
    if (after.remainingQuantity.gt(0) && this.#lots.length - this.#head === 1) return;
    this.#lots.splice(index, 1);
    const place = this.#placeAt(index);
    if (index < this.#placesFrom) this.#placesFrom -= 1;
    else this.#places.splice(index - this.#placesFrom, 1);
    if (after.remainingQuantity.gt(0)) this.#insert(after, place);
  }

  openNew(lot: DecimalLot): void {
    const place = this.#opened.push(lot) - 1;
    this.#insert(lot, place);
  }

  #insert(lot: DecimalLot, place: number): void {
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

  remaining(): readonly DecimalLot[] {
    return this.#lots.slice(this.#head);
  }

  opened(): readonly DecimalLot[] {
    return this.#opened;
  }

  touched(): readonly DecimalLot[] {
    return [...this.#touched.values()];
  }

  #write(index: number, before: DecimalLot, after: DecimalLot): void {
    this.#lots[index] = after;
    const place = this.#placeAt(index);
    if (place !== GIVEN) {
      this.#opened[place] = after;
      return;
    }
    this.#touched.set(after.id, after);
    const taken = before.remainingQuantity.minus(after.remainingQuantity);
    this.#uncovered = this.#uncovered.minus(taken);
  }

  #indexOf(id: string): number {
    for (let index = this.#head; index < this.#lots.length; index++) {
      if (this.#lots[index]?.id === id) return index;
    }
    return -1;
  }

  #indexFor(lot: DecimalLot): number {
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
