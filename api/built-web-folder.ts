import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of the built web client, or undefined while it is not built. */
export function builtWebFolder(): string | undefined {
  const folder = fileURLToPath(new URL("../web/dist/", import.meta.url));
  return existsSync(`${folder}index.html`) ? folder : undefined;
}
