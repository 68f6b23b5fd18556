import { describe, expect, test } from "vitest";
import { RememberedCallers, type Caller } from "./remembered-callers.ts";

const caller: Caller = { userId: "u", sessionId: "s", issuedAtMs: 1_000, expiresAtMs: 2_000 };

describe("callers by their tokens", () => {
  test("are known while their token says so, and by the whole token alone", () => {
    const callers = new RememberedCallers();
    callers.remember("head.claims.signature", caller);
    expect(callers.find("head.claims.signature", 1_000)).toBe(caller);
    expect(callers.find("head.claims.signature", 1_999)).toBe(caller);
    for (const token of ["", "head.claims.", "head.claims.signaturf", "head.claims.signature "]) {
      expect(callers.find(token, 1_500)).toBeUndefined();
    }
  });

  test("are not known before it was issued, for a clock that was set back, nor from its end on", () => {
    const callers = new RememberedCallers();
    callers.remember("t", caller);
    expect(callers.find("t", 999)).toBeUndefined();
    expect(callers.find("t", 1_500)).toBe(caller);
    expect(callers.find("t", 2_000)).toBeUndefined();
    expect(callers.find("t", 1_500)).toBeUndefined();
  });

  test("are forgotten in the order they came when there are too many", () => {
    const callers = new RememberedCallers();
    for (let number = 0; number <= 10_000; number += 1) callers.remember(`t${number}`, caller);
    expect(callers.find("t0", 1_500)).toBeUndefined();
    expect([callers.find("t1", 1_500), callers.find("t10000", 1_500)]).toEqual([caller, caller]);
  });
});
