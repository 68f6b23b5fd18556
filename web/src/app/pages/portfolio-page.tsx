import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Outlet, useLocation, useNavigate, useOutletContext, useParams } from "react-router";
import type { PortfolioWithTotals } from "#contracts/portfolios.ts";
import { ErrorPanel } from "#web/components/panels.tsx";
import { PausedNotice } from "#web/features/portfolio/components/paused-notice.tsx";
import {
  PortfolioHeader,
  PortfolioHeaderSkeleton,
} from "#web/features/portfolio/components/portfolio-header.tsx";
import { portfolioQuery } from "#web/features/portfolios/api/portfolio-queries.ts";
import { ProblemError } from "#web/http/problem-error.ts";
import { useLiveSubscription } from "#web/stream/live.ts";
import classes from "../shell.module.css";
import { useTitle } from "../use-title.ts";
import { NotFoundPage } from "./not-found-page.tsx";

const TABS = [
  { path: "positions", label: "Positions" },
  { path: "transactions", label: "Transactions" },
  { path: "gains", label: "Gains" },
  { path: "cash", label: "Cash" },
  { path: "settings", label: "Settings" },
] as const;

/** One portfolio: its header above, one of its tabs below. */
export function PortfolioPage() {
  const { portfolioId = "" } = useParams();
  useLiveSubscription([portfolioId]);
  const portfolio = useQuery(portfolioQuery(portfolioId));
  useTitle(portfolio.data?.name ?? "Portfolio");

  if (portfolio.data === undefined) {
    if (portfolio.error instanceof ProblemError && [400, 403, 404].includes(portfolio.error.status)) {
      return <NotFoundPage />;
    }
    if (portfolio.isError) {
      return (
        <ErrorPanel error={portfolio.error} what="this portfolio" retry={() => void portfolio.refetch()} />
      );
    }
    return <PortfolioHeaderSkeleton />;
  }
  return (
    <>
      <PortfolioHeader portfolio={portfolio.data} actions={null} />
      <PausedNotice portfolio={portfolio.data} />
      <PortfolioTabs portfolio={portfolio.data} />
    </>
  );
}

function PortfolioTabs({ portfolio }: { portfolio: PortfolioWithTotals }) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const list = useRef<HTMLDivElement>(null);
  const active = TABS.find(({ path }) => pathname.endsWith(`/${path}`))?.path ?? "positions";
  useEffect(() => bringTabIntoSight(list.current, active), [active]);
  return (
    <Tabs
      value={active}
      onChange={(path) => void navigate(`/portfolios/${portfolio.id}/${path}`, { preventScrollReset: true })}
      className={classes["tabs"] ?? ""}
      keepMounted={false}
    >
      <Tabs.List mb="md" className={classes["tabList"] ?? ""} ref={list}>
        {TABS.map(({ path, label }) => (
          <Tabs.Tab key={path} value={path} data-path={path}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={active}>
        <Outlet context={portfolio} />
      </Tabs.Panel>
    </Tabs>
  );
}

/** Where the tabs are wider than the screen. Only sideways: the page itself stays where it is. */
function bringTabIntoSight(list: HTMLElement | null, path: string) {
  const tab = list?.querySelector<HTMLElement>(`[data-path="${path}"]`);
  if (list === null || tab === null || tab === undefined) return;
  const [frame, place] = [list.getBoundingClientRect(), tab.getBoundingClientRect()];
  if (place.right > frame.right) list.scrollBy(place.right - frame.right, 0);
  if (place.left < frame.left) list.scrollBy(place.left - frame.left, 0);
}

/** The portfolio of the page around; every tab has one. */
export const usePortfolio = () => useOutletContext<PortfolioWithTotals>();
