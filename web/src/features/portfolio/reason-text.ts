import type { Transaction } from "#contracts/transactions.ts";

/** Why a transaction would not count, in words. The page passes it in: the words belong to another feature. */
export type ReasonText = (outcome: Pick<Transaction, "type" | "reason">) => string;
