import { Alert, Button, Group, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Portfolio, PortfolioUpdate } from "#contracts/portfolios.ts";
import { refreshPortfolio, updatePortfolio } from "#web/features/portfolios/api/portfolio-queries.ts";
import { explain, fieldErrors } from "#web/http/problem-error.ts";

const FIELDS = ["name", "description", "allowShort"] as const;

export function PortfolioSettingsForm({ portfolio }: { portfolio: Portfolio }) {
  const client = useQueryClient();
  const { name, description, allowShort } = portfolio;
  const form = useForm({
    initialValues: { name, description, allowShort },
    validate: { name: (value) => (value.trim() === "" ? "Give the portfolio a name." : null) },
  });
  const update = useMutation({
    mutationFn: (changes: PortfolioUpdate) => updatePortfolio(portfolio.id, changes),
    onSuccess: async (saved) => {
      form.resetDirty({ name: saved.name, description: saved.description, allowShort: saved.allowShort });
      await refreshPortfolio(client, portfolio.id);
      notifications.show({ message: "Settings saved" });
    },
    onError: (error) => form.setErrors(fieldErrors(error, FIELDS)),
  });
  const submit = form.onSubmit((values) =>
    update.mutate({
      name: values.name.trim(),
      description: values.description.trim(),
      allowShort: values.allowShort,
      lotMethod: portfolio.lotMethod,
      archived: portfolio.archived,
    }),
  );

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {update.isError ? (
          <Alert color="red" role="alert">
            {explain(update.error)}
          </Alert>
        ) : null}
        <TextInput label="Name" maxLength={80} {...form.getInputProps("name")} />
        <Textarea
          label="Description"
          autosize
          minRows={2}
          maxLength={500}
          {...form.getInputProps("description")}
        />
        <Switch
          label="Allow short selling"
          description="A sale of more than is held opens a short lot instead of being rejected. Earlier sales are matched again."
          {...form.getInputProps("allowShort", { type: "checkbox" })}
        />
        <Text size="sm" c="dimmed">
          Base currency {portfolio.baseCurrency}, oldest lots first (FIFO). The base currency is fixed.
        </Text>
        <Group>
          <Button type="submit" loading={update.isPending} disabled={!form.isDirty()}>
            Save changes
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
