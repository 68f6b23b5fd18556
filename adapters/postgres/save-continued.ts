import { plainArray } from "./array-literal.ts";
import {
  CASH_FLOWS,
  columnLiterals,
  columnsOf,
  DISPOSALS,
  LOTS,
  POSITIONS,
  REJECTIONS,
  SLICES,
  upsert,
  type DerivedTable,
} from "./derived-tables.ts";
import type { LotRow, MatchedKey } from "./matched-key.ts";
import { rowsOf } from "./matched-key.ts";
import type { Trx } from "./pool.ts";
import { prepare } from "./prepared.ts";
import { run } from "./run-prepared.ts";

/*
 * What continued keys come to: rows that are new, lots of which less is left, and positions. One statement writes all of
 * it, so that a batch costs one round trip whatever it touches. Nothing in it refers to a row that another part of it
 * writes, as parts of one statement do not see each other.
 */

/** Stores what continued keys add and change. Errors: unique violation when a row that should be new is there. */
export async function saveContinued(trx: Trx, keys: readonly MatchedKey[]): Promise<void> {
  if (keys.length === 0) return;
  const rows = rowsOf(keys);
  const lots = lotChanges(keys);
  // Pools and the like, whose cost changes with every purchase.
  await upsert(trx, LOTS, lots.changed);
  const reduced = (value: (lot: PlacedLot) => string | number) => plainArray(lots.reduced.map(value));
  await run(trx, SAVE, [
    ...columnLiterals(LOTS, lots.opened),
    ...columnLiterals(DISPOSALS, rows.disposals),
    ...columnLiterals(SLICES, rows.slices),
    ...columnLiterals(CASH_FLOWS, rows.cashFlows),
    ...columnLiterals(REJECTIONS, rows.rejections),
    ...columnLiterals(POSITIONS, rows.positions),
    reduced((lot) => lot.portfolio_id),
    reduced((lot) => lot.instrument_id),
    reduced((lot) => lot.id),
    reduced((lot) => lot.remaining_quantity),
  ]);
}

type PlacedLot = LotRow & { readonly portfolio_id: string; readonly instrument_id: number };

/** Lots of continued keys: those that are new, those of which only less is left, and those that changed otherwise. */
function lotChanges(keys: readonly MatchedKey[]) {
  const opened: PlacedLot[] = [];
  const reduced: PlacedLot[] = [];
  const changed: PlacedLot[] = [];
  for (const { portfolioId, instrumentId, lots, lotsBefore } of keys) {
    if (lots.length === 0) continue;
    const before = new Map(lotsBefore.map((lot) => [lot.id, lot]));
    for (const lot of lots) {
      const stored = before.get(lot.id);
      const placed = { portfolio_id: portfolioId, instrument_id: instrumentId, ...lot };
      if (stored === undefined) opened.push(placed);
      else (differsInRestOnly(lot, stored) ? reduced : changed).push(placed);
    }
  }
  return { opened, reduced, changed };
}

const LOT_CONTENT = Object.keys(LOTS.columns).filter(
  (name) => name !== "instrument_id" && name !== "remaining_quantity",
) as (keyof LotRow)[];

function differsInRestOnly(lot: LotRow, stored: LotRow): boolean {
  return LOT_CONTENT.every((name) => lot[name] === stored[name]);
}

const SAVE = prepare("save-continued", saveText());

function saveText(): string {
  let parameter = 0;
  const next = (type: string) => `$${(parameter += 1)}::${type}[]`;
  const source = (table: DerivedTable) =>
    `select * from unnest(${columnsOf(table)
      .map(([, type]) => next(type))
      .join(", ")})`;
  const target = (table: DerivedTable) =>
    `${table.name} (${columnsOf(table)
      .map(([name]) => name)
      .join(", ")})`;
  const inserted = [LOTS, DISPOSALS, SLICES, CASH_FLOWS, REJECTIONS].map(
    (table) => `new_${table.name} as (insert into ${target(table)} ${source(table)})`,
  );
  const content = Object.keys(POSITIONS.columns).filter((name) => !POSITIONS.key.includes(name));
  return `with ${inserted.join(",\n")},
    moved_position as (
      insert into ${target(POSITIONS)} ${source(POSITIONS)}
      on conflict (portfolio_id, ${POSITIONS.key.join(", ")}) do update
      set ${content.map((name) => `${name} = excluded.${name}`).join(", ")})
    update tax_lot l set remaining_quantity = r.remaining_quantity
    from unnest(${next("uuid")}, ${next("integer")}, ${next("uuid")}, ${next("numeric")})
      as r (portfolio_id, instrument_id, id, remaining_quantity)
    where l.portfolio_id = r.portfolio_id and l.instrument_id = r.instrument_id and l.id = r.id`;
}
