import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { v7 as uuidv7 } from "uuid";
import type { Transaction } from "#contracts/transactions.ts";
import { editTransaction, recordTransaction } from "./api/transaction-queries.ts";
import { refreshTouched } from "./refresh-touched.ts";
import type { TransactionValues } from "./transaction-form.ts";
import { toEdit, toInput, type RecordOptions } from "./transaction-wire.ts";

export interface Submission extends Omit<RecordOptions, "id"> {
  readonly values: TransactionValues;
  /** The transaction being edited; undefined records a new one. */
  readonly original: Transaction | undefined;
}

/**
 * Records or edits, so that a retry never records twice.
 *
 * The id stays the same until the server has accepted the transaction: when an answer is lost on the way, trying again
 * names the same transaction. The idempotency key stays the same while the content does; other content is another request.
 */
export function useSubmission(onRecorded: (transaction: Transaction) => void) {
  const client = useQueryClient();
  const id = useRef<string>(uuidv7());
  const attempt = useRef<{ content: string; key: string } | undefined>(undefined);

  return useMutation({
    mutationFn: ({ values, original, ...options }: Submission) => {
      if (original !== undefined) return editTransaction(original.id, toEdit(values, original, options));
      const input = toInput(values, { ...options, id: id.current });
      const content = JSON.stringify(input);
      if (attempt.current?.content !== content) attempt.current = { content, key: uuidv7() };
      return recordTransaction(input, attempt.current.key);
    },
    onSuccess: (transaction, { original }) => {
      id.current = uuidv7();
      attempt.current = undefined;
      void refreshTouched(client, transaction, original);
      onRecorded(transaction);
    },
  });
}
