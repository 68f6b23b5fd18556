import { spawn } from "node:child_process";
import { processIdentity } from "./processes.ts";

/**
 * Ends a server when this process ends, even by kill -9.
 *
 * A shell of its own session holds the reading end of a pipe whose writing end only this process has. When this
 * process dies the kernel closes that end, the shell's `read` returns, and the shell signals the server, but only if
 * the pid still is the server that was meant. Where there is no POSIX shell nothing is watched; the next start then
 * finds the orphan (see postgres.ts).
 *
 * Returns a function that ends the watch; the server is left as it is.
 */
export function stopWithParent(pid: number, signal: "INT" | "TERM" | "KILL"): () => void {
  const identity = processIdentity(pid);
  if (process.platform === "win32" || identity === undefined) return () => {};
  const watcher = spawn("/bin/sh", ["-c", WATCH, "lotwise-parent-watch", String(pid), signal, identity], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
  });
  watcher.on("error", () => {});
  watcher.stdin.on("error", () => {});
  watcher.unref();
  (watcher.stdin as unknown as { unref?: () => void }).unref?.();
  return () => watcher.stdin.end("released\n");
}

// `read` fails on end of file, which is the death of the parent, and succeeds on the word that ends the watch.
// Field 22 of /proc/<pid>/stat is the start time; the names of our servers hold no spaces.
const WATCH = `
if read -r word; then exit 0; fi
if [ -r "/proc/$1/stat" ]; then
  set -- "$1" "$2" "$3" $(cat "/proc/$1/stat")
  [ "\${25}" = "$3" ] || exit 0
fi
kill -s "$2" "$1" 2>/dev/null
`;
