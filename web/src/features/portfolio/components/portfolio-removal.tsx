import { Alert, Button, Group, Modal, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Portfolio } from "#contracts/portfolios.ts";
import {
  deletePortfolio,
  portfoliosQuery,
  refreshPortfolio,
  updatePortfolio,
} from "#web/features/portfolios/api/portfolio-queries.ts";
import { explain } from "#web/http/problem-error.ts";

/** Putting a portfolio away, reversibly, or deleting it for good. */
export function PortfolioRemoval({ portfolio, onDeleted }: { portfolio: Portfolio; onDeleted: () => void }) {
  const client = useQueryClient();
  const [confirming, setConfirming] = useState(false);
  const archive = useMutation({
    mutationFn: () =>
      updatePortfolio(portfolio.id, {
        name: portfolio.name,
        description: portfolio.description,
        lotMethod: portfolio.lotMethod,
        allowShort: portfolio.allowShort,
        trackCash: portfolio.trackCash,
        archived: !portfolio.archived,
      }),
    onSuccess: () => refreshPortfolio(client, portfolio.id),
  });

  return (
    <Stack gap="lg">
      <Choice
        title={portfolio.archived ? "Bring it back" : "Archive"}
        text={
          portfolio.archived
            ? "Shows the portfolio among the others again."
            : "Moves the portfolio out of the way and out of the totals. Nothing is lost; bring it back any time."
        }
        action={
          <Button variant="default" loading={archive.isPending} onClick={() => archive.mutate()}>
            {portfolio.archived ? "Bring back" : "Archive portfolio"}
          </Button>
        }
      />
      {archive.isError ? <Alert color="red">{explain(archive.error)}</Alert> : null}
      <Choice
        title="Delete"
        text="Removes the portfolio with all its transactions, lots and gains. This cannot be undone."
        action={
          <Button variant="outline" color="red" onClick={() => setConfirming(true)}>
            Delete portfolio…
          </Button>
        }
      />
      <Modal
        opened={confirming}
        onClose={() => setConfirming(false)}
        title="Delete this portfolio?"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <ConfirmDeletion
          portfolio={portfolio}
          onCancel={() => setConfirming(false)}
          onDeleted={async () => {
            onDeleted();
            await client.invalidateQueries({ queryKey: portfoliosQuery.queryKey });
          }}
        />
      </Modal>
    </Stack>
  );
}

function Choice({ title, text, action }: { title: string; text: string; action: React.ReactNode }) {
  return (
    <Group justify="space-between" gap="md">
      <div style={{ flex: "1 1 260px" }}>
        <Title order={3}>{title}</Title>
        <Text size="sm" c="dimmed">
          {text}
        </Text>
      </div>
      {action}
    </Group>
  );
}

interface ConfirmDeletionProps {
  readonly portfolio: Portfolio;
  readonly onCancel: () => void;
  readonly onDeleted: () => void;
}

/** The name has to be typed: one slip of the hand must not delete years of records. */
function ConfirmDeletion({ portfolio, onCancel, onDeleted }: ConfirmDeletionProps) {
  const [typed, setTyped] = useState("");
  const deletion = useMutation({ mutationFn: () => deletePortfolio(portfolio.id), onSuccess: onDeleted });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        deletion.mutate();
      }}
    >
      <Stack gap="md">
        <Text size="sm">
          All transactions, lots and gains of <strong>{portfolio.name}</strong> are deleted. This cannot be
          undone.
        </Text>
        {deletion.isError ? <Alert color="red">{explain(deletion.error)}</Alert> : null}
        <TextInput
          label={`Type ${portfolio.name} to confirm`}
          value={typed}
          autoComplete="off"
          data-autofocus
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button
            type="submit"
            color="red.8"
            disabled={typed.trim() !== portfolio.name}
            loading={deletion.isPending}
          >
            Delete for good
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
