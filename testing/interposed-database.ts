import { Kysely, PostgresDialect, type DatabaseConnection, type Driver } from "kysely";
import { silentLogger } from "#adapters/ports.ts";
import { openDatabase, type Db } from "#adapters/postgres/pool.ts";
import type { Database } from "#adapters/postgres/schema.ts";

/** A handle that does something once, between two statements: when the first that fits has been answered. */
export function interposedDatabase(url: string, statement: RegExp, act: () => Promise<unknown>): Db {
  const { pool } = openDatabase(url, { log: silentLogger, applicationName: "test" });
  const dialect = new PostgresDialect({ pool });
  let isDone = false;
  const interpose = (connection: DatabaseConnection): DatabaseConnection => ({
    streamQuery: (...args) => connection.streamQuery(...args),
    async executeQuery(query, options) {
      const result = await connection.executeQuery(query, options);
      if (!isDone && statement.test(query.sql)) {
        isDone = true;
        await act();
      }
      return result as never;
    },
  });
  const createDriver = (): Driver => {
    const driver = dialect.createDriver();
    const inner = new WeakMap<DatabaseConnection, DatabaseConnection>();
    const innerOf = (connection: DatabaseConnection) => inner.get(connection) ?? connection;
    return {
      init: () => driver.init(),
      async acquireConnection() {
        const connection = await driver.acquireConnection();
        const interposed = interpose(connection);
        inner.set(interposed, connection);
        return interposed;
      },
      beginTransaction: (connection, settings) => driver.beginTransaction(innerOf(connection), settings),
      commitTransaction: (connection) => driver.commitTransaction(innerOf(connection)),
      rollbackTransaction: (connection) => driver.rollbackTransaction(innerOf(connection)),
      releaseConnection: (connection) => driver.releaseConnection(innerOf(connection)),
      destroy: () => driver.destroy(),
    };
  };
  return new Kysely<Database>({
    dialect: {
      createDriver,
      createAdapter: () => dialect.createAdapter(),
      createIntrospector: (db) => dialect.createIntrospector(db),
      createQueryCompiler: () => dialect.createQueryCompiler(),
    },
  });
}
