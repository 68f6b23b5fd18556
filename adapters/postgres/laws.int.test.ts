import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RandomLedger } from "#testing/random-ledger.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { matchEverything, Trader } from "#testing/trader.ts";
import { findBreaches, findStuck, LAW_NAMES, type Breach } from "./laws.ts";
import { atOneMoment } from "./rebuild-reads.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const breaches = (portfolioIds: readonly string[]): Promise<Breach[]> =>
  atOneMoment(database.worker, (trx) => findBreaches(trx, portfolioIds));

describe("random histories of every type of transaction", () => {
  test.each(Array.from({ length: 12 }, (_, index) => 7_000 + index))(
    "break no law, at any time (seed %i)",
    async (seed) => {
      const trader = await new Trader(database.api).register();
      const ledger = await new RandomLedger(trader, seed).begin();
      for (let round = 0; round < 12; round += 1) {
        await ledger.playRound();
        expect(await breaches(ledger.portfolioIds)).toEqual([]);
        await matchEverything(database.worker, ledger.somePortfolios());
        expect(await breaches(ledger.portfolioIds)).toEqual([]);
      }
    },
  );
});

/* As the owner of the tables, past everything that holds for the roles of the product. */
describe("damage by hand", () => {
  const lot = "tax_lot where remaining_quantity > 0";
  const damages: readonly (readonly [law: string, what: string, statement: string])[] = [
    ["progress-is-known", "progress that is forgotten", "delete from portfolio_state where OURS"],
    ["sequence-gapless", "a version that is gone", "delete from transaction where sequence = 2 and OURS"],
    [
      "sequence-gapless",
      "a head that is ahead",
      "update ledger_head set head_sequence = head_sequence + 1 where OURS",
    ],
    [
      "versions-count-up",
      "a version left out",
      "update transaction set version = 7 where sequence = 6 and OURS",
    ],
    [
      "versions-count-up",
      "a place that moved",
      "update transaction set order_sequence = order_sequence + 9999 where sequence = 6 and OURS",
    ],
    [
      "applied-is-recorded",
      "figures ahead of their ledger",
      "update portfolio_state set applied_sequence = 99 where OURS",
    ],
    [
      "quantity-is-in-lots",
      "a quantity",
      "update position set quantity = quantity + 1e-18 where quantity > 0 and OURS",
    ],
    ["quantity-is-in-lots", "a unit", "update position set unit = 2 where quantity > 0 and OURS"],
    ["quantity-is-in-lots", "a position that is gone", "delete from position where quantity > 0 and OURS"],
    ["quantity-is-in-lots", "a lot that is gone", `delete from ${lot} and OURS`],
    [
      "cost-is-in-lots",
      "the last digit of a cost",
      "update position set cost_basis = cost_basis + 1e-36 where quantity > 0 and OURS",
    ],
    [
      "cost-is-in-lots",
      "a lot's cost",
      "update tax_lot set original_cost = original_cost + 1 where remaining_quantity > 0 and OURS",
    ],
    [
      "cost-is-in-lots",
      "a cost in the base currency",
      "update position set base_cost_basis = base_cost_basis + 1 where OURS",
    ],
    [
      "lots-are-divided-up",
      "what a lot once was",
      "update tax_lot set original_quantity = original_quantity + 1 where remaining_quantity = 0 and OURS",
    ],
    ["lots-are-divided-up", "a slice", "update disposal_slice set quantity = quantity + 1 where OURS"],
    [
      "gain-is-of-disposals",
      "a gain",
      "update position set realized_gain = realized_gain + 1e-36 where OURS",
    ],
    ["gain-is-of-disposals", "a disposal that is gone", "delete from disposal where OURS"],
    [
      "gain-is-of-disposals",
      "a gain of the exchange rate",
      "update position set exchange_gain = exchange_gain + 1 where OURS",
    ],
    [
      "disposal-is-its-slices",
      "proceeds",
      "update disposal set proceeds = proceeds + 1, realized_gain = realized_gain + 1 where OURS",
    ],
    ["disposal-is-its-slices", "slices that are gone", "delete from disposal_slice where OURS"],
    ["cash-is-of-transactions", "an amount", "update cash_flow set amount = amount + 1 where OURS"],
    [
      "cash-is-of-transactions",
      "a flow that is gone",
      "delete from cash_flow where type = 'deposit' and OURS",
    ],
    [
      "cash-is-of-transactions",
      "a flow too many",
      "insert into cash_flow select portfolio_id, gen_random_uuid(), currency, null, 'deposit', 1, flowed_at, 1 from cash_flow where type = 'deposit' and OURS",
    ],
    [
      "everything-has-an-origin",
      "a lot of no transaction",
      "update tax_lot set id = gen_random_uuid() where remaining_quantity > 0 and OURS",
    ],
    [
      "everything-has-an-origin",
      "a disposal of no transaction",
      "update disposal set transaction_id = gen_random_uuid() where OURS",
    ],
    [
      "everything-has-an-origin",
      "a slice of no lot",
      "update disposal_slice set lot_id = gen_random_uuid() where OURS",
    ],
    [
      "everything-has-an-origin",
      "a rejection of no transaction",
      "update rejection set transaction_id = gen_random_uuid() where OURS",
    ],
    [
      "everything-has-an-origin",
      "a position of no transaction",
      "update position set instrument_id = 0 where quantity > 0 and OURS",
    ],
  ];

  test("is planted for each law", () => {
    expect(new Set(damages.map(([law]) => law))).toEqual(new Set(LAW_NAMES));
  });

  let trader: Trader;
  beforeAll(async () => {
    trader = await new Trader(database.api).register();
  });

  /** A foreign share bought twice and sold once, money, a sale of too much. */
  async function told(): Promise<string> {
    const portfolioId = await trader.portfolio({ baseCurrency: "EUR", trackCash: true });
    const foreign = { portfolioId, symbol: "ACME.SIM", currency: "USD", exchangeRate: "0.9" };
    await trader.recordAny([
      { portfolioId, type: "deposit", amount: "1000", currency: "USD", tradedAt: "2026-01-01T10:00:00Z" },
      { ...foreign, type: "buy", quantity: "3", price: "10", fees: "1", tradedAt: "2026-01-02T10:00:00Z" },
      { ...foreign, type: "buy", quantity: "4", price: "11", tradedAt: "2026-01-03T10:00:00Z" },
      { ...foreign, type: "sell", quantity: "5", price: "12", tradedAt: "2026-01-04T10:00:00Z" },
      { ...foreign, type: "sell", quantity: "99", price: "12", tradedAt: "2026-01-05T10:00:00Z" },
    ]);
    const [id] = await trader.recordAny([
      { ...foreign, type: "dividend", amount: "2", tradedAt: "2026-01-06T10:00:00Z" },
    ]);
    await trader.editAny(id!, {
      ...foreign,
      type: "dividend",
      amount: "3",
      tradedAt: "2026-01-06T10:00:00Z",
    });
    await matchEverything(database.worker, [portfolioId]);
    return portfolioId;
  }

  test.each(damages)("breaks the law %s: %s", async (law, _what, statement) => {
    const [portfolioId, untouched] = [await told(), await told()];
    expect(await breaches([portfolioId, untouched])).toEqual([]);
    const ours = `portfolio_id = '${portfolioId}'`;
    const { numAffectedRows } = await sql.raw(statement.replace("OURS", ours)).execute(database.owner);
    expect(Number(numAffectedRows)).toBeGreaterThan(0);
    const found = await breaches([portfolioId, untouched]);
    expect(found.map((breach) => breach.law)).toContain(law);
    expect(new Set(found.map((breach) => breach.portfolioId))).toEqual(new Set([portfolioId]));
  });

  test("of what is not to be seen by sums is told in words", async () => {
    const portfolioId = await told();
    await sql`update position set quantity = 3 where portfolio_id = ${portfolioId}`.execute(database.owner);
    expect(await breaches([portfolioId])).toEqual([
      {
        portfolioId,
        law: "quantity-is-in-lots",
        subject: "position ACME.SIM",
        expected: "3 of unit 1",
        found: "2 of unit 1",
      },
    ]);
  });
});

describe("what waits too long", () => {
  const stuck = () => atOneMoment(database.worker, (trx) => findStuck(trx, 60));

  test("is news that nobody matches, unless it is parked, and announcements that nobody takes", async () => {
    const trader = await new Trader(database.api).register();
    const [id] = (await trader.portfolios(1)) as [string];
    await sql`delete from outbox`.execute(database.owner);
    await trader.record(id, [{}]);
    expect(await stuck()).toEqual([]);
    await sql`update transaction set recorded_at = recorded_at - interval '61 seconds' where portfolio_id = ${id}`.execute(
      database.owner,
    );
    await sql`update outbox set created_at = created_at - interval '61 seconds'`.execute(database.owner);
    expect(await stuck()).toMatchObject([
      { portfolioId: id, law: "news-are-matched", subject: "sequence 1" },
      { portfolioId: null, law: "announcements-are-delivered", subject: "outbox" },
    ]);
    await sql`delete from outbox`.execute(database.owner);
    await sql`
      update portfolio_state set parked_at = now(), parked_reason = 'cannot-be-matched', parked_portfolio_id = ${id},
        last_failed_at = now(), retry_at = now()
      where portfolio_id = ${id}`.execute(database.owner);
    expect(await stuck()).toEqual([]);
  });
});
