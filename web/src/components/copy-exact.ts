import { useEffect } from "react";

/**
 * Copying one figure copies its exact value instead of the rounded text on the screen. A selection across several figures
 * is left alone: then the reader wants what they see.
 */
export function useCopyExact() {
  useEffect(() => {
    const onCopy = (event: ClipboardEvent) => {
      const selection = document.getSelection();
      if (selection === null || selection.isCollapsed) return;
      const start = figureAround(selection.anchorNode);
      if (start === null || start !== figureAround(selection.focusNode)) return;
      // Part of a figure selected on purpose stays a part.
      if (selection.toString().trim() !== start.textContent?.trim()) return;
      event.clipboardData?.setData("text/plain", start.value);
      event.preventDefault();
    };
    document.addEventListener("copy", onCopy);
    return () => document.removeEventListener("copy", onCopy);
  }, []);
}

function figureAround(node: Node | null): HTMLDataElement | null {
  const element = node instanceof Element ? node : (node?.parentElement ?? null);
  return element?.closest<HTMLDataElement>("data[value]") ?? null;
}
