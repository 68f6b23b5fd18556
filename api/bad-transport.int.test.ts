/*
 * What is wrong before a schema is asked: bodies that are not JSON, or too much of it, wrong types and encodings,
 * methods, paths, headers and raw bytes. Each gets a clear answer and stores nothing; none of them hurts anybody else.
 */
import { connect } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Problem } from "#contracts/problem.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { readOperations, urlOf } from "#testing/openapi-operations.ts";
import { countRows } from "#testing/table-contents.ts";
import { startTestServer } from "#testing/test-server.ts";

const server = await startTestServer({ matching: false, ticking: false });
const operations = await readOperations(server.app);
let user: ApiClient;
let before: Record<string, number>;

beforeAll(async () => {
  user = await signedInClient(server.baseUrl);
});
beforeEach(async () => {
  before = await countRows(server.database.owner);
});
afterEach(async () => {
  if (!isDeepStrictEqual(await countRows(server.database.owner), before))
    throw new Error("something was stored");
  if ((await user.get("/auth/me")).status !== 200) throw new Error("others are not served any more");
});
afterAll(() => server.close());

const KILOBYTE = 1_024;
const MEGABYTE = KILOBYTE * KILOBYTE;

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly payload?: string | Buffer;
  readonly headers?: Record<string, string>;
}

/** Sends what it is given as it is, with a valid token. */
async function send({ method = "POST", path = "/api/v1/portfolios", payload = "", headers }: Sent) {
  const answer = await server.app.inject({
    method: method as "POST",
    url: path,
    payload,
    headers: { authorization: `Bearer ${user.token}`, "content-type": "application/json", ...headers },
  });
  const isProblem = String(answer.headers["content-type"]).startsWith("application/problem+json");
  return { status: answer.statusCode, problem: isProblem ? answer.json<Problem>() : undefined };
}

describe("a body that is not JSON", () => {
  const deep = (levels: number) => `{"name":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  test.for([
    ["nothing", ""],
    ["white space", "  \n"],
    ["an open brace", "{"],
    ["single quotes", "{'name':'x'}"],
    ["a trailing comma", '{"name":"x",}'],
    ["something behind it", '{"name":"x"}}'],
    ["two values", '{"name":"x"}{"name":"y"}'],
    ["NaN", '{"name":NaN}'],
    ["a comment", '{"name":"x"/* */}'],
    ["a raw NUL", '{"name":"\0"}'],
    ["a raw line break in a string", '{"name":"a\nb"}'],
    ["a bad escape", '{"name":"\\u12"}'],
    ["a leading zero", '{"name":01}'],
    ["__proto__", '{"name":"x","__proto__":{"isAdmin":true}}'],
    ["__proto__ in disguise", '{"name":"x","\\u005f_proto__":{"isAdmin":true}}'],
    ["constructor.prototype", '{"name":"x","constructor":{"prototype":{"isAdmin":true}}}'],
    ["100,000 open brackets", "[".repeat(100_000)],
  ])("%s", async ([, payload]) => {
    expect(await send({ payload: payload! })).toMatchObject({
      status: 400,
      problem: { code: "malformed-json" },
    });
  });

  test.for([
    ["null", "null", ""],
    ["a number", "12", ""],
    ["a string", '"name"', ""],
    ["an array", '[{"name":"x"}]', ""],
    ["a field called constructor", '{"name":"x","constructor":1}', "/constructor"],
    ["a field with a slash and a tilde", '{"name":"x","a/b~c":1}', "/a~1b~0c"],
    ["200 levels", deep(200), "/name"],
    ["100,000 levels", deep(100_000), "/name"],
  ])("JSON, but not what is asked for: %s", async ([, payload, path]) => {
    const answer = await send({ payload: payload! });
    expect(answer).toMatchObject({ status: 400, problem: { code: "invalid-request" } });
    expect(answer.problem?.errors?.map((error) => error.path)).toContain(path);
  });

  test("no bytes and no Content-Type at all", async () => {
    const { status, text } = await user.request("POST", "/portfolios");
    expect([status, (JSON.parse(text) as Problem).code]).toEqual([400, "invalid-request"]);
  });
});

describe("the type and the encoding of a body", () => {
  // Valid but for one field: wherever it is read at all, the schema has to see it.
  const faulty = '{"name":"x","baseCurrency":"dollars"}';
  test.for([
    ["text/plain", 415],
    ["text/plain; charset=utf-8", 415],
    ["application/x-www-form-urlencoded", 415],
    ["multipart/form-data; boundary=x", 415],
    ["application/xml", 415],
    ["application/octet-stream", 415],
    ["application/jsonp", 415],
    ["text/json", 415],
    ["json", 415],
    ["application/json, text/plain", 415],
    ["application/\tjson", 415],
    ["application/ json", 415],
    ["application/problem+json", 415],
    ["*/*", 415],
    ["application/json", 400],
    ["APPLICATION/JSON", 400],
    ["application/json;charset=utf-8", 400],
    ["application/json ; charset=utf-8", 400],
    ["application/json\t; charset=utf-8", 400],
    ["application/json;", 400],
    ['application/json; charset="utf-8"', 400],
  ] as const)("%s → %i", async ([type, status]) => {
    expect((await send({ payload: faulty, headers: { "content-type": type } })).status).toBe(status);
  });

  test.for(["gzip", "GZIP", "deflate", "br", "zstd", "gzip, gzip", "identity, gzip", "nonsense"])(
    "Content-Encoding %s is not undone, so it is refused",
    async (encoding) => {
      const payload = gzipSync('{"name":"x"}');
      const compressed = await send({ payload, headers: { "content-encoding": encoding } });
      const pretended = await send({ payload: '{"name":"x"}', headers: { "content-encoding": encoding } });
      expect(compressed).toMatchObject({ status: 415, problem: { code: "unsupported-media-type" } });
      expect(pretended.status).toBe(415);
    },
  );
});

describe("a body that is too large", () => {
  const filled = (bytes: number) => `{"name":"${"x".repeat(bytes)}"}`;
  test("256 KiB is the limit, and 8 MiB for a batch", async () => {
    const within = await send({ payload: filled(255 * KILOBYTE) });
    expect(within).toMatchObject({ status: 400, problem: { errors: [{ path: "/name" }] } });
    const beyond = await send({ payload: filled(257 * KILOBYTE) });
    expect(beyond).toMatchObject({ status: 413, problem: { code: "body-too-large" } });
    const path = "/api/v1/transactions/batch";
    expect((await send({ path, payload: filled(7 * MEGABYTE) })).status).toBe(400);
    expect((await send({ path, payload: filled(8 * MEGABYTE) })).status).toBe(413);
  });

  test("8 MiB over the wire, with and without a Content-Length", async () => {
    const counted = await user.request("POST", "/portfolios", { body: filled(8 * MEGABYTE) });
    expect(counted.status).toBe(413);
    const chunked = await fetch(`${server.baseUrl}/api/v1/portfolios`, {
      method: "POST",
      headers: { authorization: `Bearer ${user.token}`, "content-type": "application/json" },
      body: new Blob([filled(MEGABYTE)]).stream(),
      duplex: "half",
    }).then(
      (answer) => answer.status,
      () => "connection closed",
    );
    expect([413, "connection closed"]).toContain(chunked);
  });

  // Each took up to 17 seconds and 1.9 GB while every fault of a body was listed.
  const full = 8 * MEGABYTE - 100;
  test.for([
    ["empty rows", `{"transactions":[${"{},".repeat(full / 3)}{}]}`],
    ["numbers for rows", `{"unknown":1,"transactions":[${"1,".repeat(full / 2)}1]}`],
    ["unknown fields", `{${Array.from({ length: 500_000 }, (_, index) => `"k${index}":1`).join(",")}}`],
    ["nesting", `{"transactions":[${"[".repeat(full / 2)}${"]".repeat(full / 2)}]}`],
  ])("8 MiB of %s are refused before they cost much", async ([, payload]) => {
    const began = performance.now();
    const answer = await send({ path: "/api/v1/transactions/batch", payload: payload! });
    expect(answer.status).toBe(400);
    expect(answer.problem?.errors?.length).toBeGreaterThan(0);
    expect(performance.now() - began).toBeLessThan(4_000);
  });
});

describe("a method or a path that is none", () => {
  const id = "01932c07-9d2e-7cc3-8a50-3c1f0f5f1c11";
  const known = {
    portfolioId: id,
    transactionId: id,
    disposalId: id,
    deadLetterId: id,
    rebuildId: id,
    reconciliationId: id,
    name: "lot-matching",
    symbol: "ACME.SIM",
  };
  const paths = [...new Set(operations.map((operation) => operation.path))];
  test.for(paths)("%s answers other methods by 404", async (path) => {
    const described = operations.filter((operation) => operation.path === path);
    const url = urlOf(described[0]!, known);
    const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"].filter(
      (method) => !described.some((operation) => operation.method === method),
    );
    // The three that share their path with `/transactions/{transactionId}`, or with the batch.
    const isShadowed = (method: string) =>
      operations.some((other) => other.method === method && matches(other.path, url));
    for (const method of methods.filter((name) => !isShadowed(name))) {
      const answer = await send({ method, path: url, payload: method === "GET" ? "" : "{}" });
      expect({ method, ...answer }).toMatchObject({ method, status: 404, problem: { code: "not-found" } });
    }
  });

  const matches = (template: string, url: string) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(url);

  test.for([
    "/",
    "/nope",
    "/api",
    "/api/v1",
    "/api/v1/",
    "/api/v1/nope",
    "/api/v2/portfolios",
    "/API/V1/auth/me",
    "/api/v1/auth/me/",
    "/api/v1//auth/me",
    "/api/v1/auth/%6De%2F",
    "/api/v1/portfolios/../auth/me/x",
    "/api/v1/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/assets/../../package.json",
    "/package.json",
    "/.env",
    "*",
  ])("%s is 404", async (path) => {
    expect(await send({ method: "GET", path })).toMatchObject({
      status: 404,
      problem: { code: "not-found" },
    });
  });

  test.for([
    "/%",
    "/%zz",
    "/api/v1/stocks/%",
    "/api/v1/stocks/%ff",
    "/api/v1/stocks/%E0%A4%A",
    "/api/v1/stocks/%ED%A0%80",
    `/api/v1/stocks/${"A".repeat(101)}`,
    `/api/v1/portfolios/${"1".repeat(5_000)}`,
  ])("%s is 400", async (path) => {
    const answer = await send({ method: "GET", path });
    expect(answer).toMatchObject({ status: 400, problem: { code: "invalid-request", status: 400 } });
  });
});

describe("raw bytes", () => {
  /** What the server answers to bytes on a connection of their own, until it closes it. */
  function exchange(bytes: string | Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      const { port } = new URL(server.baseUrl);
      const socket = connect(Number(port), "127.0.0.1", () => socket.end(bytes));
      let answer = "";
      // A bound on purpose, not a wait.
      socket.setTimeout(8_000, () => reject(new Error(`still open after 8 s: ${answer}`)));
      socket.on("timeout", () => socket.destroy());
      socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
      // A server that refuses may close before it has read everything.
      socket.on("error", () => resolve(answer || "reset"));
      socket.on("close", () => resolve(answer || "closed"));
    });
  }

  const head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
  const body = '{"login":"a","password":"b"}';
  test.for([
    ["100 KB of one header", `${head}X-Bomb: ${"x".repeat(100_000)}\r\n\r\n`, "431"],
    ["20,000 headers", `${head}${"A: b\r\n".repeat(20_000)}\r\n`, "431"],
    ["a path of 100 KB", `GET /${"a".repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, "431"],
    ["no request", "hello\r\n\r\n", "400"],
    ["a TLS handshake", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400"],
    ["a Content-Length that is none", `${head}Content-Length: ten\r\n\r\n${body}`, "400"],
    ["a negative Content-Length", `${head}Content-Length: -1\r\n\r\n${body}`, "400"],
    ["two Content-Lengths", `${head}Content-Length: 28\r\nContent-Length: 2\r\n\r\n${body}`, "400"],
    [
      "Content-Length and chunks",
      `${head}Content-Length: 28\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      "400",
    ],
    ["a bad chunk", `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`, "400"],
    ["a header without a name", `${head}: x\r\n\r\n`, "400"],
    ["a line break in a header", `${head}X-A: a\rb\r\n\r\n`, "400"],
    ["a body that ends early", `${head}Content-Length: 100\r\n\r\n${body}`, "400"],
  ] as const)("%s", async ([, bytes, status]) => {
    const answer = await exchange(bytes);
    expect(answer.split("\r\n")[0]).toMatch(new RegExp(`^HTTP/1.1 ${status} |^closed$|^reset$`));
    if (!answer.startsWith("HTTP")) return;
    expect(answer.toLowerCase()).toContain("content-type: application/problem+json");
    const problem = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4)) as Problem;
    expect(problem.status).toBe(Number(status));
  });

  test("no Host: Node refuses it before us, without a body", async () => {
    expect(await exchange("GET /health/live HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1.1 400 /);
  });

  test.for([
    ["broken percent signs", "lotwise-session=%E0%A4%A"],
    ["no value", "lotwise-session="],
    ["100 KB of value, cut by the header limit", `lotwise-session=${"x".repeat(12_000)}`],
    ["many", Array.from({ length: 900 }, (_, index) => `c${index}=1`).join("; ")],
    ["a prototype", "__proto__=x; constructor=y; lotwise-session[]=z"],
    ["control characters", "lotwise-session=\u0001\u007f"],
  ])("a cookie of %s is no session", async ([, cookie]) => {
    const answer = await send({
      path: "/api/v1/auth/refresh",
      payload: "{}",
      headers: { cookie: cookie!, "x-lotwise-client": "web" },
    });
    expect(answer).toMatchObject({ status: 401, problem: { code: "unauthenticated" } });
  });
});
