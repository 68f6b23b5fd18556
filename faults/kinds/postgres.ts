import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { sql, type RawBuilder } from "kysely";
import { sqlState } from "#adapters/postgres/errors.ts";
import type { Installation } from "../installation/installation.ts";
import { fillDisk } from "../installation/services.ts";
import { drawMs, type Draw, type Site } from "./fault.ts";

const crash: Draw = (choose) => {
  const awayMs = drawMs(choose, 0, 700);
  return {
    takes: ["postgres"],
    words: `away for ${awayMs} ms`,
    async run({ installation: { postgres } }) {
      const isCrashed = await postgres.crash();
      await delay(awayMs);
      await postgres.start();
      return isCrashed ? 1 : 0;
    },
  };
};

/** Whose connections are terminated, in terms of pg_stat_activity. */
const VICTIMS: Readonly<Record<string, RawBuilder<boolean>>> = {
  "those of APIs": sql<boolean>`usename = 'lotwise_api'`,
  "those of workers": sql<boolean>`usename = 'lotwise_worker'`,
  all: sql<boolean>`usename in ('lotwise_api', 'lotwise_worker')`,
  "those idle in transaction": sql<boolean>`usename in ('lotwise_api', 'lotwise_worker') and state = 'idle in transaction'`,
};
const TERMINATE_WITHIN_MS = 3_000;

const terminate: Draw = (choose) => {
  const who = choose.among(...Object.keys(VICTIMS));
  return {
    takes: ["terminate"],
    needs: ["postgres"],
    words: who,
    async run({ installation: { owner } }) {
      const deadline = performance.now() + TERMINATE_WITHIN_MS;
      while (performance.now() < deadline) {
        const { rows } = await sql<{ is_terminated: boolean }>`
          select pg_terminate_backend(pid) as is_terminated from pg_stat_activity where ${VICTIMS[who]!}`.execute(
          owner,
        );
        if (rows.some((row) => row.is_terminated)) return 1;
        await delay(2);
      }
      return 0;
    },
  };
};

const freeze: Draw = (choose) => {
  const isWhole = choose.chance(0.6);
  const ms = drawMs(choose, 1_000, 6_000);
  return {
    takes: ["postgres"],
    words: `${isWhole ? "all of it" : "its backends"} for ${ms} ms`,
    async run({ installation: { postgres } }) {
      const postmaster = postgres.running?.pid;
      const processes = (await postgres.processes()).filter((pid) => isWhole || pid !== postmaster);
      const stopped = processes.filter((pid) => signal(pid, "SIGSTOP"));
      await delay(ms);
      for (const pid of stopped) signal(pid, "SIGCONT");
      return stopped.length > 1 ? 1 : 0;
    },
  };
};

function signal(pid: number, name: "SIGSTOP" | "SIGCONT"): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false; // it ended meanwhile
  }
}

const FULL_WITHIN_MS = 10_000;
const FULL_FOR_MS = 2_000;

const fillUp: Draw = () => ({
  takes: ["postgres"],
  words: "no room left",
  async run(site) {
    const { postgres } = site.installation;
    const ballast = join(postgres.dir, "data", "ballast");
    await fillDisk(postgres.dir, ballast);
    const isFull = await untilNothingCanBeWritten(site.installation);
    await delay(FULL_FOR_MS);
    await rm(ballast, { force: true });
    await revive(site);
    return isFull ? 1 : 0;
  },
});

/** PostgreSQL writes into what it has reserved until that is used up; then it fails, or falls. */
async function untilNothingCanBeWritten({ owner }: Installation): Promise<boolean> {
  const deadline = performance.now() + FULL_WITHIN_MS;
  while (performance.now() < deadline) {
    try {
      await sql`create table if not exists ballast (filling text)`.execute(owner);
      await sql`insert into ballast select repeat(md5(random()::text), 1000) from generate_series(1, 500)`.execute(
        owner,
      );
    } catch (error) {
      if (sqlState(error) === DISK_FULL || /terminat|ECONN|closed/i.test(String(error))) return true;
    }
    await delay(10);
  }
  return false;
}

const DISK_FULL = "53100";

/** Where it has fallen it is started; where it stands it is left alone. */
async function revive({ installation: { owner, postgres } }: Site): Promise<void> {
  const isUp = await sql`drop table if exists ballast`.execute(owner).then(
    () => true,
    () => false,
  );
  if (isUp) return;
  await postgres.end();
  await postgres.start();
  await sql`drop table if exists ballast`.execute(owner);
}

export const POSTGRES_FAULTS = {
  "F6-crash": crash,
  "F7-terminate": terminate,
  "F8-frozen": freeze,
  "F18-postgres": fillUp,
} as const satisfies Record<string, Draw>;
