import { expect, test } from "vitest";
import { functionsOf } from "./functions.ts";
import { importsOf } from "./imports.ts";
import { lex } from "./source-file.ts";

test("code, text and comments are told apart without moving anything", () => {
  const text = 'a("b//c", `d${e("f")}g`, /h"[/]i/); // j "k"\n/* l */ m / n / o;';
  const { code, comments } = lex({ path: "a.ts", text });
  expect(code.replaceAll(/ +/g, " ")).toBe('a(" ", ` ${e(" ")} `, ); \n m / n / o;');
  expect(comments.trim().replaceAll(/ +/g, " ")).toBe('// j "k"\n/* l */');
  expect([code.length, comments.length]).toEqual([text.length, text.length]);
});

test("imports are read in every form", () => {
  const text = [
    'import "./a.css";',
    'import b, { type C, d as e } from "@scope/b/inner";',
    'import {\n  type F,\n  type G,\n} from "#web/stream/f.ts";',
    'export type { H } from "../h.ts";',
  ].join("\n");
  const read = importsOf({ path: "web/src/x.ts", text });
  expect(
    read.map(({ line, target, packageName, isTypeOnly }) => [line, target ?? packageName, isTypeOnly]),
  ).toEqual([
    [2, "@scope/b", false],
    [6, "web/src/stream/f.ts", true],
    [7, "web/h.ts", true],
    [1, "web/src/a.css", false],
  ]);
});

test("functions are found with their names and lengths", () => {
  const text =
    "export function a() {\n}\n\nconst b = () => ({\n  c: 1,\n});\n\nclass D {\n  e() {\n    if (f) {\n    }\n  }\n}\n";
  const found = functionsOf({ path: "a.ts", text });
  expect(found.map(({ name, line, lineCount }) => [name, line, lineCount])).toEqual([
    ["a", 1, 2],
    ["e", 9, 4],
    ["b", 4, 3],
  ]);
});
