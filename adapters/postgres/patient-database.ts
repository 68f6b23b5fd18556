import { openDatabase, type Db } from "./pool.ts";
import { silentLogger } from "../ports.ts";

/**
 * For work on a whole portfolio at once, of two hundred thousand transactions at most: it computes for seconds between two
 * statements and reads for seconds in one. Beside it every other wait is as short as before. A process that hangs in the
 * middle of such work keeps its portfolio locked, and nothing else, for as long. Units: milliseconds.
 */
const PATIENT = { lockMs: 10_000, idleInTransactionMs: 60_000, statementMs: 60_000, queryMs: 65_000 };

/** A handle for such work, with connections of its own. */
export function openPatientDatabase(
  url: string,
  options: { readonly applicationName: string; readonly connectionsMax?: number },
): Db {
  return openDatabase(url, { log: silentLogger, connectionsMax: 1, ...options, timeouts: PATIENT }).db;
}
