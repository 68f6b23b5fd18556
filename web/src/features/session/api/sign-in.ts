import type { Credentials, Registration, SignedIn } from "#contracts/accounts.ts";
import { send } from "#web/http/send.ts";
import { session } from "#web/http/session.ts";

export async function signIn(credentials: Credentials): Promise<void> {
  const signedIn = await send<SignedIn>("POST", "/auth/login", {
    body: credentials,
    headers: { "X-Lotwise-Client": "web" },
    anonymous: true,
  });
  session.begin(signedIn);
}

/** Registers and goes straight on to the first screen: nobody should type a new password twice in a minute. */
export async function signUp(registration: Registration): Promise<void> {
  await send("POST", "/auth/register", { body: registration, anonymous: true });
  await signIn({ login: registration.username, password: registration.password });
}
