import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState } from "react";

/** Below this many rows, drawing all of them is cheaper than keeping track of which are on the screen. */
const VIRTUAL_FROM = 61;

interface VirtualRows<Body> {
  readonly body: React.RefObject<Body | null>;
  /** Pixels taken by the rows left out before and after `symbols`. */
  readonly above: number;
  readonly below: number;
  readonly symbols: readonly string[];
}

/** Only the rows near the screen, once there are many; the page itself scrolls. */
export function useVirtualRows<Body extends HTMLElement>(
  order: readonly string[],
  rowHeight: number,
): VirtualRows<Body> {
  const body = useRef<Body>(null);
  const [top, setTop] = useState(0);
  const virtual = order.length >= VIRTUAL_FROM;
  useLayoutEffect(() => {
    const element = body.current;
    if (element !== null) setTop(Math.round(element.getBoundingClientRect().top + window.scrollY));
  }, [virtual]);
  const virtualizer = useWindowVirtualizer({
    count: order.length,
    estimateSize: () => rowHeight,
    overscan: 10,
    scrollMargin: top,
    enabled: virtual,
  });
  if (!virtual) return { body, above: 0, below: 0, symbols: order };
  const rows = virtualizer.getVirtualItems();
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined) {
    return { body, above: 0, below: order.length * rowHeight, symbols: [] };
  }
  return {
    body,
    above: first.start - top,
    below: virtualizer.getTotalSize() - (last.end - top),
    symbols: order.slice(first.index, last.index + 1),
  };
}
