import { invariant } from "#domain/invariant.ts";
import type { Decimal34 } from "./decimal.ts";
import { consumedCost, type DecimalLot, type DecimalLotOrder } from "./tax-lot.ts";

/** As `OpenLots` in domain/open-lots.ts, where each step is explained. */
export class OpenDecimalLots {
  readonly #order: DecimalLotOrder;
  readonly #lots: DecimalLot[];
  readonly #lastGiven: DecimalLot | undefined;
  readonly #opened = new Map<string, DecimalLot>();
  readonly #touched = new Map<string, DecimalLot>();
  #head = 0;
  #consumed: { readonly lot: DecimalLot; readonly cost: Decimal34 } | undefined;
  #uncovered: Decimal34;

  constructor(given: readonly DecimalLot[], holdingQuantity: Decimal34, order: DecimalLotOrder) {
    this.#order = order;
    this.#lots = [...given];
    this.#lastGiven = given.at(-1);
    this.#uncovered = holdingQuantity.abs();
  }

  first(): DecimalLot {
    const lot = this.#lots[this.#head];
    invariant(lot !== undefined, "the open lots ran out before the quantity did");
    if (this.#opened.has(lot.id) && this.#uncovered.gt(0)) {
      const behindGiven = this.#lastGiven === undefined || this.#order(this.#lastGiven, lot) < 0;
      invariant(!behindGiven, `lots before ${lot.id} were not loaded`);
    }
    return lot;
  }

  consumedCostOfFirst(): Decimal34 {
    const lot = this.first();
    return this.#consumed?.lot === lot ? this.#consumed.cost : consumedCost(lot);
  }

  replaceFirst(before: DecimalLot, after: DecimalLot, costAfter: Decimal34): void {
    this.#lots[this.#head] = after;
    this.#consumed = { lot: after, cost: costAfter };
    this.#note(before, after);
    if (after.remainingQuantity.gt(0)) return;
    this.#head += 1;
    const next = this.#lots[this.#head];
    invariant(next === undefined || this.#order(after, next) < 0, "open lots are not in matching order");
  }

  replace(before: DecimalLot, after: DecimalLot): void {
    const index = this.#indexOf(before.id);
    invariant(this.#lots[index] === before, `lot ${before.id} is not among the open lots`);
    this.#note(before, after);
    this.#lots.splice(index, 1);
    if (after.remainingQuantity.gt(0)) this.#insert(after);
  }

  open(lot: DecimalLot): void {
    if (this.#touched.has(lot.id)) this.#touched.set(lot.id, lot);
    else this.#opened.set(lot.id, lot);
    this.#insert(lot);
  }

  #insert(lot: DecimalLot): void {
    const last = this.#lots.at(-1);
    if (last === undefined || this.#head === this.#lots.length || this.#order(last, lot) < 0) {
      this.#lots.push(lot);
    } else {
      this.#lots.splice(this.#placeOf(lot), 0, lot);
    }
  }

  remaining(): readonly DecimalLot[] {
    return this.#lots.slice(this.#head);
  }

  opened(): readonly DecimalLot[] {
    return [...this.#opened.values()];
  }

  touched(): readonly DecimalLot[] {
    return [...this.#touched.values()];
  }

  #note(before: DecimalLot, after: DecimalLot): void {
    if (this.#opened.has(after.id)) {
      this.#opened.set(after.id, after);
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

  #placeOf(lot: DecimalLot): number {
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
