import { Drawer } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import type { Portfolio } from "#contracts/portfolios.ts";
import { useAddress } from "#web/components/use-address.ts";
import { useFocusReturn } from "#web/components/use-focus-return.ts";
import { useNarrow } from "#web/components/use-narrow.ts";
import { DisposalExplanation } from "#web/features/explanations/components/disposal-explanation.tsx";
import { PositionExplanation } from "#web/features/explanations/components/position-explanation.tsx";
import { ExplanationView } from "./explanation-view.tsx";
import { PositionOverview } from "./position-overview.tsx";

interface PositionDrawerProps {
  readonly portfolio: Portfolio;
  readonly symbol: string;
  readonly opened: boolean;
  readonly onClose: () => void;
  /** It has slid away. */
  readonly onExited: () => void;
}

/** What of `explain=` in the address asks for the position itself; anything else is the id of one of its disposals. */
const ITSELF = "position";

/** A position explained: what it is worth, the lots that it consists of, what was sold of it, and the story of each. */
export function PositionDrawer({ portfolio, symbol, opened, onClose, onExited }: PositionDrawerProps) {
  const narrow = useNarrow();
  const returnFocus = useFocusReturn();
  const [query, change] = useAddress();
  // While it slides away the address is another already.
  const [shown, setShown] = useState(query);
  if (opened && shown !== query) setShown(query);
  const leave = useWayBack();
  const explained = shown.get("explain");
  const lotId = shown.get("lot");
  const overview = useFocusInOverview(lotId ?? explained);
  const explain = (what: string, lot: string | null = null) =>
    change({ explain: what, lot }, { state: CAME_FROM_OVERVIEW });
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
      title={symbol}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {/* Kept while a story is told, so that it is as it was left. */}
      <div ref={overview} hidden={explained !== null}>
        <PositionOverview
          portfolio={portfolio}
          symbol={symbol}
          onExplainPosition={() => explain(ITSELF)}
          onExplainLot={(lot) => explain(ITSELF, lot)}
          onExplainDisposal={(disposal) => explain(disposal)}
        />
      </div>
      {explained === null ? null : (
        <ExplanationView
          key={explained}
          title={explained === ITSELF ? "Where this position comes from" : "How this gain came about"}
          back={symbol}
          onBack={leave}
        >
          {explained === ITSELF ? (
            <PositionExplanation portfolioId={portfolio.id} symbol={symbol} lotId={lotId} />
          ) : (
            <DisposalExplanation portfolioId={portfolio.id} disposalId={explained} />
          )}
        </ExplanationView>
      )}
    </Drawer>
  );
}

/** Gives the focus back to the button that leads to the story last told, once the reader is back. */
function useFocusInOverview(told: string | null) {
  const overview = useRef<HTMLDivElement>(null);
  const last = useRef<string | null>(null);
  useEffect(() => {
    const opener = (what: string) =>
      overview.current?.querySelector<HTMLElement>(`[data-explains="${CSS.escape(what)}"]`);
    // A sale that was never opened here shows no button of its own.
    if (told === null && last.current !== null) (opener(last.current) ?? opener(ITSELF))?.focus();
    last.current = told;
  }, [told]);
  return overview;
}

const CAME_FROM_OVERVIEW = { cameFromOverview: true };

/** Back to the overview: by the history where it is the entry before, so that the back button does not come here again. */
function useWayBack(): () => void {
  const navigate = useNavigate();
  const state = useLocation().state as Partial<typeof CAME_FROM_OVERVIEW> | null;
  const [, change] = useAddress();
  return () => {
    if (state?.cameFromOverview === true) void navigate(-1);
    else change({ explain: null, lot: null }, { replace: true });
  };
}
