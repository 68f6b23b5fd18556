import { expect, test } from "vitest";
import { withChanges } from "./use-address.ts";

test("a change of the address sets and takes out what it names and leaves the rest", () => {
  const before = new URLSearchParams("position=ACME.SIM&explain=position&lot=a");
  expect(withChanges(before, { lot: "b", explain: null, view: "losses" }).toString()).toBe(
    "position=ACME.SIM&lot=b&view=losses",
  );
  expect(before.get("lot")).toBe("a");
});
