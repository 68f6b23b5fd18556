import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describeApi } from "./openapi/describe-api.ts";

/* `npm run openapi`: writes docs/openapi.json anew. A test fails when the file is not what the routes say. */

const file = fileURLToPath(new URL("../docs/openapi.json", import.meta.url));
await writeFile(file, await describeApi());
process.stdout.write("docs/openapi.json written\n");
