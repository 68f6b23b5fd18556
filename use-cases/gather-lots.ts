/*
 * The lots that a continued key needs.
 *
 * A holding that is bought again and again has thousands of open lots, and a sale closes one or two of them. What trades
 * that only add need is none; what sales in the order of age need are the first, as many as cover them; everything else, such
 * as a split, a pool or the highest cost, needs all. Whether a sale is covered is decided by the position's quantity and never
 * by the lots that were read; should the domain need one that was not, it throws.
 */
import { readFirstLots, readOpenLots, type StoredLot } from "#adapters/postgres/matching-reads.ts";
import type { Trx } from "#adapters/postgres/pool.ts";
import { formatQuantity, quantity, ZERO_QUANTITY, type Quantity } from "#domain/amounts.ts";
import { keyName, type Append } from "./match-work.ts";

export type WithoutLots = Omit<Append, "lots">;

/** How many lots of a key are tried first for each sale. */
export const FIRST_LOTS = 24;

/** Reads the lots that the keys need. Shape: by the name of the key; none for those that need none. */
export async function gatherLots(
  trx: Trx,
  appends: readonly WithoutLots[],
): Promise<ReadonlyMap<string, readonly StoredLot[]>> {
  const reading = appends.filter(needsLots);
  const inOrder = reading.filter(closesByAge);
  const first = new Map([
    ...(await readFirst(trx, inOrder, "oldest")),
    ...(await readFirst(trx, inOrder, "newest")),
  ]);
  const isCovered = (append: WithoutLots) => covers(first.get(keyName(append.key)) ?? [], append);
  const whole = reading.filter((append) => !inOrder.includes(append) || !isCovered(append));
  const all = indexByKey(
    await readOpenLots(
      trx,
      whole.map(({ key }) => key),
    ),
  );
  return new Map([...first, ...all]);
}

async function readFirst(trx: Trx, appends: readonly WithoutLots[], end: "oldest" | "newest") {
  const wanted = appends
    .filter(({ portfolio }) => (portfolio.lot_method === "lifo") === (end === "newest"))
    .map((append) => ({
      ...append.key,
      quantity: formatQuantity(quantityClosed(append)),
      lotsMax: lotsMaxOf(append),
    }));
  return indexByKey(await readFirstLots(trx, wanted, end));
}

/** Trades that add to a holding, and dividends, touch no lot; but a pool takes everything in. */
function needsLots({ portfolio, versions, position }: WithoutLots): boolean {
  if (position === undefined || position.quantity === "0") return false;
  if (portfolio.lot_method === "average") return true;
  const closing = closingType(position.quantity);
  return versions.some((version) => version.type === closing || !isTradeOrDividend(version));
}

/** Whether lots are only taken from one end of the row, and none is named. */
function closesByAge({ portfolio, versions }: WithoutLots): boolean {
  const method = portfolio.lot_method;
  if (method === "average" || method === "hifo") return false;
  return versions.every((version) => isTradeOrDividend(version) && version.lots === null);
}

/** Whether the lots are all there are, or hold as much as all closing trades together could take. */
function covers(lots: readonly StoredLot[], append: WithoutLots): boolean {
  if (lots.length < lotsMaxOf(append)) return true;
  const held = lots.reduce((sum, lot) => sum + quantity(lot.remaining_quantity), 0n);
  return held >= quantityClosed(append);
}

function lotsMaxOf({ versions, position }: WithoutLots): number {
  const closing = closingType(position?.quantity ?? "0");
  return FIRST_LOTS * Math.max(1, versions.filter((version) => version.type === closing).length);
}

/** What all closing trades together could take. Units: the lots' own, parts of a share. */
function quantityClosed({ versions, position }: WithoutLots): Quantity {
  if (position === undefined) return ZERO_QUANTITY;
  const closing = closingType(position.quantity);
  const shares = versions.reduce(
    (sum, version) => (version.type === closing ? sum + quantity(version.quantity ?? "0") : sum),
    0n,
  );
  return (shares * BigInt(position.unit)) as Quantity;
}

function closingType(held: string): "buy" | "sell" {
  return held.startsWith("-") ? "buy" : "sell";
}

function isTradeOrDividend({ type }: Append["versions"][number]): boolean {
  return type === "buy" || type === "sell" || type === "dividend";
}

/** Rows by the name of their key. */
export function indexByKey<Row extends { portfolio_id: string; instrument_id: number }>(
  rows: readonly Row[],
): Map<string, Row[]> {
  return Map.groupBy(rows, (row) =>
    keyName({ portfolioId: row.portfolio_id, instrumentId: row.instrument_id }),
  );
}
