import { sql } from "kysely";
import type { LedgerPlace } from "./derived-reads.ts";
import type { Db } from "./pool.ts";

/** Something that an operator did, for whoever asks later who it was. Shape: `action` in kebab-case. */
export interface OperatorAction {
  readonly actor: Actor;
  readonly action: string;
  /** What it was done to, by kind and name: "dead-letter 0193…", "portfolio 0193…". */
  readonly subject: string;
  readonly reason?: string;
}

/** Who acts: an operator who is signed in, or somebody at a shell, whose `userId` is undefined. */
export interface Actor {
  readonly name: string;
  readonly userId: string | undefined;
}

/** Writes an action down. In the SQL transaction of what it tells of, where that is one of ours. */
export async function storeOperatorAction(db: Db, action: OperatorAction): Promise<void> {
  const { actor, reason = "" } = action;
  await sql`
    insert into operator_action (user_id, actor, action, subject, reason)
    values (${actor.userId ?? null}, ${actor.name}, ${action.action}, ${action.subject}, ${reason})`.execute(
    db,
  );
}

/**
 * Makes the account with this e-mail or username an operator, or an ordinary user again.
 * For the owner's connection: no role that a process connects as may do this.
 * Shape: its username and whether that changed anything; undefined when there is no such account.
 */
export function setOperator(
  owner: Db,
  change: { login: string; operator: boolean; actor: Actor },
): Promise<{ username: string; changed: boolean } | undefined> {
  return owner.transaction().execute(async (trx) => {
    // The owner of the tables is subject to their policies, which know this role and not the owner.
    await sql`set local role lotwise_definer`.execute(trx);
    const { rows } = await sql<{ id: string; username: string; operator: boolean }>`
      select id, username, operator from app_user
      where id = (select id from find_credentials(${change.login}))
      for update`.execute(trx);
    const user = rows[0];
    if (user === undefined) return undefined;
    const { username } = user;
    if (user.operator === change.operator) return { username, changed: false };
    await sql`update app_user set operator = ${change.operator} where id = ${user.id}`.execute(trx);
    const action = change.operator ? "grant-operator" : "revoke-operator";
    await storeOperatorAction(trx, { actor: change.actor, action, subject: `user ${username}` });
    return { username, changed: true };
  });
}

export interface OperatorActionRow {
  readonly id: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly reason: string;
  readonly acted_at: string;
}

/** What operators did, newest first. `after`: where the page before ended. */
export async function listOperatorActions(
  db: Db,
  page: { after: LedgerPlace | undefined; limit: number },
): Promise<OperatorActionRow[]> {
  // Ids are given in the order of time, by one sequence; the instant of the place is for its reader.
  const { rows } = await sql<OperatorActionRow>`
    select id, actor, action, subject, reason, acted_at from operator_action
    where id < ${page.after?.sequence ?? Number.MAX_SAFE_INTEGER}
    order by id desc
    limit ${page.limit}`.execute(db);
  return rows;
}
