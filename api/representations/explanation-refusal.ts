import type { ExplanationRefusal } from "#use-cases/explain-ledger.ts";
import { Refusal } from "../errors.ts";

/** Figures under old rules are replaced in a moment: the client asks again. */
export function unexplained(refusal: ExplanationRefusal): Refusal {
  if (refusal !== "under-old-rules") return new Refusal(refusal);
  return new Refusal("unavailable", "The figures are being worked out anew under changed rules; try again");
}
