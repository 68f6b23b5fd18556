import { Alert, Button } from "@mantine/core";
import { IconHelpCircle } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { transactionsQuery } from "../api/transaction-queries.ts";

interface AttentionNoticeProps {
  readonly portfolioId: string;
  readonly onShow: () => void;
}

/** Transactions that wait for their owner are said where the owner looks, not only to whoever filters for them. */
export function AttentionNotice({ portfolioId, onShow }: AttentionNoticeProps) {
  const waiting = useInfiniteQuery(transactionsQuery(portfolioId, { status: "needs-attention" })).data;
  const count = waiting?.pages[0]?.items.length ?? 0;
  if (count === 0) return null;
  const hasMore = typeof waiting?.pages[0]?.nextCursor === "string";
  return (
    <Alert
      role="status"
      color="yellow"
      bg="var(--lw-warn-surface)"
      mb="sm"
      p="sm"
      icon={<IconHelpCircle size={18} aria-hidden />}
      title={titleOf(count, hasMore)}
    >
      {count === 1 ? "It counts" : "They count"} for nothing until you say what is missing.{" "}
      <Button size="compact-xs" variant="default" onClick={onShow}>
        Show them
      </Button>
    </Alert>
  );
}

function titleOf(count: number, hasMore: boolean): string {
  if (count === 1 && !hasMore) return "1 transaction needs your attention";
  return `${hasMore ? `More than ${count}` : count} transactions need your attention`;
}
