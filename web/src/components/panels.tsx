import { Button, Group, Paper, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconAlertTriangle, IconRefresh } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { explain } from "#web/http/problem-error.ts";
import classes from "./panels.module.css";

export function Panel({ children, className }: { children: ReactNode; className?: string }) {
  return <Paper className={`${classes["panel"]} ${className ?? ""}`}>{children}</Paper>;
}

interface EmptyPanelProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  readonly action?: ReactNode;
}

/** Nothing here yet, and the one next step. */
export function EmptyPanel({ icon, title, text, action }: EmptyPanelProps) {
  return (
    <Panel>
      <Stack align="center" gap="sm" py={48} px="md" ta="center">
        <ThemeIcon size={48} radius="xl" variant="light">
          {icon}
        </ThemeIcon>
        <Title order={2}>{title}</Title>
        <Text c="dimmed" size="sm" maw={420}>
          {text}
        </Text>
        {action}
      </Stack>
    </Panel>
  );
}

interface ErrorPanelProps {
  readonly error: unknown;
  /** What could not be shown: "the positions". */
  readonly what: string;
  readonly retry: () => void;
}

/** What happened, what is safe, and another try. */
export function ErrorPanel({ error, what, retry }: ErrorPanelProps) {
  return (
    <Panel>
      <Group role="alert" p="lg" gap="md" align="flex-start" wrap="nowrap">
        <ThemeIcon size={36} radius="xl" variant="light" color="red">
          <IconAlertTriangle size={20} aria-hidden />
        </ThemeIcon>
        <Stack gap="xs" align="flex-start">
          <Title order={2}>Could not load {what}</Title>
          <Text size="sm" c="dimmed">
            {explain(error)} Your recorded transactions are safe.
          </Text>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconRefresh size={14} aria-hidden />}
            onClick={retry}
          >
            Try again
          </Button>
        </Stack>
      </Group>
    </Panel>
  );
}
