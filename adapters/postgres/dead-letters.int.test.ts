import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Trader } from "#testing/trader.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { forgetOld } from "./housekeeping.ts";
import {
  KEPT_BYTES_PER_HOUR_MAX,
  KEPT_PER_HOUR_MAX,
  KEPT_VALUE_MAX,
  storeUndecodable,
  type UndecodableRecord,
} from "./dead-letters.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await sql`delete from dead_letter`.execute(database.worker);
  await sql`delete from unreadable_record_count`.execute(database.worker);
});

const record = (offset: number, fields: Partial<UndecodableRecord> = {}): UndecodableRecord => ({
  topic: "transaction-recorded.v1",
  partition: 3,
  offset: String(offset),
  key: Buffer.from("key"),
  value: Buffer.from("garbage"),
  reason: "not JSON",
  ...fields,
});

const keep = (unreadable: UndecodableRecord) => storeUndecodable(database.worker, unreadable);

async function rowsOf<Row>(query: ReturnType<typeof sql<Row>>): Promise<Row[]> {
  return (await query.execute(database.operator)).rows;
}

test("a record that cannot be read is kept as it lay in Kafka; its next delivery is another attempt", async () => {
  const value = Buffer.from([0, 255, 1]);
  expect([await keep(record(7, { value })), await keep(record(7, { value }))]).toEqual([true, true]);
  expect(await keep(record(8, { key: null, value: null, reason: "no value" }))).toBe(true);
  expect(
    await rowsOf(sql`select topic, partition_number as partition, record_offset as offset, record_key as key,
      record_value as value, record_size as size, attempts, state, reason, detail
      from dead_letter order by record_offset`),
  ).toMatchObject([
    {
      topic: "transaction-recorded.v1",
      partition: 3,
      offset: 7,
      key: Buffer.from("key"),
      value,
      attempts: 2,
    },
    {
      offset: 8,
      key: null,
      value: null,
      size: null,
      state: "open",
      reason: "unreadable",
      detail: "no value",
    },
  ]);
  expect(await rowsOf(sql`select kept, passed_over from unreadable_record_count`)).toEqual([
    { kept: 2, passed_over: 0 },
  ]);
});

test("it is forgotten after a week; of portfolios, what is resolved after three months", async () => {
  await keep(record(1));
  await keep(record(2));
  await sql`update dead_letter set last_failed_at = last_failed_at - interval '8 days' where record_offset = 1`.execute(
    database.owner,
  );
  const [portfolio] = await new Trader(database.api).register().then((trader) => trader.portfolios(1));
  for (const [state, days] of [
    ["open", null],
    ["replayed", 80],
    ["discarded", 91],
  ] as const) {
    await sql`
      insert into dead_letter (id, source, state, reason, detail, portfolio_id, resolved_at, last_failed_at)
      values (gen_random_uuid(), 'matching', ${state}, 'cannot-be-matched', '', ${portfolio},
        now() - make_interval(days => ${days}::integer), now() - interval '1 year')`.execute(database.owner);
  }
  expect(await forgetOld(database.worker)).toEqual({ idempotencyKeys: 0, deadLetters: 2 });
  expect(await rowsOf(sql`select source, state from dead_letter order by source, state`)).toEqual([
    { source: "matching", state: "open" },
    { source: "matching", state: "replayed" },
    { source: "record", state: "open" },
  ]);
});

test("of a large one its beginning is kept, and how long it was", async () => {
  await keep(record(1, { value: Buffer.alloc(KEPT_VALUE_MAX + 5, 1), key: Buffer.alloc(5_000) }));
  expect(
    await rowsOf(sql`select octet_length(record_value) as kept, octet_length(record_key) as key, record_size as size
      from dead_letter`),
  ).toEqual([{ kept: KEPT_VALUE_MAX, key: 1_024, size: KEPT_VALUE_MAX + 5 }]);
});

test.each([
  ["many", KEPT_PER_HOUR_MAX, 10],
  ["large ones", Math.ceil(KEPT_BYTES_PER_HOUR_MAX / KEPT_VALUE_MAX), KEPT_VALUE_MAX],
])(
  "of a flood of %s the first are kept, the others counted, and the next hour begins anew",
  async (_name, kept, size) => {
    const value = Buffer.alloc(size);
    for (let offset = 0; offset < kept + 3; offset += 1) {
      expect([offset, await keep(record(offset, { value }))]).toEqual([offset, offset < kept]);
    }
    expect(await rowsOf(sql`select kept, passed_over from unreadable_record_count`)).toEqual([
      { kept, passed_over: 3 },
    ]);
    await sql`update unreadable_record_count set hour = hour - interval '1 hour'`.execute(database.worker);
    expect(await keep(record(kept + 3, { value }))).toBe(true);
  },
);
