import { Button, Center, Group, Stack, Text, Title } from "@mantine/core";
import { useRouteError } from "react-router";

/** A bug, or a part of the page that could not be loaded after an upgrade: loading the page anew helps with the second. */
export function PageError() {
  const error = useRouteError();
  // The console is where somebody who reports this will look.
  console.error(error);
  return (
    <Center mih="60dvh" p="md">
      <Stack align="center" ta="center" gap="sm" role="alert">
        <Title order={1}>This page stopped working</Title>
        <Text c="dimmed" maw={440}>
          Your records are safe. Loading the page again usually helps, most of all right after an upgrade.
        </Text>
        <Group>
          <Button onClick={() => location.reload()}>Load again</Button>
          <Button variant="default" component="a" href="/portfolios">
            To the portfolios
          </Button>
        </Group>
      </Stack>
    </Center>
  );
}
