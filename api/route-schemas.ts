import { Type } from "typebox";
import { Problem } from "#contracts/problem.ts";
import { SymbolIn, Uuid } from "#contracts/primitives.ts";

/** Parts that many routes' schemas share. */

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: Problem } },
});

/** Answers that any route can give; `codes` picks those that fit. */
const PROBLEM_RESPONSES = {
  400: problem("The request is not valid; `errors` says what and where"),
  401: problem("No valid access token"),
  404: problem("Nothing of the caller's is there"),
  409: problem("In conflict with what is there"),
  413: problem("The body is too large"),
  415: problem("The body is not JSON"),
  422: problem("The Idempotency-Key was used for another request"),
  429: problem("Too many requests at once"),
  503: problem("Not available just now; try again"),
} as const;

export function problems(...codes: (keyof typeof PROBLEM_RESPONSES)[]) {
  return Object.fromEntries([...codes, 503 as const].map((code) => [code, PROBLEM_RESPONSES[code]]));
}

/** Behind requireCaller. */
export const BEARER = [{ bearer: [] }];

export const PortfolioParams = Type.Object({ portfolioId: Uuid }, { additionalProperties: false });
export const PositionParams = Type.Object(
  { portfolioId: Uuid, symbol: SymbolIn },
  { additionalProperties: false },
);
export const DeadLetterParams = Type.Object({ deadLetterId: Uuid }, { additionalProperties: false });
export const TransactionParams = Type.Object({ transactionId: Uuid }, { additionalProperties: false });

/** Headers of requests that record something. */
export const RecordingHeaders = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({ description: "repeats of a request under one key record nothing twice" }),
  ),
  prefer: Type.Optional(
    Type.String({ description: "`wait=SECONDS`: answer when matched, or when the time is up" }),
  ),
});
