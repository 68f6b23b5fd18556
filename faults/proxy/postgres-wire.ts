/*
 * Enough of PostgreSQL's protocol to know which statement passes, when it has been answered, and when its SQL
 * transaction has committed. Source: PostgreSQL documentation, "Frontend/Backend Protocol", message formats.
 *
 * A client's messages up to Sync (or one Query) make a cycle; the server ends each with ReadyForQuery, which says
 * whether a transaction is open. Cycles are answered in order, so pipelining changes nothing.
 */
import type { Inspector, ProxiedConnection } from "./fault-proxy.ts";

/** What the traps of a proxy are told. Each returns true to keep back what is at hand. */
export interface WireWatcher {
  /**
   * A statement is about to be passed on; `earlier` are those of the same SQL transaction, and beside them what the
   * server said of each that it has carried out ("DELETE 5").
   */
  before(statement: string, earlier: readonly string[], connection: ProxiedConnection): boolean;
  /** A statement has been answered, its transaction still being open. */
  after(statement: string, connection: ProxiedConnection): boolean;
  /** An SQL transaction, or a statement by itself, has committed; the client has not been told yet. */
  committed(statements: readonly string[], connection: ProxiedConnection): boolean;
}

interface Cycle {
  readonly statements: string[];
  readonly tags: string[];
  failed: boolean;
}

/** Reads along one connection. */
export function inspectPostgres(connection: ProxiedConnection, watcher: WireWatcher): Inspector {
  const named = new Map<string, string>();
  const cycles: Cycle[] = [];
  let open: Cycle = newCycle();
  let current: string[] = [];
  let isReady = false;

  const onStatement = (statement: string): boolean => {
    const earlier = [...current, ...cycles.flatMap((cycle) => cycle.statements), ...open.statements];
    open.statements.push(statement);
    return watcher.before(statement, earlier, connection);
  };
  const endCycle = () => {
    cycles.push(open);
    open = newCycle();
  };
  const onClientMessage = (type: string, body: Buffer): boolean => {
    if (type === "Q") {
      const isHeld = onStatement(textAt(body, 0).text);
      endCycle();
      return isHeld;
    }
    if (type === "P") {
      const name = textAt(body, 0);
      named.set(name.text, textAt(body, name.end).text);
    } else if (type === "B") {
      const portal = textAt(body, 0);
      const statement = named.get(textAt(body, portal.end).text);
      if (statement !== undefined) return onStatement(statement);
    } else if (type === "S") endCycle();
    return false;
  };
  const onReady = (status: string): boolean => {
    const cycle = isReady ? cycles.shift() : undefined;
    isReady = true;
    if (cycle === undefined) return false;
    current.push(...cycle.statements, ...cycle.tags);
    if (status !== "I") {
      return cycle.failed ? false : cycle.statements.some((each) => watcher.after(each, connection));
    }
    const statements = current;
    current = [];
    if (cycle.failed || cycle.tags.includes("ROLLBACK") || statements.length === 0) return false;
    return watcher.committed(statements, connection);
  };
  const onServerMessage = (type: string, body: Buffer): boolean => {
    if (type === "E" && cycles[0] !== undefined) cycles[0].failed = true;
    if (type === "C") cycles[0]?.tags.push(textAt(body, 0).text);
    return type === "Z" ? onReady(body.toString("latin1")) : false;
  };

  const fromClient = messageReader({ wanted: "QPBS", untyped: 1, onMessage: onClientMessage });
  const fromServer = messageReader({ wanted: "ZEC", untyped: 0, onMessage: onServerMessage });
  return {
    fromClient: (chunk) => (fromClient(chunk) ? holding(connection) : chunk),
    fromServer: (chunk) => (fromServer(chunk) ? holding(connection) : chunk),
  };
}

function holding(connection: ProxiedConnection): undefined {
  connection.hold();
  return undefined;
}

const newCycle = (): Cycle => ({ statements: [], tags: [], failed: false });

function textAt(body: Buffer, start: number): { text: string; end: number } {
  const end = body.indexOf(0, start);
  const stop = end === -1 ? body.length : end;
  return { text: body.toString("utf8", start, stop), end: stop + 1 };
}

/** Of a message longer than this only the beginning is looked at. Units: bytes. */
const BODY_MAX = 64 * 1024;
const LENGTH_SIZE = 4;

/**
 * Cuts a stream into messages: a type, a length that counts itself, a body. The first `untyped` messages have no type.
 * Returns true as soon as `onMessage` does; the rest of the chunk is then not looked at.
 */
function messageReader(options: {
  wanted: string;
  untyped: number;
  onMessage: (type: string, body: Buffer) => boolean;
}): (chunk: Buffer) => boolean {
  let untyped = options.untyped;
  let rest: Buffer = Buffer.alloc(0);
  let toSkip = 0;
  return (chunk) => {
    let buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const skipped = Math.min(toSkip, buffer.length);
      toSkip -= skipped;
      buffer = buffer.subarray(skipped);
      const head = untyped > 0 ? 0 : 1;
      if (toSkip > 0 || buffer.length < head + LENGTH_SIZE) break;
      const type = head === 0 ? "" : String.fromCharCode(buffer[0]!);
      const length = buffer.readInt32BE(head) - LENGTH_SIZE;
      const bodyAt = head + LENGTH_SIZE;
      const isWanted = type !== "" && options.wanted.includes(type);
      if (isWanted && buffer.length < bodyAt + Math.min(length, BODY_MAX)) break;
      if (untyped > 0) untyped -= 1;
      toSkip = bodyAt + length;
      if (isWanted && options.onMessage(type, buffer.subarray(bodyAt, bodyAt + Math.min(length, BODY_MAX)))) {
        return true;
      }
    }
    rest = Buffer.from(buffer);
    return false;
  };
}
