import { functionsOf } from "./functions.ts";
import {
  isGenerated,
  isScript,
  isTest,
  lex,
  lineAt,
  matchLines,
  type Rule,
  type SourceFile,
  type Violation,
} from "./source-file.ts";

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const COMPONENT_LINES_MAX = 150;

const handWritten = (files: readonly SourceFile[]) =>
  files.filter((file) => isScript(file.path) && !isGenerated(file));

/** A file is read top to bottom: at most 400 lines. */
export const fileLength: Rule = {
  name: "file-length",
  check: (files) =>
    handWritten(files).flatMap(({ path, text }) => {
      const lines = text.split("\n").length - 1;
      if (lines <= FILE_LINES_MAX) return [];
      const message = `${lines} lines, at most ${FILE_LINES_MAX}: split it by concept`;
      return [{ path, line: FILE_LINES_MAX + 1, rule: "file-length", message }];
    }),
};

/** A function fits on a screen: at most 70 lines, a React component 150. A test suite is not a function. */
export const functionLength: Rule = {
  name: "function-length",
  check: (files) =>
    handWritten(files).flatMap((file) =>
      functionsOf(file).flatMap(({ name, line, lineCount, body }): Violation[] => {
        if (mayHoldSuites(file.path) && /\b(test|it)\b[.\w]*\s*\(/.test(body)) return [];
        const isComponent = file.path.endsWith(".tsx") && /^[A-Z]/.test(name);
        const max = isComponent ? COMPONENT_LINES_MAX : FUNCTION_LINES_MAX;
        if (lineCount <= max) return [];
        const message = `${name} has ${lineCount} lines, at most ${max}: take a step out of it and name it`;
        return [{ path: file.path, line, rule: "function-length", message }];
      }),
    ),
};

const mayHoldSuites = (path: string) => isTest(path) || path.startsWith("testing/");

const NAMES_IN_CAPITALS =
  /^(README|ARCHITECTURE|CHANGELOG|CONTRIBUTING|SECURITY|CODE_OF_CONDUCT)\.md$|^(LICENSE|Dockerfile)$/;
const KEBAB_CASE = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;

/** Files and folders are named in kebab-case. */
export const kebabCase: Rule = {
  name: "kebab-case",
  check: (files) =>
    files.flatMap(({ path }) => {
      const wrong = path.split("/").filter((name) => !KEBAB_CASE.test(name) && !NAMES_IN_CAPITALS.test(name));
      if (wrong.length === 0) return [];
      return [{ path, line: 0, rule: "kebab-case", message: `rename ${wrong.join(", ")} to kebab-case` }];
    }),
};

const EMPTY_WORDS = /^(data|infos?|managers?|helpers?|utils?|commons?|miscs?)$/;

/** A name says what the thing is; these words fit everything and therefore say nothing. */
export const bannedWords: Rule = {
  name: "banned-words",
  check: (files) =>
    files.flatMap(({ path }) => {
      const found = path.split(/[/.-]/).filter((word) => EMPTY_WORDS.test(word));
      if (found.length === 0) return [];
      const message = `"${found.join('", "')}" says nothing: name it by a word of the glossary`;
      return [{ path, line: 0, rule: "banned-words", message }];
    }),
};

/** One name for one thing, wherever it is imported. Configuration files have no choice. */
export const defaultExports: Rule = {
  name: "default-exports",
  check: (files) =>
    handWritten(files)
      .filter((file) => !/\.config\.(ts|mts|mjs|js)$/.test(file.path))
      .flatMap((file) =>
        matchLines(lex(file).code, /\bexport\s+default\b|\bexport\s*\{[^}]*\bas\s+default\b/g).map(
          ({ line }) => ({
            path: file.path,
            line,
            rule: "default-exports",
            message: "export it by its name",
          }),
        ),
      ),
};

const RE_EXPORT = /\bexport\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*from\s*(["'])\s*\1\s*;?/g;

/** A file that only passes on what others export hides where things are and makes cycles. */
export const barrels: Rule = {
  name: "barrels",
  check: (files) =>
    handWritten(files).flatMap((file) => {
      const { code, path } = lex(file);
      const first = code.search(RE_EXPORT);
      if (first === -1 || code.replaceAll(RE_EXPORT, "").trim() !== "") return [];
      const message = "it only passes on other files' exports: delete it and import from those files";
      return [{ path, line: lineAt(code, first), rule: "barrels", message }];
    }),
};
