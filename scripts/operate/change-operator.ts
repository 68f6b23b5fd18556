import { setOperator } from "#adapters/postgres/operators.ts";
import { UsageError, type Answer, type Command, type Workplace } from "./command.ts";

/** Lets a user use the routes under /operations. */
export const grantOperator: Command = {
  name: "grant-operator",
  usage: "grant-operator LOGIN",
  summary: "make the account with this e-mail or username an operator",
  run: (workplace, args) => changeOperator(workplace, args, true),
};

export const revokeOperator: Command = {
  name: "revoke-operator",
  usage: "revoke-operator LOGIN",
  summary: "make it an ordinary user again, within five seconds",
  run: (workplace, args) => changeOperator(workplace, args, false),
};

async function changeOperator(
  workplace: Workplace,
  args: readonly string[],
  operator: boolean,
): Promise<Answer> {
  const [login, ...rest] = args;
  if (login === undefined || rest.length > 0) {
    throw new UsageError(`usage: npm run operate -- ${operator ? "grant" : "revoke"}-operator LOGIN`);
  }
  const { actor } = workplace;
  const set = await setOperator(workplace.owner(), { login, operator, actor });
  if (set === undefined) throw new Error(`there is no account "${login}"`);
  const state = operator ? "an operator" : "no operator";
  return {
    ok: true,
    lines: [`${set.username} is ${set.changed ? "now" : "already"} ${state}`],
    json: { username: set.username, operator, changed: set.changed },
  };
}
