import { Alert, Autocomplete, Button, Group, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Portfolio } from "#contracts/portfolios.ts";
import { explain, fieldErrors } from "#web/http/problem-error.ts";
import { createPortfolio, portfoliosQuery } from "../api/portfolio-queries.ts";
import { checkCurrency, checkPortfolioName, COMMON_CURRENCIES } from "./portfolio-rules.ts";

interface CreatePortfolioFormProps {
  readonly onCreated: (portfolio: Portfolio) => void;
  readonly onCancel: () => void;
}

export function CreatePortfolioForm({ onCreated, onCancel }: CreatePortfolioFormProps) {
  const client = useQueryClient();
  const form = useForm({
    initialValues: { name: "", baseCurrency: "USD", allowShort: false },
    validate: { name: checkPortfolioName, baseCurrency: checkCurrency },
  });
  const creation = useMutation({
    mutationFn: createPortfolio,
    onSuccess: async (portfolio) => {
      await client.invalidateQueries({ queryKey: portfoliosQuery.queryKey });
      onCreated(portfolio);
    },
    onError: (error) => form.setErrors(fieldErrors(error, ["name", "baseCurrency"])),
  });
  const submit = form.onSubmit(({ name, baseCurrency, allowShort }) =>
    creation.mutate({ name: name.trim(), baseCurrency: baseCurrency.toUpperCase(), allowShort }),
  );

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {creation.isError ? (
          <Alert color="red" role="alert">
            {explain(creation.error)}
          </Alert>
        ) : null}
        <TextInput
          label="Name"
          placeholder="Retirement, Brokerage, Kids…"
          data-autofocus
          maxLength={80}
          {...form.getInputProps("name")}
        />
        <Autocomplete
          label="Base currency"
          description="All totals are in this currency. It cannot be changed later."
          data={COMMON_CURRENCIES}
          maxLength={3}
          {...form.getInputProps("baseCurrency")}
        />
        <Switch
          label="Allow short selling"
          description="Otherwise a sale of more than is held is rejected."
          {...form.getInputProps("allowShort", { type: "checkbox" })}
        />
        <Text size="xs" c="dimmed">
          Sales close the oldest lots first (FIFO).
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={creation.isPending}>
            Create portfolio
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
