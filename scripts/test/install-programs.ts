import { existsSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fetchKafkaLibs } from "#adapters/embedded/kafka-libs.ts";
import { silentLogger } from "#adapters/ports.ts";
import { ROOT, runCommand } from "./run-command.ts";

type SystemProgram = {
  readonly anyOf: readonly string[];
  readonly debianPackage: string;
};

/** What the tests need besides npm's packages. PostgreSQL comes from npm. */
const SYSTEM_PROGRAMS: readonly SystemProgram[] = [
  { anyOf: ["redis-server"], debianPackage: "redis-server" },
  { anyOf: ["chromium", "chromium-browser", "google-chrome"], debianPackage: "chromium" },
  { anyOf: ["java"], debianPackage: "openjdk-17-jre-headless" },
  { anyOf: ["mvn"], debianPackage: "maven" },
];

const KAFKA_LIBS = join(ROOT, ".services/kafka-libs");

/**
 * Installs what is missing of the programs that tests start, where it can: as root on Debian and its like.
 *
 * Shape: one sentence for each thing that could not be had; empty when all is there.
 * Errors: none. The tests that need what is missing say so themselves.
 */
export async function installPrograms(): Promise<readonly string[]> {
  const problems = await installSystemPrograms();
  try {
    await fetchKafkaLibs(KAFKA_LIBS, silentLogger);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  return problems;
}

async function installSystemPrograms(): Promise<string[]> {
  const missing = SYSTEM_PROGRAMS.filter((program) => !program.anyOf.some(isOnPath));
  if (missing.length === 0) return [];
  const packages = missing.map((program) => program.debianPackage);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !isOnPath("apt-get") || !existsSync("/etc/debian_version")) {
    return [`missing here: ${packages.join(", ")}; install them with the packages of your system`];
  }
  console.log(`Installing ${packages.join(", ")}…`);
  const output = await aptInstall(packages);
  const stillMissing = missing.filter((program) => !program.anyOf.some(isOnPath));
  return stillMissing.map((program) => `apt-get could not install ${program.debianPackage}: ${output}`);
}

// A package with a server in it would start that server for the whole system, unless this file, Debian's way of
// saying no, forbids it.
const SERVICE_POLICY = "/usr/sbin/policy-rc.d";

async function aptInstall(packages: readonly string[]): Promise<string> {
  const isOurs = !existsSync(SERVICE_POLICY);
  if (isOurs) writeFileSync(SERVICE_POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await runCommand({ program: "apt-get", args: ["update"], env, output: "keep" });
    const args = ["install", "-y", "--no-install-recommends", ...packages];
    const installed = await runCommand({ program: "apt-get", args, env, output: "keep" });
    return installed.output.slice(-1000);
  } finally {
    if (isOurs) rmSync(SERVICE_POLICY, { force: true });
  }
}

function isOnPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}
