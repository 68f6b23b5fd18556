import type { Registered, SignedIn } from "#contracts/accounts.ts";
import type { Portfolio, PortfolioInput } from "#contracts/portfolios.ts";
import type { Transaction, TransactionInput } from "#contracts/transactions.ts";

/** An answer of the API with its body read. */
export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

/** A user of the API over real HTTP. */
export class ApiClient {
  readonly #baseUrl: string;
  token: string | undefined;
  userId = "";

  constructor(baseUrl: string) {
    this.#baseUrl = `${baseUrl}/api/v1`;
  }

  /** `body` is sent as JSON; a string is sent as it is. */
  async request<Body = unknown>(
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string>; timeoutMs?: number } = {},
  ): Promise<Answer<Body>> {
    const { body } = options;
    const response = await fetch(this.#baseUrl + path, {
      method,
      headers: {
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(options.timeoutMs ?? 20_000),
    });
    const text = await response.text();
    const isJson = (response.headers.get("content-type") ?? "").includes("json");
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (isJson && text !== "" ? JSON.parse(text) : undefined) as Body,
    };
  }

  get<Body = unknown>(path: string): Promise<Answer<Body>> {
    return this.request<Body>("GET", path);
  }

  post<Body = unknown>(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> {
    return this.request<Body>("POST", path, { body, headers });
  }

  /** Creates a portfolio and returns it. */
  async portfolio(input: Partial<PortfolioInput> = {}): Promise<Portfolio> {
    const answer = await this.post<Portfolio>("/portfolios", { name: "Main", ...input });
    if (answer.status !== 201) throw new Error(`portfolio: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  /** Records a transaction, waits for its match, and returns it. */
  async record(
    input: Omit<TransactionInput, "tradedAt"> & { tradedAt?: string },
    headers: Record<string, string> = { prefer: "wait=8" },
  ): Promise<Transaction> {
    const tradedAt = input.tradedAt ?? "2026-01-05T15:00:00Z";
    const answer = await this.post<Transaction>("/transactions", { ...input, tradedAt }, headers);
    if (answer.status !== 201) throw new Error(`record: ${answer.status} ${answer.text}`);
    return answer.body;
  }
}

let users = 0;

/** Registers a new user and signs in. */
export async function signedInClient(baseUrl: string): Promise<ApiClient> {
  const client = new ApiClient(baseUrl);
  users += 1;
  const name = `user-${process.pid}-${users}-${Math.floor(performance.now())}`;
  const password = "a long enough password";
  const registered = await client.post<Registered>("/auth/register", {
    email: `${name}@example.com`,
    username: name,
    password,
  });
  if (registered.status !== 201) throw new Error(`register: ${registered.status} ${registered.text}`);
  const signedIn = await client.post<SignedIn>("/auth/login", { login: name, password });
  client.token = signedIn.body.accessToken;
  client.userId = signedIn.body.user.id;
  return client;
}
