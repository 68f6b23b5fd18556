import { useMemo, useRef } from "react";
import type { Position } from "#contracts/positions.ts";
import { useLivePositions } from "#web/stream/live.ts";
import { holdOrder, orderSymbols, sameOrder, type Sort } from "./row-order.ts";

const NONE: readonly string[] = [];

/** The symbols in order; the array keeps its identity until the order really changes. */
export function useRowOrder(portfolioId: string, sort: Sort, held: boolean): readonly string[] {
  const shown = useRef<{ sort: Sort; order: readonly string[] }>({ sort, order: NONE });
  const select = useMemo(() => {
    let last: ReadonlyMap<string, Position> | undefined;
    return (positions: ReadonlyMap<string, Position> | undefined): readonly string[] => {
      if (positions === undefined) return NONE;
      if (positions === last) return shown.current.order;
      last = positions;
      const wanted = orderSymbols(positions.values(), sort);
      // A click on a heading is a wish for another order, whatever the pointer is over.
      const next = held && shown.current.sort === sort ? holdOrder(shown.current.order, wanted) : wanted;
      if (!sameOrder(shown.current.order, next)) shown.current = { sort, order: next };
      else shown.current = { sort, order: shown.current.order };
      return shown.current.order;
    };
  }, [sort, held]);
  return useLivePositions(portfolioId, select);
}
