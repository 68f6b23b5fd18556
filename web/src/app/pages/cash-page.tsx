import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useAddress } from "#web/components/use-address.ts";
import { CashView } from "#web/features/cash/components/cash-view.tsx";
import { useTransactionDrawer } from "../transaction-drawer-host.tsx";
import { usePortfolio } from "./portfolio-page.tsx";

/** Cash by currency; which one is shown is in the address. */
export function CashPage() {
  const { id: portfolioId } = usePortfolio();
  const drawer = useTransactionDrawer();
  const [query, change] = useAddress();
  return (
    <CashView
      portfolioId={portfolioId}
      currency={query.get("currency") ?? undefined}
      onCurrency={(currency) => change({ currency: currency ?? null })}
      deposit={
        <Button
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => drawer.open({ portfolioId, prefill: { type: "deposit" } })}
        >
          Record a deposit
        </Button>
      }
    />
  );
}
