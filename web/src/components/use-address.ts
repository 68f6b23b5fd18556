import { useCallback } from "react";
import { useSearchParams } from "react-router";

type Changes = Readonly<Record<string, string | null>>;

interface ChangeOptions {
  /** In place of the present entry of the history: for closing what the back button opened. */
  readonly replace?: boolean;
  readonly state?: unknown;
}

/** The parameters of the address, and a change to some of them; null takes one out, the others stay. */
export function useAddress(): [URLSearchParams, (changes: Changes, options?: ChangeOptions) => void] {
  const [query, setQuery] = useSearchParams();
  const change = useCallback(
    (changes: Changes, options: ChangeOptions = {}) => {
      // As it is in the browser: what was last drawn may lack a change that came a moment ago.
      const current = new URLSearchParams(window.location.search);
      setQuery(withChanges(current, changes), { preventScrollReset: true, ...options });
    },
    [setQuery],
  );
  return [query, change];
}

export function withChanges(current: URLSearchParams, changes: Changes): URLSearchParams {
  const next = new URLSearchParams(current);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  return next;
}
