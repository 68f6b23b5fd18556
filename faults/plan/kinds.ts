/*
 * Every kind of fault, by its row in the matrix, and how often it is to happen in a run that counts as one ("pr").
 * Kinds of one row share its number; a row's figure is the sum of theirs.
 */

/** What a kind cannot do without. */
export type Need = "kafka" | "small-disks" | "faketime";

interface KindTerms {
  readonly pr: number;
  /** Too slow, or too heavy, for a run of half a minute. */
  readonly isSlow?: true;
  readonly needs?: Need;
  readonly does: string;
}

export const KINDS = {
  "F1-api": { pr: 120, does: "kill -9 of an API" },
  "F2-relay": { pr: 90, needs: "kafka", does: "kill -9 of a relay" },
  "F2-sent": {
    pr: 30,
    needs: "kafka",
    does: "kill -9 of a relay that has sent, before the announcements are gone",
  },
  "F3-matcher": { pr: 90, does: "kill -9 of a matcher" },
  "F3-locked": { pr: 15, does: "kill -9 of a matcher that has its locks" },
  "F3-written": { pr: 15, does: "kill -9 of a matcher that has written lots" },
  "F3-commit": { pr: 15, does: "kill -9 of a matcher about to commit" },
  "F3-committed": { pr: 15, does: "kill -9 of a matcher that has committed, before it can say so" },
  "F4-exchange": { pr: 60, does: "kill -9 of the simulated exchange" },
  "F5-pause": { pr: 40, does: "SIGSTOP of any process for 1 to 6 s, then SIGCONT" },
  "F6-crash": { pr: 40, does: "PostgreSQL stopped immediately, and started" },
  "F7-terminate": { pr: 60, does: "connections terminated: all, of one role, idle in transaction" },
  "F8-frozen": { pr: 20, does: "PostgreSQL stopped by SIGSTOP, whole or only its backends, for 1 to 6 s" },
  "F9-api": { pr: 35, does: "an API's connection cut after its commit, before the answer" },
  "F9-worker": { pr: 15, does: "the same for a matcher" },
  "F10-restart": { pr: 30, isSlow: true, needs: "kafka", does: "kill -9 of Kafka, and start" },
  "F11-wipe": {
    pr: 20,
    isSlow: true,
    needs: "kafka",
    does: "kill -9 of Kafka, everything deleted, and start",
  },
  "F12-error": { pr: 200, needs: "kafka", does: "an answer of Kafka made an error" },
  "F13-double": { pr: 60, does: "a batch of announcements again" },
  "F13-shuffle": { pr: 20, does: "a batch of announcements in disorder, past and future" },
  "F13-drop": { pr: 20, does: "announcements lost for up to 0.8 s" },
  "F13-replay": { pr: 3, does: "everything announced once more, in no order" },
  "F14-join": { pr: 20, does: "a third matcher that comes and is killed" },
  "F15-kill": { pr: 25, does: "kill -9 of Redis, and start" },
  "F15-wipe": { pr: 25, does: "kill -9 of Redis, everything deleted, and start" },
  "F15-flush": { pr: 25, does: "FLUSHALL" },
  "F15-full": { pr: 25, does: "Redis without memory for 1 to 2 s" },
  "F15-pause": { pr: 25, does: "CLIENT PAUSE for 0.3 to 1.5 s" },
  "F16-postgres-reset": { pr: 20, does: "a process's connections to PostgreSQL reset" },
  "F16-postgres-half-open": { pr: 20, does: "a process's connections to PostgreSQL half-open" },
  "F16-postgres-delay": { pr: 20, does: "10 to 500 ms more on a process's way to PostgreSQL" },
  "F16-postgres-throttle": { pr: 20, does: "1 KiB/s on a process's way to PostgreSQL" },
  "F16-redis-reset": { pr: 20, does: "all connections to Redis reset" },
  "F16-redis-half-open": { pr: 20, does: "all connections to Redis half-open" },
  "F16-redis-delay": { pr: 20, does: "10 to 500 ms more on the way to Redis" },
  "F16-redis-throttle": { pr: 20, does: "1 KiB/s on the way to Redis" },
  "F16-kafka-reset": { pr: 20, needs: "kafka", does: "all connections to Kafka reset" },
  "F16-kafka-half-open": { pr: 20, needs: "kafka", does: "all connections to Kafka half-open" },
  "F16-kafka-delay": { pr: 20, needs: "kafka", does: "10 to 500 ms more on the way to Kafka" },
  "F16-kafka-throttle": { pr: 20, needs: "kafka", does: "1 KiB/s on the way to Kafka" },
  "F16-http-reset": { pr: 20, does: "all requests and sockets of an API reset" },
  "F16-http-half-open": { pr: 20, does: "all requests and sockets of an API half-open" },
  "F16-http-delay": { pr: 20, does: "10 to 500 ms more on the way to an API" },
  "F16-http-throttle": { pr: 20, does: "1 KiB/s on the way to an API" },
  "F17-ahead": { pr: 1, isSlow: true, needs: "faketime", does: "a process whose clock is an hour ahead" },
  "F17-behind": { pr: 1, isSlow: true, needs: "faketime", does: "a process whose clock is two days behind" },
  "F17-jumping": { pr: 1, isSlow: true, needs: "faketime", does: "a process whose clock jumps to and fro" },
  "F18-postgres": { pr: 1, isSlow: true, needs: "small-disks", does: "no room left for PostgreSQL" },
  "F18-redis": {
    pr: 1,
    isSlow: true,
    needs: "small-disks",
    does: "no room left for Redis' append-only file",
  },
  "F19-descriptors": { pr: 1, isSlow: true, does: "a process with 64 file descriptors" },
  "F19-heap": { pr: 1, isSlow: true, does: "a process with a heap of 128 MB" },
  "F19-hogs": { pr: 1, isSlow: true, does: "two threads that hog the CPU" },
  "F20-record": { pr: 48, needs: "kafka", does: "one of 12 kinds of garbage in the topic" },
  "F20-poison": { pr: 12, does: "a transaction whose figures cannot be stored, until that is mended" },
  "F23-sockets": { pr: 2, isSlow: true, does: "200 sockets that flood, do not read, or come and go" },
  "F24-embedded": { pr: 30, isSlow: true, does: "kill -9 of the only process, its PostgreSQL left behind" },
} as const satisfies Record<string, KindTerms>;

export type FaultKind = keyof typeof KINDS;

export const FAULT_KINDS = Object.keys(KINDS) as FaultKind[];

export function termsOf(kind: FaultKind): KindTerms {
  return KINDS[kind];
}

/** Rows of the matrix that there is nothing to do for, and why. */
export const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  F21: "there is no earlier release whose processes could be mixed with these",
  F22: "no vendor of quotes is connected yet, only the simulated exchange",
};
