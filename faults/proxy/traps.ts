import { setTimeout as delay } from "node:timers/promises";
import type { ProxiedConnection } from "./fault-proxy.ts";
import type { WireWatcher } from "./postgres-wire.ts";

/** A point on the way of an SQL transaction, recognised by its statements. */
export interface TrapPoint {
  /**
   *   before     the statement has been sent and does not arrive
   *   after      it has been carried out, in a transaction that is still open
   *   committed  its transaction has committed, and nobody has been told
   */
  readonly when: "before" | "after" | "committed";
  readonly statement: RegExp;
  /** What must have come earlier in the same SQL transaction. For `before`. */
  readonly earlier?: RegExp;
}

interface Trap {
  readonly point: TrapPoint;
  readonly spring: (connection: ProxiedConnection) => void;
}

/** The traps laid on one way to PostgreSQL. Each springs once. */
export class Traps implements WireWatcher {
  readonly #traps = new Set<Trap>();
  #seen = 0;

  /** How many statements have passed. */
  get seen(): number {
    return this.#seen;
  }

  /**
   * Does `act` when something passes the point, before anything else of that connection passes.
   * Resolves false when nothing does within `withinMs`.
   */
  async catchOne(
    point: TrapPoint,
    withinMs: number,
    act: (connection: ProxiedConnection) => void,
  ): Promise<boolean> {
    const giveUp = new AbortController();
    const { promise: sprung, resolve } = Promise.withResolvers<true>();
    const trap: Trap = {
      point,
      spring: (connection) => {
        act(connection);
        resolve(true);
      },
    };
    this.#traps.add(trap);
    const late = delay(withinMs, false, { signal: giveUp.signal }).catch(() => false);
    const isCaught = await Promise.race([sprung, late]);
    giveUp.abort();
    this.#traps.delete(trap);
    return isCaught;
  }

  before(statement: string, earlier: readonly string[], connection: ProxiedConnection): boolean {
    this.#seen += 1;
    return this.#spring(connection, ({ when, statement: wanted, earlier: past }) => {
      if (when !== "before" || !wanted.test(statement)) return false;
      return past === undefined || earlier.some((each) => past.test(each));
    });
  }

  after(statement: string, connection: ProxiedConnection): boolean {
    return this.#spring(connection, (point) => point.when === "after" && point.statement.test(statement));
  }

  committed(statements: readonly string[], connection: ProxiedConnection): boolean {
    return this.#spring(
      connection,
      (point) => point.when === "committed" && statements.some((each) => point.statement.test(each)),
    );
  }

  #spring(connection: ProxiedConnection, fits: (point: TrapPoint) => boolean): boolean {
    for (const trap of this.#traps) {
      if (!fits(trap.point)) continue;
      this.#traps.delete(trap);
      trap.spring(connection);
      return true;
    }
    return false;
  }
}
