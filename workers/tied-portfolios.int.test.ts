import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { statusOf } from "#api/errors.ts";
import type { TransactionEdit } from "#contracts/transactions.ts";
import { interposedDatabase } from "#testing/interposed-database.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { matchEverything, Trader } from "#testing/trader.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";
import { matchLots } from "#use-cases/match-lots.ts";

/*
 * What one portfolio's transactions do to another's figures, and how it is undone: transfers, splits, named lots. After
 * every step all portfolios are matched, and the stored figures are those of a rebuild.
 */

let database: TestDatabase;
let trader: Trader;
let a: string;
let b: string;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  trader = await new Trader(database.api).register();
  [a, b] = (await trader.portfolios(2)) as [string, string];
});

type Words = Partial<TransactionEdit> & { readonly day: number };

/** A purchase of 10 X at 10 where nothing else is said. */
function transaction({ day, ...words }: Words): TransactionEdit {
  const type = words.type ?? "buy";
  const isTrade = type === "buy" || type === "sell";
  const tradedAt = `2024-01-${String(day).padStart(2, "0")}T10:00:00Z`;
  const trade = { symbol: "X", quantity: "10", price: "10", currency: "USD" };
  return { type, tradedAt, ...(isTrade && trade), ...words };
}

const split = (day: number, ratio = "2:1"): Words => ({ type: "split", symbol: "X", ratio, day });
const transfer = (day: number, toPortfolioId: string, quantity = "10"): Words => ({
  type: "transfer",
  symbol: "X",
  quantity,
  toPortfolioId,
  day,
});

const inPortfolio = (portfolioId: string, words: Words) => ({ portfolioId, ...transaction(words) });

async function record(portfolioId: string, words: Words): Promise<string> {
  const [id] = await trader.recordAny([inPortfolio(portfolioId, words)]);
  return id!;
}

const edit = (id: string, words: Words) => trader.editAny(id, transaction(words));

async function allPortfolios(): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from portfolio where owner_id = ${trader.userId} order by created_at`.execute(database.owner);
  return rows.map((row) => row.id);
}

/** Matches all, checks all, and returns the open lots of a portfolio: "quantity of instrument for cost". */
async function lotsOf(portfolioId: string): Promise<string[]> {
  await settle();
  const { rows } = await sql<{ lot: string }>`
    select trim_scale(l.remaining_quantity / l.unit) || ' ' || i.symbol || ' for '
      || trim_scale(round(l.original_cost * l.remaining_quantity / l.original_quantity, 8)) as lot
    from tax_lot l join instrument i on i.id = l.instrument_id
    where l.portfolio_id = ${portfolioId} and l.remaining_quantity > 0
    order by l.opened_at, l.opened_sequence, i.symbol`.execute(database.owner);
  return rows.map((row) => row.lot);
}

async function settle(): Promise<void> {
  const ids = await allPortfolios();
  await matchEverything(database.worker, ids);
  const { differences, behind } = await checkRebuild(database.worker, ids);
  expect(differences).toEqual([]);
  expect(behind).toBe(0);
}

/** Why a transaction takes no part; undefined when it does. */
async function reasonOf(id: string): Promise<string | undefined> {
  const { rows } = await sql<{ reason: string }>`
    select reason from rejection where transaction_id = ${id}`.execute(database.owner);
  return rows[0]?.reason;
}

describe("named lots", () => {
  test("that are gone make a sale need attention, until they are back", async () => {
    const [first, second] = [await record(a, { day: 1 }), await record(a, { day: 2, price: "20" })];
    const lots = [{ lotId: second, quantity: "4" }];
    const sale = await record(a, { type: "sell", day: 5, quantity: "4", lots });
    expect(await lotsOf(a)).toEqual(["10 X for 100", "6 X for 120"]);
    await edit(second, { day: 2, price: "20", symbol: "Y" });
    expect(await lotsOf(a)).toEqual(["10 X for 100", "10 Y for 200"]);
    expect(await reasonOf(sale)).toBe("unknown-lot");
    await edit(second, { day: 2, price: "20", quantity: "3" });
    expect(await lotsOf(a)).toEqual(["10 X for 100", "3 X for 60"]);
    expect(await reasonOf(sale)).toBe("lot-selection-mismatch");
    await edit(second, { day: 2, price: "20" });
    expect(await lotsOf(a)).toEqual(["10 X for 100", "6 X for 120"]);
    expect(await reasonOf(sale)).toBeUndefined();
    await trader.remove(first);
    expect(await lotsOf(a)).toEqual(["6 X for 120"]);
  });

  test("can have come from another portfolio", async () => {
    await record(a, { day: 1 });
    const second = await record(a, { day: 2, price: "20" });
    const moved = await record(a, transfer(3, b, "15"));
    const sale = await record(b, {
      type: "sell",
      day: 5,
      quantity: "5",
      lots: [{ lotId: second, quantity: "5" }],
    });
    expect(await lotsOf(b)).toEqual(["10 X for 100"]);
    await edit(moved, transfer(3, b, "9"));
    expect(await lotsOf(b)).toEqual(["9 X for 90"]);
    expect(await reasonOf(sale)).toBe("unknown-lot");
  });
});

describe("a split", () => {
  test("changes the lots of every portfolio, and its withdrawal undoes it", async () => {
    await record(a, { day: 1 });
    await record(b, { day: 2 });
    const action = await record(a, split(5));
    expect([await lotsOf(a), await lotsOf(b)]).toEqual([["20 X for 100"], ["20 X for 100"]]);
    await edit(action, split(5, "3:1"));
    expect([await lotsOf(a), await lotsOf(b)]).toEqual([["30 X for 100"], ["30 X for 100"]]);
    await edit(action, { ...split(5, "3:1"), symbol: "Y" });
    expect([await lotsOf(a), await lotsOf(b)]).toEqual([["10 X for 100"], ["10 X for 100"]]);
    await edit(action, split(5));
    await trader.remove(action);
    expect([await lotsOf(a), await lotsOf(b)]).toEqual([["10 X for 100"], ["10 X for 100"]]);
  });

  test("concerns what is bought, backdated, only later, in a portfolio that is new", async () => {
    const action = await record(a, split(5));
    await settle();
    const c = await trader.portfolio();
    await record(b, { day: 3 });
    await record(c, { day: 3 });
    await record(c, { day: 6 });
    expect([await lotsOf(b), await lotsOf(c)]).toEqual([["20 X for 100"], ["20 X for 100", "10 X for 100"]]);
    await trader.remove(action);
    expect([await lotsOf(b), await lotsOf(c)]).toEqual([["10 X for 100"], ["10 X for 100", "10 X for 100"]]);
  });

  test("that becomes another transaction, and one that becomes a split, concern all portfolios too", async () => {
    const purchase = await record(a, { day: 5 });
    await record(b, { day: 1 });
    await settle();
    await edit(purchase, split(5));
    expect([await lotsOf(a), await lotsOf(b)]).toEqual([[], ["20 X for 100"]]);
    await edit(purchase, { day: 5 });
    expect([await lotsOf(a), await lotsOf(b)]).toEqual([["10 X for 100"], ["10 X for 100"]]);
  });

  test("counts once for portfolios that transfers tie to its own, in every step of an edit", async () => {
    await record(a, { day: 1 });
    await record(a, transfer(2, b, "4"));
    const action = await record(b, split(5));
    expect([await lotsOf(a), await lotsOf(b)]).toEqual([["12 X for 60"], ["8 X for 40"]]);
    await edit(action, split(5, "3:1"));
    await matchLots(database.worker, [b]);
    const { rows } = await sql<{ quantity: string }>`
      select quantity from position where portfolio_id in (${a}, ${b}) order by quantity`.execute(
      database.owner,
    );
    expect(rows.map((row) => row.quantity)).toEqual(["12", "18"]);
    expect([await lotsOf(a), await lotsOf(b)]).toEqual([["18 X for 60"], ["12 X for 40"]]);
  });

  test("goes with its portfolio when that is deleted, also one that was once tied to others", async () => {
    const c = await trader.portfolio();
    await record(a, { day: 1 });
    await record(c, split(5));
    const moved = await record(c, transfer(6, a, "1"));
    expect(await lotsOf(a)).toEqual(["20 X for 100"]);
    expect(await trader.deletePortfolio(c)).toBe("portfolio-has-transfers");
    expect(statusOf("portfolio-has-transfers")).toBe(409);
    await trader.remove(moved);
    await settle();
    expect(await trader.deletePortfolio(c)).toBeUndefined();
    await matchEverything(database.worker, [a, b]);
    expect((await checkRebuild(database.worker, [a, b])).differences).toEqual([]);
    const { rows } = await sql`select quantity from position where portfolio_id = ${a}`.execute(
      database.owner,
    );
    expect(rows).toEqual([{ quantity: "10" }]);
  });
});

describe("a transfer", () => {
  test("goes elsewhere when its destination is edited", async () => {
    const c = await trader.portfolio();
    await record(a, { day: 1 });
    const moved = await record(a, transfer(3, b));
    expect([await lotsOf(a), await lotsOf(b), await lotsOf(c)]).toEqual([[], ["10 X for 100"], []]);
    await edit(moved, transfer(3, c, "4"));
    expect([await lotsOf(a), await lotsOf(b), await lotsOf(c)]).toEqual([["6 X for 60"], [], ["4 X for 40"]]);
    await edit(moved, { type: "transfer", amount: "5", currency: "USD", toPortfolioId: b, day: 3 });
    expect([await lotsOf(a), await lotsOf(b), await lotsOf(c)]).toEqual([["10 X for 100"], [], []]);
  });

  test("that is withdrawn takes away what the destination has sold since", async () => {
    await record(a, { day: 1 });
    const moved = await record(a, transfer(3, b));
    const sale = await record(b, { type: "sell", day: 5, price: "12" });
    expect(await lotsOf(b)).toEqual([]);
    expect(await reasonOf(sale)).toBeUndefined();
    await trader.remove(moved);
    expect([await lotsOf(a), await lotsOf(b)]).toEqual([["10 X for 100"], []]);
    expect(await reasonOf(sale)).toBe("insufficient-quantity");
    const { rows } = await sql`select * from disposal where transaction_id = ${sale}`.execute(database.owner);
    expect(rows).toEqual([]);
  });

  test("brings lots that follow the destination's lot method when it changes", async () => {
    await record(a, { day: 1 });
    await record(a, { day: 2, price: "20" });
    await record(a, transfer(3, b, "20"));
    expect(await lotsOf(b)).toEqual(["10 X for 100", "10 X for 200"]);
    await trader.change(b, { lotMethod: "average" });
    expect(await lotsOf(b)).toEqual(["20 X for 300"]);
    await trader.change(b, { lotMethod: "lifo" });
    expect(await lotsOf(b)).toEqual(["10 X for 100", "10 X for 200"]);
  });

  test("that was withdrawn ties nothing: each portfolio has its own currency of the instrument", async () => {
    await record(a, { day: 1, currency: "USD" });
    const purchase = await record(b, { day: 2, currency: "EUR", exchangeRate: "1.1" });
    const moved = await record(a, transfer(3, b, "1"));
    await settle();
    expect(await reasonOf(purchase)).toBe("currency-mismatch");
    await trader.remove(moved);
    expect(await lotsOf(b)).toEqual(["10 X for 100"]);
    expect(await reasonOf(purchase)).toBeUndefined();
  });

  test("that is rejected changes nothing, here or there", async () => {
    await record(a, { day: 1 });
    await record(b, { day: 1, price: "30" });
    const before = [await lotsOf(a), await lotsOf(b)];
    const epochs = await everythingOf([a, b]);
    const moved = await record(a, { ...transfer(3, b, "11"), fees: "1" });
    await settle();
    expect(await reasonOf(moved)).toBe("insufficient-quantity");
    expect([await lotsOf(a), await lotsOf(b)]).toEqual(before);
    expect(await everythingOf([a, b])).toEqual(epochs);
  });
});

/** All derived rows but those that say how far matching came, and why something was rejected. */
async function everythingOf(portfolioIds: readonly string[]): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const table of ["tax_lot", "disposal", "disposal_slice", "cash_flow"]) {
    const { rows } = await sql`select * from ${sql.table(table)} t
      where portfolio_id = any (${[...portfolioIds]}::uuid[]) order by t::text`.execute(database.owner);
    all.push(rows);
  }
  const { rows } = await sql`
    select portfolio_id, instrument_id, quantity, cost_basis, realized_gain, fees from position
    where portfolio_id = any (${[...portfolioIds]}::uuid[]) order by 1, 2`.execute(database.owner);
  return [...all, rows];
}

describe("two matchers at once on portfolios that are tied", () => {
  test.each([false, true])("never deadlock and end right (leaving locked ones: %s)", async (skipLocked) => {
    const ids = [a, b, ...(await trader.portfolios(4))];
    for (const [index, id] of ids.entries()) {
      await record(id, { day: 1 });
      await record(id, transfer(3, ids[(index + 1) % ids.length]!, "4"));
    }
    for (let round = 0; round < 8; round += 1) {
      for (const id of ids) await record(id, round % 3 === 2 ? split(20 - round) : { day: 10 + round });
      await Promise.all([
        matchLots(database.worker, ids, { skipLocked }),
        matchLots(database.worker, ids.toReversed(), { skipLocked }),
        ...ids.map((id) => matchLots(database.worker, [id], { skipLocked })),
        record(ids[round % ids.length]!, transfer(5 + round, ids[(round + 3) % ids.length]!, "1")),
      ]);
    }
    await settle();
    const { rows } = await sql<{ cost: string }>`
      select sum(cost_basis) as cost from position where portfolio_id = any (${ids}::uuid[])`.execute(
      database.owner,
    );
    // Six purchases at the beginning, and six in each of the six rounds without splits.
    expect(rows).toEqual([{ cost: String((6 + 6 * 6) * 100) }]);
  });
});

describe("matchers at once on portfolios of one owner, each of which has a split", () => {
  test("never deadlock, though each split concerns all", async () => {
    for (let round = 0; round < 12; round += 1) {
      trader = await new Trader(database.api).register();
      const ids = await trader.portfolios(8);
      for (const id of ids) await record(id, split(5));
      await Promise.all(ids.map((id) => matchLots(database.worker, [id])));
      await record(ids[round % 8]!, { day: 1 });
      expect(await lotsOf(ids[round % 8]!)).toEqual(["2560 X for 100"]);
    }
  });
});

describe("a batch over several portfolios", () => {
  test("leaves a transfer that is recorded while it is being read to the next", async () => {
    const money = (day: number): Words => ({ type: "deposit", amount: "2.5", currency: "USD", day });
    await record(a, money(1));
    await settle();
    await record(a, { day: 2 });
    await record(b, money(2));
    const paid: Words = { type: "transfer", amount: "1", currency: "USD", toPortfolioId: a, day: 3 };
    // What ties portfolios has been read by then, and what is new in them has not.
    const worker = interposedDatabase(database.workerUrl, /as is_tied/, () => record(b, paid));
    await matchLots(worker, [a, b]);
    await worker.destroy();
    expect((await checkRebuild(database.worker, [a, b])).differences).toEqual([]);
    await settle();
  });

  test("is in the order in which it is written, also within one instant", async () => {
    const [first, second] = [a, b].toSorted().toReversed() as [string, string];
    const ids = await trader.recordAny([
      inPortfolio(first, { day: 1 }),
      inPortfolio(first, transfer(1, second)),
      inPortfolio(second, { type: "sell", day: 1 }),
    ]);
    await settle();
    expect(await Promise.all(ids.map(reasonOf))).toEqual([undefined, undefined, undefined]);
  });
});
