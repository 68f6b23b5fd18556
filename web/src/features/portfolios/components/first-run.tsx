import { Button, Stack, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Panel } from "#web/components/panels.tsx";
import classes from "./portfolios.module.css";

const STEPS = [
  { title: "Create a portfolio", text: "A name and a currency are enough." },
  { title: "Record your trades", text: "What you bought and sold, at what price, and when." },
  { title: "Watch every lot", text: "Live gains, and for each the lots and the arithmetic behind it." },
];

/** The empty list of somebody who has just signed up: what comes, in three steps, and the first of them. */
export function FirstRun({ onCreate }: { onCreate: () => void }) {
  return (
    <Panel>
      <Stack align="center" gap="md" py={48} px="lg" ta="center">
        <Title order={1} fz="xl">
          Welcome to Lotwise
        </Title>
        <Text c="dimmed" maw={480}>
          In a few minutes you will see what you own, what it is worth now, and why.
        </Text>
        <ol className={classes["steps"]}>
          {STEPS.map(({ title, text }, index) => (
            <li key={title} className={classes["step"]} data-current={index === 0 || undefined}>
              <span className={classes["stepNumber"]} aria-hidden="true">
                {index + 1}
              </span>
              <div>
                <Text fw={600} size="sm">
                  {title}
                </Text>
                <Text size="sm" c="dimmed">
                  {text}
                </Text>
              </div>
            </li>
          ))}
        </ol>
        <Button mt="sm" leftSection={<IconPlus size={16} aria-hidden />} onClick={onCreate}>
          Create your first portfolio
        </Button>
      </Stack>
    </Panel>
  );
}
