import fc from "fast-check";
import { Partitioners } from "kafkajs";
import { expect, test } from "vitest";
import { keyPartitioner } from "./partitioner.ts";

const ours = keyPartitioner();
const theirs = Partitioners.DefaultPartitioner();

function choose(partitioner: typeof ours, key: string, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 1,
    replicas: [1],
    isr: [1],
  }));
  return partitioner({ topic: "any", partitionMetadata, message: { key, value: null } });
}

test("a key goes to the partition that kafkajs would choose", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 50 }),
      fc.integer({ min: 1, max: 64 }),
      (key, count) => {
        expect(choose(ours, key, count)).toBe(choose(theirs, key, count));
      },
    ),
    { numRuns: 2_000 },
  );
});

test("portfolios are spread over all partitions", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uuid(), { minLength: 1_000, maxLength: 1_000 }), (ids) => {
      const counts = Map.groupBy(ids, (id) => choose(ours, id, 12));
      expect(counts.size).toBe(12);
    }),
    { numRuns: 10 },
  );
});
