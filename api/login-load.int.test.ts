/* Signing in at a real cost of hashing: what its time tells, and what a flood of it does to others. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiClient, signedInClient } from "#testing/api-client.ts";
import { startTestServer, type TestServer } from "#testing/test-server.ts";

let server: TestServer;
let user: ApiClient;
let login: string;

beforeAll(async () => {
  server = await startTestServer({ matching: false, ticking: false, settings: { bcryptCost: 10 } });
  user = await signedInClient(server.baseUrl);
  login = (await user.get<{ username: string }>("/auth/me")).body.username;
});
afterAll(() => server.close());

const anonymous = () => new ApiClient(server.baseUrl);

test("an unknown user takes as long as a wrong password", async () => {
  const client = anonymous();
  const timed = async (name: string) => {
    const began = performance.now();
    const answer = await client.post("/auth/login", { login: name, password: "not the password" });
    expect(answer.status).toBe(401);
    return performance.now() - began;
  };
  await timed("warms-up");
  const [known, unknown]: [number[], number[]] = [[], []];
  // In turns, so that a busy moment of the machine meets both.
  for (let round = 0; round < 30; round += 1) {
    known.push(await timed(login));
    unknown.push(await timed(`nobody-${round}`));
  }
  const ratio = median(known) / median(unknown);
  expect(ratio).toBeGreaterThan(0.75);
  expect(ratio).toBeLessThan(1.33);
});

test("a flood of logins is answered or turned away, and others hardly notice", async () => {
  const client = anonymous();
  const flood = Array.from({ length: 80 }, (_, index) =>
    client.post("/auth/login", { login: index % 2 === 0 ? login : "nobody", password: "not the password" }),
  );
  const slowest: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const began = performance.now();
    expect((await user.get("/portfolios")).status).toBe(200);
    slowest.push(performance.now() - began);
  }
  const answers = await Promise.all(flood);
  const turnedAway = answers.filter((answer) => answer.status === 429);
  expect(answers.filter((answer) => ![401, 429].includes(answer.status))).toEqual([]);
  // Two are hashed at once and fifty wait.
  expect(turnedAway.length).toBeGreaterThan(0);
  expect(turnedAway.length).toBeLessThanOrEqual(28);
  expect(turnedAway.every((answer) => answer.headers.get("retry-after") === "1")).toBe(true);
  expect(Math.max(...slowest)).toBeLessThan(2_000);
  expect((await client.post("/auth/login", { login, password: "a long enough password" })).status).toBe(200);
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
