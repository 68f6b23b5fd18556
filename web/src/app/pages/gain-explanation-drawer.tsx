import { Drawer } from "@mantine/core";
import { useFocusReturn } from "#web/components/use-focus-return.ts";
import { useNarrow } from "#web/components/use-narrow.ts";
import { DisposalExplanation } from "#web/features/explanations/components/disposal-explanation.tsx";
import { ExplanationView } from "./explanation-view.tsx";

interface GainExplanationDrawerProps {
  readonly portfolioId: string;
  readonly disposalId: string;
  readonly opened: boolean;
  readonly onClose: () => void;
  /** It has slid away. */
  readonly onExited: () => void;
}

/** The story of one realized gain, beside the list of them. */
export function GainExplanationDrawer(props: GainExplanationDrawerProps) {
  const { portfolioId, disposalId, opened, onClose, onExited } = props;
  const narrow = useNarrow();
  const returnFocus = useFocusReturn();
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      transitionProps={{
        onExited: () => {
          onExited();
          returnFocus();
        },
      }}
      size={narrow ? "100%" : 640}
      title="Realized gain"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <ExplanationView title="How this gain came about">
        <DisposalExplanation portfolioId={portfolioId} disposalId={disposalId} />
      </ExplanationView>
    </Drawer>
  );
}
