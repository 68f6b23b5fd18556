import { hostname, userInfo } from "node:os";
import { openRole, type OpenedDatabase } from "#adapters/compose.ts";
import type { Configuration } from "#adapters/configuration.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import type { ServiceRole } from "#adapters/postgres/migrate.ts";
import type { Actor } from "#adapters/postgres/operators.ts";
import { openDatabase, type Db } from "#adapters/postgres/pool.ts";

/** One thing that operators do from a shell. */
export interface Command {
  readonly name: string;
  /** The name and what follows it: "grant-operator LOGIN". */
  readonly usage: string;
  readonly summary: string;
  /** Errors: UsageError when the arguments are not those of `usage`; anything else says in one line what is wrong. */
  run(workplace: Workplace, args: readonly string[]): Promise<Answer>;
}

/** What a command has to say: lines for people, `json` for machines. `ok` false: it was refused. */
export interface Answer {
  readonly ok: boolean;
  readonly lines: readonly string[];
  readonly json: unknown;
}

/** The command line was not understood. */
export class UsageError extends Error {}

/** Whom a command works as, and what it works on. Connections are opened on first use. */
export interface Workplace {
  readonly actor: Actor;
  /** Connected as the owner of the tables. Errors: throws when only URLs of other roles are set. */
  owner(): Db;
  /** Connected as a role that processes connect as. */
  as(role: ServiceRole): Db;
  close(): Promise<void>;
}

export function openWorkplace(configuration: Configuration): Workplace {
  const opened = new Map<string, Pick<OpenedDatabase, "db" | "close">>();
  const once = (name: string, open: () => Pick<OpenedDatabase, "db" | "close">): Db => {
    const database = opened.get(name) ?? open();
    opened.set(name, database);
    return database.db;
  };
  return {
    // Whoever has the database's password is let in; the name is what the machine says of them.
    actor: { name: `${userInfo().username}@${hostname()}`.slice(0, 200), userId: undefined },
    owner: () =>
      once("owner", () => {
        if (configuration.databaseUrl === undefined) throw new Error("this needs DATABASE_URL, the owner's");
        const { db } = openDatabase(configuration.databaseUrl, {
          log,
          applicationName: "lotwise operate",
          connectionsMax: 1,
        });
        return { db, close: () => db.destroy() };
      }),
    as: (role) => once(role, () => openRole(configuration, role, log)),
    async close() {
      await Promise.all([...opened.values()].map((database) => database.close()));
    },
  };
}
