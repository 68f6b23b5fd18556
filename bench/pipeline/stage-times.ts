import type pg from "pg";

/** The steps of the pipeline by their SQL: what stands first in the text wins. */
const TABLES =
  /\b(record_transactions|ensure_instruments|outbox|portfolio_state|transaction|position|tax_lot|disposal_slice|disposal|rejection|set_config|pg_notify)\b/;

/** By kind of statement. */
export type StageTotals = ReadonlyMap<string, { readonly ms: number; readonly count: number }>;

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
          this.#add(`${role} ${kindOf(words[0])}`, { ms: performance.now() - startedAt, count: 1 });
        }
      }) as typeof client.query;
    });
  }

  reset(): void {
    this.#totals.clear();
  }

  get totals(): StageTotals {
    return this.#totals;
  }

  /** Adds what was measured in another thread. */
  add(others: StageTotals): void {
    for (const [kind, total] of others) this.#add(kind, total);
  }

  /** Shape: most expensive first. */
  lines(): string[] {
    return [...this.#totals]
      .toSorted(([, a], [, b]) => b.ms - a.ms)
      .map(
        ([kind, { ms, count }]) => `${ms.toFixed(0).padStart(7)} ms ${String(count).padStart(6)} × ${kind}`,
      );
  }

  #add(kind: string, { ms, count }: { ms: number; count: number }): void {
    const before = this.#totals.get(kind) ?? { ms: 0, count: 0 };
    this.#totals.set(kind, { ms: before.ms + ms, count: before.count + count });
  }
}

function kindOf(statement: unknown): string {
  const text = typeof statement === "string" ? statement : String((statement as { text?: unknown }).text);
  const verb = /^\s*(\w+)/.exec(text)?.[1]?.toLowerCase() ?? "";
  const table = TABLES.exec(text)?.[1];
  const lock = /\bfor update\b/.test(text) ? " for update" : "";
  return table === undefined ? verb : `${verb} ${table}${lock}`;
}
