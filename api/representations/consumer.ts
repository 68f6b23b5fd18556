import { CONSUMERS, type Consumer as StoredConsumer } from "#adapters/postgres/consumer-control.ts";
import type { Consumer } from "#contracts/operations.ts";
import { Refusal } from "../errors.ts";

export function toConsumer({ name, paused_at, paused_by, reason, ...stored }: StoredConsumer): Consumer {
  return {
    name,
    pause: paused_at === null ? null : { since: paused_at, by: paused_by ?? "", reason: reason ?? "" },
    drained: stored.isDrained,
    processes: stored.processes.map((process) => ({
      id: process.id,
      host: process.host,
      pid: process.pid,
      startedAt: process.started_at,
      seenAt: process.seen_at,
      busySince: process.busy_since,
      paused: process.is_paused,
      silent: process.is_silent,
    })),
  };
}

/** The consumer of this name. Errors: Refusal not-found. */
export function consumerNamed<T extends { readonly name: string }>(list: readonly T[], name: string): T {
  const found = list.find((one) => one.name === name);
  if (found === undefined)
    throw new Refusal("not-found", `There are the consumers ${CONSUMERS.join(" and ")}`);
  return found;
}
