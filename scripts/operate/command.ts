import { hostname, userInfo } from "node:os";
import { openRole, roleUrl, type OpenedDatabase } from "#adapters/compose.ts";
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
  /** For threads, which need connections of their own. */
  urlOf(role: ServiceRole): string;
  close(): Promise<void>;
}

export function openWorkplace(configuration: Configuration): Workplace {
  const opened = new Map<string, OpenedDatabase>();
  const once = (name: string, open: () => OpenedDatabase): OpenedDatabase => {
    const database = opened.get(name) ?? open();
    opened.set(name, database);
    return database;
  };
  const openAs = (role: ServiceRole) => once(role, () => openRole(configuration, role, log));
  return {
    // Whoever has the database's password is let in; the name is what the machine says of them.
    actor: { name: `${userInfo().username}@${hostname()}`.slice(0, 200), userId: undefined },
    owner: () =>
      once("owner", () => {
        const { databaseUrl: url } = configuration;
        if (url === undefined) throw new Error("this needs DATABASE_URL, the owner's");
        const { db } = openDatabase(url, { log, applicationName: "lotwise operate", connectionsMax: 1 });
        return { db, url, close: () => db.destroy() };
      }).db,
    as: (role) => openAs(role).db,
    urlOf: (role) => roleUrl(configuration, role),
    async close() {
      await Promise.all([...opened.values()].map((database) => database.close()));
    },
  };
}
