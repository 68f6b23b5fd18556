import { setImmediate as endOfTurn } from "node:timers/promises";
import { remember, type Caller } from "./remembered-callers.ts";

/** How long a check of a session holds; a revocation on any node clears it at once. */
const SESSION_CHECK_MS = 5_000;

/** What the database is asked. */
export interface SessionQuestions {
  /** Whether the session is live and the user's. */
  isLive(caller: Caller): Promise<boolean>;
  /** Those of the sessions that are live. */
  findLive(sessionIds: readonly string[]): Promise<ReadonlySet<string>>;
}

interface Check {
  readonly userId: string;
  readonly untilMs: number;
  readonly answer: Promise<boolean>;
}

interface Round {
  readonly sessionIds: string[];
  readonly live: Promise<ReadonlySet<string>>;
}

/**
 * Which sessions may be used. Each is asked for by itself when it is new, since it has to be the user's; from then on
 * every five seconds at most, in one question for all whose time has come, and once for all who want to know it at the
 * same time. With a question for each, a hundred users took all connections of the pool every five seconds.
 */
export class SessionChecks {
  readonly #questions: SessionQuestions;
  readonly #now: () => number;
  readonly #asked = new Map<string, Check>();
  readonly #live = new Map<string, Check>();
  #round: Round | undefined;

  constructor(questions: SessionQuestions, now: () => number) {
    this.#questions = questions;
    this.#now = now;
  }

  /** Whether it was live a moment ago. */
  isKnown({ sessionId, userId }: Caller): boolean {
    const known = this.#live.get(sessionId);
    return known?.userId === userId && known.untilMs > this.#now();
  }

  async isLive(caller: Caller): Promise<boolean> {
    if (this.isKnown(caller)) return true;
    const { sessionId, userId } = caller;
    const asked = this.#asked.get(sessionId);
    if (asked?.userId === userId) return asked.answer;
    // From before the question: what is ended while it is under way counts from then.
    const untilMs = this.#now() + SESSION_CHECK_MS;
    const isTheirs = this.#live.get(sessionId)?.userId === userId;
    const answer = isTheirs ? this.#askAgain(sessionId) : this.#questions.isLive(caller);
    const check = { userId, untilMs, answer };
    this.#asked.set(sessionId, check);
    return this.#settle(sessionId, check);
  }

  /** It was ended. An answer on its way may be from before, and counts for nobody who asks from now on. */
  forget(sessionId: string): void {
    this.#live.delete(sessionId);
    this.#asked.delete(sessionId);
  }

  async #askAgain(sessionId: string): Promise<boolean> {
    const round = (this.#round ??= this.#openRound());
    round.sessionIds.push(sessionId);
    return (await round.live).has(sessionId);
  }

  #openRound(): Round {
    const sessionIds: string[] = [];
    const live = endOfTurn().then(() => {
      this.#round = undefined;
      return this.#questions.findLive(sessionIds);
    });
    return { sessionIds, live };
  }

  async #settle(sessionId: string, check: Check): Promise<boolean> {
    let isLive = false;
    try {
      isLive = await check.answer;
      return isLive;
    } finally {
      if (this.#asked.get(sessionId) === check) {
        this.#asked.delete(sessionId);
        this.#live.delete(sessionId);
        if (isLive) remember(this.#live, sessionId, check);
      }
    }
  }
}
