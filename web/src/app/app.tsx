import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useEffect } from "react";
import { RouterProvider } from "react-router/dom";
import { useCopyExact } from "#web/components/copy-exact.ts";
import { isPassing } from "#web/http/send.ts";
import { session } from "#web/http/session.ts";
import { keepQueriesCurrent } from "./keep-queries-current.ts";
import { router } from "./router.tsx";
import { cssVariables, theme } from "./theme.ts";

const RETRIES_MAX = 3;

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < RETRIES_MAX && isPassing(error),
    },
    // A repeated write is the user's decision; the forms make it a safe one.
    mutations: { retry: false },
  },
});

export function App() {
  useCopyExact();
  useEffect(() => keepQueriesCurrent(queryClient), []);
  useEffect(
    () =>
      session.subscribe(() => {
        // The next person at this screen must find nothing of the last one.
        if (session.snapshot().status === "signed-out") queryClient.clear();
      }),
    [],
  );
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
