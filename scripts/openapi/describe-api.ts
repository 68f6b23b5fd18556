import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inProcessFanOut } from "#adapters/in-process/fan-out.ts";
import { silentLogger } from "#adapters/ports.ts";
import { openDatabase } from "#adapters/postgres/pool.ts";
import { loadSigningKey } from "#adapters/security/jwt-key.ts";
import { buildServer } from "#api/server.ts";
import { openRecorder } from "#use-cases/recorder.ts";

/** The OpenAPI document of the routes as they are, as formatted JSON. Needs no database: nothing is asked. */
export async function describeApi(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lotwise-openapi-"));
  const { db } = openDatabase("postgres://nobody@127.0.0.1:1/none", {
    log: silentLogger,
    applicationName: "openapi",
  });
  const app = await buildServer({
    dependencies: {
      db,
      operatorDb: db,
      recorder: openRecorder(db),
      fanOut: inProcessFanOut({ log: silentLogger }),
      quotes: () => Promise.resolve(new Map()),
      now: Date.now,
    },
    settings: {
      production: true,
      bcryptCost: 12,
      signingKey: await loadSigningKey(join(folder, "key.pem")),
      allowedOrigins: [],
      trustProxy: 0,
      demo: undefined,
      webFolder: undefined,
    },
    log: false,
  });
  try {
    await app.ready();
    const { info, ...document } = app.swagger() as { info: object };
    const generated = { info: { ...info, "x-generated-by": "npm run openapi" }, ...document };
    return `${JSON.stringify(generated, null, 2)}\n`;
  } finally {
    await app.close();
    await db.destroy();
    await rm(folder, { recursive: true });
  }
}
