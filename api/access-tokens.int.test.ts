/*
 * Tokens that are not ours, not any more, not yet, or not for this: each is 401, in the same words, and never a 500.
 * Forged with the server's own key where a signature would otherwise hide whether the claims are looked at.
 */
import { createHmac, generateKeyPairSync, randomUUID, sign, type KeyObject } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadSigningKey, type SigningKey } from "#adapters/security/jwt-key.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { StreamClient } from "#testing/stream-client.ts";
import { startTestServer, type TestServer } from "#testing/test-server.ts";

let server: TestServer;
let key: SigningKey;
let user: ApiClient;
let other: ApiClient;
let claims: Record<string, unknown>;

beforeAll(async () => {
  key = await loadSigningKey(join(await mkdtemp(join(tmpdir(), "lotwise-key-")), "key.pem"));
  server = await startTestServer({ matching: false, ticking: false, settings: { signingKey: key } });
  [user, other] = [await signedInClient(server.baseUrl), await signedInClient(server.baseUrl)];
  claims = partsOf(user.token!)[1]!;
});
afterAll(() => server.close());

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const partsOf = (token: string) =>
  token
    .split(".")
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>);

const HEADER = { alg: "ES256", typ: "JWT" };

/** A token signed by ECDSA with the server's key, or another. */
function signed(
  payload: object,
  options: { header?: object; key?: string | KeyObject; hash?: string } = {},
): string {
  const input = `${base64(options.header ?? HEADER)}.${base64(payload)}`;
  const signature = sign(options.hash ?? "sha256", Buffer.from(input), {
    key: (options.key ?? key.privateKey) as KeyObject,
    dsaEncoding: "ieee-p1363",
  });
  return `${input}.${signature.toString("base64url")}`;
}

function keyedHash(secret: string | Buffer, algorithm = "sha256", name = "HS256"): string {
  const input = `${base64({ alg: name, typ: "JWT" })}.${base64(claims)}`;
  return `${input}.${createHmac(algorithm, secret).update(input).digest("base64url")}`;
}

const nowSeconds = () => Math.floor(Date.now() / 1000);
const without = (name: string) =>
  Object.fromEntries(Object.entries(claims).filter(([claim]) => claim !== name));
const anotherKey = (namedCurve = "P-256") => generateKeyPairSync("ec", { namedCurve }).privateKey;

async function ask(authorization: string | undefined) {
  const answer = await server.app.inject({
    url: "/api/v1/auth/me",
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  });
  return { status: answer.statusCode, text: answer.body };
}

/** Made when they are asked for: the keys and claims are there only then. */
const FORGED: Record<string, () => string> = {
  "alg none": () => `${base64({ alg: "none" })}.${base64(claims)}.`,
  "alg none, without the last dot": () => `${base64({ alg: "none" })}.${base64(claims)}`,
  "alg nOnE with a signature": () => `${base64({ alg: "nOnE" })}.${base64(claims)}.AAAA`,
  "no alg": () => signed(claims, { header: { typ: "JWT" } }),
  "alg of a list": () => signed(claims, { header: { alg: ["ES256"] } }),
  "HS256 with the public key in PEM": () => keyedHash(key.publicKey),
  "HS256 with the public key, trimmed": () => keyedHash(key.publicKey.trim()),
  "HS256 with white space before the PEM": () => keyedHash(`\n ${key.publicKey}`),
  "HS256 with nothing": () => keyedHash(""),
  "HS512 with the public key": () => keyedHash(key.publicKey, "sha512", "HS512"),
  "another key": () => signed(claims, { key: anotherKey() }),
  "another key, by its own name": () =>
    signed(claims, { key: anotherKey(), header: { ...HEADER, kid: key.id } }),
  "another key that the token brings along": () => {
    const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const header = {
      ...HEADER,
      jwk: stranger.publicKey.export({ format: "jwk" }),
      jku: "http://127.0.0.1:1/keys",
    };
    return signed(claims, { key: stranger.privateKey, header });
  },
  "a kid that is a path": () =>
    signed(claims, { key: anotherKey(), header: { ...HEADER, kid: "../../dev/null" } }),
  "a kid that is SQL": () => signed(claims, { key: anotherKey(), header: { ...HEADER, kid: "' or 1=1 --" } }),
  ES384: () => signed(claims, { key: anotherKey("P-384"), hash: "sha384", header: { alg: "ES384" } }),
  "ES384 said, ES256 signed": () => signed(claims, { header: { alg: "ES384" } }),
  "a signature of zeros": () => `${base64(HEADER)}.${base64(claims)}.${"A".repeat(86)}`,
  "a signature in DER": () => {
    const input = `${base64(HEADER)}.${base64(claims)}`;
    return `${input}.${sign("sha256", Buffer.from(input), key.privateKey).toString("base64url")}`;
  },
  "claims of another token": () => {
    const [header, , signature] = user.token!.split(".");
    return `${header}.${other.token!.split(".")[1]}.${signature}`;
  },
  "an unknown crit": () => signed(claims, { header: { ...HEADER, crit: ["exp2"], exp2: 1 } }),
  "a crit that is no list": () => signed(claims, { header: { ...HEADER, crit: "exp" } }),
  "expired a minute ago": () => signed({ ...claims, exp: nowSeconds() - 60 }),
  "expired long ago": () => signed({ ...claims, exp: 0 }),
  "exp as text": () => signed({ ...claims, exp: String(nowSeconds() + 900) }),
  "exp as a list": () => signed({ ...claims, exp: [nowSeconds() + 900] }),
  "exp as null": () => signed({ ...claims, exp: null }),
  "exp below zero": () => signed({ ...claims, exp: -1 }),
  "exp in a thousand years": () => signed({ ...claims, exp: nowSeconds() + 1_000 * 31_557_600 }),
  "exp beyond all dates": () => signed({ ...claims, exp: 1e300 }),
  "issued in an hour": () => signed({ ...claims, iat: nowSeconds() + 3_600, exp: nowSeconds() + 4_500 }),
  "iat as text": () => signed({ ...claims, iat: "now" }),
  "valid from in an hour": () => signed({ ...claims, nbf: nowSeconds() + 3_600 }),
  "for another audience": () => signed({ ...claims, aud: "other-api" }),
  "for an audience like ours": () => signed({ ...claims, aud: "lotwise-api2" }),
  "from another issuer": () => signed({ ...claims, iss: "lotwise.example" }),
  "without aud": () => signed(without("aud")),
  "without iss": () => signed(without("iss")),
  "without exp": () => signed(without("exp")),
  "without iat": () => signed(without("iat")),
  "without sub": () => signed(without("sub")),
  "without sid": () => signed(without("sid")),
  "without jti": () => signed(without("jti")),
  "a session of nobody": () => signed({ ...claims, sid: randomUUID() }),
  "a user of nobody": () => signed({ ...claims, sub: randomUUID() }),
  "the session of one with the name of another": () => signed({ ...claims, sub: other.userId }),
  "a sub that is no id": () => signed({ ...claims, sub: "-".repeat(36) }),
  "a sid that is no id": () => signed({ ...claims, sid: "0".repeat(36) }),
  "a sub that is a number": () => signed({ ...claims, sub: 12 }),
  "a sub that is a list": () => signed({ ...claims, sub: [claims["sub"]] }),
  "a sub that is SQL": () => signed({ ...claims, sub: "' or true --" }),
  "claims that are a list": () => signed([claims]),
  "claims that are null": () => `${base64(HEADER)}.${base64(null)}.AAAA`,
  "claims with __proto__": () => {
    const input = `${base64(HEADER)}.${Buffer.from('{"__proto__":{"sub":"x"}}').toString("base64url")}`;
    return `${input}.AAAA`;
  },
  "cut in the middle": () => user.token!.slice(0, user.token!.length / 2),
  "cut by one character": () => user.token!.slice(0, -1),
  "one character more": () => `${user.token}A`,
  "a fourth part": () => `${user.token}.AAAA`,
  "base64 instead of base64url": () => user.token!.replaceAll("-", "+").replaceAll("_", "/").concat("=="),
  "dots alone": () => "..",
  "no JSON in it": () => "AAAA.AAAA.AAAA",
  "64 KB of claims": () =>
    signed({ ...claims, sub: claims["sub"], filling: "x".repeat(64 * 1_024), aud: "x" }),
  "64 KB of nothing": () => "A".repeat(64 * 1_024),
  "64 KB of dots": () => ".".repeat(64 * 1_024),
};

describe("a forged token", () => {
  test.for(Object.keys(FORGED))("%s is 401", async (name) => {
    const refused = await ask(undefined);
    expect(refused.status).toBe(401);
    expect(await ask(`Bearer ${FORGED[name]!()}`)).toEqual(refused);
  });

  test("the same with nothing forged is accepted, also by an audience among others", async () => {
    expect((await ask(`Bearer ${signed(claims)}`)).status).toBe(200);
    expect((await ask(`Bearer ${signed({ ...claims, aud: ["other", "lotwise-api"] })}`)).status).toBe(200);
    // Clocks differ by up to 30 seconds.
    expect((await ask(`Bearer ${signed({ ...claims, exp: nowSeconds() - 5 })}`)).status).toBe(200);
    expect((await ask(`Bearer ${signed({ ...claims, iat: nowSeconds() + 5 })}`)).status).toBe(200);
  });

  test("opens no stream either", async () => {
    for (const name of ["another key", "expired a minute ago", "issued in an hour", "a sub that is no id"]) {
      const stream = await new StreamClient(`${server.wsUrl}/ws`).opened();
      stream.send({ type: "authenticate", token: FORGED[name]!() });
      expect(await stream.closed).toBe(4401);
    }
  });
});

describe("the Authorization header", () => {
  test.for([
    ["nothing", ""],
    ["the scheme alone", "Bearer"],
    ["the scheme and a space", "Bearer "],
    ["another scheme", "Basic YTpi"],
    ["the token alone", "@"],
    ["two spaces", "Bearer  @"],
    ["two tokens", "Bearer @ @"],
    ["a list", "Bearer @, Bearer @"],
    ["quotes", 'Bearer "@"'],
    ["Token", "Token @"],
  ])("with %s is 401", async ([, header]) => {
    expect((await ask(header!.replaceAll("@", user.token!))).status).toBe(401);
  });

  test("takes the scheme in any case, and no token from the URL", async () => {
    expect((await ask(`bEARER ${user.token}`)).status).toBe(200);
    const inUrl = await server.app.inject(`/api/v1/auth/me?access_token=${user.token}&token=${user.token}`);
    expect(inUrl.statusCode).toBe(401);
  });
});

describe("within five seconds nothing is left", () => {
  const LEFT_MS = 5_500;

  async function watching(client: ApiClient): Promise<StreamClient> {
    const stream = await new StreamClient(`${server.wsUrl}/ws`).opened();
    stream.send({ type: "authenticate", token: client.token! });
    await stream.next("authenticated");
    return stream;
  }

  const closeOf = (stream: StreamClient) => stream.closed.then((code) => [code, performance.now()] as const);

  test("of a session after signing out: its sockets close at once, those of others stay", async () => {
    const [leaving, staying] = [await signedInClient(server.baseUrl), await signedInClient(server.baseUrl)];
    const [closing, open] = [await watching(leaving), await watching(staying)];
    const began = performance.now();
    await leaving.request("POST", "/auth/logout");
    const [code, closedAt] = await closeOf(closing);
    expect(code).toBe(4401);
    expect(closedAt - began).toBeLessThan(2_000);
    expect((await leaving.get("/portfolios")).status).toBe(401);
    open.send({ type: "ping" });
    await open.next("pong");
    open.close();
  });

  test("of a session that was ended without a word to this node, or whose user was made inactive", async () => {
    const [ended, inactive] = [await signedInClient(server.baseUrl), await signedInClient(server.baseUrl)];
    const sockets = [await watching(ended), await watching(inactive)];
    for (const client of [ended, inactive]) expect((await client.get("/portfolios")).status).toBe(200);
    const { owner } = server.database;
    await sql`update session set revoked_at = now() where user_id = ${ended.userId}`.execute(owner);
    await sql`update app_user set active = false where id = ${inactive.userId}`.execute(owner);
    const began = performance.now();
    for (const client of [ended, inactive]) {
      const status = () => client.get("/portfolios").then((answer) => answer.status);
      await expect.poll(status, { timeout: LEFT_MS }).toBe(401);
    }
    for (const [code, closedAt] of await Promise.all(sockets.map(closeOf))) {
      expect(code).toBe(4401);
      expect(closedAt - began).toBeLessThan(LEFT_MS);
    }
  });
});
