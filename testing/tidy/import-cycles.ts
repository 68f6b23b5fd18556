import { importsOf } from "./imports.ts";
import { isScript, type Rule, type SourceFile, type Violation } from "./source-file.ts";

const RULE = "import-cycles";

type Edge = { readonly target: string; readonly line: number };

/** No file imports itself by a detour, not even for a type: what both sides need belongs in a third file. */
export const importCycles: Rule = {
  name: RULE,
  check: (files) => {
    const edges = edgesOf(files);
    const done = new Set<string>();
    return [...edges.keys()].flatMap((path) => cyclesFrom(path, edges, [], done));
  },
};

function edgesOf(files: readonly SourceFile[]): ReadonlyMap<string, readonly Edge[]> {
  const scripts = files.filter((file) => isScript(file.path));
  const known = new Set(scripts.map((file) => file.path));
  const targetsOf = (file: SourceFile) =>
    importsOf(file).flatMap(({ target, line }) =>
      target === undefined || !known.has(target) ? [] : [{ target, line }],
    );
  return new Map(scripts.map((file) => [file.path, targetsOf(file)]));
}

/** Depth first: an import of a file on the way that led here closes a cycle. Each file is visited once. */
function cyclesFrom(
  path: string,
  edges: ReadonlyMap<string, readonly Edge[]>,
  way: readonly string[],
  done: Set<string>,
): Violation[] {
  if (done.has(path)) return [];
  const here = [...way, path];
  const found = (edges.get(path) ?? []).flatMap(({ target, line }) => {
    const start = here.indexOf(target);
    if (start === -1) return cyclesFrom(target, edges, here, done);
    const cycle = [...here.slice(start), target].join(" → ");
    return [{ path, line, rule: RULE, message: `${cycle}: move what both sides need to a file of its own` }];
  });
  done.add(path);
  return found;
}
