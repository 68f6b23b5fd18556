import { Stack, Title } from "@mantine/core";
import { useNavigate } from "react-router";
import { Panel } from "#web/components/panels.tsx";
import { PortfolioRemoval } from "#web/features/portfolio/components/portfolio-removal.tsx";
import { PortfolioSettingsForm } from "#web/features/portfolio/components/portfolio-settings-form.tsx";
import { reasonText } from "#web/features/transactions/status-text.ts";
import { usePortfolio } from "./portfolio-page.tsx";

export function SettingsPage() {
  const portfolio = usePortfolio();
  const navigate = useNavigate();
  return (
    <Stack gap="md" maw={720}>
      <Panel>
        <Stack p="lg" gap="md">
          <Title order={2}>Portfolio</Title>
          <PortfolioSettingsForm key={portfolio.id} portfolio={portfolio} reasonText={reasonText} />
        </Stack>
      </Panel>
      <Panel>
        <Stack p="lg" gap="md">
          <Title order={2}>Put away or delete</Title>
          <PortfolioRemoval
            portfolio={portfolio}
            onDeleted={() => void navigate("/portfolios", { replace: true })}
          />
        </Stack>
      </Panel>
    </Stack>
  );
}
