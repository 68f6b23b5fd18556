import type { Page } from "playwright-core";
import type { SignedIn } from "#contracts/accounts.ts";
import type { TransactionInput } from "#contracts/transactions.ts";
import { ApiClient } from "../api-client.ts";

/** Somebody with an account: what they do in the browser, and what they do meanwhile by other means. */
export interface User {
  readonly name: string;
  readonly api: ApiClient;
}

export const PASSWORD = "correct horse battery";

export async function registerUser(baseUrl: string, name: string): Promise<User> {
  const api = new ApiClient(baseUrl);
  const account = { email: `${name}@example.com`, username: name, password: PASSWORD };
  const registered = await api.post("/auth/register", account);
  if (registered.status !== 201) throw new Error(`register: ${registered.status} ${registered.text}`);
  const signedIn = await api.post<SignedIn>("/auth/login", { login: name, password: PASSWORD });
  api.token = signedIn.body.accessToken;
  return { name, api };
}

/** From the sign-in page, which may have come up on the way to another one. */
export async function fillSignIn(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.getByLabel("E-mail or username").fill(name);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Signs in on the way to an address, and waits until it is shown. */
export async function visit(page: Page, user: User, address: string): Promise<void> {
  await page.goto(address);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await fillSignIn(page, user.name);
  await page.waitForURL(address);
}

export const trade = (
  portfolioId: string,
  of: Partial<Omit<TransactionInput, "portfolioId">> = {},
): TransactionInput => ({
  portfolioId,
  type: "buy",
  symbol: "ACME.SIM",
  quantity: "10",
  price: "10",
  tradedAt: "2026-01-05T15:00:00Z",
  ...of,
});
