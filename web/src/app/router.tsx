import { lazy, Suspense } from "react";
import { createBrowserRouter, Navigate } from "react-router";
import { PageError } from "./page-error.tsx";
import { sessionTrace } from "#web/http/session-trace.ts";
import { SignedIn, SignedOut, Waiting } from "./guards.tsx";

const loadShell = async () => ({ default: (await import("./shell.tsx")).Shell });
const Shell = lazy(loadShell);
// On the way while the session is still being restored.
if (sessionTrace.mayExist()) void loadShell();

/** Every address of the client. What the first screen does not need is loaded when it is asked for. */
export const router = createBrowserRouter([
  {
    errorElement: <PageError />,
    HydrateFallback: Waiting,
    children: [
      {
        element: <SignedOut />,
        children: [
          {
            path: "/sign-in",
            lazy: async () => ({ Component: (await import("./pages/sign-in-page.tsx")).SignInPage }),
          },
          {
            path: "/sign-up",
            lazy: async () => ({ Component: (await import("./pages/sign-up-page.tsx")).SignUpPage }),
          },
        ],
      },
      {
        element: (
          <SignedIn>
            <Suspense fallback={<Waiting />}>
              <Shell />
            </Suspense>
          </SignedIn>
        ),
        children: [
          {
            errorElement: <PageError />,
            children: [
              { path: "/", element: <Navigate to="/portfolios" replace /> },
              {
                path: "/portfolios",
                lazy: async () => ({
                  Component: (await import("./pages/portfolios-page.tsx")).PortfoliosPage,
                }),
              },
              {
                path: "/portfolios/:portfolioId",
                lazy: async () => ({ Component: (await import("./pages/portfolio-page.tsx")).PortfolioPage }),
                children: [
                  { index: true, element: <Navigate to="positions" replace /> },
                  {
                    path: "positions",
                    lazy: async () => ({
                      Component: (await import("./pages/positions-page.tsx")).PositionsPage,
                    }),
                  },
                  {
                    path: "transactions",
                    lazy: async () => ({
                      Component: (await import("./pages/transactions-page.tsx")).TransactionsPage,
                    }),
                  },
                  {
                    path: "gains",
                    lazy: async () => ({ Component: (await import("./pages/gains-page.tsx")).GainsPage }),
                  },
                  {
                    path: "cash",
                    lazy: async () => ({ Component: (await import("./pages/cash-page.tsx")).CashPage }),
                  },
                  {
                    path: "settings",
                    lazy: async () => ({
                      Component: (await import("./pages/settings-page.tsx")).SettingsPage,
                    }),
                  },
                ],
              },
              {
                path: "*",
                lazy: async () => ({ Component: (await import("./pages/not-found-page.tsx")).NotFoundPage }),
              },
            ],
          },
        ],
      },
    ],
  },
]);
