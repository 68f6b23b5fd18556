/*
 * B14: the outbox relay against a relay of one event at a time, with a real Kafka. Units: events a second.
 *
 *   a   the product's `relayBacklog`: lock and delete a batch of rows, publish, commit; two batches on their way at a time
 *   b   naive/relay-one-event.ts: the same for one event after the other, each a SQL transaction and a request to Kafka
 *
 * Both have the same publisher and wait until Kafka has kept the events. The product's commit does not wait for the
 * disk, since forgetting it means publishing once more; what the product would do in batches of one stands in a line of
 * its own.
 *
 * Every event is of another portfolio, so each becomes a record of its own on both sides: nothing is coalesced. What
 * coalescing would do on top stands in a line of its own. That as many records lie in the topic afterwards as events
 * were announced is checked.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { sql } from "kysely";
import { startKafka } from "#adapters/embedded/kafka-server.ts";
import { connectKafka } from "#adapters/kafka/client.ts";
import { kafkaPublisher } from "#adapters/kafka/publisher.ts";
import { readOutboxDepth } from "#adapters/postgres/outbox-batches.ts";
import { openDatabase, type Db } from "#adapters/postgres/pool.ts";
import { silentLogger as log, type EventPublisher } from "#adapters/ports.ts";
import { TRANSACTION_RECORDED_TOPIC } from "#contracts/events.ts";
import { BATCH_SIZE_MAX, relayBacklog, relayBatch } from "#workers/outbox-relay.ts";
import { servicesDirectory } from "../scripts/services/services.ts";
import { relayOneEvent } from "./naive/relay-one-event.ts";
import { alternate, formatFigure, summarize, type Benchmark, type BenchmarkContext } from "./benchmark.ts";
import { openOwner, startBenchServer } from "./setup/bench-server.ts";

interface Plan {
  readonly batched: number;
  readonly oneByOne: number;
  /** Events that wait when the relay begins. */
  readonly backlogs: readonly number[];
  /** For the line that shows coalescing: how many events each portfolio has in the backlog. */
  readonly eventsEach: number;
}

const FULL: Plan = { batched: 40_000, oneByOne: 400, backlogs: [1_000, 10_000, 100_000], eventsEach: 20 };
const QUICK: Plan = { batched: 2_000, oneByOne: 20, backlogs: [500], eventsEach: 20 };

export const relayAgainstOneByOne: Benchmark = {
  id: "B14",
  name: "outbox relay to Kafka ÷ one event at a time",
  floor: 60,
  goal: 180,
  async run(context) {
    const plan = context.quick ? QUICK : FULL;
    const relay = await openRelay(context, Math.max(plan.batched, ...plan.backlogs));
    const batched = (events: number) => relay.measure({ events, side: "batches" });
    const oneByOne = () => relay.measure({ events: plan.oneByOne, side: "one by one" });
    await batched(plan.batched);
    await oneByOne();
    const rounds = await alternate(context.rounds, {
      a: () => batched(plan.batched),
      b: () => oneByOne(),
    });
    const { a, b, ratio } = summarize(rounds, (round) => round.a / round.b);
    const growth: string[] = [];
    for (const backlog of plan.backlogs) {
      const rate = await batched(backlog);
      growth.push(`with ${backlog.toLocaleString("en-US")} events waiting: ${formatFigure(rate)} events/s`);
    }
    const { eventsEach } = plan;
    const hot = await relay.measure({ events: plan.batched, side: "batches", eventsEach });
    growth.push(
      `with ${eventsEach} events of each portfolio among them, which become fewer records: ${formatFigure(hot)} events/s`,
    );
    const ones = await relay.measure({ events: plan.oneByOne, side: "batches of one" });
    growth.push(`the product's own statements in batches of one: ${formatFigure(ones)} events/s`);
    return {
      a: { what: `batches of ${BATCH_SIZE_MAX.toLocaleString("en-US")}`, value: a, unit: "events/s" },
      b: { what: "one by one", value: b, unit: "events/s" },
      ratio,
      growth,
    };
  },
};

type Side = "batches" | "batches of one" | "one by one";

interface Work {
  readonly events: number;
  readonly side: Side;
  readonly eventsEach?: number;
}

interface Relay {
  /** Relays an outbox of so many events until it is empty. Units: events a second. */
  measure(work: Work): Promise<number>;
}

async function openRelay({ cleanUp, folder, say }: BenchmarkContext, portfolios: number): Promise<Relay> {
  const startingServer = startBenchServer(`${folder}/postgres`);
  cleanUp.defer(() => startingServer.then((running) => running.stop()).catch(() => {}));
  const libsDir = join(servicesDirectory(), "kafka-libs");
  const startingKafka = startKafka({ dir: `${folder}/kafka`, libsDir, log });
  cleanUp.defer(() => startingKafka.then((running) => running.kill9()).catch(() => {}));
  const [server, kafka] = await Promise.all([startingServer, startingKafka]);
  const database = await server.createDatabase("relay");
  const owner = openOwner(database.ownerUrl);
  cleanUp.defer(() => owner.destroy());
  await createPortfolios(owner, portfolios);
  const { db } = openDatabase(database.workerUrl, { log, applicationName: "bench relay" });
  cleanUp.defer(() => db.destroy());
  const publisher = kafkaPublisher({ brokers: kafka.brokers, log });
  cleanUp.defer(() => publisher.close());
  await publisher.ready();
  return {
    async measure(work) {
      await fillOutbox(owner, work);
      const recordsBefore = await countRecords(kafka.brokers);
      const startedAt = performance.now();
      const cpuBefore = process.cpuUsage();
      await relayAll(db, publisher, work.side);
      const ms = performance.now() - startedAt;
      const cpu = process.cpuUsage(cpuBefore);
      const records = (await countRecords(kafka.brokers)) - recordsBefore;
      if ((await readOutboxDepth(db)).waiting !== 0) throw new Error("events were left in the outbox");
      if (work.eventsEach === undefined && records !== work.events) {
        throw new Error(`${work.events} events became ${records} records`);
      }
      const cpuEach = (cpu.user + cpu.system) / work.events;
      say(
        `${work.events} events, ${work.side}: ${ms.toFixed(0)} ms, ${records} records, ` +
          `${formatFigure(cpuEach)} µs of this process each`,
      );
      return (work.events / ms) * 1000;
    },
  };
}

/** Until the outbox is empty. */
async function relayAll(db: Db, publisher: EventPublisher, side: Side): Promise<void> {
  switch (side) {
    case "batches":
      await relayBacklog(db, publisher, { mayGoOn: () => true });
      return;
    case "batches of one":
      while ((await relayBatch(db, publisher, 1)) > 0);
      return;
    case "one by one":
      while (await relayOneEvent(db, publisher));
  }
}

/** Portfolios of one user, in a statement instead of a hundred thousand calls. */
async function createPortfolios(owner: Db, count: number): Promise<void> {
  const userId = randomUUID();
  await sql`insert into app_user (id, email, username, password_hash)
    values (${userId}, 'bench@example.com', 'bench', 'h1$$2b$nobody signs in with this')`.execute(owner);
  await sql`insert into portfolio (id, owner_id, name, description, base_currency, lot_method, allow_short)
    select gen_random_uuid(), ${userId}, 'Bench', '', 'USD', 'fifo', false from generate_series(1, ${count})`.execute(
    owner,
  );
}

/** Announcements as recording writes them, each with the id of its request. The table begins without dead rows. */
async function fillOutbox(owner: Db, { events, eventsEach = 1 }: Work): Promise<void> {
  await sql`truncate outbox`.execute(owner);
  await sql`insert into outbox (portfolio_id, sequence, correlation_id)
    select p.id, n, gen_random_uuid()::text
    from generate_series(1, ${eventsEach}::integer) n
    cross join (select id from portfolio order by id limit ${Math.ceil(events / eventsEach)}) p`.execute(
    owner,
  );
  await sql`vacuum analyze outbox`.execute(owner);
}

async function countRecords(brokers: string): Promise<number> {
  const admin = connectKafka(brokers, log).admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(TRANSACTION_RECORDED_TOPIC);
    return offsets.reduce((sum, { offset }) => sum + Number(offset), 0);
  } finally {
    await admin.disconnect();
  }
}
