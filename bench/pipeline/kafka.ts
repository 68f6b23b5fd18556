import { existsSync } from "node:fs";
import { join } from "node:path";
import { startKafka } from "#adapters/embedded/kafka-server.ts";
import { silentLogger } from "#adapters/ports.ts";
import { servicesDirectory } from "../../scripts/services/services.ts";
import type { BenchmarkContext } from "../benchmark.ts";

export type KafkaOrNot =
  { readonly brokers: string; stop(): Promise<void> } | { readonly impossible: string };

/** A Kafka of the benchmark's own, where Java and the jars are there already. `impossible` says what is missing. */
export async function startKafkaIfPossible({ folder, cleanUp }: BenchmarkContext): Promise<KafkaOrNot> {
  const libsDir = join(servicesDirectory(), "kafka-libs");
  if (!existsSync(libsDir)) {
    return { impossible: `since Apache Kafka is not in ${libsDir}; \`npm run services\` fetches it` };
  }
  try {
    const starting = startKafka({ dir: join(folder, "kafka"), libsDir, log: silentLogger });
    cleanUp.defer(() => starting.then((running) => running.kill9()).catch(() => {}));
    const { brokers, kill9 } = await starting;
    return { brokers, stop: kill9 };
  } catch (error) {
    const { message } = error as Error;
    if (message.includes("needs Java")) return { impossible: `since ${message}` };
    throw error;
  }
}
