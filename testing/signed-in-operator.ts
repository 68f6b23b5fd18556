import { setOperator } from "#adapters/postgres/operators.ts";
import type { User } from "#contracts/accounts.ts";
import { signedInClient, type ApiClient } from "./api-client.ts";
import type { TestServer } from "./test-server.ts";

/** A new user of the API who is an operator. */
export async function signedInOperator(server: TestServer): Promise<ApiClient> {
  const client = await signedInClient(server.baseUrl);
  await makeOperator(server, client);
  return client;
}

/** Makes a user an operator; returns the username. */
export async function makeOperator(server: TestServer, client: ApiClient): Promise<string> {
  const { username } = (await client.get<User>("/auth/me")).body;
  const actor = { name: "root@test", userId: undefined };
  await setOperator(server.database.owner, { login: username, operator: true, actor });
  return username;
}
