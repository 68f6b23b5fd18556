import { describe, expect, test } from "vitest";
import { requestOf, type RequestWords } from "#testing/record-requests.ts";
import { groupable, takeGroup, type Call, type GroupLimits } from "./recording-group.ts";

const LIMITS: GroupLimits = {
  requestsMax: 4,
  entriesMax: 10,
  sizeMax: 10_000,
  smallEntriesMax: 5,
  smallSizeMax: 5_000,
};

/** Requests by name, so that a group can be read. */
function named(waiting: Readonly<Record<string, RequestWords>>) {
  return Object.entries(waiting).map(([name, words]) => ({
    name,
    ...groupable(requestOf(words), LIMITS),
  }));
}

/** What is taken and what stays, as names. */
function taken(waiting: Readonly<Record<string, RequestWords>>, ...calls: Call[]): string {
  const { group, rest } = takeGroup(named(waiting), calls, LIMITS);
  const names = (requests: readonly { name: string }[]) => requests.map(({ name }) => name).join(" ");
  return `${names(group)} | ${names(rest)}`;
}

function callOf(words: RequestWords, state: Partial<Call> = {}): Call {
  const { keys, isLarge, request } = groupable(requestOf(words), LIMITS);
  return {
    keys: new Set(keys),
    users: new Set([request.userId]),
    isLarge,
    keepsUsersApart: isLarge,
    ...state,
  };
}

describe("how much a group holds", () => {
  test("nothing of nothing", () => {
    expect(taken({})).toBe(" | ");
  });

  test("requests in the order they came, up to the most that go in one call", () => {
    expect(taken({ a: {}, b: {}, c: {} })).toBe("a b c | ");
    expect(taken({ a: {}, b: {}, c: {}, d: {}, e: {}, f: {} })).toBe("a b c d | e f");
  });

  test("no more entries than may be in one call, and nobody overtakes whoever does not fit", () => {
    expect(taken({ a: { entries: 5 }, b: { entries: 5 }, c: {} })).toBe("a b | c");
    expect(taken({ a: { entries: 5 }, b: { entries: 4 }, c: { entries: 2 }, d: {} })).toBe("a b | c d");
  });

  test("no more characters than may be in one call", () => {
    const notes = "n".repeat(4_000);
    expect(taken({ a: { notes }, b: { notes }, c: { notes }, d: {} })).toBe("a b | c d");
  });
});

describe("a large request", () => {
  const large = { user: "importer", entries: 6 };

  test("goes alone, when it is its turn", () => {
    expect(taken({ a: large, b: {}, c: {} })).toBe("a | b c");
    expect(taken({ a: {}, b: large, c: {} })).toBe("a c | b");
  });

  test("is large by its entries or by its characters, also beyond what a group of small ones holds", () => {
    expect(taken({ a: { notes: "n".repeat(5_000) }, b: {} })).toBe("a | b");
    expect(taken({ a: { entries: 50, notes: "n".repeat(500) }, b: {} })).toBe("a | b");
  });

  test("waits while another is under way, and small ones do not", () => {
    const another = callOf({ entries: 6 });
    expect(taken({ a: large, b: {}, c: {} }, another)).toBe("b c | a");
  });

  test("holds its own user's requests back, and nobody else's", () => {
    expect(taken({ a: { user: "importer" }, b: {} }, callOf(large))).toBe("b | a");
  });

  test("has small ones of its user beside it that began before it", () => {
    expect(taken({ a: large }, callOf({ user: "importer" }))).toBe("a | ");
  });
});

describe("what is to exist once", () => {
  test("is not twice in a group, and goes in the order it came", () => {
    expect(taken({ a: { ids: ["1"] }, b: { ids: ["1"] }, c: {} })).toBe("a c | b");
    const user = "u";
    expect(taken({ a: { user, key: "k" }, b: { user, key: "k" }, c: { user } })).toBe("a c | b");
  });

  test("is not in two calls at once", () => {
    expect(taken({ a: { ids: ["1"] }, b: {} }, callOf({ ids: ["0", "1"] }))).toBe("b | a");
    expect(taken({ a: { user: "u", key: "k" }, b: {} }, callOf({ user: "u", key: "k" }))).toBe("b | a");
  });

  test("is not overtaken by what has something in common with one that waits", () => {
    const busy = callOf({ ids: ["1"] });
    expect(taken({ a: { ids: ["1", "2"] }, b: { ids: ["2", "3"] }, c: { ids: ["3"] }, d: {} }, busy)).toBe(
      "d | a b c",
    );
  });

  test("is a key of one user: the same word of another is another key", () => {
    expect(taken({ a: { user: "u", key: "k" }, b: { user: "v", key: "k" } })).toBe("a b | ");
  });

  test("is also the key of a large request that is passed over", () => {
    expect(taken({ a: {}, b: { ids: ["1", "2", "3", "4", "5", "6"] }, c: { ids: ["6"] }, d: {} })).toBe(
      "a d | b c",
    );
  });
});

test("users that a call keeps apart wait for it, and users of any other call do not", () => {
  const call = callOf({ user: "u" });
  expect(taken({ a: { user: "u" }, b: { user: "v" } }, call)).toBe("a b | ");
  expect(taken({ a: { user: "u" }, b: { user: "v" } }, { ...call, keepsUsersApart: true })).toBe("b | a");
});
