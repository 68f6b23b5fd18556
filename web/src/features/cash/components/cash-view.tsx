import { Anchor, Button, NativeSelect, Skeleton } from "@mantine/core";
import { IconCoins } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { EmptyPanel, ErrorPanel, Panel } from "#web/components/panels.tsx";
import { cashQuery } from "../api/cash-queries.ts";
import { CashBalances } from "./cash-balances.tsx";
import { CashEntries } from "./cash-entries.tsx";
import classes from "./cash.module.css";

interface CashViewProps {
  readonly portfolioId: string;
  readonly currency: string | undefined;
  readonly onCurrency: (currency: string | undefined) => void;
  /** The button that records a first deposit. */
  readonly deposit: ReactNode;
}

/** The money of a portfolio: what there is of each currency, and every movement. */
export function CashView({ portfolioId, currency, onCurrency, deposit }: CashViewProps) {
  const cash = useQuery(cashQuery(portfolioId));
  const { data } = cash;
  if (data === undefined) {
    if (cash.isError)
      return <ErrorPanel error={cash.error} what="the cash" retry={() => void cash.refetch()} />;
    return <Skeleton height={180} radius="lg" role="status" aria-busy="true" aria-label="Loading cash" />;
  }
  const { items, tracked } = data;
  const settings = `/portfolios/${portfolioId}/settings`;
  if (items.length === 0) return tracked ? <NoCash deposit={deposit} /> : <NotTracked settings={settings} />;
  return (
    <>
      {tracked ? null : (
        <div className={classes["notice"]}>
          Cash is not tracked here: trades and what instruments pay move none.{" "}
          <Anchor component={Link} to={settings} size="sm" underline="always">
            Change it in the settings
          </Anchor>
        </div>
      )}
      <CashBalances items={items} />
      <Panel>
        {items.length > 1 ? (
          <div className={classes["filter"]}>
            <NativeSelect
              size="xs"
              w={150}
              aria-label="Currency"
              value={currency ?? ""}
              data={[{ value: "", label: "All currencies" }, ...items.map(({ currency: code }) => code)]}
              onChange={({ currentTarget: { value } }) => onCurrency(value === "" ? undefined : value)}
            />
          </div>
        ) : null}
        <CashEntries
          portfolioId={portfolioId}
          currency={items.some(({ currency: code }) => code === currency) ? currency : undefined}
        />
      </Panel>
    </>
  );
}

const NoCash = ({ deposit }: { deposit: ReactNode }) => (
  <EmptyPanel
    icon={<IconCoins size={24} aria-hidden />}
    title="No cash yet"
    text="What you deposit, and every trade from then on, appears here with the balance after it."
    action={deposit}
  />
);

const NotTracked = ({ settings }: { settings: string }) => (
  <EmptyPanel
    icon={<IconCoins size={24} aria-hidden />}
    title="Cash is not tracked"
    text="Trades and what instruments pay move no cash in this portfolio. Turn it on and the balance of each currency is kept with every transaction, the earlier ones too."
    action={
      <Button component={Link} to={settings} variant="default">
        To the settings
      </Button>
    }
  />
);
