import { Kbd } from "@mantine/core";

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** The modifier as it is printed on this keyboard. */
export const modifierKey = isApple ? "⌘" : "Ctrl";

export const HotKey = ({ keys }: { keys: string }) => (
  <Kbd size="xs" aria-hidden="true">
    {keys}
  </Kbd>
);
