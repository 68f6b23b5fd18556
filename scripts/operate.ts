/**
 * npm run operate -- COMMAND …
 *
 * What operators do from a shell: `npm run operate -- --help` lists it. The database is that of DATABASE_URL, else the one
 * that `npm start` keeps in LOTWISE_DATA, whether it is running or not. `--json` prints one line for machines.
 * Exit code 0 when it was done, 1 when it was refused or failed, 2 when the command was not understood.
 */
import { readConfiguration } from "#adapters/configuration.ts";
import { grantOperator, revokeOperator } from "./operate/change-operator.ts";
import { consumers, drain, pause, resume } from "./operate/consumers.ts";
import { openWorkplace, UsageError, type Answer, type Command } from "./operate/command.ts";
import { deadLetters } from "./operate/dead-letters.ts";
import { pipeline } from "./operate/pipeline.ts";
import { rebuild } from "./operate/rebuild.ts";
import { reconcile } from "./operate/reconcile.ts";
import { verify } from "./operate/verify.ts";
import { withDatabase } from "./with-database.ts";

const COMMANDS: readonly Command[] = [
  grantOperator,
  revokeOperator,
  pipeline,
  deadLetters,
  rebuild,
  consumers,
  pause,
  resume,
  drain,
  reconcile,
  verify,
];

const given = process.argv.slice(2);
const isJson = given.includes("--json");
const words = given.filter((word) => word !== "--json");

try {
  if (words.length === 0 || words.includes("--help")) {
    console.log(help());
    process.exitCode = words.length === 0 ? 2 : 0;
  } else {
    print(await run(words));
  }
} catch (error) {
  const { message } = error as Error;
  console.error(isJson ? JSON.stringify({ error: message }) : `npm run operate: ${message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

function run([name, ...args]: readonly string[]): Promise<Answer> {
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    throw new UsageError(`there is no command "${name}"; npm run operate -- --help lists them`);
  }
  return withDatabase(readConfiguration(), async (configuration) => {
    const workplace = openWorkplace(configuration);
    try {
      return await command.run(workplace, args);
    } finally {
      await workplace.close();
    }
  });
}

function print(answer: Answer): void {
  console.log(isJson ? JSON.stringify(answer.json) : answer.lines.join("\n"));
  if (!answer.ok) process.exitCode = 1;
}

function help(): string {
  const width = Math.max(...COMMANDS.map(({ usage }) => usage.length));
  return [
    "npm run operate -- COMMAND … [--json]",
    "",
    ...COMMANDS.map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`),
    "",
    "The database is that of DATABASE_URL, else the one that npm start keeps in LOTWISE_DATA (.lotwise).",
  ].join("\n");
}
