/*
 * A thread that does nothing but take snapshots, one after the other, of customers drawn from those it was last told of.
 * What the second engine works out takes milliseconds, which the thread of the customers has not to spare.
 */
import { setTimeout as delay } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { silentLogger as log } from "#adapters/ports.ts";
import { openDatabase } from "#adapters/postgres/pool.ts";
import { takeSnapshot } from "./snapshot.ts";

/** Portfolios of one owner each. */
export type Watched = readonly (readonly string[])[];

const EVERY_MS = 25;
const AFTER_FAILURE_MS = 250;

const { url } = workerData as { url: string };
const { db } = openDatabase(url, { log, applicationName: "fault run", connectionsMax: 1 });
let watched: Watched = [];
const stopping = new AbortController();

parentPort!.on("message", (message: Watched | "stop") => {
  if (message === "stop") stopping.abort();
  else watched = message;
});

while (!stopping.signal.aborted) {
  const began = performance.now();
  const ids = watched[Math.floor(Math.random() * watched.length)];
  if (ids === undefined) await delay(EVERY_MS);
  else {
    // PostgreSQL comes and goes.
    const snapshot = await takeSnapshot(db, ids).catch(() => undefined);
    if (snapshot === undefined) await delay(AFTER_FAILURE_MS);
    else parentPort!.postMessage(snapshot);
    await delay(Math.max(1, EVERY_MS - (performance.now() - began)));
  }
}
await db.destroy();
parentPort!.close();
