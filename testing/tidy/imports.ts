import { isScript, lex, lineAt, type SourceFile } from "./source-file.ts";

/** One `import`, `export … from` or `import()` of a file. */
export type Import = {
  readonly line: number;
  readonly specifier: string;
  /** Path from the root for a file of this project, `undefined` for a package. */
  readonly target: string | undefined;
  /** Name of the package, `undefined` for a file of this project. */
  readonly packageName: string | undefined;
  readonly isTypeOnly: boolean;
  readonly names: readonly string[];
};

/** What `imports` in package.json says, except `#web/*`, which is `web/src/*`. */
const ALIAS = /^#(domain|contracts|use-cases|adapters|api|workers|testing|web)\//;

const FORMS = [
  /(?<=^|[\n;])[ \t]*(?:import|export)\s+(type\s+)?((?:[\w$*]|\s|,|\{[^}]*\})*?)\s*from\s*["']/g,
  /(?<=^|[\n;])[ \t]*import()()\s*["']/g,
  /\bimport()()\(\s*["']/g,
];

/** Returns what a script imports, in the order of the three forms; nothing for other files. */
export function importsOf(file: SourceFile): Import[] {
  if (!isScript(file.path)) return [];
  const { code, text, path } = lex(file);
  return FORMS.flatMap((form) =>
    [...code.matchAll(form)].map((match): Import => {
      const start = match.index + match[0].length;
      const specifier = text.slice(start, text.indexOf(text.charAt(start - 1), start));
      const clause = match[2] ?? "";
      const names = [...clause.matchAll(/[\w$*]+(?:\s+[\w$]+)*/g)].map(([name]) => name);
      const areTypes = names.length > 0 && names.every((name) => name.startsWith("type "));
      const target = resolve(path, specifier);
      return {
        line: lineAt(text, start),
        specifier,
        target,
        packageName: target === undefined ? packageOf(specifier) : undefined,
        isTypeOnly: Boolean(match[1]) || areTypes,
        names,
      };
    }),
  );
}

function resolve(from: string, specifier: string): string | undefined {
  const clean = specifier.replace(/\?.*$/, "");
  if (clean.startsWith("#web/")) return `web/src/${clean.slice("#web/".length)}`;
  if (ALIAS.test(clean)) return clean.slice(1);
  if (!clean.startsWith(".")) return undefined;
  const parts = from.split("/").slice(0, -1);
  for (const part of clean.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function packageOf(specifier: string): string {
  const depth = specifier.startsWith("@") ? 2 : 1;
  return specifier.split("/").slice(0, depth).join("/");
}
