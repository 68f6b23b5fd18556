import { useQuery } from "@tanstack/react-query";
import { createContext, lazy, Suspense, use, useMemo, useState, type ReactNode } from "react";
import { useMatch, useNavigate } from "react-router";
import type { Transaction } from "#contracts/transactions.ts";
import { portfoliosQuery } from "#web/features/portfolios/api/portfolio-queries.ts";
import type { TransactionValues } from "#web/features/transactions/transaction-form.ts";

const TransactionDrawer = lazy(async () => ({
  default: (await import("#web/features/transactions/components/transaction-drawer.tsx")).TransactionDrawer,
}));

export interface DrawerRequest {
  readonly portfolioId?: string;
  readonly prefill?: Partial<TransactionValues>;
  readonly edit?: Transaction;
}

const DrawerContext = createContext<{ open: (request?: DrawerRequest) => void }>({ open: () => undefined });

/** Opens the transaction drawer from anywhere. */
export const useTransactionDrawer = () => use(DrawerContext);

/** Keeps the one transaction drawer of the page, so that it can be opened from every screen without leaving it. */
export function TransactionDrawerHost({ children }: { children: ReactNode }) {
  const [request, setRequest] = useState<(DrawerRequest & { turn: number }) | undefined>(undefined);
  const [opened, setOpened] = useState(false);
  const here = useMatch("/portfolios/:portfolioId/*")?.params.portfolioId;
  const portfolios = useQuery(portfoliosQuery).data?.items;
  const navigate = useNavigate();
  // Without a portfolio there is nothing to record into: the list shows how to create the first one.
  const nowhere = portfolios?.length === 0;

  const drawer = useMemo(
    () => ({
      open: (wish: DrawerRequest = {}) => {
        if (opened) return;
        if (nowhere) return void navigate("/portfolios?new=1");
        setRequest((last) => ({ ...wish, turn: (last?.turn ?? 0) + 1 }));
        setOpened(true);
      },
    }),
    [opened, nowhere, navigate],
  );

  const active = portfolios?.filter(({ archived, id }) => !archived || id === here) ?? [];
  const portfolioId = request?.edit?.portfolioId ?? request?.portfolioId ?? here ?? active[0]?.id;
  return (
    <DrawerContext value={drawer}>
      {children}
      {request === undefined || portfolioId === undefined ? null : (
        <Suspense>
          <TransactionDrawer
            key={request.turn}
            opened={opened}
            onClose={() => setOpened(false)}
            onClosed={() => setRequest(undefined)}
            portfolios={active}
            portfolioId={portfolioId}
            prefill={request.prefill ?? {}}
            edit={request.edit}
          />
        </Suspense>
      )}
    </DrawerContext>
  );
}
