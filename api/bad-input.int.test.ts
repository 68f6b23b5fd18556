/*
 * Every operation that the API describes, with every violation of its schema that we know: a clear 400 that names the
 * place, and nothing stored. Generated from the live description, so a new route or field is tested by existing.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Problem } from "#contracts/problem.ts";
import type { ApiClient } from "#testing/api-client.ts";
import { signedInOperator } from "#testing/signed-in-operator.ts";
import { readOperations, urlOf, type Operation } from "#testing/openapi-operations.ts";
import { faultyTexts, validValue, violationsOf } from "#testing/schema-violations.ts";
import { countRows } from "#testing/table-contents.ts";
import { startTestServer } from "#testing/test-server.ts";

// Nothing is matched meanwhile: whatever the tables gain, a refused request has stored.
const server = await startTestServer({ matching: false, ticking: false });
const operations = await readOperations(server.app);
afterAll(() => server.close());

let user: ApiClient;
/** What names something stored: the parameters of paths, and fields of that name. */
let known: Record<string, string>;
let before: Record<string, number>;

beforeAll(async () => {
  // For anybody else the routes of operators are not there, whatever they are asked.
  user = await signedInOperator(server);
  const portfolio = await user.portfolio();
  const transaction = await user.record(
    { portfolioId: portfolio.id, symbol: "ACME.SIM", type: "buy", quantity: "10", price: "100" },
    {},
  );
  known = {
    portfolioId: portfolio.id,
    transactionId: transaction.id,
    disposalId: transaction.id,
    deadLetterId: randomUUID(),
    rebuildId: randomUUID(),
    reconciliationId: randomUUID(),
    name: "lot-matching",
    symbol: "ACME.SIM",
  };
});
beforeEach(async () => {
  before = await countRows(server.database.owner);
});

/** As rows for test.for, whose `%s` shows a name in full. */
const named = (list: readonly Operation[]) => list.map((operation) => [operation.name, operation] as const);

interface Ask {
  readonly url?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

async function ask(operation: Operation, { url, body, headers = {} }: Ask) {
  const answer = await server.app.inject({
    method: operation.method,
    url: url ?? urlOf(operation, known),
    headers: {
      authorization: `Bearer ${user.token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  return answer;
}

/** What is wrong with the answer to a request with one fault at `path`. Undefined: nothing. */
async function refusalFault(operation: Operation, request: Ask, path: string): Promise<string | undefined> {
  const answer = await ask(operation, request);
  if (answer.statusCode !== 400) return `answered ${answer.statusCode} ${answer.body.slice(0, 200)}`;
  if (!String(answer.headers["content-type"]).startsWith("application/problem+json"))
    return "not problem+json";
  const problem = answer.json<Problem>();
  const paths = (problem.errors ?? []).map((error) => error.path);
  if (!paths.includes(path)) return `names ${paths.join(", ") || "no place"} instead of ${path}`;
  if (problem.errors!.some((error) => error.message === "" || error.code === "")) return "says nothing";
  return undefined;
}

async function faultsOf(
  operation: Operation,
  requests: readonly (Ask & { fault: string; path: string })[],
): Promise<string[]> {
  const faults: string[] = [];
  for (const { fault, path, ...request } of requests) {
    const wrong = await refusalFault(operation, request, path);
    if (wrong !== undefined) faults.push(`${path} ${fault}: ${wrong}`);
  }
  return faults;
}

async function expectNothingStored(): Promise<void> {
  expect(await countRows(server.database.owner)).toEqual(before);
}

describe("a body with one fault is refused, the place is named, and nothing is stored", () => {
  const withBody = operations.filter((operation) => operation.body !== undefined);

  test.for(named(withBody))("%s", async ([, operation]) => {
    const violations = violationsOf(operation.body!, validValue(operation.body!, known));
    const requests = violations.map(({ value, ...violation }) => ({ ...violation, body: value }));
    expect(requests.length).toBeGreaterThan(10);
    expect(await faultsOf(operation, requests)).toEqual([]);
    await expectNothingStored();
  });

  test("there are operations with bodies to test", () => expect(withBody.length).toBeGreaterThan(7));
});

describe("a parameter with a fault is refused and named", () => {
  const inUrl = operations.flatMap((operation) =>
    operation.parameters
      .filter((parameter) => parameter.in !== "header")
      .map((parameter) => [`${operation.name} ${parameter.name}`, operation, parameter] as const),
  );

  test.for(inUrl)("%s", async ([, operation, parameter]) => {
    const path = `/${parameter.name}`;
    const body = operation.body && validValue(operation.body, known);
    const requests = faultyTexts(parameter.schema)
      // An empty part of a path is another path.
      .filter((text) => parameter.in === "query" || text !== "")
      .map((text) => {
        const values = parameter.in === "path" ? { ...known, [parameter.name]: text } : known;
        const query = parameter.in === "query" ? `?${parameter.name}=${encodeURIComponent(text)}` : "";
        return { fault: JSON.stringify(text), path, body, url: urlOf(operation, values) + query };
      });
    expect(await faultsOf(operation, requests)).toEqual([]);
    await expectNothingStored();
  });

  const withQuery = operations.filter((operation) =>
    operation.parameters.some((parameter) => parameter.in === "query"),
  );
  test.for(named(withQuery))("%s: given twice, or unknown", async ([, operation]) => {
    const url = urlOf(operation, known);
    const requests = operation.parameters
      .filter((parameter) => parameter.in === "query")
      .map(({ name, schema }) => {
        const value = encodeURIComponent(String(validValue(schema, known)));
        return { fault: "twice", path: `/${name}`, url: `${url}?${name}=${value}&${name}=${value}` };
      });
    const unknown = ["unknown", "__proto__", "constructor", "limit[]"].map((name) => ({
      fault: "unknown",
      path: `/${name}`,
      url: `${url}?${encodeURIComponent(name)}=1`,
    }));
    expect(await faultsOf(operation, [...requests, ...unknown])).toEqual([]);
  });

  const paged = withQuery.filter((operation) => operation.parameters.some(({ name }) => name === "cursor"));
  test.for(named(paged))("%s: a cursor that we did not give", async ([, operation]) => {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const cursors = [
      "",
      "x",
      "%00",
      encode(null),
      encode({}),
      encode([]),
      encode(["2026-01-01T00:00:00Z"]),
      encode(["2026-01-01T00:00:00Z", "1"]),
      encode(["2026-01-01T00:00:00Z", 1.5]),
      encode(["2026-01-01T00:00:00Z", 1e300]),
      encode(["2026-02-30T00:00:00Z", 1]),
      encode(["'; drop table transaction; --", 1]),
      encode([["2026-01-01T00:00:00Z"], 1]),
    ];
    const requests = cursors.map((cursor) => ({
      fault: cursor,
      path: "/cursor",
      url: `${urlOf(operation, known)}?cursor=${cursor}`,
    }));
    expect(await faultsOf(operation, requests)).toEqual([]);
  });
});

describe("an Idempotency-Key that is none is refused", () => {
  const recording = operations.filter((operation) =>
    operation.parameters.some((parameter) => parameter.name === "idempotency-key"),
  );
  const keys = ["", " ", "a b", "k".repeat(256), "schlüssel", "a\tb", "a, b"];
  test.for(named(recording))("%s", async ([, operation]) => {
    const body = validValue(operation.body!, known);
    const requests = keys.map((key) => ({
      fault: JSON.stringify(key),
      path: "/idempotency-key",
      body,
      headers: { "idempotency-key": key },
    }));
    expect(await faultsOf(operation, requests)).toEqual([]);
    await expectNothingStored();
  });
});

describe("faults that a schema cannot tell", () => {
  const trade = { type: "buy", symbol: "NEVER.SEEN", quantity: "1", price: "1" };
  const inTwoDays = new Date(Date.now() + 2 * 86_400_000).toISOString();
  const operationOf = (name: string) => operations.find((operation) => operation.name === name)!;

  test.for([
    [
      "POST /api/v1/transactions",
      "/tradedAt",
      (at: string) => ({ ...trade, portfolioId: known["portfolioId"], tradedAt: at }),
    ],
    ["PUT /api/v1/transactions/{transactionId}", "/tradedAt", (at: string) => ({ ...trade, tradedAt: at })],
    [
      "POST /api/v1/portfolios/{portfolioId}/trades",
      "/tradedAt",
      (at: string) => ({ symbol: "NEVER.SEEN", qty: "1", price: "1", tradedAt: at }),
    ],
    [
      "POST /api/v1/transactions/batch",
      "/transactions/0/tradedAt",
      (at: string) => ({ transactions: [{ ...trade, portfolioId: known["portfolioId"], tradedAt: at }] }),
    ],
  ] as const)("%s: a trade of the day after tomorrow, and of 2199", async ([name, path, bodyOf]) => {
    for (const at of [inTwoDays, "2199-12-31T23:59:59Z"]) {
      expect(await refusalFault(operationOf(name), { body: bodyOf(at) }, path)).toBeUndefined();
    }
    await expectNothingStored();
  });

  test("the same id twice in a batch, also in another case", async () => {
    const id = "01932c07-9d2e-7cc3-8a50-3c1f0f5f1c11";
    const entry = { ...trade, portfolioId: known["portfolioId"], tradedAt: "2026-01-05T15:30:00Z" };
    const body = { transactions: [{ ...entry, id }, entry, { ...entry, id: id.toUpperCase() }] };
    const fault = await refusalFault(
      operationOf("POST /api/v1/transactions/batch"),
      { body },
      "/transactions/2/id",
    );
    expect(fault).toBeUndefined();
    await expectNothingStored();
  });

  test("what is unknown is 404, and a refused trade leaves not even its symbol behind", async () => {
    const nobodys = "01932c07-9d2e-7cc3-8a50-3c1f0f5f1c11";
    const full = { ...trade, tradedAt: "2026-01-05T15:30:00Z" };
    const answers = await Promise.all([
      ask(operationOf("POST /api/v1/transactions"), { body: { ...full, portfolioId: nobodys } }),
      ask(operationOf("POST /api/v1/transactions/batch"), {
        body: {
          transactions: [
            { ...full, portfolioId: known["portfolioId"] },
            { ...full, portfolioId: nobodys },
          ],
        },
      }),
      ask(operationOf("PUT /api/v1/transactions/{transactionId}"), {
        url: `/api/v1/transactions/${nobodys}`,
        body: full,
      }),
      ask(operationOf("PUT /api/v1/transactions/{transactionId}"), { body: { ...full, version: 7 } }),
    ]);
    expect(answers.map((answer) => answer.statusCode)).toEqual([404, 404, 404, 409]);
    await expectNothingStored();
  });
});
