import type { Problem } from "#contracts/problem.ts";
import type { Operation } from "../checkers/error-budget.ts";
import type { History } from "./history.ts";

/** One request, which may have to be sent several times. */
export interface Asked {
  readonly operation: Operation;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly key?: string;
}

export interface Reply<Body = unknown> {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: Body;
  readonly text: string;
  readonly attempt: number;
  readonly answeredAt: number;
}

/** How long a customer waits for an answer before it asks again, elsewhere. Units: milliseconds. */
const PATIENCE_MS = 6_000;

/** A mark that each customer leaves in everything it writes, and that nobody else may ever be shown. */
export const CANARY = /canary-[0-9a-f]{16}/g;

/** The ways into an installation, and the book that everything is written down in. */
export class Doors {
  readonly #baseUrls: readonly string[];
  readonly history: History;
  /** Aborted when nobody is to be waited for any more. */
  closing = new AbortController();
  #next = 0;

  constructor(baseUrls: readonly string[], history: History) {
    this.#baseUrls = baseUrls;
    this.history = history;
  }

  reopen(): void {
    this.closing = new AbortController();
  }

  /** The next of the APIs in turn. */
  get baseUrl(): string {
    this.#next += 1;
    return this.#baseUrls[this.#next % this.#baseUrls.length]!;
  }

  /** Sends a request once. Undefined: there was no answer, or half of one. */
  async knock<Body>(
    asked: Asked,
    {
      who,
      canary,
      token,
      attempt,
    }: { who: string; canary: string; token: string | undefined; attempt: number },
  ): Promise<Reply<Body> | undefined> {
    const { history } = this;
    const sentAt = history.now;
    const answer = await this.#send(asked, token).catch(() => undefined);
    const answeredAt = history.now;
    const { status, text = "", headers } = answer ?? {};
    const isJson = headers?.get("content-type")?.includes("json") === true && text !== "";
    const body = (isJson ? JSON.parse(text) : undefined) as Body;
    const code = status !== undefined && status >= 400 ? (body as Problem | undefined)?.code : undefined;
    history.answered({
      who,
      operation: asked.operation,
      path: asked.path,
      attempt,
      ms: Math.round(answeredAt - sentAt),
      status,
      code,
      retryAfter: headers?.get("retry-after") ?? undefined,
    });
    for (const [mark] of text.matchAll(CANARY)) {
      if (mark !== canary)
        history.report("leaks", `${who} was shown ${mark} by ${asked.method} ${asked.path}`);
    }
    return status === undefined ? undefined : { status, code, body, text, attempt, answeredAt };
  }

  async #send({ method, path, body, key }: Asked, token: string | undefined) {
    const answer = await fetch(`${this.baseUrl}/api/v1${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), this.closing.signal]),
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }
}
