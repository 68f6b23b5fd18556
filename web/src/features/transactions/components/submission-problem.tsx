import { Alert, Button, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { Transaction } from "#contracts/transactions.ts";
import { explain, ProblemError, UNREACHABLE } from "#web/http/problem-error.ts";
import { getTransaction } from "../api/transaction-queries.ts";
import type { PlacedFaults } from "../placed-faults.ts";

interface SubmissionProblemProps {
  readonly error: Error | null;
  readonly faults: PlacedFaults;
  readonly original: Transaction | undefined;
  readonly onReload: (transaction: Transaction) => void;
}

/** A failed attempt, where no single field is to blame: what happened, what is safe, what to do. */
export function SubmissionProblem({ error, faults, original, onReload }: SubmissionProblemProps) {
  const reload = useMutation({ mutationFn: getTransaction, onSuccess: onReload });
  if (error === null) return null;
  const code = error instanceof ProblemError ? error.code : undefined;

  if (code === "version-conflict" && original !== undefined) {
    return (
      <Alert
        color="yellow"
        bg="var(--lw-warn-surface)"
        role="alert"
        title="This transaction was changed meanwhile"
      >
        <Text size="sm" mb="xs">
          Somebody, or another window of yours, saved a newer version. Yours was not saved.
        </Text>
        <Button
          size="xs"
          variant="default"
          loading={reload.isPending}
          onClick={() => reload.mutate(original.id)}
        >
          Show the newer version
        </Button>
      </Alert>
    );
  }
  const isToldAtFields = Object.keys(faults.atFields).length > 0 && faults.elsewhere.length === 0;
  if (isToldAtFields) return null;
  return (
    <Alert color="red" role="alert" title="Not recorded">
      {code === UNREACHABLE
        ? "Lotwise cannot be reached. What you entered is kept; trying again is safe and records it only once."
        : explain(error)}
      {faults.elsewhere.length === 0 ? null : (
        <ul>
          {faults.elsewhere.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      )}
    </Alert>
  );
}
