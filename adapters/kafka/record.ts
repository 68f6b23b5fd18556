import type { AnnouncedEvent } from "../ports.ts";

/** Format version of the value; a record of any other is not ours to read. */
export const RECORD_VERSION = 1;

const TEXT_LENGTH_MAX = 200;

/** The Kafka value of an event: no amounts and nothing personal, so there is little to evolve and nothing to leak. */
export function encodeEvent({ portfolioId, sequence, correlationId }: AnnouncedEvent): string {
  return JSON.stringify({ v: RECORD_VERSION, portfolioId, sequence, correlationId });
}

/** Reads a Kafka value; the reason, in words, when it is not an announced event of our version. */
export function decodeEvent(value: Buffer | null): AnnouncedEvent | { readonly reason: string } {
  if (value === null) return { reason: "no value" };
  let parsed: unknown;
  try {
    parsed = JSON.parse(value.toString("utf8"));
  } catch {
    return { reason: "not JSON" };
  }
  if (typeof parsed !== "object" || parsed === null) return { reason: "not an object" };
  const { v, portfolioId, sequence, correlationId } = parsed as Record<string, unknown>;
  if (v !== RECORD_VERSION) return { reason: `version ${String(v).slice(0, 20)}` };
  if (!isShortText(portfolioId)) return { reason: "no portfolioId" };
  if (typeof sequence !== "number" || !Number.isSafeInteger(sequence) || sequence < 0) {
    return { reason: "no sequence" };
  }
  return { portfolioId, sequence, ...(isShortText(correlationId) ? { correlationId } : {}) };
}

const isShortText = (value: unknown): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= TEXT_LENGTH_MAX;
