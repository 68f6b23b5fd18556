import { expect, test } from "vitest";
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from "#contracts/accounts.ts";
import { checkEmail, checkPassword, checkUsername } from "./account-rules.ts";

test("e-mail addresses", () => {
  expect(checkEmail("ada@example.com")).toBeNull();
  expect(checkEmail("ada@example")).toBe("This does not look like an e-mail address.");
  expect(checkEmail("  ")).toBe("Enter your e-mail address.");
});

test("usernames", () => {
  expect(checkUsername("ada.l-2")).toBeNull();
  expect(checkUsername("ab")).toBe("A username has at least 3 characters.");
  expect(checkUsername("_ada")).toBe("A username starts with a letter or a digit.");
  expect(checkUsername("ada love")).toBe("Use letters, digits and the characters _ . - only.");
});

test("passwords have the lengths that the contract states", () => {
  expect(checkPassword("x".repeat(PASSWORD_LENGTH_MIN))).toBeNull();
  expect(checkPassword("x".repeat(PASSWORD_LENGTH_MIN - 1))).toBe("Use at least 8 characters.");
  expect(checkPassword("x".repeat(PASSWORD_LENGTH_MAX + 1))).toBe("Use at most 256 characters.");
});
