import { open, readFile, rm } from "node:fs/promises";
import { isAlive, processIdentity } from "./processes.ts";

/** Gives a claimed directory back. Safe to call twice. */
export type ReleaseClaim = () => Promise<void>;

/**
 * Claims a directory for this process by a file in it, so that two Lotwise processes never fight over one database.
 * A claim whose process has died (kill -9, power cut) is taken over.
 *
 * Errors: throws when another living process holds the claim, naming it; and when this process does and
 * `stillInUse` says so.
 */
export async function claimDirectory(file: string, stillInUse: () => boolean): Promise<ReleaseClaim> {
  const mine = JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (await createExclusively(file, mine)) return () => release(file, mine);
    const holder = await readHolder(file);
    if (holder !== undefined && holder.pid === process.pid && !stillInUse()) {
      return () => release(file, mine);
    }
    if (holder !== undefined && isAlive(holder.pid) && processIdentity(holder.pid) === holder.identity) {
      throw new Error(
        `${file.replace(/[/\\][^/\\]*$/, "")} is in use by process ${holder.pid}: ` +
          "stop that one, or set LOTWISE_DATA to another directory",
      );
    }
    await rm(file, { force: true });
  }
  throw new Error(`${file} changes hands faster than it can be claimed`);
}

async function createExclusively(file: string, content: string): Promise<boolean> {
  try {
    const handle = await open(file, "wx", 0o600);
    await handle.writeFile(content);
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function readHolder(file: string): Promise<{ pid: number; identity: string } | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as { pid: number; identity: string };
  } catch {
    return undefined; // gone meanwhile, or half-written by a process that died
  }
}

async function release(file: string, mine: string): Promise<void> {
  const content = await readFile(file, "utf8").catch(() => "");
  if (content === mine) await rm(file, { force: true });
}
