import { Button, Group, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useNavigate, useSearchParams } from "react-router";
import type { PortfolioWithTotals } from "#contracts/portfolios.ts";
import { ConnectionChip, isOutOfTouch } from "#web/components/connection-chip.tsx";
import { ErrorPanel } from "#web/components/panels.tsx";
import { portfoliosQuery } from "#web/features/portfolios/api/portfolio-queries.ts";
import { AllTotals } from "#web/features/portfolios/components/all-totals.tsx";
import { FirstRun } from "#web/features/portfolios/components/first-run.tsx";
import { PortfolioCard } from "#web/features/portfolios/components/portfolio-card.tsx";
import cardClasses from "#web/features/portfolios/components/portfolios.module.css";
import { PortfoliosSkeleton } from "#web/features/portfolios/components/portfolios-skeleton.tsx";
import { useConnectionState, useLiveSubscription } from "#web/stream/live.ts";
import { useTitle } from "../use-title.ts";

const CreatePortfolioDrawer = lazy(async () => ({
  default: (await import("#web/features/portfolios/components/create-portfolio-drawer.tsx"))
    .CreatePortfolioDrawer,
}));

/** The rest show the figures of the last read: the server takes 20 messages a second, and each one here is a message. */
const LIVE_MAX = 12;
const REREAD_EVERY_MS = 30_000;

export function PortfoliosPage() {
  useTitle("Portfolios");
  const navigate = useNavigate();
  const [query, setQuery] = useSearchParams();
  const portfolios = useQuery({ ...portfoliosQuery, refetchInterval: REREAD_EVERY_MS });
  const create = () => setQuery({ new: "1" });
  const close = () => setQuery({}, { replace: true });

  return (
    <>
      {portfolios.isPending ? <PortfoliosSkeleton /> : null}
      {portfolios.isError && portfolios.data === undefined ? (
        <ErrorPanel error={portfolios.error} what="your portfolios" retry={() => void portfolios.refetch()} />
      ) : null}
      {portfolios.data?.items.length === 0 ? <FirstRun onCreate={create} /> : null}
      {portfolios.data !== undefined && portfolios.data.items.length > 0 ? (
        <Overview portfolios={portfolios.data.items} onCreate={create} />
      ) : null}
      <Suspense>
        {query.has("new") ? (
          <CreatePortfolioDrawer
            onClose={close}
            onCreated={({ id }) => void navigate(`/portfolios/${id}/positions`, { replace: true })}
          />
        ) : null}
      </Suspense>
    </>
  );
}

function Overview({
  portfolios,
  onCreate,
}: {
  portfolios: readonly PortfolioWithTotals[];
  onCreate: () => void;
}) {
  const active = portfolios.filter(({ archived }) => !archived);
  const archived = portfolios.filter((portfolio) => portfolio.archived);
  useLiveSubscription(active.slice(0, LIVE_MAX).map(({ id }) => id));
  const connection = useConnectionState();
  const dimmed = isOutOfTouch(connection);
  return (
    <>
      <Group justify="space-between" mb="md">
        <Group gap="sm">
          <Title order={1}>Portfolios</Title>
          <ConnectionChip state={connection} />
        </Group>
        <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={onCreate}>
          New portfolio
        </Button>
      </Group>
      <AllTotals portfolios={active} dimmed={dimmed} />
      <Cards portfolios={active} dimmed={dimmed} />
      {archived.length > 0 ? (
        <>
          <Title order={2} mt="xl" mb="sm">
            Archived
          </Title>
          <Cards portfolios={archived} dimmed={false} />
        </>
      ) : null}
    </>
  );
}

function Cards({ portfolios, dimmed }: { portfolios: readonly PortfolioWithTotals[]; dimmed: boolean }) {
  return (
    <div className={cardClasses["grid"]}>
      {portfolios.map((portfolio) => (
        <PortfolioCard key={portfolio.id} portfolio={portfolio} dimmed={dimmed} />
      ))}
    </div>
  );
}
