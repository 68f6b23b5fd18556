import type pg from "pg";

/** The steps of the pipeline by their SQL: what stands first in the text wins. */
const TABLES =
  /\b(record_transactions|ensure_instruments|outbox|portfolio_state|transaction|position|tax_lot|disposal_slice|disposal|rejection|set_config|pg_notify)\b/;

/**
 * Adds up, for each kind of statement, the time from sending it to having its answer. What the process does between the
 * statements is not in it.
 */
export class StageTimes {
  readonly #totals = new Map<string, { ms: number; count: number }>();

  /** Times every statement of the pool's connections from now on. */
  watch(pool: pg.Pool, role: string): void {
    pool.on("connect", (client) => {
      const send = client.query.bind(client) as (...words: unknown[]) => Promise<unknown>;
      client.query = (async (...words: unknown[]) => {
        const startedAt = performance.now();
        try {
          return await send(...words);
        } finally {
          this.#add(`${role} ${kindOf(words[0])}`, performance.now() - startedAt);
        }
      }) as typeof client.query;
    });
  }

  reset(): void {
    this.#totals.clear();
  }

  /** Milliseconds of all statements together. */
  total(): number {
    return [...this.#totals.values()].reduce((sum, { ms }) => sum + ms, 0);
  }

  /** Shape: most expensive first. */
  lines(): string[] {
    return [...this.#totals]
      .toSorted(([, a], [, b]) => b.ms - a.ms)
      .map(
        ([kind, { ms, count }]) => `${ms.toFixed(0).padStart(7)} ms ${String(count).padStart(6)} × ${kind}`,
      );
  }

  #add(kind: string, ms: number): void {
    const total = this.#totals.get(kind) ?? { ms: 0, count: 0 };
    total.ms += ms;
    total.count += 1;
    this.#totals.set(kind, total);
  }
}

function kindOf(statement: unknown): string {
  const text = typeof statement === "string" ? statement : String((statement as { text?: unknown }).text);
  const verb = /^\s*(\w+)/.exec(text)?.[1]?.toLowerCase() ?? "";
  const table = TABLES.exec(text)?.[1];
  const lock = /\bfor update\b/.test(text) ? " for update" : "";
  return table === undefined ? verb : `${verb} ${table}${lock}`;
}
