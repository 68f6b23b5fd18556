import { lex, lineAt, type SourceFile } from "./source-file.ts";

export type FoundFunction = {
  readonly name: string;
  readonly line: number;
  readonly lineCount: number;
  /** The masked code between its braces. */
  readonly body: string;
};

const NOT_A_METHOD = new Set([
  "if",
  "for",
  "while",
  "switch",
  "catch",
  "with",
  "function",
  "return",
  "await",
]);
const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/**
 * Returns the functions of a script with a body in braces or parentheses: declarations, methods, arrow functions.
 * A heuristic over brackets: what it does not recognise it leaves out.
 */
export function functionsOf(file: SourceFile): FoundFunction[] {
  const { code } = lex(file);
  return [...declarations(code), ...arrows(code)].map(({ name, start, bodyStart }) => {
    const end = endOfBrackets(code, bodyStart);
    return {
      name,
      line: lineAt(code, start),
      lineCount: lineAt(code, end) - lineAt(code, start) + 1,
      body: code.slice(bodyStart + 1, end),
    };
  });
}

type Head = { readonly name: string; readonly start: number; readonly bodyStart: number };

function declarations(code: string): Head[] {
  const head =
    /(?:\bfunction\b\s*\*?\s*([\w$]*)|(?<=\n)[ \t]+(?:(?:public|private|static|async|get|set)\s+)*\*?(#?[\w$]+))\s*(?:<[^(){}]*>)?\(/g;
  return [...code.matchAll(head)].flatMap((match) => {
    const name = match[1] ?? match[2] ?? "";
    if (match[1] === undefined && NOT_A_METHOD.has(name)) return [];
    const parametersEnd = endOfBrackets(code, match.index + match[0].length - 1);
    const bodyStart = bodyAfter(code, parametersEnd + 1);
    const start = match.index + match[0].search(/\S/);
    return bodyStart === undefined ? [] : [{ name: name || "function", start, bodyStart }];
  });
}

function arrows(code: string): Head[] {
  return [...code.matchAll(/=>\s*[({]/g)].map((match) => {
    const lineStart = code.lastIndexOf("\n", match.index) + 1;
    const before = code.slice(Math.max(0, match.index - 600), match.index);
    const named = [...before.matchAll(/\b(?:const|let)\s+([\w$]+)\b(?=[^;]*$)/g)].at(-1);
    const isDirect =
      named !== undefined &&
      /^[\s\S]*?=\s*(?:async\s*)?(?:<[^()]*>)?\(?[^;{}]*$/.test(before.slice(named.index));
    return {
      name: isDirect ? (named[1] ?? "") : "arrow function",
      start: isDirect ? match.index - before.length + named.index : lineStart,
      bodyStart: match.index + match[0].length - 1,
    };
  });
}

/** Skips a return type: the body is the first brace that no type operator asks for. */
function bodyAfter(code: string, from: number): number | undefined {
  let previous = "";
  for (let at = from; at < code.length; at++) {
    const char = code.charAt(at);
    if (/\s/.test(char)) continue;
    if (previous === "" && char !== ":" && char !== "{") return undefined;
    if (char === ";" || char === "}" || (char === "=" && code.charAt(at + 1) !== ">")) return undefined;
    if (char === "{" && !/[:|&<,(?>]/.test(typeEnd(previous, code, at))) return at;
    previous = char;
    if (char in CLOSING) at = endOfBrackets(code, at);
  }
  return undefined;
}

/** A `>` that closes type arguments may stand before a body, the one of `=>` may not. */
function typeEnd(previous: string, code: string, at: number): string {
  if (previous !== ">") return previous;
  return /=>\s*$/.test(code.slice(Math.max(0, at - 20), at)) ? ">" : "";
}

/** Returns the offset of the bracket that closes the one at `start`, or of the end. */
function endOfBrackets(code: string, start: number): number {
  const open: string[] = [];
  for (let at = start; at < code.length; at++) {
    const char = code.charAt(at);
    if (char in CLOSING) open.push(CLOSING[char]!);
    else if (char === open.at(-1)) open.pop();
    if (open.length === 0) return at;
  }
  return code.length - 1;
}
