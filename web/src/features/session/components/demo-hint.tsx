import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Credentials } from "#contracts/accounts.ts";
import { demoQuery } from "../api/demo.ts";

export function DemoHint({ onUse }: { onUse: (demo: Credentials) => void }) {
  const demo = useQuery(demoQuery).data;
  if (demo === undefined || demo === null) return null;
  return (
    <Text size="sm" c="dimmed" ta="center">
      Just looking?{" "}
      <Anchor component="button" type="button" size="sm" underline="always" onClick={() => onUse(demo)}>
        Open the demo account
      </Anchor>
    </Text>
  );
}
