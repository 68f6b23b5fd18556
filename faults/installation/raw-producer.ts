import { connectKafka, within } from "#adapters/kafka/client.ts";
import { silentLogger as log } from "#adapters/ports.ts";

/** A record as nobody of ours would write it. */
export interface RawRecord {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
}

const WITHIN_MS = 10_000;

/** Puts records into a topic. Errors: rejects when the broker did not take them all. */
export async function produce(brokers: string, topic: string, records: readonly RawRecord[]): Promise<void> {
  const producer = connectKafka(brokers, log).producer({ allowAutoTopicCreation: false });
  try {
    await within(producer.connect(), WITHIN_MS, "connecting");
    await within(
      producer.send({ topic, messages: records.map((record) => ({ ...record })) }),
      WITHIN_MS,
      "producing",
    );
  } finally {
    await within(producer.disconnect(), WITHIN_MS, "disconnecting").catch(() => {});
  }
}
