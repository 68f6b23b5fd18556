/** Only a path of our own: an address such as //evil.example would lead a fresh sign-in elsewhere. */
export const safeReturn = (path: string | null): string =>
  path !== null && /^\/(?![/\\])/.test(path) ? path : "/portfolios";
