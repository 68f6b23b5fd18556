import type { FieldProblem, Problem } from "#contracts/problem.ts";

/** A request that did not succeed: what the server said about it, or that it could not be reached at all. */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: readonly FieldProblem[];

  constructor(problem: Pick<Problem, "status" | "code" | "detail" | "errors">) {
    super(problem.detail);
    this.name = "ProblemError";
    this.status = problem.status;
    this.code = problem.code;
    this.errors = problem.errors ?? [];
  }
}

export const UNREACHABLE = "unreachable";

export const unreachable = () =>
  new ProblemError({
    status: 0,
    code: UNREACHABLE,
    detail: "Lotwise cannot be reached. Check your connection; nothing you entered is lost.",
  });

/** Reads an error response. A proxy's HTML page or an empty body still becomes a sentence for the reader. */
export async function problemFrom(response: Response): Promise<ProblemError> {
  const body: unknown = await response.json().catch(() => undefined);
  if (isProblem(body)) return new ProblemError({ ...body, status: response.status });
  if (response.status === 502 || response.status === 503 || response.status === 504) return unreachable();
  return new ProblemError({
    status: response.status,
    code: "unexpected",
    detail: `The server answered with an error (${response.status}). Try again in a moment.`,
  });
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === "object" &&
    body !== null &&
    "code" in body &&
    typeof body.code === "string" &&
    "detail" in body &&
    typeof body.detail === "string"
  );
}

/** What went wrong, in words for the reader, whatever was thrown. */
export const explain = (error: unknown): string =>
  error instanceof ProblemError ? error.message : "Something unexpected went wrong. Try again.";

/**
 * The faults by field name, for a form. A pointer such as "/quantity" names the field; faults that point nowhere in the
 * form stay out, and the form shows the problem's own sentence instead.
 */
export function fieldErrors<Field extends string>(
  error: unknown,
  fields: readonly Field[],
): Partial<Record<Field, string>> {
  if (!(error instanceof ProblemError)) return {};
  const found: Partial<Record<Field, string>> = {};
  for (const fault of error.errors) {
    const name = fault.path.split("/").at(-1);
    const field = fields.find((candidate) => candidate === name);
    if (field !== undefined && found[field] === undefined) found[field] = fault.message;
  }
  return found;
}
