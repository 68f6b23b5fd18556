import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Edit } from "./mutants.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** What is not in git and is needed all the same. */
const LINKED = ["node_modules", ".services"];

/** A copy of the sources, to be changed. Shape: everything that git knows of, as it is on disk. */
export class Copy {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async make(): Promise<Copy> {
    const dir = await mkdtemp(join(tmpdir(), "lotwise-mutant-"));
    const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    for (const file of listed.split("\n").filter((name) => name !== "" && !name.startsWith("docs/"))) {
      await mkdir(dirname(join(dir, file)), { recursive: true });
      await cp(join(ROOT, file), join(dir, file)).catch((error: unknown) => {
        // Deleted, and not committed yet.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      });
    }
    for (const name of LINKED) await symlink(join(ROOT, name), join(dir, name));
    return new Copy(dir);
  }

  /** Carries out edits. Returns how to undo them. Errors: throws when one does not fit exactly once. */
  async change(edits: readonly Edit[]): Promise<() => Promise<void>> {
    const before = new Map<string, string>();
    for (const { file, find, put } of edits) {
      const text = await readFile(join(this.dir, file), "utf8");
      if (!before.has(file)) before.set(file, text);
      const times = text.split(find).length - 1;
      if (times !== 1)
        throw new Error(`"${find}" is ${times} times in ${file}: the mutant does not fit any more`);
      await writeFile(
        join(this.dir, file),
        text.replace(find, () => put),
      );
    }
    return async () => {
      for (const [file, text] of before) await writeFile(join(this.dir, file), text);
    };
  }

  remove(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true });
  }
}
