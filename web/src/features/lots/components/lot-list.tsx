import { Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { LotStory } from "#contracts/explanations.ts";
import { ErrorPanel } from "#web/components/panels.tsx";
import { positionExplanationQuery } from "#web/features/explanations/api/explanation-queries.ts";
import { lotsQuery } from "../api/lot-queries.ts";
import { LotEntry } from "./lot-entry.tsx";
import classes from "./lots.module.css";

interface LotListProps {
  readonly portfolioId: string;
  readonly symbol: string;
  readonly currency: string;
  readonly onExplain: (lotId: string) => void;
}

/** The open lots as a timeline, oldest first. What happened to each on its way follows as soon as it is read. */
export function LotList({ portfolioId, symbol, currency, onExplain }: LotListProps) {
  const lots = useQuery(lotsQuery(portfolioId, symbol));
  const stories = useQuery(positionExplanationQuery(portfolioId, symbol)).data?.lots ?? NONE;
  if (lots.isError)
    return <ErrorPanel error={lots.error} what="the lots" retry={() => void lots.refetch()} />;
  if (lots.isPending) return <LotsSkeleton />;
  if (lots.data.items.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No open lots: everything has been closed.
      </Text>
    );
  }
  const storyOf = new Map(stories.map(({ lot }) => [lot.lotId, lot]));
  return (
    <ol className={classes["timeline"]} aria-label={`Open lots of ${symbol}, oldest first`}>
      {lots.data.items.map((lot) => (
        <LotEntry
          key={lot.id}
          lot={lot}
          story={storyOf.get(lot.id)}
          portfolioId={portfolioId}
          currency={currency}
          onExplain={onExplain}
        />
      ))}
    </ol>
  );
}

const NONE: readonly { readonly lot: LotStory }[] = [];

function LotsSkeleton() {
  return (
    <div role="status" aria-busy="true" aria-label="Loading lots">
      <Skeleton height={84} radius="md" mb="sm" />
      <Skeleton height={84} radius="md" />
    </div>
  );
}
