import { Button } from "@mantine/core";
import { IconMapQuestion } from "@tabler/icons-react";
import { Link } from "react-router";
import { EmptyPanel } from "#web/components/panels.tsx";

export function NotFoundPage() {
  return (
    <EmptyPanel
      icon={<IconMapQuestion size={24} aria-hidden />}
      title="There is nothing here"
      text="The address is wrong, or what it showed was deleted or belongs to somebody else."
      action={
        <Button component={Link} to="/portfolios">
          To your portfolios
        </Button>
      }
    />
  );
}
