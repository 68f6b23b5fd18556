import { importCycles } from "./import-cycles.ts";
import { importDirections } from "./import-directions.ts";
import { noAny, noEnum, noLeftovers, noPoolConnect, noSqlRaw, noTsIgnore, pureDomain } from "./language.ts";
import {
  completeLock,
  environmentExample,
  migrationNames,
  noRegistryHosts,
  pinnedVersions,
} from "./project.ts";
import { bannedWords, barrels, defaultExports, fileLength, functionLength, kebabCase } from "./shape.ts";
import type { Rule } from "./source-file.ts";
import { noSleep, testSuffix } from "./test-files.ts";

/** Every rule that `testing/tidy.test.ts` holds the project to. */
export const RULES: readonly Rule[] = [
  importDirections,
  importCycles,
  fileLength,
  functionLength,
  kebabCase,
  bannedWords,
  defaultExports,
  barrels,
  noAny,
  noEnum,
  noTsIgnore,
  noLeftovers,
  noSqlRaw,
  noPoolConnect,
  pureDomain,
  testSuffix,
  noSleep,
  migrationNames,
  pinnedVersions,
  completeLock,
  noRegistryHosts,
  environmentExample,
];
