import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("./b9-product-process.ts", import.meta.url));
const READY = /ready (http:\/\/\S+)/;
const READY_WITHIN_MS = 60_000;

export interface RunningProduct {
  readonly baseUrl: string;
  stop(): Promise<void>;
}

/** Starts the product in a process of its own. Errors: throws with what it said when it does not come up. */
export async function startProduct(relay: "product" | "polling", folder: string): Promise<RunningProduct> {
  await mkdir(folder, { recursive: true });
  const child = spawn(process.execPath, [PROGRAM, relay, folder], { stdio: ["pipe", "pipe", "pipe"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let output = "";
  const baseUrl = await new Promise<string>((resolve, reject) => {
    const fail = () => reject(new Error(`the product did not start:\n${output}`));
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      fail();
    }, READY_WITHIN_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString("utf8");
      const found = READY.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void exited.then(() => {
      clearTimeout(timer);
      fail();
    });
  });
  return {
    baseUrl,
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
