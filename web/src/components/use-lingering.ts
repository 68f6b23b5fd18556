import { useCallback, useState } from "react";

/**
 * Something of the address that is shown a little longer than it stands there, so that it can slide away. The address changes at
 * once: a change that came only when the last thing has slid away would undo where the user went meanwhile.
 */
export function useLingering<T>(value: T | null): { shown: T | null; forget: () => void } {
  const [last, setLast] = useState(value);
  if (value !== null && value !== last) setLast(value);
  const forget = useCallback(() => setLast(null), []);
  return { shown: value ?? last, forget };
}
