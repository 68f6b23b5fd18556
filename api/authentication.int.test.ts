import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SignedIn, User } from "#contracts/accounts.ts";
import { ApiClient, signedInClient, type Answer } from "#testing/api-client.ts";
import { startTestServer, type TestServer } from "#testing/test-server.ts";

let server: TestServer;
let client: ApiClient;
let accounts = 0;

beforeAll(async () => {
  server = await startTestServer({ matching: false, ticking: false });
  client = new ApiClient(server.baseUrl);
});
afterAll(() => server.close());

const PASSWORD = "a long enough password";

interface Account {
  readonly email: string;
  readonly username: string;
  readonly password: string;
}

function newAccount(password = PASSWORD): Account {
  accounts += 1;
  return { email: `ada-${accounts}@example.com`, username: `ada-${accounts}`, password };
}

async function registered(password?: string): Promise<Account> {
  const account = newAccount(password);
  const answer = await client.post("/auth/register", account);
  expect(answer.status).toBe(201);
  return account;
}

const logIn = (login: string, password: string, at = client) =>
  at.post<SignedIn>("/auth/login", { login, password });

const ascending = (a: number, b: number) => a - b;

const cookieOf = (answer: Answer) => answer.headers.get("set-cookie")?.split(";")[0] ?? "";

describe("registering", () => {
  test("tells of the new user what is public, and nothing of the password", async () => {
    const account = newAccount();
    const answer = await client.post<{ user: User }>("/auth/register", account);
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.body)).toEqual(["user"]);
    expect(Object.keys(answer.body.user).toSorted()).toEqual([
      "createdAt",
      "email",
      "id",
      "operator",
      "username",
    ]);
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  test("answers the same, whichever of e-mail and username is taken, in whatever case", async () => {
    const taken = await registered();
    const attempts = [
      taken,
      { ...newAccount(), email: taken.email },
      { ...newAccount(), username: taken.username },
      { ...newAccount(), email: taken.email.toUpperCase() },
      { ...newAccount(), username: taken.username.toUpperCase() },
    ];
    const answers: Answer[] = [];
    for (const attempt of attempts) answers.push(await client.post("/auth/register", attempt));
    expect(answers.map((answer) => answer.status)).toEqual([409, 409, 409, 409, 409]);
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
  });

  test("of ten at once with one name makes one account", async () => {
    const account = newAccount();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        client.post("/auth/register", { ...account, email: `${index}-${account.email}` }),
      ),
    );
    expect(answers.map((answer) => answer.status).toSorted(ascending)).toEqual([
      201,
      ...Array<number>(9).fill(409),
    ]);
  });
});

describe("passwords", () => {
  const long = "p".repeat(72);
  test.for([
    ["differ after 72 bytes", `${long}X`, `${long}Y`],
    ["differ after 72 bytes of emoji", `${"🔑".repeat(18)}X`, `${"🔑".repeat(18)}Y`],
    ["differ in their 256th character", `${"p".repeat(255)}X`, `${"p".repeat(255)}Y`],
    ["differ by a space at the end", "password one", "password one "],
    ["differ in case", "password one", "Password one"],
    ["differ in how an accent is composed", "caf\u00e9 caf\u00e9", "cafe\u0301 cafe\u0301"],
  ])("two that %s are two", async ([, right, wrong]) => {
    const { username } = await registered(right);
    expect((await logIn(username, right!)).status).toBe(200);
    expect((await logIn(username, wrong!)).status).toBe(401);
  });

  test.for([
    ["64 characters of three bytes", "密".repeat(64)],
    ["256 characters of four bytes", "🔑".repeat(256)],
    ["eight characters", "12345678"],
    ["control characters", "\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008"],
  ])("%s are accepted", async ([, password]) => {
    const { email } = await registered(password);
    expect((await logIn(email.toUpperCase(), password!)).status).toBe(200);
  });
});

describe("signing in", () => {
  test("an unknown user, a wrong password and an inactive user answer the same bytes", async () => {
    const [known, inactive] = [await registered(), await registered()];
    await server.database.owner
      .updateTable("app_user")
      .set({ active: false })
      .where("username", "=", inactive.username)
      .execute();
    const answers = [
      await logIn("nobody@example.com", PASSWORD),
      await logIn("nobody", PASSWORD),
      await logIn(known.username, "another password"),
      await logIn(known.email, "another password"),
      await logIn(inactive.username, inactive.password),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401, 401, 401]);
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(answers.every((answer) => answer.headers.get("set-cookie") === null)).toBe(true);
  });

  test("gives a token of 15 minutes that names the user and the session, each time another", async () => {
    const { username } = await registered();
    const [first, second] = [await logIn(username, PASSWORD), await logIn(username, PASSWORD)];
    const [a, b] = [first, second].map(({ body }) => claimsOf(body.accessToken));
    expect(first.body).toMatchObject({ tokenType: "Bearer", expiresInSeconds: 900, user: { username } });
    expect(a!.exp - a!.iat).toBe(900);
    expect(a).toMatchObject({ sub: first.body.user.id, iss: "lotwise", aud: "lotwise-api" });
    expect(Object.keys(a!).toSorted()).toEqual(["aud", "exp", "iat", "iss", "jti", "sid", "sub"]);
    expect(new Set([a!.sid, b!.sid, a!.jti, b!.jti]).size).toBe(4);
  });
});

interface Claims {
  readonly sub: string;
  readonly sid: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
}

function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as Claims;
}

describe("the session cookie", () => {
  const refresh = (cookie: string, headers: Record<string, string> = { "x-lotwise-client": "web" }) =>
    client.request<SignedIn>("POST", "/auth/refresh", { headers: { cookie, ...headers } });

  test("cannot be read by scripts, nor sent by other sites; in production it needs TLS", async () => {
    const { username } = await registered();
    const cookie = (await logIn(username, PASSWORD)).headers.get("set-cookie");
    expect(cookie).toMatch(
      /^lotwise-session=[\w-]{43}; Max-Age=2592000; Path=\/api\/v1\/auth; HttpOnly; SameSite=Strict$/,
    );
    const production = await startTestServer({
      matching: false,
      ticking: false,
      settings: { production: true },
    });
    try {
      const there = await signedInClient(production.baseUrl);
      const { email } = (await there.get<User>("/auth/me")).body;
      const secure = (await logIn(email, PASSWORD, there)).headers.get("set-cookie");
      expect(secure).toMatch(/^__Secure-lotwise-session=[\w-]{43}; .*HttpOnly; Secure; SameSite=Strict$/);
      // A browser ignores what would clear such a cookie without saying Secure.
      const cleared = (await there.request("POST", "/auth/logout")).headers.get("set-cookie");
      expect(cleared).toMatch(/^__Secure-lotwise-session=; .*Expires=Thu, 01 Jan 1970.*; Secure/);
    } finally {
      await production.close();
    }
  });

  test("buys a new token of the same session, with the header that other sites cannot send", async () => {
    const { username } = await registered();
    const signedIn = await logIn(username, PASSWORD);
    const cookie = cookieOf(signedIn);
    const answer = await refresh(cookie);
    expect(answer.status).toBe(200);
    const [before, after] = [signedIn, answer].map(({ body }) => claimsOf(body.accessToken));
    expect([after!.sid, after!.sub]).toEqual([before!.sid, before!.sub]);
    const refused = [
      await refresh(cookie, {}),
      await refresh(cookie, { "x-lotwise-client": "other" }),
      await refresh(""),
      await refresh("lotwise-session=x"),
      await refresh(cookie.replace("lotwise-session", "other")),
      await refresh(`lotwise-session=${signedIn.body.accessToken}`),
      await refresh("", { authorization: `Bearer ${signedIn.body.accessToken}`, "x-lotwise-client": "web" }),
    ];
    expect(refused.map((each) => each.status)).toEqual([401, 401, 401, 401, 401, 401, 401]);
  });

  test("is worth nothing after its time, nor as an access token", async () => {
    const { username } = await registered();
    const signedIn = await logIn(username, PASSWORD);
    const cookie = cookieOf(signedIn);
    const asBearer = { headers: { authorization: `Bearer ${cookie.split("=")[1]}` } };
    expect((await client.request("GET", "/auth/me", asBearer)).status).toBe(401);
    await expireSession(claimsOf(signedIn.body.accessToken).sid);
    const late = await refresh(cookie);
    expect(late.status).toBe(401);
    expect(late.headers.get("set-cookie")).toMatch(
      /^lotwise-session=; .*Path=\/api\/v1\/auth; Expires=Thu, 01 Jan 1970/,
    );
  });
});

async function expireSession(id: string): Promise<void> {
  await sql`update session set created_at = now() - interval '31 days', expires_at = now() - interval '1 day'
    where id = ${id}`.execute(server.database.owner);
}

describe("signing out", () => {
  test("ends this session at once, its token and its cookie, and no other", async () => {
    const { username } = await registered();
    const [here, there] = [new ApiClient(server.baseUrl), new ApiClient(server.baseUrl)];
    const signedIn = await logIn(username, PASSWORD, here);
    here.token = signedIn.body.accessToken;
    there.token = (await logIn(username, PASSWORD, there)).body.accessToken;
    const headers = { cookie: cookieOf(signedIn), "x-lotwise-client": "web" };
    const renewed = await here.request<SignedIn>("POST", "/auth/refresh", { headers });
    expect((await here.get("/auth/me")).status).toBe(200);

    const out = await here.request("POST", "/auth/logout");
    expect([out.status, out.text]).toEqual([204, ""]);
    expect(out.headers.get("set-cookie")).toMatch(
      /^lotwise-session=; .*Path=\/api\/v1\/auth; Expires=Thu, 01 Jan 1970/,
    );

    const refused = [
      await here.get("/auth/me"),
      await here.get("/portfolios"),
      await here.request("GET", "/auth/me", {
        headers: { authorization: `Bearer ${renewed.body.accessToken}` },
      }),
      await here.request("POST", "/auth/refresh", { headers }),
      await here.request("POST", "/auth/logout"),
    ];
    expect(refused.map((answer) => answer.status)).toEqual([401, 401, 401, 401, 401]);
    expect((await there.get("/auth/me")).status).toBe(200);
  });

  test("without a token is 401 and clears nothing", async () => {
    const answer = await client.request("POST", "/auth/logout");
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([401, null]);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });
});
