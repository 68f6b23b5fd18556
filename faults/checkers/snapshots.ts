import { Worker } from "node:worker_threads";
import type { History } from "../clients/history.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Watched } from "./snapshot-thread.ts";

const TELL_EVERY_MS = 500;

/** Snapshots taken all the time, in a thread of their own, and counted here. */
export class Snapshots {
  readonly #thread: Worker;
  readonly #telling: NodeJS.Timeout;
  readonly #ended: Promise<void>;
  readonly counts: Record<Snapshot["verdict"], number> = { right: 0, wrong: 0, undecided: 0, skipped: 0 };

  /** `watched` says whom to look at. */
  constructor(ownerUrl: string, history: History, watched: () => Watched) {
    this.#thread = new Worker(new URL("./snapshot-thread.ts", import.meta.url), {
      workerData: { url: ownerUrl },
    });
    this.#thread.on("error", (error: Error) =>
      history.note(`the thread of the snapshots failed: ${error.stack}`),
    );
    this.#thread.on("message", ({ verdict, detail }: Snapshot) => {
      this.counts[verdict] += 1;
      if (verdict === "wrong") history.note(`a wrong snapshot: ${detail}`);
    });
    this.#ended = new Promise((resolve) => this.#thread.once("exit", () => resolve()));
    this.#telling = setInterval(() => this.#thread.postMessage(watched()), TELL_EVERY_MS);
  }

  /** Those that were compared and could be judged. */
  get taken(): number {
    return this.counts.right + this.counts.wrong;
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    clearInterval(this.#telling);
    this.#thread.postMessage("stop");
    await this.#ended;
  }
}
