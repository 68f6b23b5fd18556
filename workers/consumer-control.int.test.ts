import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "#adapters/postgres/pool.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import { deleteSilentProcesses } from "#adapters/postgres/worker-processes.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { startConsumerControl, type ConsumerControl } from "./consumer-control.ts";

const WITHIN = { timeout: 20_000, interval: 10 };

describe("the control of consumers", () => {
  let database: TestDatabase;
  let controls: ConsumerControl[];
  beforeEach(async () => {
    database = await createTestDatabase();
    controls = [];
  });
  afterEach(async () => {
    await Promise.all(controls.map((control) => control.stop()));
    await database.drop();
  });

  const startProcess = (roles = ["lot-matching"]) => {
    const control = startConsumerControl(roles, {
      database: { db: database.worker, url: database.workerUrl },
      log,
    });
    controls.push(control);
    return control;
  };
  const pause = (name: string) =>
    sql`update consumer_control set paused_at = clock_timestamp(), paused_by = 'test', reason = 'test',
      pause_number = pause_number + 1 where name = ${name}`.execute(database.owner);
  const resume = (name: string) =>
    sql`update consumer_control set paused_at = null, paused_by = null, reason = null
      where name = ${name}`.execute(database.owner);
  const notify = () => sql`select pg_notify('consumer_control', '')`.execute(database.owner);
  const rows = async () => {
    const found = await sql<{ role: string; pause_number: number | null; busy: boolean }>`
      select role, pause_number, busy_since is not null as busy from worker_process order by role`.execute(
      database.owner,
    );
    return found.rows;
  };

  test("lets consumers work once it is known that nobody has paused them", async () => {
    const gate = startProcess().gateOf("lot-matching");
    expect(gate.isOpen).toBe(false);
    expect(gate.pass(() => Promise.resolve())).toBeUndefined();
    await gate.opened(AbortSignal.timeout(10_000));
    expect(gate.isOpen).toBe(true);
    expect(await gate.pass(() => Promise.resolve("done"))).toBe("done");
  });

  test("holds the one that is paused, in processes that run and in those that start later, until it is resumed", async () => {
    const running = startProcess(["lot-matching", "outbox-relay"]);
    const [matching, relay] = [running.gateOf("lot-matching"), running.gateOf("outbox-relay")];
    await matching.opened(AbortSignal.timeout(10_000));
    const heard: boolean[] = [];
    matching.onChange(() => heard.push(matching.isOpen));
    await pause("lot-matching");
    await expect.poll(() => matching.isOpen, WITHIN).toBe(false);
    expect(relay.isOpen).toBe(true);
    const later = startProcess().gateOf("lot-matching");
    await expect
      .poll(async () => (await rows()).map((row) => row.pause_number), WITHIN)
      .toEqual([1, 1, null]);
    expect(later.isOpen).toBe(false);
    const opened = later.opened(AbortSignal.timeout(10_000));
    await resume("lot-matching");
    await opened;
    await expect.poll(() => matching.isOpen && later.isOpen, WITHIN).toBe(true);
    expect(heard).toEqual([false, true]);
  });

  test("hears of it at once", async () => {
    const gate = startProcess().gateOf("lot-matching");
    await gate.opened(AbortSignal.timeout(10_000));
    const delays: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const changed = new Promise<void>((resolve) => {
        const forget = gate.onChange(() => {
          forget();
          resolve();
        });
      });
      await (round % 2 === 0 ? pause("lot-matching") : resume("lot-matching"));
      const toldAt = performance.now();
      await notify();
      await changed;
      delays.push(performance.now() - toldAt);
    }
    // Polling alone would take half a second on average.
    expect(delays.toSorted((a, b) => a - b)[2]!).toBeLessThan(200);
  });

  test("reports what is in hand, and that it is over, beside the pause that it keeps to", async () => {
    const gate = startProcess().gateOf("lot-matching");
    await gate.opened(AbortSignal.timeout(10_000));
    const held = Promise.withResolvers<void>();
    const inHand = gate.pass(() => held.promise);
    await expect.poll(rows, WITHIN).toEqual([{ role: "lot-matching", pause_number: null, busy: true }]);
    await pause("lot-matching");
    await expect.poll(rows, WITHIN).toEqual([{ role: "lot-matching", pause_number: 1, busy: true }]);
    held.resolve();
    await inHand;
    await expect.poll(rows, WITHIN).toEqual([{ role: "lot-matching", pause_number: 1, busy: false }]);
    await resume("lot-matching");
    await pause("lot-matching");
    await expect.poll(rows, WITHIN).toEqual([{ role: "lot-matching", pause_number: 2, busy: false }]);
  });

  test("closes when the database has not confirmed it in time, and opens when it does again", async () => {
    const { db, pool } = openDatabase(database.workerUrl, {
      log,
      applicationName: "cut off",
      connectionsMax: 1,
    });
    const control = startConsumerControl(["lot-matching"], {
      database: { db, url: database.workerUrl },
      log,
      leaseMs: 1_500,
    });
    controls.push(control);
    const gate = control.gateOf("lot-matching");
    await gate.opened(AbortSignal.timeout(10_000));
    const heard: boolean[] = [];
    gate.onChange(() => heard.push(gate.isOpen));
    // Its only connection is taken, so that it cannot ask.
    const taken = await pool.connect();
    await expect.poll(() => heard, WITHIN).toEqual([false]);
    expect(gate.pass(() => Promise.resolve())).toBeUndefined();
    taken.release();
    await expect.poll(() => heard, WITHIN).toEqual([false, true]);
    await control.stop();
    await db.destroy();
  });

  test("a process that stops is forgotten at once, one that has died after ten minutes", async () => {
    const control = startProcess();
    await expect.poll(rows, WITHIN).toHaveLength(1);
    await control.stop();
    expect(await rows()).toEqual([]);
    for (const minutes of [9, 11]) {
      await sql`insert into worker_process (id, role, host, pid, seen_at)
        values (${randomUUID()}, 'lot-matching', 'elsewhere', 1,
          clock_timestamp() - make_interval(mins => ${minutes}))`.execute(database.owner);
    }
    expect(await deleteSilentProcesses(database.worker)).toBe(1);
    expect(await rows()).toHaveLength(1);
  });

  test("knows no other role than those of its process", () => {
    const control = startProcess();
    expect(() => control.gateOf("outbox-relay")).toThrow("this process is no outbox-relay");
  });
});
