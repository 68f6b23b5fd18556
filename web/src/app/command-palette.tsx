import "@mantine/spotlight/styles.layer.css";
import { useMantineColorScheme } from "@mantine/core";
import { createSpotlight, Spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import { IconBriefcase, IconLogout, IconMoon, IconPlus, IconSearch, IconSun } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useNavigate } from "react-router";
import { portfoliosQuery } from "#web/features/portfolios/api/portfolio-queries.ts";
import { signOut } from "#web/http/session.ts";
import { usePortfolioCommands } from "./portfolio-commands.tsx";
import { usePositionCommands } from "./position-commands.ts";
import { useTransactionDrawer } from "./transaction-drawer-host.tsx";

const [store, palette] = createSpotlight();

interface CommandPaletteProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Everything by keyboard: go to a portfolio or a position, record a trade, change the appearance. */
export function CommandPalette({ opened, onClose }: CommandPaletteProps) {
  const navigate = useNavigate();
  const drawer = useTransactionDrawer();
  const { setColorScheme } = useMantineColorScheme();
  const portfolios = useQuery(portfoliosQuery).data?.items ?? [];
  const positions = usePositionCommands();
  const places = usePortfolioCommands();
  useEffect(() => {
    if (opened) palette.open();
  }, [opened]);

  const groups: SpotlightActionGroupData[] = [
    {
      group: "Actions",
      actions: [
        {
          id: "record",
          label: "Record a trade",
          keywords: "buy sell transaction add new",
          leftSection: <IconPlus size={18} />,
          onClick: () => drawer.open(),
        },
        {
          id: "create",
          label: "Create a portfolio",
          leftSection: <IconPlus size={18} />,
          onClick: () => void navigate("/portfolios?new=1"),
        },
        {
          id: "light",
          label: "Light appearance",
          keywords: "theme colour",
          leftSection: <IconSun size={18} />,
          onClick: () => setColorScheme("light"),
        },
        {
          id: "dark",
          label: "Dark appearance",
          keywords: "theme colour night",
          leftSection: <IconMoon size={18} />,
          onClick: () => setColorScheme("dark"),
        },
        {
          id: "sign-out",
          label: "Sign out",
          keywords: "log out leave",
          leftSection: <IconLogout size={18} />,
          onClick: () => void signOut(),
        },
      ],
    },
    {
      group: "Portfolios",
      actions: [
        {
          id: "all",
          label: "All portfolios",
          leftSection: <IconBriefcase size={18} />,
          onClick: () => void navigate("/portfolios"),
        },
        ...portfolios.map(({ id, name, baseCurrency }) => ({
          id,
          label: name,
          description: baseCurrency,
          leftSection: <IconBriefcase size={18} />,
          onClick: () => void navigate(`/portfolios/${id}/positions`),
        })),
      ],
    },
    { group: "This portfolio", actions: places },
    { group: "Positions here", actions: positions },
  ];

  return (
    <Spotlight
      store={store}
      actions={groups.filter(({ actions }) => actions.length > 0)}
      shortcut={null}
      nothingFound="Nothing found"
      highlightQuery
      scrollable
      maxHeight={420}
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: "Go to or do…",
        "aria-label": "Search",
      }}
      onSpotlightClose={onClose}
    />
  );
}
