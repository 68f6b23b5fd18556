/*
 * Plants breaches of each tidy rule, and things that look like one and are none. A rule that is never seen to fail is
 * no rule: the last test demands a planted breach for every one of them.
 */
import { describe, expect, test } from "vitest";
import { RULES } from "./tidy/rules.ts";
import { formatViolation, type SourceFile } from "./tidy/source-file.ts";

type Planted = {
  readonly rule: string;
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** `path:line` of what is found; empty for what is allowed. */
  readonly finds: readonly string[];
};

const lines = (count: number) => "// x\n".repeat(count);
const body = (count: number) => `{\n${"  call();\n".repeat(count - 2)}}`;
const IMPORT = (specifier: string) => `import { a } from "${specifier}";\n`;

const DIRECTIONS: readonly Planted[] = [
  found("domain may not use an adapter", { "domain/tax-lot.ts": IMPORT("#adapters/ports.ts") }),
  found("domain may not use a package", { "domain/tax-lot.ts": IMPORT("kysely") }),
  found("domain may not use Node", { "domain/tax-lot.ts": IMPORT("node:fs") }),
  found("dots are followed", { "domain/lots/tax-lot.ts": IMPORT("../../contracts/a.ts") }),
  found("a type is an import too", { "domain/a.ts": 'import type { A } from "#contracts/a.ts";\n' }),
  found("passing on is importing", { "domain/tax-lot.ts": 'export * from "#contracts/a.ts";\n' }),
  found("import() is importing", { "domain/tax-lot.ts": 'const a = import("#contracts/a.ts");\n' }),
  found("contracts may not use use-cases", { "contracts/a.ts": IMPORT("#use-cases/a.ts") }),
  found("an adapter may not use another", { "adapters/redis/a.ts": IMPORT("../kafka/b.ts") }),
  found("an adapter may not use another's driver", { "adapters/redis/a.ts": IMPORT("kafkajs") }),
  found("use-cases may not use Redis", { "use-cases/a.ts": IMPORT("#adapters/redis/a.ts") }),
  found("use-cases take only sql from kysely", {
    "use-cases/a.ts": 'import { Kysely, sql } from "kysely";\n',
  }),
  found("api may not use workers", { "api/server.ts": IMPORT("#workers/relay.ts") }),
  found("workers may not use api", { "workers/relay.ts": IMPORT("#api/server.ts") }),
  found("api may not use a driver", { "api/server.ts": IMPORT("ioredis") }),
  found("web may not use the ledger", { "web/src/a.ts": IMPORT("#domain/tax-lot.ts") }),
  found("web may not use api", { "web/src/a.ts": IMPORT("#api/server.ts") }),
  found("web may not bring validators along", {
    "web/src/a.ts": IMPORT("#contracts/a.ts"),
    "contracts/a.ts": IMPORT("typebox"),
  }),
  found("a feature may not use another's components", {
    "web/src/features/lots/a.ts": IMPORT("../positions/components/b.tsx"),
  }),
  found("nothing imports scripts", { "api/server.ts": IMPORT("../scripts/seed.ts") }),
  found("nothing imports bench", { "scripts/seed.ts": IMPORT("../bench/main.ts") }),
  found("nothing imports faults", { "scripts/seed.ts": IMPORT("../faults/run.ts") }),
  found("only tests import testing", { "scripts/seed.ts": IMPORT("#testing/clock.ts") }),
  clean("what the table allows", {
    "domain/a.ts": IMPORT("./b.ts"),
    "domain/a.test.ts": IMPORT("vitest") + IMPORT("fast-check") + IMPORT("#testing/clock.ts"),
    "contracts/a.ts": `${IMPORT("typebox")}${IMPORT("#domain/a.ts")}`,
    "adapters/redis/a.ts": IMPORT("ioredis") + IMPORT("../ports.ts") + IMPORT("./b.ts"),
    "adapters/postgres/a.ts": IMPORT("pg") + IMPORT("kysely") + IMPORT("#domain/a.ts"),
    "use-cases/a.ts": `import { sql, type Kysely } from "kysely";\n${IMPORT("#adapters/postgres/a.ts")}`,
    "api/main.ts": IMPORT("#workers/main.ts"),
    "api/server.ts": IMPORT("fastify") + IMPORT("#use-cases/a.ts") + IMPORT("#adapters/redis/a.ts"),
    "web/src/a.ts": `import type { A } from "#contracts/a.ts";\n${IMPORT("#domain/decimal.ts")}`,
    "web/src/features/lots/a.ts": IMPORT("../positions/api/position-queries.ts"),
    "faults/run.ts": IMPORT("#testing/clock.ts") + IMPORT("#use-cases/a.ts"),
    "scripts/start.ts": IMPORT("#api/main.ts") + IMPORT("#workers/main.ts"),
  }),
  clean("what only looks like an import", {
    "domain/a.ts": `// import { a } from "pg";\nconst text = 'import { a } from "pg";';\n`,
  }),
].map((planted) => ({ ...planted, rule: "import-directions" }));

const SHAPES: readonly Planted[] = [
  {
    rule: "import-cycles",
    name: "by a detour",
    files: {
      "api/a.ts": IMPORT("./b.ts"),
      "api/b.ts": IMPORT("./c.ts"),
      "api/c.ts": `\n${IMPORT("./a.ts")}`,
    },
    finds: ["api/c.ts:2"],
  },
  {
    rule: "import-cycles",
    name: "of one file",
    files: { "api/a.ts": IMPORT("./a.ts") },
    finds: ["api/a.ts:1"],
  },
  {
    rule: "import-cycles",
    name: "two ways to one file are no cycle",
    files: { "api/a.ts": IMPORT("./b.ts") + IMPORT("./c.ts"), "api/b.ts": IMPORT("./c.ts"), "api/c.ts": "" },
    finds: [],
  },
  { rule: "file-length", name: "401 lines", files: { "api/a.ts": lines(401) }, finds: ["api/a.ts:401"] },
  { rule: "file-length", name: "400 lines", files: { "api/a.ts": lines(400) }, finds: [] },
  {
    rule: "file-length",
    name: "generated",
    files: { "api/a.ts": `// generated by scripts/x.ts\n${lines(900)}` },
    finds: [],
  },
  {
    rule: "function-length",
    name: "71 lines, however it is written",
    files: {
      "api/a.ts": `function a(x: { b: string }): Promise<{ c: number }> ${body(71)}\n`,
      "api/b.ts": `\nexport const a = async (x: string): Promise<void> => ${body(71)};\n`,
      "api/c.ts": `class A {\n  async b<T>(x: T): Promise<void> ${body(71)}\n}\n`,
      "web/src/use-x.ts": `export function useX() ${body(71)}\n`,
      "web/src/list.tsx": `export function List() ${body(151)}\n`,
    },
    finds: ["api/a.ts:1", "api/b.ts:2", "api/c.ts:2", "web/src/use-x.ts:1", "web/src/list.tsx:1"],
  },
  {
    rule: "function-length",
    name: "70 lines, a component of 150, a suite, braces in text",
    files: {
      "api/a.ts": `function a(x: { b: string }): { c: number } ${body(70)}\n${body(90)}`,
      "api/b.ts": `function a() { return "{" + \`{\${b}{\` + /[{]/.source; }\n${lines(200)}`,
      "web/src/list.tsx": `export function List() ${body(150)}\n`,
      "api/a.test.ts": `describe("a", () => {\n${'  test("b", () => {});\n'.repeat(90)}});\n`,
    },
    finds: [],
  },
  { rule: "kebab-case", name: "capitals", files: { "domain/taxLot.ts": "" }, finds: ["domain/taxLot.ts:0"] },
  {
    rule: "kebab-case",
    name: "of a folder",
    files: { "docs/How_to/a.md": "" },
    finds: ["docs/How_to/a.md:0"],
  },
  {
    rule: "kebab-case",
    name: "good names",
    files: {
      "README.md": "",
      ".ci/run": "",
      "domain/tax-lot.int.test.ts": "",
      ".oxlintrc.json": "",
      LICENSE: "",
    },
    finds: [],
  },
  {
    rule: "banned-words",
    name: "in a file or a folder",
    files: { "api/date-utils.ts": "", "api/common/a.ts": "", "adapters/postgres/database.ts": "" },
    finds: ["api/common/a.ts:0", "api/date-utils.ts:0"],
  },
  {
    rule: "default-exports",
    name: "both ways",
    files: { "api/a.ts": "\nexport default 1;\n", "api/b.ts": "export { a as default };\n" },
    finds: ["api/a.ts:2", "api/b.ts:1"],
  },
  {
    rule: "default-exports",
    name: "configuration",
    files: { "vite.config.ts": "export default {};" },
    finds: [],
  },
  {
    rule: "barrels",
    name: "a file that only passes on",
    files: { "api/index.ts": '// All.\nexport * from "./a.ts";\nexport { b, type C } from "./b.ts";\n' },
    finds: ["api/index.ts:2"],
  },
  {
    rule: "barrels",
    name: "a file that also has something of its own",
    files: { "api/a.ts": 'export { b } from "./b.ts";\nexport const c = 1;\n' },
    finds: [],
  },
];

const LANGUAGE: readonly Planted[] = [
  {
    rule: "no-any",
    name: "in each place",
    files: {
      "api/a.ts": "let a: any;\nf(b as any);\nlet c: any[];\nlet d: Map<string, any>;\ntype E = any | B;\n",
      "api/b.ts": "function f(a: any, b: string): any {}\n",
    },
    finds: ["api/a.ts:1", "api/a.ts:2", "api/a.ts:3", "api/a.ts:4", "api/a.ts:5", "api/b.ts:1", "api/b.ts:1"],
  },
  {
    rule: "no-any",
    name: "the word",
    files: {
      "web/src/a.tsx": '// any\nconst a = "x: any;";\nconst b = <p>Note: any lot</p>;\nlist.any(c);\n',
    },
    finds: [],
  },
  { rule: "no-enum", name: "exported", files: { "api/a.ts": "export enum A { B }" }, finds: ["api/a.ts:1"] },
  { rule: "no-enum", name: "const", files: { "api/a.ts": "\nconst enum A { B }" }, finds: ["api/a.ts:2"] },
  {
    rule: "no-enum",
    name: "the word",
    files: { "api/a.ts": "// enum A {\nT.Enum({});\na.enum = {};" },
    finds: [],
  },
  {
    rule: "no-ts-ignore",
    name: "ignored",
    files: { "api/a.ts": "\n// @ts-ignore\n" },
    finds: ["api/a.ts:2"],
  },
  { rule: "no-ts-ignore", name: "expected", files: { "api/a.ts": "// @ts-expect-error: why\n" }, finds: [] },
  {
    rule: "no-leftovers",
    name: "in comments and in documents",
    files: { "api/a.ts": "/* TODO */\n// FIXME: x\n// XXX\n", "docs/a.md": "TODO: write\n" },
    finds: ["api/a.ts:1", "api/a.ts:2", "api/a.ts:3", "docs/a.md:1"],
  },
  { rule: "no-leftovers", name: "a currency", files: { "api/a.ts": 'const c = "XXX";' }, finds: [] },
  {
    rule: "no-sql-raw",
    name: "raw",
    files: { "use-cases/a.ts": "sql.raw(name)" },
    finds: ["use-cases/a.ts:1"],
  },
  {
    rule: "no-sql-raw",
    name: "where SQL comes from files",
    files: {
      "testing/a.ts": "sql.raw(a)",
      "adapters/postgres/migrate.ts": "sql.raw(a)",
      "api/a.int.test.ts": "sql.raw(a)",
    },
    finds: [],
  },
  {
    rule: "no-pool-connect",
    name: "by hand",
    files: { "api/a.ts": "await readPool.connect();\n", "bench/a.ts": "new pg.Pool({});\n" },
    finds: ["api/a.ts:1", "bench/a.ts:1"],
  },
  {
    rule: "no-pool-connect",
    name: "in its place, and of something else",
    files: { "adapters/postgres/pool.ts": "pool.connect()", "adapters/kafka/a.ts": "producer.connect()" },
    finds: [],
  },
  {
    rule: "pure-domain",
    name: "clock, randomness, waiting",
    files: { "domain/a.ts": "Date.now();\nnew Date();\nMath.random();\nasync function a() {}\n" },
    finds: ["domain/a.ts:1", "domain/a.ts:2", "domain/a.ts:3", "domain/a.ts:4"],
  },
  {
    rule: "pure-domain",
    name: "the calendar, and outside the domain",
    files: { "domain/a.ts": "Date.UTC(2026, 0, 1);\nnew Date(at);\n// await\n", "api/a.ts": "Date.now()" },
    finds: [],
  },
];

const PROJECT: readonly Planted[] = [
  {
    rule: "test-suffix",
    name: "a pure test that needs a server",
    files: {
      "api/a.test.ts": IMPORT("#adapters/postgres/pool.ts"),
      "api/b.test.ts": "\nserver.listen(0);\n",
      "api/c.test.ts": IMPORT("pg"),
      "adapters/redis/a.test.ts": IMPORT("../kafka/b.ts"),
      "api/d.spec.ts": "",
      "api/e.ts": IMPORT("vitest"),
    },
    finds: [
      "adapters/redis/a.test.ts:1",
      "api/a.test.ts:1",
      "api/b.test.ts:2",
      "api/c.test.ts:1",
      "api/d.spec.ts:0",
      "api/e.ts:1",
    ],
  },
  {
    rule: "test-suffix",
    name: "tests that say what they cost",
    files: {
      "api/a.int.test.ts": IMPORT("#adapters/postgres/pool.ts"),
      "adapters/redis/a.test.ts": IMPORT("./listeners.ts"),
      "api/b.test.ts": `${IMPORT("vitest")}import type { A } from "#adapters/postgres/pool.ts";\n`,
    },
    finds: [],
  },
  {
    rule: "no-sleep",
    name: "waiting for time",
    files: {
      "api/a.test.ts": "await new Promise((done) => setTimeout(done, 50));\nawait sleep(5);\n",
      "web/a.e2e.test.ts": "await page.waitForTimeout(100);\n",
    },
    finds: ["api/a.test.ts:1", "api/a.test.ts:2", "web/a.e2e.test.ts:1"],
  },
  {
    rule: "no-sleep",
    name: "a deadline, and slowness on purpose",
    files: {
      "api/a.test.ts":
        "setTimeout(() => fail(), 50);\n// Slower than the session, on purpose.\nawait sleep(5);\n",
    },
    finds: [],
  },
  {
    rule: "migration-names",
    name: "a gap and a bad name",
    files: { "migrations/0001-a.sql": "", "migrations/0003-c.sql": "", "migrations/0003_d.sql": "" },
    finds: ["migrations/0003-c.sql:0", "migrations/0003_d.sql:0"],
  },
  {
    rule: "migration-names",
    name: "good names",
    files: { "migrations/0002-b-c.sql": "", "migrations/0001-a.sql": "" },
    finds: [],
  },
  {
    rule: "pinned-versions",
    name: "ranges",
    files: { "package.json": '{\n"dependencies": {\n"a": "^1.0.0",\n"b": "1.0.0-beta.17"}}' },
    finds: ["package.json:3"],
  },
  {
    rule: "complete-lock",
    name: "an optional package left out",
    files: {
      "package-lock.json":
        '{"packages": {\n"node_modules/a": {"optionalDependencies": {"b": "1", "c": "1"}},\n"node_modules/b": {}}}',
    },
    finds: ["package-lock.json:2"],
  },
  {
    rule: "no-registry-hosts",
    name: "in any file",
    files: { ".npmrc": "save-exact=true\nregistry=x\n", "docs/a.md": "https://registry.example.org/a" },
    finds: [".npmrc:2", "docs/a.md:1"],
  },
  {
    rule: "no-registry-hosts",
    name: "the word",
    files: { ".npmrc": "omit-lockfile-registry-resolved=true\n", "docs/a.md": "A registry of instruments." },
    finds: [],
  },
  {
    rule: "environment-example",
    name: "what is read and not named, what is named and not read",
    files: {
      ".env.example": "# Where PostgreSQL is\nDATABASE_URL=\n#OLD_NAME=1\n",
      "api/a.ts":
        'process.env.PORT;\nenv["REDIS_URL"];\nenv.DATABASE_URL;\nconst { KAFKA_BROKERS } = process.env;\n',
    },
    finds: [".env.example:3", "api/a.ts:1", "api/a.ts:2", "api/a.ts:4"],
  },
  {
    rule: "environment-example",
    name: "all of it, what the system sets, and what others use",
    files: {
      ".env.example": "PORT=3000\nPOSTGRES_PASSWORD=\nNODE_ENV=\n",
      "api/a.ts": "env.PORT; env.NODE_ENV;",
      "docker-compose.yml": "${POSTGRES_PASSWORD:?}",
      "scripts/a.ts": "env.OTHER",
    },
    finds: [],
  },
];

const PLANTED: readonly Planted[] = [...DIRECTIONS, ...SHAPES, ...LANGUAGE, ...PROJECT];

describe.each(RULES)("$name", ({ name, check }) => {
  test.each(PLANTED.filter(({ rule }) => rule === name))("$name", ({ files, finds }) => {
    const violations = check(filesOf(files));
    expect(violations.map(({ path, line }) => `${path}:${line}`).toSorted()).toEqual(finds.toSorted());
    expect(violations.filter(({ rule, message }) => rule !== name || message === "")).toEqual([]);
  });
});

test("every rule has been seen to fail", () => {
  const seen = new Set(PLANTED.filter(({ finds }) => finds.length > 0).map(({ rule }) => rule));
  expect(RULES.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
});

test("a violation says where, which rule, what is wrong and what to do", () => {
  const [violation] = RULES.flatMap(({ check }) => check(filesOf({ "api/a.ts": "\nlet a: any;\n" })));
  expect(formatViolation(violation!)).toBe("api/a.ts:2 no-any: give it its type, or `unknown` and a check");
});

function filesOf(files: Readonly<Record<string, string>>): SourceFile[] {
  return Object.entries(files).map(([path, text]) => ({ path, text }));
}

/** One breach, in the first line of the first file. */
function found(name: string, files: Readonly<Record<string, string>>): Omit<Planted, "rule"> {
  return { name, files, finds: [`${Object.keys(files)[0]}:1`] };
}

function clean(name: string, files: Readonly<Record<string, string>>): Omit<Planted, "rule"> {
  return { name, files, finds: [] };
}
