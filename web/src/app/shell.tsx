import { ActionIcon, Affix, Button, UnstyledButton } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { Link, Outlet, ScrollRestoration } from "react-router";
import { HotKey, modifierKey } from "#web/components/hot-key.tsx";
import { useNarrow } from "#web/components/use-narrow.ts";
import { AccountMenu } from "#web/features/session/components/account-menu.tsx";
import { useSession } from "#web/http/session.ts";
import { Brand } from "./brand.tsx";
import classes from "./shell.module.css";
import { TransactionDrawerHost, useTransactionDrawer } from "./transaction-drawer-host.tsx";

/** Loaded after the first screen: nothing is announced before somebody did something. */
const Toasts = lazy(async () => ({ default: (await import("./toasts.tsx")).Toasts }));
const CommandPalette = lazy(async () => ({
  default: (await import("./command-palette.tsx")).CommandPalette,
}));

/** The frame of every page behind the sign-in, and what can be done from anywhere: search, record, account. */
export function Shell() {
  return (
    <TransactionDrawerHost>
      <a className={classes["skip"]} href="#main">
        Skip to the content
      </a>
      <TopBar />
      <main id="main" className={classes["main"]}>
        <Outlet />
      </main>
      <ScrollRestoration />
      <Suspense>
        <Toasts />
      </Suspense>
    </TransactionDrawerHost>
  );
}

function TopBar() {
  const session = useSession();
  const drawer = useTransactionDrawer();
  const narrow = useNarrow();
  const [palette, setPalette] = useState<"never" | "closed" | "opened">("never");
  const openPalette = () => setPalette("opened");
  useHotkeys([
    ["mod+k", openPalette],
    ["n", () => drawer.open()],
  ]);
  // The palette also opens from within a field; mod+k writes nothing there.
  useHotkeys([["mod+k", openPalette]], [], true);

  return (
    <header className={classes["bar"]}>
      <div className={classes["barInner"]}>
        <Link to="/portfolios" className={classes["home"]} aria-label="Lotwise: all portfolios">
          <Brand />
        </Link>
        {narrow ? (
          <ActionIcon
            variant="default"
            size={34}
            radius="xl"
            aria-label="Search and commands"
            onClick={openPalette}
            ml="auto"
          >
            <IconSearch size={17} aria-hidden />
          </ActionIcon>
        ) : (
          <UnstyledButton className={classes["search"] ?? ""} onClick={openPalette}>
            <IconSearch size={15} aria-hidden />
            <span>Search or do anything…</span>
            <HotKey keys={`${modifierKey} K`} />
          </UnstyledButton>
        )}
        {narrow ? (
          <Affix position={{ bottom: 20, right: 16 }} zIndex={90}>
            <ActionIcon
              size={54}
              radius="xl"
              aria-label="Record a trade"
              className={classes["float"] ?? ""}
              onClick={() => drawer.open()}
            >
              <IconPlus size={24} aria-hidden />
            </ActionIcon>
          </Affix>
        ) : (
          <Button
            size="sm"
            leftSection={<IconPlus size={16} aria-hidden />}
            aria-keyshortcuts="n"
            title="Press n anywhere"
            onClick={() => drawer.open()}
          >
            Record trade
          </Button>
        )}
        {session.status === "signed-in" ? <AccountMenu user={session.user} /> : null}
      </div>
      {palette === "never" ? null : (
        <Suspense>
          <CommandPalette opened={palette === "opened"} onClose={() => setPalette("closed")} />
        </Suspense>
      )}
    </header>
  );
}
