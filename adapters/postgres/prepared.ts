/*
 * Statements that run thousands of times a minute. Their text never changes, so that it is put together once, and each
 * connection has the server parse and plan it once: for a batch of five trades that was half of all processor time.
 */

/** A statement of the fixed text that it was given. Its parameters are $1, $2, … */
export interface PreparedStatement {
  readonly text: string;
}

const namesByText = new Map<string, string>();

/** Names are for the server, and unique. No text may hold anything that came from outside. */
export function prepare(name: string, text: string): PreparedStatement {
  namesByText.set(text, name);
  return { text };
}

/** Under which name a connection keeps a text; undefined for one that is not prepared. */
export function preparedName(text: string): string | undefined {
  return namesByText.get(text);
}
