import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Logger } from "../ports.ts";

const LISTEN_RETRY_MS = 1_000;
const GOODBYE_WITHIN_MS = 500;

/**
 * Keeps one connection listening to a channel until the signal is aborted. Calls back for each notification, and
 * whenever it has connected, since nobody knows what was missed before that.
 *
 * Errors: none; without a connection it tries again once a second. Whoever relies on being told must poll as well.
 */
export async function listen(options: {
  url: string;
  channel: string;
  log: Logger;
  signal: AbortSignal;
  onNews: () => void;
}): Promise<void> {
  const { url, channel, log, signal, onNews } = options;
  while (!signal.aborted) {
    const client = new pg.Client({
      connectionString: url,
      application_name: `lotwise ${channel} listener`,
      connectionTimeoutMillis: 2_000,
      keepAlive: true,
    });
    const ended = new Promise<void>((resolve) => {
      client.on("error", () => resolve());
      client.on("end", () => resolve());
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    try {
      await client.connect();
      client.on("notification", onNews);
      const listening = client.query(`listen ${client.escapeIdentifier(channel)}`).then(onNews);
      await Promise.race([listening, ended]);
      await ended;
    } catch (error) {
      log.warn({ err: error, channel }, "not listening for notifications, polling instead");
    }
    await hangUp(client);
    if (!signal.aborted) await delay(LISTEN_RETRY_MS, undefined, { signal }).catch(() => {});
  }
}

/** A server that says nothing any more would keep us waiting for its goodbye. */
async function hangUp(client: pg.Client): Promise<void> {
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Socket } }).connection;
  const timer = setTimeout(() => stream.destroy(), GOODBYE_WITHIN_MS);
  await client.end().catch(() => {});
  clearTimeout(timer);
}

/** Lets a loop sleep until something happens, or for a time. A ring while nobody waits is remembered. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async wait(timeoutMs: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}
