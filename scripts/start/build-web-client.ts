import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MARK = `${ROOT}web/dist/.built-from`;
/** What the build reads. */
const SOURCES = [
  "web/src",
  "web/public",
  "web/index.html",
  "web/vite.config.ts",
  "contracts",
  "domain",
  "package-lock.json",
];

/** Builds the web client unless its sources are those of the last build. */
export async function buildWebClient(say: (line: string) => void): Promise<void> {
  const sources = await fingerprint();
  if (existsSync(MARK) && (await readFile(MARK, "utf8")) === sources) return;
  say("Building the web client…");
  await build({ root: `${ROOT}web`, configFile: `${ROOT}web/vite.config.ts`, logLevel: "warn" });
  await writeFile(MARK, sources);
}

async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  for (const source of SOURCES) {
    for (const file of await filesOf(`${ROOT}${source}`)) {
      hash
        .update(file.slice(ROOT.length))
        .update("\0")
        .update(await readFile(file));
    }
  }
  return hash.digest("hex");
}

async function filesOf(path: string): Promise<string[]> {
  if (!existsSync(path)) return [];
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => undefined);
  if (entries === undefined) return [path];
  return entries
    .filter((entry) => entry.isFile() && !/\.(test|e2e)\./.test(entry.name))
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .toSorted();
}
