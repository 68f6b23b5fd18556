import type { RecordRequest, RecordResult } from "#adapters/postgres/ledger.ts";
import { Recorder } from "#use-cases/recorder.ts";

/** Records nothing and says that it did: what is left of a POST is to authenticate, to validate and to answer. */
export class ForgetfulRecorder extends Recorder {
  #sequence = 0;

  constructor() {
    super(() => Promise.reject(new Error("this side records nothing")));
  }

  override record({ entries }: RecordRequest): Promise<RecordResult> {
    const recorded_at = new Date().toISOString();
    const versions = entries.map((entry) => {
      this.#sequence += 1;
      return { ...entry, sequence: this.#sequence, version: 1, recorded_at };
    });
    return Promise.resolve({ outcome: "recorded", versions });
  }
}
