import {
  isGenerated,
  isScript,
  isTest,
  lex,
  matchLines,
  type LexedFile,
  type Rule,
  type SourceFile,
} from "./source-file.ts";

type Pattern = {
  readonly name: string;
  readonly pattern: RegExp;
  readonly message: string;
  readonly appliesTo?: (path: string) => boolean;
  /** Which part of a file is searched; the code without comments and quoted text if not said. */
  readonly part?: (file: LexedFile) => string;
};

function forbid({ name, pattern, message, appliesTo, part }: Pattern): Rule {
  const isSearched = appliesTo ?? isScript;
  const partOf = part ?? ((file: LexedFile) => file.code);
  const search = (file: SourceFile) =>
    matchLines(partOf(lex(file)), pattern).map(({ line }) => ({
      path: file.path,
      line,
      rule: name,
      message,
    }));
  return {
    name,
    check: (files) => files.filter((file) => isSearched(file.path) && !isGenerated(file)).flatMap(search),
  };
}

/** `any` switches the compiler off. */
export const noAny = forbid({
  name: "no-any",
  pattern: /(?:[:<,|&([=]|\bas|\bextends|=>)\s*any\s*(?=[;,)>=[\]|&{}\n])/g,
  message: "give it its type, or `unknown` and a check",
});

/** Enums are not erasable, so Node cannot run them, and they are not the strings on the wire. */
export const noEnum = forbid({
  name: "no-enum",
  pattern: /(?<=^|[\n;{}]|\b(?:export|declare|const) )[ \t]*enum\s+[A-Za-z_$][\w$]*\s*\{/g,
  message: "write an `as const` array and a union of its elements",
});

/** `@ts-expect-error` says when it is no longer needed; the others hide whatever comes. */
export const noTsIgnore = forbid({
  name: "no-ts-ignore",
  pattern: /@ts-(ignore|nocheck)\b/g,
  message: "mend the type, or use @ts-expect-error with the reason",
  part: (file) => file.comments,
});

/** Work left over belongs in an issue, where somebody looks for it. */
export const noLeftovers: Rule = {
  name: "no-leftovers",
  check: (files) => [...leftoversInComments.check(files), ...leftoversInText.check(files)],
};

const LEFTOVER_MESSAGE = "do it now, or write an issue and take the mark out";

const leftoversInComments = forbid({
  name: "no-leftovers",
  pattern: /\b(TODO|FIXME|XXX)\b/g,
  message: LEFTOVER_MESSAGE,
  part: (file) => file.comments,
});

// Three X without a colon are also the ISO 4217 code for "no currency".
const leftoversInText = forbid({
  name: "no-leftovers",
  pattern: /\b(TODO|FIXME|XXX:)/g,
  message: LEFTOVER_MESSAGE,
  appliesTo: (path) => /\.(md|sql|css|html|yml|yaml|sh|xml)$/.test(path),
  part: (file) => file.text,
});

/** Text that becomes SQL unescaped is an injection waiting for its input. */
export const noSqlRaw = forbid({
  name: "no-sql-raw",
  pattern: /\bsql\s*\.\s*raw\b/g,
  message: "pass values as parameters and names through sql.ref or sql.table",
  appliesTo: (path) =>
    isScript(path) &&
    !isTest(path) &&
    !/^(migrations|testing)\//.test(path) &&
    !path.startsWith("adapters/postgres/migrate"),
});

/** A client taken from the pool by hand lacks the error listener, the time limits and the return in `finally`. */
export const noPoolConnect = forbid({
  name: "no-pool-connect",
  pattern: /\b\w*pool\s*\.\s*connect\s*\(|\bnew\s+(?:pg\s*\.\s*)?(?:Pool|Client)\s*\(/gi,
  message: "go through adapters/postgres, which sets the time limits and gives the client back",
  appliesTo: (path) => isScript(path) && !isTest(path) && !/^(adapters\/postgres|testing)\//.test(path),
});

/** The same facts give the same figures, today and in ten years: the domain asks nothing of the world. */
export const pureDomain = forbid({
  name: "pure-domain",
  pattern:
    /\bnew\s+Date\s*\(\s*\)|\bDate\s*\.\s*now\b|\bDate\s*\(\s*\)|\bMath\s*\.\s*random\b|\bperformance\s*\.|\bprocess\s*\.|\bcrypto\s*\.|\bfetch\s*\(|\bset(?:Timeout|Interval|Immediate)\s*\(|\basync\b|\bawait\b|\bPromise\b/g,
  message: "no clock, no randomness, no waiting, no I/O in the domain: take the value as a parameter",
  appliesTo: (path) => isScript(path) && path.startsWith("domain/") && !isTest(path),
});
