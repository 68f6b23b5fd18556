import type { SpotlightActionData } from "@mantine/spotlight";
import { IconArrowRight } from "@tabler/icons-react";
import { useMatch, useNavigate } from "react-router";

const PLACES = [
  { path: "positions", label: "Positions", keywords: "holdings" },
  { path: "transactions", label: "Transactions", keywords: "ledger trades" },
  { path: "gains", label: "Realized gains", keywords: "sales profit" },
  { path: "gains?view=losses", label: "Losses to harvest", keywords: "tax loss harvest sell" },
  { path: "cash", label: "Cash", keywords: "balance money deposit" },
  { path: "settings", label: "Settings", keywords: "lot method short name" },
];

/** Every place of the portfolio on the screen. */
export function usePortfolioCommands(): SpotlightActionData[] {
  const navigate = useNavigate();
  const portfolioId = useMatch("/portfolios/:portfolioId/*")?.params.portfolioId;
  if (portfolioId === undefined) return [];
  return PLACES.map(({ path, label, keywords }) => ({
    id: `place-${path}`,
    label,
    keywords,
    leftSection: <IconArrowRight size={18} />,
    onClick: () => void navigate(`/portfolios/${portfolioId}/${path}`),
  }));
}
