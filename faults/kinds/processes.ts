import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Life } from "#testing/cluster/lotwise-process.ts";
import type { TrapPoint } from "../proxy/traps.ts";
import type { Member, Role } from "../installation/installation.ts";
import { drawMs, memberOf, type Draw, type Fault } from "./fault.ts";

/** After a kill the process comes back by itself; until it does it is no target, unless it takes too long. */
const BACK_WITHIN_MS = 8_000;
const LOOK_EVERY_MS = 50;
/** Traps wait this long for somebody to pass. */
const TRAP_MS = 12_000;

/** Resolves when a process that was killed has said something to PostgreSQL again, or has had its time. */
async function untilBack({ traps }: Member): Promise<void> {
  const before = traps.seen;
  const deadline = performance.now() + BACK_WITHIN_MS;
  while (traps.seen === before && performance.now() < deadline) await delay(LOOK_EVERY_MS);
}

const kill =
  (role: Role): Draw =>
  (choose, cast) => {
    const name = choose.among(...cast[role]);
    return {
      takes: [name],
      words: name,
      async run(site) {
        const member = memberOf(site, name);
        const isKilled = await member.process.kill9();
        await untilBack(member);
        return isKilled ? 1 : 0;
      },
    };
  };

const killAt =
  (role: Role, point: TrapPoint): Draw =>
  (choose, cast) => {
    const name = choose.among(...cast[role]);
    return {
      takes: [name],
      needs: ["postgres"],
      words: `${name} ${point.when} ${point.statement.source}`,
      async run(site) {
        const member = memberOf(site, name);
        let killed: Promise<boolean> | undefined;
        const isCaught = await member.traps.catchOne(point, TRAP_MS, () => {
          killed = member.process.kill9();
        });
        const isKilled = isCaught && (await killed) === true;
        if (isKilled) await untilBack(member);
        return isKilled ? 1 : 0;
      },
    };
  };

/** The statements by which the points on the way of a match and of a relayed batch are known. */
const LOCKS = /from portfolio_state s[\s\S]*for update of s/;
const WRITES_LOTS = /insert into "?tax_lot\b/;
const ADVANCES = /update portfolio_state s\s+set applied_sequence/;
/** Announcements are deleted, sent, and only then is the deletion committed. */
const DELETED_ANNOUNCED = /^DELETE [1-9]/;

const pause: Draw = (choose, cast) => {
  const name = choose.among(...cast.api, ...cast.matcher, ...cast.matcher, ...cast.relay, ...cast.exchange);
  const ms = drawMs(choose, 1_000, 6_000);
  return {
    takes: [name],
    words: `${name} for ${ms} ms`,
    async run(site) {
      const member = site.installation.members.find((one) => one.name === name);
      if (member?.process.isRunning !== true) return 0;
      member.process.signal("SIGSTOP");
      const { pid } = member.process;
      await delay(50);
      const isStopped = / T /.test(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""));
      await delay(ms);
      if (member.process.pid === pid && member.process.isRunning) member.process.signal("SIGCONT");
      return isStopped ? 1 : 0;
    },
  };
};

/** Lets a process live one life of another kind, and checks with `isSo` that it does. */
function otherLife(
  name: string,
  words: string,
  options: {
    life: () => Promise<Life> | Life;
    forMs: number;
    isSo: (pid: number) => Promise<boolean>;
    meanwhile?: () => Promise<void>;
  },
): Fault {
  return {
    takes: [name],
    words: `${name}: ${words}`,
    async run(site) {
      const member = memberOf(site, name);
      const { process } = member;
      process.nextLife = await options.life();
      if (!(await process.kill9())) return 0;
      await untilBack(member);
      const { pid } = process;
      const isSo = process.isRunning && (await options.isSo(pid).catch(() => false));
      const until = performance.now() + options.forMs;
      while (performance.now() < until) {
        await options.meanwhile?.();
        await delay(200);
      }
      // Whether it lived through it or not, the next life is a usual one.
      await process.kill9();
      await untilBack(member);
      return isSo ? 1 : 0;
    },
  };
}

const LIBFAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
const CLOCK_MS = 7_000;
const CLOCKS_SETTLE_MS = 2_000;

const clock =
  (offset: "+1h" | "-2d" | "jumping"): Draw =>
  (choose, cast) => {
    const name = choose.among(...cast.api, ...cast.matcher, ...cast.exchange);
    const file = join(tmpdir(), `lotwise-faketime-${process.pid}`);
    const jump = () => writeFile(file, choose.among("+3h", "-1d", "+0", "-10m", "+40d"));
    const life = async (): Promise<Life> => {
      await jump();
      const when = offset === "jumping" ? { FAKETIME_TIMESTAMP_FILE: file } : { FAKETIME: offset };
      return {
        env: { LD_PRELOAD: LIBFAKETIME, FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1", ...when },
      };
    };
    const fault = otherLife(name, `clock ${offset}`, {
      life,
      forMs: CLOCK_MS,
      isSo: async (pid) => (await readFile(`/proc/${pid}/maps`, "utf8")).includes("libfaketime"),
      ...(offset === "jumping" ? { meanwhile: jump } : {}),
    });
    return {
      ...fault,
      takes: [...fault.takes, "clocks"],
      async run(site) {
        site.history.areClocksOff = true;
        try {
          return await fault.run(site);
        } finally {
          await delay(CLOCKS_SETTLE_MS);
          site.history.areClocksOff = false;
        }
      },
    };
  };

const LIMITS_MS = 6_000;

const descriptors: Draw = (choose, cast) =>
  otherLife(choose.among(...cast.api, ...cast.matcher), "64 file descriptors", {
    life: () => ({ launcher: ["prlimit", "--nofile=64:64"] }),
    forMs: LIMITS_MS,
    isSo: async (pid) => /Max open files\s+64\s/.test(await readFile(`/proc/${pid}/limits`, "utf8")),
  });

const heap: Draw = (choose, cast) =>
  otherLife(choose.among(...cast.api, ...cast.matcher), "a heap of 128 MB", {
    life: () => ({ nodeArgs: ["--max-old-space-size=128"] }),
    forMs: LIMITS_MS,
    isSo: async (pid) => (await readFile(`/proc/${pid}/cmdline`, "utf8")).includes("max-old-space-size=128"),
  });

function hogs(): Fault {
  return {
    takes: ["cpu"],
    words: "two threads that hog the CPU",
    async run() {
      const busy = [1, 2].map(() => spawn(process.execPath, ["-e", "for (;;) {}"], { stdio: "ignore" }));
      const ends = busy.map((child) => once(child, "exit"));
      await delay(LIMITS_MS);
      const isBusy = busy.every((child) => child.exitCode === null && child.kill("SIGKILL"));
      await Promise.all(ends);
      return isBusy ? 1 : 0;
    },
  };
}

export const PROCESS_FAULTS = {
  "F1-api": kill("api"),
  "F2-relay": kill("relay"),
  "F2-sent": killAt("relay", { when: "before", statement: /^commit/, earlier: DELETED_ANNOUNCED }),
  "F3-matcher": kill("matcher"),
  "F3-locked": killAt("matcher", { when: "after", statement: LOCKS }),
  "F3-written": killAt("matcher", { when: "after", statement: WRITES_LOTS }),
  "F3-commit": killAt("matcher", { when: "before", statement: /^commit/, earlier: LOCKS }),
  "F3-committed": killAt("matcher", { when: "committed", statement: ADVANCES }),
  "F4-exchange": kill("exchange"),
  "F5-pause": pause,
  "F17-ahead": clock("+1h"),
  "F17-behind": clock("-2d"),
  "F17-jumping": clock("jumping"),
  "F19-descriptors": descriptors,
  "F19-heap": heap,
  "F19-hogs": () => hogs(),
} as const satisfies Record<string, Draw>;
