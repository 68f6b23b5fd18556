import { ProblemError, problemFrom, unreachable } from "./problem-error.ts";
import { session } from "./session.ts";

export interface Request {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Sign-in and sign-up answer 401 for their own reasons; they carry no token and end no session. */
  readonly anonymous?: boolean;
}

/** One request to the REST API: the parsed body, or undefined for 204. Errors: ProblemError, also for network faults. */
export async function send<T>(method: string, path: string, request: Request = {}): Promise<T> {
  const first = await attempt(method, path, request);
  if (first.status !== 401 || request.anonymous === true) return read<T>(first);

  // The token may have been revoked or the server's clock run ahead: one refresh, one repeat.
  if (!(await session.refresh())) throw await problemFrom(first);
  const second = await attempt(method, path, request);
  if (second.status === 401) session.end();
  return read<T>(second);
}

async function attempt(method: string, path: string, request: Request): Promise<Response> {
  const token = request.anonymous === true ? undefined : await session.accessToken();
  const headers: Record<string, string> = { Accept: "application/json", ...request.headers };
  if (token !== undefined) headers["Authorization"] = `Bearer ${token}`;
  if (request.body !== undefined) headers["Content-Type"] = "application/json";
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (request.body !== undefined) init.body = JSON.stringify(request.body);
  if (request.signal !== undefined) init.signal = request.signal;
  try {
    return await fetch(`/api/v1${path}${queryString(request.query)}`, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachable();
  }
}

async function read<T>(response: Response): Promise<T> {
  if (!response.ok) throw await problemFrom(response);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

function queryString(query: Request["query"]): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== "") pairs.set(name, String(value));
  }
  return pairs.size === 0 ? "" : `?${pairs}`;
}

/** Worth another try without asking: the server was away, not the request wrong. */
export const isPassing = (error: unknown) =>
  error instanceof ProblemError && (error.status === 0 || error.status >= 500);
