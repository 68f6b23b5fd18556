import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fetchKafkaLibs } from "./kafka-libs.ts";
import { freePort, isPortFree, runCommand } from "./processes.ts";
import type { ServerOptions } from "./redis-server.ts";
import { findServerProcess, startServerProcess, type ServerProcess } from "./server-process.ts";

export type RunningKafka = ServerProcess & {
  /** host:port, as KAFKA_BROKERS takes it. */
  readonly brokers: string;
};

/**
 * Starts one Apache Kafka broker in KRaft mode (no ZooKeeper) on 127.0.0.1: broker and controller in one process with
 * at most 512 MB of heap, topics only made when asked for, and every internal topic with a single replica.
 *
 * `libsDir` keeps the jars, so that several instances share them. `advertisedPort` is what clients are told to come to,
 * where a proxy stands in front.
 *
 * Errors: throws when Java or Maven is missing, when the port is taken, and when the broker does not come up.
 */
export async function startKafka(
  options: ServerOptions & { readonly libsDir: string; readonly advertisedPort?: number },
): Promise<RunningKafka> {
  const dir = resolve(options.dir);
  const running = findKafka(dir);
  if (running !== undefined && options.lifetime === "daemon") return running;
  await running?.stop();
  const libs = await fetchKafkaLibs(resolve(options.libsDir), options.log);
  const port = options.port || (await freePort());
  if (!(await isPortFree(port))) {
    throw new Error(`port ${port} of 127.0.0.1 is taken by another program: choose another one for Kafka`);
  }
  await mkdir(dir, { recursive: true });
  const properties = join(dir, "server.properties");
  await writeFile(
    properties,
    propertiesText(join(dir, "data"), {
      port,
      advertisedPort: options.advertisedPort ?? port,
      controllerPort: await freePort(),
    }),
  );
  await formatStorage(libs, dir, properties);
  const logFile = join(dir, "kafka.log");
  const logSize = await stat(logFile).then(
    ({ size }) => size,
    () => 0,
  );
  const server = await startServerProcess({
    name: "Kafka",
    program: "java",
    args: [...javaOptions(libs), "kafka.Kafka", properties],
    cwd: dir,
    port,
    pidFile: join(dir, "kafka.json"),
    logFile,
    lifetime: options.lifetime ?? "parent",
    isReady: () => saysStarted(logFile, logSize),
    readyWithinMs: 90_000,
  });
  options.log.info({ pid: server.pid, port }, "Kafka is ready");
  return { ...server, brokers: brokersOf(port) };
}

/** The Kafka that `startKafka` started with this directory, if it still runs. */
export function findKafka(dir: string): RunningKafka | undefined {
  const server = findServerProcess(join(dir, "kafka.json"));
  return server === undefined ? undefined : { ...server, brokers: brokersOf(server.port) };
}

const brokersOf = (port: number) => `127.0.0.1:${port}`;

function propertiesText(
  dataDir: string,
  { port, advertisedPort, controllerPort }: { port: number; advertisedPort: number; controllerPort: number },
): string {
  const properties = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    "controller.listener.names": "CONTROLLER",
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${advertisedPort}`,
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.dirs": dataDir,
    "auto.create.topics.enable": "false",
    "log.retention.hours": "24",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    // The default of 3 s makes the first consumer of a group wait for others.
    "group.initial.rebalance.delay.ms": "0",
    // After a kill -9 the broker may register again only when its former session is over: 9 s by default.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "400",
    // The default of 128 MB would take a quarter of the heap.
    "log.cleaner.dedupe.buffer.size": "16777216",
    "num.io.threads": "4",
    "num.network.threads": "2",
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

function javaOptions(libs: string): string[] {
  return [
    "-Xms128m",
    "-Xmx512m",
    // A short-lived broker on a small machine gains more from a quick start than from the best compiler and collector.
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-cp",
    join(libs, "*"),
  ];
}

// meta.properties is the last file that formatting writes.
async function formatStorage(libs: string, dir: string, properties: string): Promise<void> {
  const dataDir = join(dir, "data");
  if (existsSync(join(dataDir, "meta.properties"))) return;
  await rm(dataDir, { recursive: true, force: true });
  const id = randomBytes(16);
  id[0] = 1; // so that its text does not begin with "-", which would read as an option
  const clusterId = id.toString("base64url");
  const args = ["kafka.tools.StorageTool", "format", "-t", clusterId, "-c", properties];
  const { code, output } = await runCommand("java", [...javaOptions(libs), ...args], { timeoutMs: 60_000 });
  if (code !== 0) throw new Error(`formatting Kafka's storage failed (${code}): ${output}`);
}

// The broker says so after it has caught up with its own metadata and takes requests, which is later than its port.
async function saysStarted(logFile: string, fromByte: number): Promise<boolean> {
  if (fromByte === 0) return (await readFile(logFile, "utf8")).includes("Kafka Server started");
  const handle = await open(logFile, "r");
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.max(0, size - fromByte));
    await handle.read(buffer, 0, buffer.length, fromByte);
    return buffer.includes("Kafka Server started");
  } finally {
    await handle.close();
  }
}
