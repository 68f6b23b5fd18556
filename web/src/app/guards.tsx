import { Button, Center, Loader, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Navigate, Outlet, useLocation, useSearchParams } from "react-router";
import { session, useSession } from "#web/http/session.ts";
import { safeReturn } from "./safe-return.ts";

/** Only for somebody signed in; everybody else signs in first and comes back here. */
export function SignedIn({ children }: { children: ReactNode }) {
  const current = useSession();
  const { pathname, search, key } = useLocation();
  if (current.status === "restoring") return <Waiting />;
  if (current.status === "unreachable") return <Unreachable />;
  if (current.status === "signed-out") {
    // Whoever signs in after somebody left need not be the same person.
    const back = current.left || pathname === "/" ? "" : `?return=${encodeURIComponent(pathname + search)}`;
    // With a key, since whoever goes back before the sign-in was drawn is at another place and has to be led on again.
    return <Navigate key={key} to={`/sign-in${back}`} replace />;
  }
  return children;
}

/** The sign-in and sign-up pages; somebody signed in goes on to where they wanted to go. */
export function SignedOut() {
  const { status } = useSession();
  const [query] = useSearchParams();
  const { key } = useLocation();
  if (status === "restoring") return <Waiting />;
  if (status === "signed-in") return <Navigate key={key} to={safeReturn(query.get("return"))} replace />;
  return <Outlet />;
}

/** Nothing at all for the first moment: most restores are done before a spinner would be noticed. */
export function Waiting() {
  return (
    <Center mih="100dvh" aria-busy="true">
      <Loader size="sm" aria-label="Starting Lotwise" style={{ animation: "none", opacity: 0.5 }} />
    </Center>
  );
}

function Unreachable() {
  return (
    <Center mih="100dvh" p="md">
      <Stack align="center" ta="center" gap="sm" role="alert">
        <Title order={1}>Lotwise cannot be reached</Title>
        <Text c="dimmed" maw={420}>
          The server does not answer, or this device is offline. Your records are safe.
        </Text>
        <Button onClick={() => void session.restore()}>Try again</Button>
      </Stack>
    </Center>
  );
}
