import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { SourceFile } from "./source-file.ts";

const TEXT_BYTES_MAX = 2_000_000;

/** Returns the files that git tracks or would add, with their text. Shape: sorted by path; binaries have no text. */
export function listFiles(root: string): SourceFile[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const listed = execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const paths = [...new Set(listed.split("\0").filter((path) => path !== ""))];
  return paths.toSorted().flatMap((path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    // Deleted but not yet staged, a submodule, or a link to a folder.
    if (stat === undefined || !stat.isFile()) return [];
    const text = stat.size > TEXT_BYTES_MAX ? "" : readFileSync(join(root, path), "utf8");
    return [{ path, text: text.includes("\0") ? "" : text }];
  });
}
