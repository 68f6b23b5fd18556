import { Drawer } from "@mantine/core";
import { useState } from "react";
import type { Portfolio } from "#contracts/portfolios.ts";
import { useFocusReturn } from "#web/components/use-focus-return.ts";
import { CreatePortfolioForm } from "./create-portfolio-form.tsx";

interface CreatePortfolioDrawerProps {
  readonly onCreated: (portfolio: Portfolio) => void;
  readonly onClose: () => void;
}

export function CreatePortfolioDrawer({ onCreated, onClose }: CreatePortfolioDrawerProps) {
  const [opened, setOpened] = useState(true);
  const returnFocus = useFocusReturn();
  const close = () => setOpened(false);
  return (
    <Drawer
      opened={opened}
      onClose={close}
      transitionProps={{
        onExited: () => {
          onClose();
          returnFocus();
        },
      }}
      title="Create a portfolio"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <CreatePortfolioForm onCancel={close} onCreated={onCreated} />
    </Drawer>
  );
}
