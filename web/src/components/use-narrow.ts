import { useMediaQuery } from "@mantine/hooks";

/** Phone width: tables become cards, the side drawer becomes the whole screen. */
export const useNarrow = () =>
  useMediaQuery("(max-width: 47.99em)", false, { getInitialValueInEffect: false });
