import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Logger } from "../ports.ts";
import { runCommand } from "./processes.ts";

const POM = resolve(import.meta.dirname, "../../scripts/services/kafka/pom.xml");
const JAVA_VERSION_MIN = 17;

/**
 * Fetches the jars of the Apache Kafka broker named in scripts/services/kafka/pom.xml with Maven (45 MB) into `dir`,
 * unless they are there already. Several processes may ask at once.
 *
 * Errors: throws when Java 17 or Maven is missing, or when Maven cannot reach its repository.
 */
export async function fetchKafkaLibs(dir: string, log: Logger): Promise<string> {
  await checkJava();
  const wanted = createHash("sha256")
    .update(await readFile(POM))
    .digest("hex");
  const marker = join(dir, "complete");
  const isComplete = async () => (await readFile(marker, "utf8").catch(() => "")) === wanted;
  if (await isComplete()) return dir;
  log.info({ dir }, "fetching Apache Kafka with Maven");
  await mkdir(dirname(dir), { recursive: true });
  const half = `${dir}.half-${randomBytes(4).toString("hex")}`;
  const args = ["-q", "-B", "-f", POM, "dependency:copy-dependencies", `-DoutputDirectory=${half}`];
  const fetched = await runCommand("mvn", args, { timeoutMs: 600_000 });
  if (fetched.code !== 0) {
    await rm(half, { recursive: true, force: true });
    const hint = fetched.code === 127 ? "is Maven installed? Debian: apt-get install maven" : "";
    throw new Error(
      `Maven could not fetch Apache Kafka (${fetched.code}) ${hint}\n${fetched.output.slice(-2000)}`,
    );
  }
  await writeFile(join(half, "complete"), wanted);
  if (!(await isComplete())) {
    await rm(dir, { recursive: true, force: true });
    await rename(half, dir).catch(() => {}); // another process was quicker
  }
  await rm(half, { recursive: true, force: true });
  if (!(await isComplete())) throw new Error(`${dir} could not be put in place`);
  return dir;
}

async function checkJava(): Promise<void> {
  const { code, output } = await runCommand("java", ["-version"]);
  const version = Number(/version "(\d+)/.exec(output)?.[1] ?? 0);
  if (code === 0 && version >= JAVA_VERSION_MIN) return;
  const found = code === 0 ? `Java ${version}` : "none";
  throw new Error(`Apache Kafka needs Java ${JAVA_VERSION_MIN} or later on the PATH (found: ${found})`);
}
