import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fetchKafkaLibs } from "#adapters/embedded/kafka-libs.ts";
import { runCommand } from "#adapters/embedded/processes.ts";
import { silentLogger } from "#adapters/ports.ts";
import type { Result } from "./result.ts";

const FOLDER = import.meta.dirname;
const KAFKA_LIBS = join(FOLDER, "../.services/kafka-libs");
const RUN_WITHIN_MS = 240_000;
/** What is wrong with a run, apart from how often things happened. */
const NOTHING_WRONG = {
  problems: [],
  missing: [],
  lost: 0,
  doubled: 0,
  gaps: 0,
  disordered: 0,
  wrongSnapshots: 0,
  regressions: 0,
  torn: 0,
  leaks: 0,
  overBudget: 0,
  differences: 0,
  ok: true,
};

/** Runs the command as it is run by hand. Returns its result, and how it ended. */
async function runShort(
  kafka: "real" | "none",
  seed: number,
): Promise<Result & { readonly code: number | null }> {
  const dir = await mkdtemp(join(tmpdir(), "lotwise-short-run-"));
  try {
    const json = join(dir, "result.json");
    const args = ["--plan", "short", "--kafka", kafka, "--seed", String(seed), "--json", json];
    const { code, output } = await runCommand(process.execPath, [join(FOLDER, "main.ts"), ...args], {
      timeoutMs: RUN_WITHIN_MS,
    });
    const text = await readFile(json, "utf8").catch(() => {
      throw new Error(`the run ended with ${code}:\n${output.slice(-4_000)}`);
    });
    return { ...(JSON.parse(text) as Result), code };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

describe("a short fault run", () => {
  test(
    "over Kafka: nothing promised is lost, doubled, wrong or stuck",
    async (context) => {
      await fetchKafkaLibs(KAFKA_LIBS, silentLogger).catch((error: unknown) => {
        if (process.env["CI"] === "true") throw error;
        context.skip(`needs Kafka: ${(error as Error).message}`);
      });
      const result = await runShort("real", 1);
      expect(result).toMatchObject({ ...NOTHING_WRONG, code: 0, kafka: "real" });
      expect(Object.keys(result.faults).length).toBeGreaterThan(35);
    },
    RUN_WITHIN_MS,
  );

  test(
    "on the outbox alone: the same",
    async () => {
      const result = await runShort("none", 2);
      expect(result).toMatchObject({ ...NOTHING_WRONG, code: 0, kafka: "none" });
      expect(Object.keys(result.faults).length).toBeGreaterThan(30);
    },
    RUN_WITHIN_MS,
  );
});
