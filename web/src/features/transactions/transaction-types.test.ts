import { expect, test } from "vitest";
import { TRANSACTION_TYPES } from "#contracts/transaction-fields.ts";
import { TYPE_GROUPS } from "./transaction-types.ts";

test("every type is offered, and in one group only", () => {
  const offered = TYPE_GROUPS.flatMap(({ types }) => types);
  expect(offered.toSorted()).toEqual([...TRANSACTION_TYPES].toSorted());
});
