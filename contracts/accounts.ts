import { Type, type Static } from "typebox";
import { InstantOut, text, Uuid } from "./primitives.ts";

export const PASSWORD_LENGTH_MIN = 8;
export const PASSWORD_LENGTH_MAX = 256;

export const Registration = Type.Object(
  {
    email: Type.String({ format: "email", minLength: 3, maxLength: 254, examples: ["ada@example.com"] }),
    username: Type.String({
      pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{2,39}$",
      maxLength: 40,
      description: "3 to 40 letters, digits, and _ . -",
      examples: ["ada"],
    }),
    password: text({ minLength: PASSWORD_LENGTH_MIN, maxLength: PASSWORD_LENGTH_MAX }),
  },
  { additionalProperties: false },
);
export type Registration = Static<typeof Registration>;

export const Credentials = Type.Object(
  {
    login: text({ minLength: 1, maxLength: 254, examples: ["ada@example.com"] }),
    password: text({ minLength: 1, maxLength: PASSWORD_LENGTH_MAX }),
  },
  { additionalProperties: false, description: "login is the e-mail address or the username" },
);
export type Credentials = Static<typeof Credentials>;

export const User = Type.Object({
  id: Uuid,
  email: Type.String(),
  username: Type.String(),
  operator: Type.Boolean({ description: "may use the routes under /operations" }),
  createdAt: InstantOut,
});
export type User = Static<typeof User>;

export const Registered = Type.Object({ user: User });
export type Registered = Static<typeof Registered>;

export const SignedIn = Type.Object({
  accessToken: Type.String(),
  tokenType: Type.Literal("Bearer"),
  expiresInSeconds: Type.Integer(),
  user: User,
});
export type SignedIn = Static<typeof SignedIn>;
