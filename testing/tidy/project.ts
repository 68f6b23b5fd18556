import {
  isScript,
  isTest,
  lineAt,
  matchLines,
  lex,
  type Rule,
  type SourceFile,
  type Violation,
} from "./source-file.ts";

/** Migrations run in the order of their numbers, so a gap is a file that somebody else's database has already seen. */
export const migrationNames: Rule = {
  name: "migration-names",
  check: (files) => {
    const paths = files.map(({ path }) => path).filter((path) => /^migrations\/.*\.sql$/.test(path));
    return paths.toSorted().flatMap((path, index): Violation[] => {
      const number = String(index + 1).padStart(4, "0");
      if (new RegExp(`^migrations/${number}-[a-z0-9]+(-[a-z0-9]+)*\\.sql$`).test(path)) return [];
      const message = `the next migration is named ${number}-name.sql: no gap, no number twice`;
      return [{ path, line: 0, rule: "migration-names", message }];
    });
  },
};

/** What was tested is what is installed: an exact version for every dependency. */
export const pinnedVersions: Rule = {
  name: "pinned-versions",
  check: (files) =>
    files
      .filter(({ path }) => /(^|\/)package\.json$/.test(path))
      .flatMap(({ path, text }) => {
        const manifest = JSON.parse(text) as Record<string, unknown>;
        const ranges = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((key) =>
          Object.entries((manifest[key] ?? {}) as Record<string, string>),
        );
        return ranges
          .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
          .map(([name, version]) => ({
            path,
            line: lineAt(text, text.indexOf(`"${name}":`)),
            rule: "pinned-versions",
            message: `${name} is "${version}": write the exact version`,
          }));
      }),
};

type Lock = {
  readonly packages: Readonly<Record<string, { optionalDependencies?: Record<string, string> }>>;
};

/**
 * npm leaves optional packages that it could not fetch out of the lock file, and then `npm ci` refuses the file on
 * every machine: a fresh clone could not be installed.
 */
export const completeLock: Rule = {
  name: "complete-lock",
  check: (files) =>
    files
      .filter(({ path }) => path === "package-lock.json")
      .flatMap(({ path, text }) => {
        const { packages } = JSON.parse(text) as Lock;
        return Object.entries(packages).flatMap(([parent, { optionalDependencies = {} }]): Violation[] => {
          const missing = Object.keys(optionalDependencies).filter(
            (name) => !isLocked(packages, parent, name),
          );
          if (missing.length === 0) return [];
          const line = lineAt(text, text.indexOf(`"${parent}": {`));
          const message = `${missing.join(", ")} without an entry, so \`npm ci\` would fail: pin a version of ${parent} whose every part can be fetched`;
          return [{ path, line, rule: "complete-lock", message }];
        });
      }),
};

function isLocked(packages: Lock["packages"], parent: string, name: string): boolean {
  return `node_modules/${name}` in packages || `${parent}/node_modules/${name}` in packages;
}

// Written so that this file itself names no host.
const REGISTRY_HOSTS = new RegExp(
  [
    String.raw`\bregistry\.[a-z0-9-]+\.[a-z]{2,}`,
    String.raw`\b(npmjs|npmmirror|yarnpkg)\.(org|com)\b`,
    String.raw`\brepo\d?\.maven\.`,
    String.raw`\bnpm\.pkg\.`,
    String.raw`"resolved":\s*"https?:`,
    String.raw`^\s*(@[\w-]+:)?registry\s*=`,
    String.raw`_authToken`,
  ].join("|"),
  "gm",
);

/** Where packages come from is the business of the machine that installs them. */
export const noRegistryHosts: Rule = {
  name: "no-registry-hosts",
  check: (files) =>
    files
      .filter(({ path }) => !path.startsWith("testing/tidy"))
      .flatMap(({ path, text }) =>
        matchLines(text, REGISTRY_HOSTS).map(({ line }) => ({
          path,
          line,
          rule: "no-registry-hosts",
          message: "it names a package registry: leave that to the configuration of the machine",
        })),
      ),
};

/** The processes of the product: each variable they read is documented. */
const MUST_BE_NAMED = /^(api|workers|adapters|use-cases)\/|^scripts\/start\b/;
/** Whoever else uses a variable may have it documented. */
const MAY_BE_NAMED = /^(scripts|bench|web)\/|^(docker-)?compose[\w.-]*\.ya?ml$|^Dockerfile$/;
const ENVIRONMENT_EXAMPLE = ".env.example";
const SET_BY_THE_SYSTEM = new Set(["CI", "HOME", "NODE_ENV", "PATH", "PWD", "TMPDIR", "USER"]);

/** `.env.example` names every environment variable that the product reads, and none that nothing reads. */
export const environmentExample: Rule = {
  name: "environment-example",
  check: (files) => {
    const rule = "environment-example";
    const read = files
      .filter(({ path }) => isScript(path) && !isTest(path) && MUST_BE_NAMED.test(path))
      .flatMap(variablesRead);
    const elsewhere = files.filter(({ path }) => MAY_BE_NAMED.test(path)).map(({ text }) => text);
    const example = files.find(({ path }) => path === ENVIRONMENT_EXAMPLE);
    const named = matchLines(example?.text ?? "", /^(?:#\s?)?([A-Z][A-Z0-9_]+)=/gm).map(
      ({ line, match }) => ({
        line,
        name: match[1] ?? "",
      }),
    );
    const isUsed = (name: string) =>
      SET_BY_THE_SYSTEM.has(name) ||
      read.some((entry) => entry.name === name) ||
      elsewhere.some((text) => new RegExp(`\\b${name}\\b`).test(text));
    return [
      ...read
        .filter(({ name }) => !SET_BY_THE_SYSTEM.has(name) && !named.some((entry) => entry.name === name))
        .map(({ path, line, name }) => ({
          path,
          line,
          rule,
          message: `${ENVIRONMENT_EXAMPLE} does not name ${name}: add it with its meaning`,
        })),
      ...named
        .filter(({ name }) => !isUsed(name))
        .map(({ line, name }) => ({
          path: ENVIRONMENT_EXAMPLE,
          line,
          rule,
          message: `nothing reads ${name}: take it out`,
        })),
    ];
  },
};

/** Finds `env.X`, `env["X"]` and `const { X } = process.env`, with or without `process` before `env`. */
function variablesRead(file: SourceFile): { path: string; line: number; name: string }[] {
  const { code, text, path } = lex(file);
  const direct = matchLines(code, /\benv(?:ironment)?\??\.([A-Z][A-Z0-9_]+)\b/g).map(({ line, match }) => ({
    line,
    name: match[1] ?? "",
  }));
  const quoted = matchLines(code, /\benv(?:ironment)?\s*(?:\?\.)?\[\s*["']/g).flatMap(({ line, match }) => {
    const name = /^[A-Z][A-Z0-9_]+(?=["'])/.exec(text.slice(match.index + match[0].length))?.[0];
    return name === undefined ? [] : [{ line, name }];
  });
  const taken = matchLines(code, /\{([^{}]*)\}\s*=\s*(?:process\s*\.\s*)?env\b/g).flatMap(({ line, match }) =>
    [...(match[1] ?? "").matchAll(/\b[A-Z][A-Z0-9_]+\b/g)].map(([name]) => ({ line, name })),
  );
  return [...direct, ...quoted, ...taken].map(({ line, name }) => ({ path, line, name }));
}
