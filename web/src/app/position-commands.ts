import type { SpotlightActionData } from "@mantine/spotlight";
import { useMatch, useNavigate } from "react-router";
import { liveStore } from "#web/stream/live.ts";

/** The positions of the portfolio on the screen, by symbol. Read when the palette is drawn; it needs no ticks. */
export function usePositionCommands(): SpotlightActionData[] {
  const navigate = useNavigate();
  const portfolioId = useMatch("/portfolios/:portfolioId/*")?.params.portfolioId;
  if (portfolioId === undefined) return [];
  return [...(liveStore.get(portfolioId)?.positions.keys() ?? [])].toSorted().map((symbol) => ({
    id: `position-${symbol}`,
    label: symbol,
    description: "Lots and gains",
    onClick: () =>
      void navigate(`/portfolios/${portfolioId}/positions?position=${encodeURIComponent(symbol)}`),
  }));
}
