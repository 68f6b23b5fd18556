import {
  createTheme,
  type CSSVariablesResolver,
  type DrawerProps,
  type MantineColorsTuple,
  type ModalProps,
  type NotificationProps,
  type TooltipProps,
} from "@mantine/core";

/** The whole look in one file: one accent, one grey scale a theme, two colours for gain and loss. */

const iris: MantineColorsTuple = [
  "#eef1ff",
  "#dbe1fe",
  "#bcc6fb",
  "#98a6f8",
  "#7b8cf4",
  "#5f70ec",
  "#4656dd",
  "#3a48bf",
  "#303b9b",
  "#272f7a",
];

const dark: MantineColorsTuple = [
  "#e7eaf1",
  "#c5cbd8",
  "#9aa3b5",
  "#717b90",
  "#353d4e",
  "#272e3c",
  "#1b212c",
  "#0f131b",
  "#0b0e14",
  "#07090d",
];

const gray: MantineColorsTuple = [
  "#f7f8fa",
  "#eff1f5",
  "#e4e7ed",
  "#d6dae3",
  "#bfc5d1",
  "#949cac",
  "#6a7385",
  "#4b5364",
  "#323947",
  "#1d222d",
];

export const theme = createTheme({
  primaryColor: "iris",
  primaryShade: { light: 6, dark: 6 },
  colors: { iris, dark, gray },
  black: "#171b26",
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily:
    'Inter, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: "0.75rem", sm: "0.875rem", md: "0.9375rem", lg: "1.0625rem", xl: "1.25rem" },
  headings: {
    fontWeight: "650",
    sizes: {
      h1: { fontSize: "1.5rem", lineHeight: "1.3" },
      h2: { fontSize: "1.125rem", lineHeight: "1.4" },
      h3: { fontSize: "0.9375rem", lineHeight: "1.4" },
    },
  },
  // Named, not imported: the components themselves are loaded with the pages that use them.
  components: {
    Drawer: {
      defaultProps: {
        position: "right",
        overlayProps: { backgroundOpacity: 0.35 },
      } satisfies Partial<DrawerProps>,
    },
    Notification: {
      defaultProps: { closeButtonProps: { "aria-label": "Dismiss" } } satisfies Partial<NotificationProps>,
    },
    Modal: {
      defaultProps: {
        centered: true,
        overlayProps: { backgroundOpacity: 0.35 },
      } satisfies Partial<ModalProps>,
    },
    Tooltip: {
      defaultProps: {
        openDelay: 250,
        withArrow: true,
        multiline: true,
        maw: 280,
      } satisfies Partial<TooltipProps>,
    },
  },
});

/**
 * Gain is a bluish green and loss a vermilion: the pair stays apart for red-green colour blindness, and each has at least
 * 4.5:1 against page and surface. The dimmed text and the red are darker than Mantine's own, which miss it on white.
 */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#596275",
    "--mantine-color-placeholder": "#6b7487",
    "--mantine-color-error": "#b92c15",
    "--mantine-color-red-light-color": "#b92c15",
    "--mantine-color-yellow-light-color": "#7d5200",
    "--mantine-color-red-outline": "#b92c15",
    "--lw-page": "#f6f7f9",
    "--lw-surface": "#ffffff",
    "--lw-surface-hover": "#f7f8fb",
    "--lw-line": "#e4e7ed",
    "--lw-gain": "#08775a",
    "--lw-loss": "#bb311a",
    "--lw-gain-tint": "rgb(20 160 120 / 20%)",
    "--lw-loss-tint": "rgb(226 82 48 / 18%)",
    "--lw-warn": "#8a5a00",
    "--lw-warn-surface": "#fff6e0",
    "--lw-shadow": "0 1px 2px rgb(22 28 45 / 5%)",
  },
  dark: {
    "--mantine-color-dimmed": "#9aa3b5",
    "--mantine-color-placeholder": "#8791a5",
    "--mantine-color-error": "#ff8d70",
    "--mantine-color-red-light-color": "#ff8d70",
    "--mantine-color-yellow-light-color": "#f2c063",
    "--mantine-color-red-outline": "#ff8d70",
    "--mantine-color-body": "#141923",
    "--lw-page": "#0f131b",
    "--lw-surface": "#161b25",
    "--lw-surface-hover": "#1b212d",
    "--lw-line": "#272e3c",
    "--lw-gain": "#45cfa3",
    "--lw-loss": "#ff8d70",
    "--lw-gain-tint": "rgb(69 207 163 / 22%)",
    "--lw-loss-tint": "rgb(255 122 89 / 22%)",
    "--lw-warn": "#f2c063",
    "--lw-warn-surface": "#2a2415",
    "--lw-shadow": "none",
  },
});
