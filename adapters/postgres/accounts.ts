import { sql } from "kysely";
import { asUser, type Db } from "./pool.ts";

export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly operator: boolean;
  readonly created_at: string;
}

export interface CredentialsRow extends Omit<UserRow, "operator"> {
  readonly password_hash: string;
  readonly active: boolean;
}

/** Stores a new account. Undefined when its e-mail or username is taken. */
export async function insertUser(
  db: Db,
  user: { id: string; email: string; username: string; passwordHash: string },
): Promise<UserRow | undefined> {
  const { rows } = await sql<{ created_at: string | null }>`
    select register_user(${user.id}, ${user.email}, ${user.username}, ${user.passwordHash}) as created_at`.execute(
    db,
  );
  const createdAt = rows[0]?.created_at;
  if (createdAt === null || createdAt === undefined) return undefined;
  return { id: user.id, email: user.email, username: user.username, operator: false, created_at: createdAt };
}

/** The account with this e-mail or username, in any case. */
export async function findCredentials(db: Db, login: string): Promise<CredentialsRow | undefined> {
  const { rows } = await sql<CredentialsRow>`select * from find_credentials(${login})`.execute(db);
  return rows[0];
}

export function findUser(db: Db, userId: string): Promise<UserRow | undefined> {
  return asUser(db, userId, (trx) =>
    trx
      .selectFrom("app_user")
      .select(["id", "email", "username", "operator", "created_at"])
      .where("id", "=", userId)
      .where("active", "=", true)
      .executeTakeFirst(),
  );
}

/** `tokenHash` is the SHA-256 of the opaque token that the client keeps. */
export async function insertSession(
  db: Db,
  session: { id: string; userId: string; tokenHash: Buffer; expiresAt: string },
): Promise<void> {
  await asUser(db, session.userId, (trx) =>
    trx
      .insertInto("session")
      .values({
        id: session.id,
        user_id: session.userId,
        token_hash: session.tokenHash,
        expires_at: session.expiresAt,
      })
      .execute(),
  );
}

/** The live session that a token stands for. */
export async function findSessionByToken(
  db: Db,
  tokenHash: Buffer,
): Promise<{ id: string; user_id: string; expires_at: string } | undefined> {
  const { rows } = await sql<{ id: string; user_id: string; expires_at: string }>`
    select * from find_session(${tokenHash})`.execute(db);
  return rows[0];
}

/** Whether a session may still be used: not revoked, not expired, its user active. */
export async function isSessionLive(db: Db, session: { id: string; userId: string }): Promise<boolean> {
  const row = await asUser(db, session.userId, (trx) =>
    trx
      .selectFrom("session as s")
      .innerJoin("app_user as u", "u.id", "s.user_id")
      .select("s.id")
      .where("s.id", "=", session.id)
      .where("s.user_id", "=", session.userId)
      .where("s.revoked_at", "is", null)
      .where("s.expires_at", ">", sql<string>`clock_timestamp()`)
      .where("u.active", "=", true)
      .executeTakeFirst(),
  );
  return row !== undefined;
}

/** Those of the sessions, of any users, that may still be used. */
export async function findLiveSessions(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`select live_sessions(${ids}::uuid[]) as id`.execute(db);
  return new Set(rows.map((row) => row.id));
}

export async function revokeSession(db: Db, session: { id: string; userId: string }): Promise<void> {
  await asUser(db, session.userId, (trx) =>
    trx
      .updateTable("session")
      .set({ revoked_at: sql<string>`clock_timestamp()` })
      .where("id", "=", session.id)
      .where("user_id", "=", session.userId)
      .where("revoked_at", "is", null)
      .execute(),
  );
}
