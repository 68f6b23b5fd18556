/**
 * What a database error means for the caller. Source: PostgreSQL documentation, appendix A (SQLSTATE classes).
 *   transient  trying again can help: connection lost, deadlock, lock or statement timeout, server starting or full
 *   refused    the values were at fault: classes 22 (data) and 23 (integrity)
 *   unknown    neither: most likely a bug
 */
export type DatabaseErrorKind = "transient" | "refused" | "unknown";

const TRANSIENT_CLASSES = new Set(["08", "40", "53", "55", "57", "58"]);
/** Of other classes: a server that takes no writes (a standby after a failover), a transaction that idled too long. */
const TRANSIENT_STATES = new Set(["25006", "25P03", "25P04"]);
const REFUSED_CLASSES = new Set(["22", "23"]);
const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
]);
/** pg reports these by text alone. */
const CONNECTION_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|timeout expired|query read timeout|client has encountered a connection error|client was closed|not queryable|cannot use a pool after/i;

/** Units: none. Follows `cause` and the members of an AggregateError (a host with several addresses). */
export function databaseErrorKind(error: unknown): DatabaseErrorKind {
  if (!(error instanceof Error)) return "unknown";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (NETWORK_CODES.has(code)) return "transient";
  if (/^[0-9A-Z]{5}$/.test(code)) {
    if (TRANSIENT_CLASSES.has(code.slice(0, 2)) || TRANSIENT_STATES.has(code)) return "transient";
    if (REFUSED_CLASSES.has(code.slice(0, 2))) return "refused";
  }
  if (CONNECTION_MESSAGES.test(error.message)) return "transient";
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return inner === undefined ? "unknown" : databaseErrorKind(inner);
}

/**
 * Whether the installation is at fault and not what was asked of it: a missing right, or a schema of another version, as
 * while a new release is being rolled out. Whatever was asked, it would fail.
 */
export function isInstallationFault(error: unknown): boolean {
  return INSTALLATION_STATES.has(sqlState(error) ?? "");
}

const INSTALLATION_STATES = new Set(["42501", "42P01", "42703", "42883", "3F000"]);

/** An error for those who mend it: name, message, what the server adds to it, and where it came from. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const told = error as Error & {
    readonly table?: string;
    readonly constraint?: string;
    readonly detail?: string;
  };
  const server = [
    ["SQLSTATE", sqlState(error)],
    ["table", told.table],
    ["constraint", told.constraint],
    ["detail", told.detail],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
  const stack = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return [`${error.name}: ${error.message}`, ...server, ...stack.slice(0, STACK_LINES_MAX)].join("\n");
}

const STACK_LINES_MAX = 6;

/** The five-character SQLSTATE, where the server gave one. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
