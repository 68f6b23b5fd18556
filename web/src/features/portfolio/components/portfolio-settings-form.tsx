import { Alert, Button, Group, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { LotMethod, Portfolio, PortfolioUpdate } from "#contracts/portfolios.ts";
import { LotMethodSelect } from "#web/components/lot-method-select.tsx";
import { refreshPortfolio, updatePortfolio } from "#web/features/portfolios/api/portfolio-queries.ts";
import { explain, fieldErrors } from "#web/http/problem-error.ts";
import type { ReasonText } from "../reason-text.ts";
import { LotMethodChange } from "./lot-method-change.tsx";

const FIELDS = ["name", "description", "lotMethod", "allowShort", "trackCash"] as const;
type Settings = Pick<Portfolio, (typeof FIELDS)[number]>;

const settingsOf = ({ name, description, lotMethod, allowShort, trackCash }: Portfolio): Settings => ({
  name,
  description,
  lotMethod,
  allowShort,
  trackCash,
});

interface PortfolioSettingsFormProps {
  readonly portfolio: Portfolio;
  readonly reasonText: ReasonText;
}

/** Another lot method changes gains of the past: it is shown what it comes to, and asked for, before it is saved. */
export function PortfolioSettingsForm({ portfolio, reasonText }: PortfolioSettingsFormProps) {
  const client = useQueryClient();
  const [wanted, setWanted] = useState<LotMethod | undefined>(undefined);
  const form = useForm({
    initialValues: settingsOf(portfolio),
    validate: { name: (value) => (value.trim() === "" ? "Give the portfolio a name." : null) },
  });
  const update = useMutation({
    mutationFn: (changes: PortfolioUpdate) => updatePortfolio(portfolio.id, changes),
    onSuccess: async (saved) => {
      form.resetDirty(settingsOf(saved));
      await refreshPortfolio(client, portfolio.id);
      notifications.show({ message: "Settings saved" });
    },
    onError: (error) => form.setErrors(fieldErrors(error, FIELDS)),
    onSettled: () => setWanted(undefined),
  });
  const save = (values: Settings) =>
    update.mutate({
      ...values,
      name: values.name.trim(),
      description: values.description.trim(),
      archived: portfolio.archived,
    });
  const submit = form.onSubmit((values) => {
    if (values.lotMethod === portfolio.lotMethod) save(values);
    else setWanted(values.lotMethod);
  });

  return (
    <>
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
          <LotMethodSelect
            {...form.getInputProps("lotMethod")}
            value={form.values.lotMethod}
            note={
              form.values.lotMethod === portfolio.lotMethod
                ? undefined
                : "Before it is saved you see what it changes."
            }
          />
          <Switch
            label="Allow short selling"
            description="A sale of more than is held opens a short lot instead of being rejected. Earlier sales are matched again."
            {...form.getInputProps("allowShort", { type: "checkbox" })}
          />
          <Switch
            label="Track cash"
            description="Trades and what instruments pay move the balance of their currency too, the earlier ones as well."
            {...form.getInputProps("trackCash", { type: "checkbox" })}
          />
          <Text size="sm" c="dimmed">
            Base currency {portfolio.baseCurrency}. It is fixed.
          </Text>
          <Group>
            <Button type="submit" loading={update.isPending} disabled={!form.isDirty()}>
              Save changes
            </Button>
          </Group>
        </Stack>
      </form>
      <LotMethodChange
        portfolio={portfolio}
        wanted={wanted}
        saving={update.isPending}
        onConfirm={() => save(form.values)}
        onCancel={() => setWanted(undefined)}
        reasonText={reasonText}
      />
    </>
  );
}
