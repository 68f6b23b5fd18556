import { Skeleton, Stack, Text } from "@mantine/core";
import type { Progress } from "#contracts/portfolios.ts";
import { ErrorPanel } from "#web/components/panels.tsx";
import { ProblemError } from "#web/http/problem-error.ts";

export function ExplanationSkeleton() {
  return (
    <Stack gap="md" role="status" aria-busy="true" aria-label="Loading the explanation">
      <Skeleton height={34} width="45%" />
      <Skeleton height={64} radius="md" />
      <Skeleton height={180} radius="md" />
    </Stack>
  );
}

interface NoExplanationProps {
  readonly error: unknown;
  /** What is to be said when the thing explained is no longer there. */
  readonly gone: string;
  readonly retry: () => void;
}

/** What was there a moment ago may have been edited away; everything else is worth another try. */
export function NoExplanation({ error, gone, retry }: NoExplanationProps) {
  if (isGone(error)) {
    return (
      <Text size="sm" role="alert">
        {gone}
      </Text>
    );
  }
  return <ErrorPanel error={error} what="the explanation" retry={retry} />;
}

/** An answer and no fault: there is no such thing, or no longer. */
export const isGone = (error: unknown) =>
  error instanceof ProblemError && (error.status === 404 || error.status === 400);

/** Said while a newer transaction waits: the explanation is of the figures before it. */
export function StillMatching({ sequence }: { sequence: Progress }) {
  if (sequence.applied >= sequence.head) return null;
  return (
    <Text size="sm" c="var(--lw-warn)" role="status">
      A newer transaction is being matched: this explains the figures before it.
    </Text>
  );
}
