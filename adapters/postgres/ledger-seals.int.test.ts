import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { longHistory } from "#testing/long-history.ts";
import { RandomLedger } from "#testing/random-ledger.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { matchEverything, Trader } from "#testing/trader.ts";
import { findBrokenSeals, hashOfSeals, sealLedgers, VERSIONS_PER_SEAL } from "./ledger-seals.ts";

let database: TestDatabase;
let trader: Trader;
let portfolioId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  trader = await new Trader(database.api).register();
});
afterAll(() => database.drop());
beforeEach(async () => {
  portfolioId = await trader.portfolio();
  await trader.record(portfolioId, longHistory(10));
  await matchEverything(database.worker, [portfolioId]);
});

const inOne = <T>(work: Parameters<ReturnType<typeof database.worker.transaction>["execute"]>[0]) =>
  database.worker.transaction().execute(work) as Promise<T>;
const seal = (ids = [portfolioId]) => inOne<number>((trx) => sealLedgers(trx, ids));
const broken = (ids = [portfolioId]) => inOne<object[]>((trx) => findBrokenSeals(trx, ids));

describe("seals", () => {
  test("cover what is matched, once, and go on where they ended", async () => {
    expect(await seal()).toBe(10);
    expect(await seal()).toBe(0);
    await trader.record(portfolioId, longHistory(3));
    expect(await seal()).toBe(0);
    await matchEverything(database.worker, [portfolioId]);
    expect(await seal()).toBe(3);
    expect(await broken()).toEqual([]);
  });

  test("of a long ledger are many, of histories of all types as of others", async () => {
    await trader.record(portfolioId, longHistory(VERSIONS_PER_SEAL + 1));
    await matchEverything(database.worker, [portfolioId]);
    expect(await seal()).toBe(VERSIONS_PER_SEAL + 11);
    const ledger = await new RandomLedger(trader, 3).begin();
    for (let round = 0; round < 10; round += 1) await ledger.playRound();
    await matchEverything(database.worker, ledger.portfolioIds);
    const ids = [portfolioId, ...ledger.portfolioIds];
    expect(await seal(ids)).toBeGreaterThan(20);
    expect(await broken(ids)).toEqual([]);
  });

  test("do not depend on the settings of whoever asks", async () => {
    await seal();
    const strange = await database.worker.transaction().execute(async (trx) => {
      await sql`set local timezone = 'Asia/Kathmandu'`.execute(trx);
      await sql`set local datestyle = 'German'`.execute(trx);
      return findBrokenSeals(trx, [portfolioId]);
    });
    expect(strange).toEqual([]);
  });

  test.each([
    ["one byte of a note", "update transaction set notes = 'x' where sequence = 4", "changed"],
    [
      "the last digit of a price",
      "update transaction set price = price + 1e-18 where sequence = 4",
      "changed",
    ],
    ["a needless zero", "update transaction set quantity = quantity * 1.0 where sequence = 4", "changed"],
    [
      "the time of recording",
      "update transaction set recorded_at = recorded_at + interval '1 microsecond' where sequence = 4",
      "changed",
    ],
    ["a version that is gone", "delete from transaction where sequence = 4", "missing"],
  ])("tell where the ledger was changed: %s", async (_name, statement, what) => {
    await seal();
    await trader.record(portfolioId, longHistory(2));
    await matchEverything(database.worker, [portfolioId]);
    await seal();
    await sql.raw(`${statement} and portfolio_id = '${portfolioId}'`).execute(database.owner);
    expect(await broken()).toEqual([{ portfolioId, sequence: 4, what }]);
  });

  test("tell of each version that was changed, and of no other", async () => {
    await seal();
    await sql`update transaction set notes = 'x' where portfolio_id = ${portfolioId} and sequence in (1, 7, 10)`.execute(
      database.owner,
    );
    expect(await broken()).toMatchObject([{ sequence: 1 }, { sequence: 7 }, { sequence: 10 }]);
  });

  test("tell when the end of a ledger was cut off", async () => {
    await seal();
    await sql`delete from transaction where portfolio_id = ${portfolioId} and sequence > 8`.execute(
      database.owner,
    );
    expect(await broken()).toMatchObject([
      { sequence: 9, what: "missing" },
      { sequence: 10, what: "missing" },
    ]);
  });

  test("that were changed themselves are told, with those that rest on them", async () => {
    await seal();
    await trader.record(portfolioId, longHistory(2));
    await matchEverything(database.worker, [portfolioId]);
    await seal();
    await sql`update ledger_seal set hash = sha256('other') where portfolio_id = ${portfolioId} and sequence = 10`.execute(
      database.owner,
    );
    const changed = { portfolioId, sequence: undefined, what: "seal-changed" };
    expect(await broken()).toEqual([changed, changed]);
  });

  test("are made by the workers and changed by none of them", async () => {
    await seal();
    for (const statement of [sql`update ledger_seal set hash = hash`, sql`delete from ledger_seal`]) {
      await expect(statement.execute(database.worker)).rejects.toThrow("permission denied");
      await expect(statement.execute(database.operator)).rejects.toThrow("permission denied");
      await expect(statement.execute(database.api)).rejects.toThrow("permission denied");
    }
  });

  test("come to one hash, which a changed ledger with new seals does not have any more", async () => {
    await seal();
    const before = await hashOfSeals(database.worker);
    expect(before.hash).toMatch(/^[0-9a-f]{64}$/);
    await sql`update transaction set notes = 'x' where portfolio_id = ${portfolioId} and sequence = 4`.execute(
      database.owner,
    );
    await sql`delete from ledger_seal where portfolio_id = ${portfolioId}`.execute(database.owner);
    await seal();
    expect(await broken()).toEqual([]);
    const after = await hashOfSeals(database.worker);
    expect([after.versions, after.hash === before.hash]).toEqual([before.versions, false]);
  });
});
