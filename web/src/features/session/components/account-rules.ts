/**
 * The rules of a new account in plain words, checked before the server is asked. The server checks again: these only
 * spare the reader a round trip. The numbers are those of contracts/accounts.ts, repeated because importing a value from
 * there would bring the schema library into the page.
 */
const PASSWORD_LENGTH_MIN = 8;
const PASSWORD_LENGTH_MAX = 256;

export function checkEmail(email: string): string | null {
  const value = email.trim();
  if (value === "") return "Enter your e-mail address.";
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? null : "This does not look like an e-mail address.";
}

export function checkUsername(username: string): string | null {
  const value = username.trim();
  if (value === "") return "Choose a username.";
  if (value.length < 3) return "A username has at least 3 characters.";
  if (value.length > 40) return "A username has at most 40 characters.";
  if (!/^[A-Za-z0-9]/.test(value)) return "A username starts with a letter or a digit.";
  return /^[A-Za-z0-9_.-]+$/.test(value) ? null : "Use letters, digits and the characters _ . - only.";
}

export function checkPassword(password: string): string | null {
  if (password === "") return "Choose a password.";
  if (password.length < PASSWORD_LENGTH_MIN) return `Use at least ${PASSWORD_LENGTH_MIN} characters.`;
  return password.length > PASSWORD_LENGTH_MAX ? `Use at most ${PASSWORD_LENGTH_MAX} characters.` : null;
}
