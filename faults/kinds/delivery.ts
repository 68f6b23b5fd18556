import { setTimeout as delay } from "node:timers/promises";
import { sql, type RawBuilder } from "kysely";
import { TRANSACTION_RECORDED_TOPIC as TOPIC } from "#contracts/events.ts";
import { countDropped, switchDropping } from "../installation/announcements.ts";
import type { Installation } from "../installation/installation.ts";
import { produce } from "../installation/raw-producer.ts";
import { drawMs, type Draw } from "./fault.ts";

/** Rings bells, past the relays where there is a Kafka. Returns how many. */
async function announce({ owner, kafkaProxy }: Installation, news: RawBuilder<News>): Promise<number> {
  if (kafkaProxy === undefined) {
    const { numAffectedRows } = await sql`insert into outbox (portfolio_id, sequence) ${news}`.execute(owner);
    await sql`select pg_notify('outbox', '')`.execute(owner);
    return Number(numAffectedRows ?? 0n);
  }
  const { rows } = await news.execute(owner);
  for (let start = 0; start < rows.length; start += RECORDS_PER_SEND) {
    await produce(
      `127.0.0.1:${kafkaProxy.port}`,
      TOPIC,
      rows.slice(start, start + RECORDS_PER_SEND).map(({ portfolio_id: portfolioId, sequence }) => ({
        key: portfolioId,
        value: Buffer.from(JSON.stringify({ v: 1, portfolioId, sequence })),
      })),
    );
  }
  return rows.length;
}

interface News {
  readonly portfolio_id: string;
  readonly sequence: number;
}

const RECORDS_PER_SEND = 5_000;

const double: Draw = (choose) => {
  const count = Math.round(choose.between(10, 60));
  return {
    takes: [],
    needs: ["postgres", "kafka"],
    words: `${count}`,
    async run({ installation }) {
      // By the outbox: the relays have them to send a second time.
      const { numAffectedRows } = await sql`
        insert into outbox (portfolio_id, sequence)
        select portfolio_id, head_sequence from ledger_head where head_sequence > 0 order by head_at desc limit ${count}`.execute(
        installation.owner,
      );
      return (numAffectedRows ?? 0n) > 0n ? 1 : 0;
    },
  };
};

const shuffle: Draw = (choose) => {
  const count = Math.round(choose.between(10, 60));
  return {
    takes: [],
    needs: ["postgres", "kafka"],
    words: `${count}`,
    async run({ installation }) {
      const rung = await announce(
        installation,
        sql<News>`
          select portfolio_id, sequence from (
            select portfolio_id, greatest(1, head_sequence + (random() * 20)::integer - 10) as sequence
            from ledger_head order by head_at desc limit ${count}) recent
          order by random()`,
      );
      return rung > 0 ? 1 : 0;
    },
  };
};

const DROP_WITHIN_MS = 4_000;

const drop: Draw = (choose) => {
  const forMs = drawMs(choose, 100, 800);
  return {
    takes: ["dropping"],
    needs: ["postgres"],
    words: `for ${forMs} ms`,
    async run({ installation: { owner } }) {
      const before = await countDropped(owner);
      const began = performance.now();
      let dropped = 0;
      await switchDropping(owner, true);
      while (performance.now() - began < (dropped === 0 ? DROP_WITHIN_MS : forMs)) {
        await delay(50);
        dropped = (await countDropped(owner)) - before;
      }
      await switchDropping(owner, false);
      return dropped > 0 ? 1 : 0;
    },
  };
};

const replay: Draw = () => ({
  takes: ["replay"],
  needs: ["postgres", "kafka"],
  words: "every version of every ledger",
  async run({ installation }) {
    const rung = await announce(
      installation,
      sql<News>`select portfolio_id, sequence from transaction order by random()`,
    );
    return rung > 0 ? 1 : 0;
  },
});

const JOIN_WITHIN_MS = 30_000;

const join: Draw = (choose) => {
  const stayMs = drawMs(choose, 300, 2_500);
  return {
    takes: ["matcher-3"],
    needs: ["kafka", "postgres"],
    words: `for ${stayMs} ms`,
    async run({ installation }) {
      const member = await installation.spareMatcher();
      const { saboteur, kafka } = installation;
      const joined = () =>
        kafka === undefined ? member.traps.seen : (saboteur.answered.get("syncGroup") ?? 0);
      const before = joined();
      member.process.start();
      const deadline = performance.now() + JOIN_WITHIN_MS;
      while (joined() === before && performance.now() < deadline) await delay(50);
      const hasJoined = joined() > before;
      await delay(stayMs);
      const isKilled = await member.process.kill9();
      await installation.dismiss(member);
      return hasJoined && isKilled ? 1 : 0;
    },
  };
};

export const DELIVERY_FAULTS = {
  "F13-double": double,
  "F13-shuffle": shuffle,
  "F13-drop": drop,
  "F13-replay": replay,
  "F14-join": join,
} as const satisfies Record<string, Draw>;
