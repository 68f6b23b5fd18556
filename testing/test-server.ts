import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inProcessFanOut } from "#adapters/in-process/fan-out.ts";
import { inProcessQuoteCache } from "#adapters/in-process/quote-cache.ts";
import { silentLogger, type FanOut } from "#adapters/ports.ts";
import { outboxConsumer } from "#adapters/postgres/outbox.ts";
import { quoteLookup } from "#adapters/quotes/look-up.ts";
import { loadSigningKey } from "#adapters/security/jwt-key.ts";
import type { App } from "#api/app.ts";
import type { ApiSettings } from "#api/dependencies.ts";
import { buildServer } from "#api/server.ts";
import { matchAnnounced } from "#workers/handlers/match-announced.ts";
import { openRecorder, type Recorder, type RecorderLimits } from "#use-cases/recorder.ts";
import { startLongTasks } from "#workers/long-tasks.ts";
import { startSchedule } from "#workers/schedule.ts";
import { startSimulatedExchange } from "#workers/simulated-exchange.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

/** The API and its workers in this process, on a database of their own. */
export interface TestServer {
  readonly app: App;
  readonly database: TestDatabase;
  readonly fanOut: FanOut;
  readonly recorder: Recorder;
  /** Listening on a free port of 127.0.0.1. */
  readonly baseUrl: string;
  readonly wsUrl: string;
  close(): Promise<void>;
}

export async function startTestServer(
  options: {
    matching?: boolean;
    ticking?: boolean;
    settings?: Partial<ApiSettings>;
    recorder?: Partial<RecorderLimits>;
    /** Of somebody else's, who drops it: for several servers on one. */
    database?: TestDatabase;
    fanOut?: FanOut;
  } = {},
): Promise<TestServer> {
  const database = options.database ?? (await createTestDatabase());
  const log = silentLogger;
  const fanOut = options.fanOut ?? inProcessFanOut({ log });
  const cache = inProcessQuoteCache({ ttlSeconds: 60 });
  const recorder = openRecorder(database.api, options.recorder);
  const keyFile = join(await mkdtemp(join(tmpdir(), "lotwise-test-")), "jwt-key.pem");
  const app = await buildServer({
    dependencies: {
      db: database.api,
      operatorDb: database.operator,
      recorder,
      fanOut,
      quotes: quoteLookup(cache, { seed: 1, now: Date.now }),
      now: Date.now,
    },
    settings: {
      production: false,
      bcryptCost: 4,
      signingKey: await loadSigningKey(keyFile),
      allowedOrigins: [],
      trustProxy: 0,
      demo: undefined,
      webFolder: undefined,
      ...options.settings,
    },
    log: false,
  });
  const long = startLongTasks({ url: database.workerUrl, log });
  const matcher = { db: database.worker, fanOut, log, long };
  const schedule = { url: database.workerUrl, reconcileEverySeconds: 0 };
  const consumer = outboxConsumer({ db: database.worker, url: database.workerUrl, log });
  const workers = options.matching === false ? [] : [consumer, ...startSchedule(matcher, schedule), long];
  if (options.matching !== false) await consumer.start(matchAnnounced(matcher));
  if (options.ticking !== false) {
    workers.push(
      ...startSimulatedExchange({ db: database.worker, cache, fanOut, log, seed: 1, tickMs: 100 }),
    );
  }
  const baseUrl = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    app,
    database,
    fanOut,
    recorder,
    baseUrl,
    wsUrl: baseUrl.replace("http", "ws"),
    async close() {
      await app.close();
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all([fanOut.close(), cache.close()]);
      if (options.database === undefined) await database.drop();
    },
  };
}
