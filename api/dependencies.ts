import type { Db } from "#adapters/postgres/pool.ts";
import type { FanOut } from "#adapters/ports.ts";
import type { QuoteLookup } from "#adapters/quotes/look-up.ts";
import type { SigningKey } from "#adapters/security/jwt-key.ts";
import type { Recorder } from "#use-cases/recorder.ts";

/** What the API needs from outside. Made in one composition file per process. */
export interface ApiDependencies {
  readonly db: Db;
  /** Connected as lotwise_operator: for routes behind requireOperator alone. */
  readonly operatorDb: Db;
  /** Closed with the server. */
  readonly recorder: Recorder;
  readonly fanOut: FanOut;
  readonly quotes: QuoteLookup;
  readonly now: () => number;
  /** Aborted when the server closes, which it sees to itself: who waits for figures answers with those that there are. */
  readonly closing?: AbortSignal;
}

/** What is set from outside. */
export interface ApiSettings {
  readonly production: boolean;
  readonly bcryptCost: number;
  readonly signingKey: SigningKey;
  readonly allowedOrigins: readonly string[];
  readonly trustProxy: number;
  /** Shown on the sign-in page; undefined where there is no demo account. */
  readonly demo: { readonly login: string; readonly password: string } | undefined;
  /** Folder of the built web client; undefined to serve none. */
  readonly webFolder: string | undefined;
}
