import { Alert, Button } from "@mantine/core";
import { IconPlayerPause } from "@tabler/icons-react";
import { Link } from "react-router";
import type { PortfolioWithTotals } from "#contracts/portfolios.ts";
import { transactionAddress } from "#web/components/transaction-address.ts";
import { useLiveProgress } from "#web/stream/live.ts";

/** Calculation stands still: why, up to where the figures on the screen count, and what its owner can do. */
export function PausedNotice({ portfolio }: { portfolio: PortfolioWithTotals }) {
  const { paused, head, applied } = useLiveProgress(portfolio.id) ?? portfolio.sequence;
  if (paused === undefined) return null;
  const { transactionId, portfolioId, message } = paused;
  const [title, ...sentences] = message.split(/(?<=\.) /);
  return (
    <Alert
      role="status"
      color="yellow"
      bg="var(--lw-warn-surface)"
      my="md"
      p="sm"
      icon={<IconPlayerPause size={18} aria-hidden />}
      title={title}
    >
      {sentences.join(" ")} {waitingText(head - applied)}{" "}
      {transactionId === null ? null : (
        <Button
          size="compact-xs"
          variant="default"
          component={Link}
          to={transactionAddress({ portfolioId, transactionId })}
        >
          Show the transaction
        </Button>
      )}
    </Alert>
  );
}

/** The one to blame is among them, where it is one of this portfolio. */
function waitingText(count: number): string {
  if (count === 0) return "";
  return count === 1 ? "1 entry of the ledger waits." : `${count} entries of the ledger wait.`;
}
