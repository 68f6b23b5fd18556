import { mkdir } from "node:fs/promises";
import { startProcess, type RunningProcess } from "./setup/start-process.ts";

const PROGRAM = new URL("b9-product-process.ts", import.meta.url);

/** Starts the product in a process of its own. Errors: throws with what it said when it does not come up. */
export async function startProduct(relay: "product" | "polling", folder: string): Promise<RunningProcess> {
  await mkdir(folder, { recursive: true });
  return startProcess(PROGRAM, [relay, folder]);
}
