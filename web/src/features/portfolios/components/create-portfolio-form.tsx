import { Alert, Autocomplete, Button, Group, Stack, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { LotMethod, Portfolio } from "#contracts/portfolios.ts";
import { LotMethodSelect } from "#web/components/lot-method-select.tsx";
import { explain, fieldErrors } from "#web/http/problem-error.ts";
import { createPortfolio, portfoliosQuery } from "../api/portfolio-queries.ts";
import { checkCurrency, checkPortfolioName, COMMON_CURRENCIES } from "./portfolio-rules.ts";

interface CreatePortfolioFormProps {
  readonly onCreated: (portfolio: Portfolio) => void;
  readonly onCancel: () => void;
}

const FIELDS = ["name", "baseCurrency", "lotMethod", "allowShort", "trackCash"] as const;

const INITIAL = {
  name: "",
  baseCurrency: "USD",
  lotMethod: "fifo" as LotMethod,
  allowShort: false,
  trackCash: false,
};

/** A name and a currency are enough; the rules are those of most, and can be changed later. */
export function CreatePortfolioForm({ onCreated, onCancel }: CreatePortfolioFormProps) {
  const client = useQueryClient();
  const form = useForm({
    initialValues: INITIAL,
    validate: { name: checkPortfolioName, baseCurrency: checkCurrency },
  });
  const creation = useMutation({
    mutationFn: createPortfolio,
    onSuccess: async (portfolio) => {
      await client.invalidateQueries({ queryKey: portfoliosQuery.queryKey });
      onCreated(portfolio);
    },
    onError: (error) => form.setErrors(fieldErrors(error, FIELDS)),
  });
  const submit = form.onSubmit(({ name, baseCurrency, ...rules }) =>
    creation.mutate({ name: name.trim(), baseCurrency: baseCurrency.toUpperCase(), ...rules }),
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
        <LotMethodSelect {...form.getInputProps("lotMethod")} value={form.values.lotMethod} />
        <Switch
          label="Allow short selling"
          description="Otherwise a sale of more than is held is rejected."
          {...form.getInputProps("allowShort", { type: "checkbox" })}
        />
        <Switch
          label="Track cash"
          description="Trades and what instruments pay move the balance of their currency too."
          {...form.getInputProps("trackCash", { type: "checkbox" })}
        />
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
