import { invariant } from "#domain/invariant.ts";
import { consumedCost, type FloatLot, type FloatLotOrder } from "./tax-lot.ts";

/** As `OpenLots` in domain/open-lots.ts, where each step is explained. */
export class OpenFloatLots {
  readonly #order: FloatLotOrder;
  readonly #lots: FloatLot[];
  readonly #lastGiven: FloatLot | undefined;
  readonly #opened = new Map<string, FloatLot>();
  readonly #touched = new Map<string, FloatLot>();
  #head = 0;
  #consumed: { readonly lot: FloatLot; readonly cost: number } | undefined;
  #uncovered: number;

  constructor(given: readonly FloatLot[], holdingQuantity: number, order: FloatLotOrder) {
    this.#order = order;
    this.#lots = [...given];
    this.#lastGiven = given.at(-1);
    this.#uncovered = Math.abs(holdingQuantity);
  }

  first(): FloatLot {
    const lot = this.#lots[this.#head];
    invariant(lot !== undefined, "the open lots ran out before the quantity did");
    if (this.#opened.has(lot.id) && this.#uncovered > 0) {
      const behindGiven = this.#lastGiven === undefined || this.#order(this.#lastGiven, lot) < 0;
      invariant(!behindGiven, `lots before ${lot.id} were not loaded`);
    }
    return lot;
  }

  consumedCostOfFirst(): number {
    const lot = this.first();
    return this.#consumed?.lot === lot ? this.#consumed.cost : consumedCost(lot);
  }

  replaceFirst(before: FloatLot, after: FloatLot, costAfter: number): void {
    this.#lots[this.#head] = after;
    this.#consumed = { lot: after, cost: costAfter };
    this.#note(before, after);
    if (after.remainingQuantity > 0) return;
    this.#head += 1;
    const next = this.#lots[this.#head];
    invariant(next === undefined || this.#order(after, next) < 0, "open lots are not in matching order");
  }

  replace(before: FloatLot, after: FloatLot): void {
    const index = this.#indexOf(before.id);
    invariant(this.#lots[index] === before, `lot ${before.id} is not among the open lots`);
    this.#note(before, after);
    this.#lots.splice(index, 1);
    if (after.remainingQuantity > 0) this.#insert(after);
  }

  open(lot: FloatLot): void {
    if (this.#touched.has(lot.id)) this.#touched.set(lot.id, lot);
    else this.#opened.set(lot.id, lot);
    this.#insert(lot);
  }

  #insert(lot: FloatLot): void {
    const last = this.#lots.at(-1);
    if (last === undefined || this.#head === this.#lots.length || this.#order(last, lot) < 0) {
      this.#lots.push(lot);
    } else {
      this.#lots.splice(this.#placeOf(lot), 0, lot);
    }
  }

  remaining(): readonly FloatLot[] {
    return this.#lots.slice(this.#head);
  }

  opened(): readonly FloatLot[] {
    return [...this.#opened.values()];
  }

  touched(): readonly FloatLot[] {
    return [...this.#touched.values()];
  }

  #note(before: FloatLot, after: FloatLot): void {
    if (this.#opened.has(after.id)) {
      this.#opened.set(after.id, after);
      return;
    }
    this.#touched.set(after.id, after);
    this.#uncovered -= before.remainingQuantity - after.remainingQuantity;
  }

  #indexOf(id: string): number {
    for (let index = this.#head; index < this.#lots.length; index++) {
      if (this.#lots[index]?.id === id) return index;
    }
    return -1;
  }

  #placeOf(lot: FloatLot): number {
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
