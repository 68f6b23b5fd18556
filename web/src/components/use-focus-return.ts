import { useCallback, useState } from "react";

/**
 * Where the focus was when the component appeared, and the way back there. Mantine's dialogs only remember it when they are
 * drawn before they open; ours are loaded when they are needed and open at once.
 */
export function useFocusReturn(): () => void {
  const [opener] = useState(findOpener);
  return useCallback(() => {
    if (opener?.isConnected === true) opener.focus({ preventScroll: true });
  }, [opener]);
}

/** What has the focus; for an entry of a menu, which is about to go, the button that the menu belongs to. */
function findOpener(): HTMLElement | null {
  const active = document.activeElement;
  const menu = active?.closest("[role=menu]");
  const opener =
    menu === null || menu === undefined
      ? active
      : document.querySelector(`[aria-controls="${CSS.escape(menu.id)}"]`);
  return opener instanceof HTMLElement && opener !== document.body ? opener : null;
}
