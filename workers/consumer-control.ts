import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { OpenedDatabase } from "#adapters/compose.ts";
import { Bell, listen } from "#adapters/postgres/notifications.ts";
import { forgetProcess, reportProcess } from "#adapters/postgres/worker-processes.ts";
import type { Gate, Logger } from "#adapters/ports.ts";
import { ControlledGate } from "./controlled-gate.ts";

/** Units: milliseconds. NOTIFY brings an operator's word at once; this makes good what a lost one leaves. */
const REPORT_EVERY_MS = 1_000;

/**
 * Does what operators say: holds the consumers of this process while they are paused, and reports what the process is
 * doing, so that whoever paused them sees when nothing is in hand any more.
 */
export interface ConsumerControl {
  /** Closed until what the operators want is known. Errors: throws when the role is none of this process. */
  gateOf(role: string): Gate;
  /** No work is taken up any more. What is in hand is still reported. */
  closeGates(): void;
  stop(): Promise<void>;
}

export function startConsumerControl(
  roles: readonly string[],
  options: { database: Pick<OpenedDatabase, "db" | "url">; log: Logger; leaseMs?: number },
): ConsumerControl {
  const { database, log } = options;
  const identity = { id: randomUUID(), host: hostname(), pid: process.pid };
  const stopping = new AbortController();
  const bell = new Bell();
  const onIdle = () => bell.ring();
  const gates = new Map(
    roles.map((role) => [role, new ControlledGate({ onIdle, leaseMs: options.leaseMs })]),
  );

  const report = async () => {
    const reports = [...gates].map(([role, { pauseNumber, busyForMs }]) => ({
      role,
      pauseNumber,
      busyForMs,
    }));
    const pauses = await reportProcess(database.db, identity, reports);
    for (const [role, gate] of gates) {
      const before = gate.pauseNumber;
      const now = pauses.get(role);
      gate.set(now);
      if (now === before) continue;
      log.info({ role }, now === undefined ? "an operator lets it go on" : "paused by an operator");
      // What has been reported is no longer so.
      bell.ring();
    }
  };

  const run = async () => {
    while (!stopping.signal.aborted) {
      try {
        await report();
      } catch (error) {
        log.warn({ err: error }, "what operators want could not be read");
        for (const gate of gates.values()) gate.tell();
      }
      await bell.wait(REPORT_EVERY_MS);
    }
    await forgetProcess(database.db, identity.id).catch(() => {});
  };

  const running = Promise.all([
    run(),
    listen({
      url: database.url,
      channel: "consumer_control",
      log,
      signal: stopping.signal,
      onNews: () => bell.ring(),
    }),
  ]);
  return {
    gateOf(role) {
      const gate = gates.get(role);
      if (gate === undefined) throw new Error(`this process is no ${role}`);
      return gate;
    },
    closeGates() {
      for (const gate of gates.values()) gate.closeForGood();
    },
    async stop() {
      stopping.abort();
      bell.ring();
      await running;
    },
  };
}
