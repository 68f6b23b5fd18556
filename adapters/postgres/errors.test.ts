import { describe, expect, test } from "vitest";
import { databaseErrorKind, sqlState, type DatabaseErrorKind } from "./errors.ts";

const withCode = (code: string) => Object.assign(new Error("of the server or the network"), { code });

const TABLE: readonly (readonly [string, unknown, DatabaseErrorKind])[] = [
  ["connection lost", withCode("08006"), "transient"],
  ["serialization failure", withCode("40001"), "transient"],
  ["deadlock", withCode("40P01"), "transient"],
  ["disk full", withCode("53100"), "transient"],
  ["too many connections", withCode("53300"), "transient"],
  ["row lock not had in time", withCode("55P03"), "transient"],
  ["statement timeout", withCode("57014"), "transient"],
  ["terminated by an administrator", withCode("57P01"), "transient"],
  ["crash of another backend", withCode("57P02"), "transient"],
  ["starting up", withCode("57P03"), "transient"],
  ["input/output error", withCode("58030"), "transient"],
  ["a standby, which takes no writes", withCode("25006"), "transient"],
  ["idle too long inside a transaction", withCode("25P03"), "transient"],
  ["a transaction that took too long", withCode("25P04"), "transient"],

  ["division by zero", withCode("22012"), "refused"],
  ["malformed uuid", withCode("22P02"), "refused"],
  ["not null", withCode("23502"), "refused"],
  ["unique", withCode("23505"), "refused"],
  ["check", withCode("23514"), "refused"],

  ["query in an aborted transaction", withCode("25P02"), "unknown"],
  ["no such table", withCode("42P01"), "unknown"],
  ["permission denied", withCode("42501"), "unknown"],
  ["wrong password", withCode("28P01"), "unknown"],
  ["internal error", withCode("XX000"), "unknown"],

  ...[
    "ECONNREFUSED",
    "ECONNRESET",
    "EPIPE",
    "ETIMEDOUT",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "EAI_AGAIN",
    "ENOENT",
  ].map((code) => [code, withCode(code), "transient"] as const),
  ["another system error", withCode("EACCES"), "unknown"],

  ...[
    "Connection terminated",
    "Connection terminated unexpectedly",
    "Connection terminated due to connection timeout",
    "timeout exceeded when trying to connect",
    "timeout expired",
    "Query read timeout",
    "Client has encountered a connection error and is not queryable",
    "Client was closed and is not queryable",
    "Cannot use a pool after calling end on the pool",
  ].map((message) => [`pg says "${message}"`, new Error(message), "transient"] as const),

  ["wrapped in another error", new Error("matching failed", { cause: withCode("57P01") }), "transient"],
  ["wrapped twice", new Error("a", { cause: new Error("b", { cause: withCode("23505") }) }), "refused"],
  [
    "a host with two addresses, both away",
    new AggregateError([withCode("ECONNREFUSED")], "all away"),
    "transient",
  ],
  ["nothing at all in an AggregateError", new AggregateError([], "none"), "unknown"],
  ["a bug", new TypeError("x is undefined"), "unknown"],
  ["an invariant", new Error("invariant: lot is open but empty"), "unknown"],
  ["a text", "57P01", "unknown"],
  ["undefined", undefined, "unknown"],
  ["a code that is a number", Object.assign(new Error("x"), { code: 57 }), "unknown"],
];

describe("databaseErrorKind", () => {
  test.each(TABLE)("%s", (_name, error, kind) => {
    expect(databaseErrorKind(error)).toBe(kind);
  });
});

describe("sqlState", () => {
  test("is what the server gave", () => {
    expect(sqlState(withCode("55P03"))).toBe("55P03");
    expect(sqlState(new Error("x"))).toBeUndefined();
    expect(sqlState("55P03")).toBeUndefined();
  });
});
