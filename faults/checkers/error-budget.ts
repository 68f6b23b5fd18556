/** An attempt and what came of it. `status` undefined: no answer, or half of one. */
export interface Answered {
  readonly who: string;
  readonly operation: Operation;
  readonly path: string;
  /** From 1; a request that was not answered is sent again. */
  readonly attempt: number;
  readonly ms: number;
  readonly status: number | undefined;
  /** The code of a problem. */
  readonly code: string | undefined;
  readonly retryAfter: string | undefined;
}

export type Operation =
  | "register"
  | "login"
  | "create-portfolio"
  | "change-portfolio"
  | "record"
  | "record-batch"
  | "trade"
  | "edit"
  | "delete"
  | "read-transaction"
  | "read"
  | "read-foreign"
  | "record-foreign"
  | "operate";

/** What each operation may be answered with whatever fails, besides 503. Anything else is a defect. */
const ALLOWED: Readonly<Record<Operation, readonly string[]>> = {
  register: ["201", "409 account-not-created"],
  login: ["200"],
  "create-portfolio": ["201"],
  "change-portfolio": ["200", "409 request-in-progress"],
  record: ["201", "409 request-in-progress"],
  "record-batch": ["201", "409 request-in-progress"],
  trade: ["201", "409 request-in-progress"],
  edit: ["200", "409 request-in-progress"],
  delete: ["204", "409 request-in-progress"],
  "read-transaction": ["200"],
  read: ["200"],
  "read-foreign": ["404 portfolio-not-found"],
  "record-foreign": ["404 portfolio-not-found"],
  operate: ["200", "409 dead-letter-resolved"],
};

/** Once an attempt went unanswered, the first of several may have been carried out. */
const ALLOWED_LATER: Partial<Readonly<Record<Operation, readonly string[]>>> = {
  edit: ["409 version-conflict"],
  delete: ["404 transaction-not-found"],
};

/** The answers that ask for patience. They must say how much. */
const TRY_AGAIN = ["503 unavailable", "409 request-in-progress", "429 busy"];

/** Which answers may come. Jepsen's lesson: a lost fence often shows in nothing but errors that nobody expected. */
export class ErrorBudget {
  /** Undefined when the answer is one of those that may come, else why not. */
  judge(answer: Answered, { areClocksOff }: { areClocksOff: boolean }): string | undefined {
    if (answer.status === undefined) return undefined;
    const kind = answer.code === undefined ? `${answer.status}` : `${answer.status} ${answer.code}`;
    if (TRY_AGAIN.includes(kind)) {
      return answer.retryAfter === undefined ? `${describe(answer, kind)} without Retry-After` : undefined;
    }
    if (areClocksOff && answer.status === 401) return undefined;
    if (ALLOWED[answer.operation].includes(kind)) return undefined;
    if (answer.attempt > 1 && ALLOWED_LATER[answer.operation]?.includes(kind) === true) return undefined;
    return describe(answer, kind);
  }
}

/** Whether the answer settles the request, so that it need not be sent again. */
export function isSettled(status: number | undefined, code: string | undefined): boolean {
  return status !== undefined && status !== 401 && !TRY_AGAIN.includes(`${status} ${code ?? ""}`);
}

function describe({ who, operation, path, attempt }: Answered, kind: string): string {
  return `unexpected answer ${kind} to ${operation} ${path} of ${who}, attempt ${attempt}`;
}
