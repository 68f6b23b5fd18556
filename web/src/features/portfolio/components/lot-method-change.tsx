import { Button, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { LotMethod, Portfolio } from "#contracts/portfolios.ts";
import { LOT_METHODS } from "#web/components/lot-methods.ts";
import { ErrorPanel } from "#web/components/panels.tsx";
import { useNarrow } from "#web/components/use-narrow.ts";
import { methodPreviewQuery } from "../api/method-preview-query.ts";
import type { ReasonText } from "../reason-text.ts";
import { MethodPreviewReport } from "./method-preview-report.tsx";

interface LotMethodChangeProps {
  readonly portfolio: Pick<Portfolio, "id" | "lotMethod">;
  /** The method asked for; undefined while none is. */
  readonly wanted: LotMethod | undefined;
  readonly saving: boolean;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
  readonly reasonText: ReasonText;
}

/** Asks before another lot method is saved, with everything that it would change. */
export function LotMethodChange(props: LotMethodChangeProps) {
  const { wanted, onCancel } = props;
  const narrow = useNarrow();
  return (
    <Modal
      opened={wanted !== undefined}
      onClose={onCancel}
      title="Change the lot method?"
      size={680}
      fullScreen={narrow}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {wanted === undefined ? null : <Confirmation {...props} wanted={wanted} />}
    </Modal>
  );
}

type ConfirmationProps = LotMethodChangeProps & { readonly wanted: LotMethod };

function Confirmation({ portfolio, wanted, saving, onConfirm, onCancel, reasonText }: ConfirmationProps) {
  const preview = useQuery(methodPreviewQuery(portfolio.id, wanted));
  return (
    <Stack gap="md">
      <Text size="sm">
        From <strong>{LOT_METHODS[portfolio.lotMethod].name}</strong> to{" "}
        <strong>{LOT_METHODS[wanted].name}</strong>. Everything recorded so far is matched anew; your
        transactions stay as they are, and you can change back.
      </Text>
      {preview.isPending ? (
        <Stack gap="sm" role="status" aria-busy="true" aria-label="Working out what changes">
          <Skeleton height={90} />
          <Skeleton height={60} />
        </Stack>
      ) : null}
      {preview.isError && preview.data === undefined ? (
        <ErrorPanel error={preview.error} what="what it would change" retry={() => void preview.refetch()} />
      ) : null}
      {preview.data === undefined ? null : (
        <MethodPreviewReport portfolioId={portfolio.id} preview={preview.data} reasonText={reasonText} />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <Button onClick={onConfirm} disabled={preview.data === undefined} loading={saving}>
          Change and save
        </Button>
      </Group>
    </Stack>
  );
}
