import { Choose } from "#testing/random-ledger.ts";
import { generator } from "#testing/simple-engine/random-history.ts";
import type { FaultKind } from "../plan/kinds.ts";
import { CUSTOMER_FAULTS } from "./customers.ts";
import { DELIVERY_FAULTS } from "./delivery.ts";
import type { Cast, Draw, Fault } from "./fault.ts";
import { KAFKA_FAULTS } from "./kafka.ts";
import { NETWORK_FAULTS } from "./network.ts";
import { POSTGRES_FAULTS } from "./postgres.ts";
import { PROCESS_FAULTS } from "./processes.ts";
import { REDIS_FAULTS } from "./redis.ts";

/** All kinds but the embedded one, which has a stage of its own. */
export type StagedKind = Exclude<FaultKind, "F24-embedded">;

const DRAWS: Readonly<Record<StagedKind, Draw>> = {
  ...PROCESS_FAULTS,
  ...NETWORK_FAULTS,
  ...POSTGRES_FAULTS,
  ...REDIS_FAULTS,
  ...KAFKA_FAULTS,
  ...DELIVERY_FAULTS,
  ...CUSTOMER_FAULTS,
};

export interface DrawnFault extends Fault {
  readonly kind: StagedKind;
}

/** Decides upon as many faults of each kind as are asked for, in an order: the same seed decides the same. */
export function drawFaults(
  counts: Readonly<Partial<Record<FaultKind, number>>>,
  options: { seed: number; cast: Cast },
): DrawnFault[] {
  const random = generator(options.seed);
  const choose = new Choose(random);
  const faults = Object.entries(counts).flatMap(([name, count]) => {
    const kind = name as FaultKind;
    if (kind === "F24-embedded") return [];
    return Array.from({ length: count }, () => ({ kind, ...DRAWS[kind](choose, options.cast) }));
  });
  return faults
    .map((fault) => ({ fault, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ fault }) => fault);
}
