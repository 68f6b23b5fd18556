/*
 * What is valid is stored exactly: the same digits, the same bytes, the same instant come back wherever it is shown.
 * And whatever is sent, it is never our fault (a 5xx).
 */
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Portfolio } from "#contracts/portfolios.ts";
import type { DisposalList, LotList, PositionList } from "#contracts/positions.ts";
import type {
  Transaction,
  TransactionInput,
  TransactionList,
  TransactionVersions,
} from "#contracts/transactions.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { startTestServer, type TestServer } from "#testing/test-server.ts";

let server: TestServer;
let user: ApiClient;
let portfolioId: string;

beforeAll(async () => {
  server = await startTestServer({ ticking: false });
  user = await signedInClient(server.baseUrl);
});
beforeEach(async () => {
  portfolioId = (await user.portfolio()).id;
});
afterAll(() => server.close());

const buy = (fields: Partial<Transaction>) => ({
  portfolioId,
  type: "buy" as const,
  symbol: "ACME.SIM",
  quantity: "1",
  price: "1",
  ...fields,
});

describe("amounts", () => {
  const most = "99999999999999999999.999999999999999999";
  const least = "0.000000000000000001";
  const odd = "12345678901234567890.123456789012345678";

  test.for([
    [most, most, most],
    [least, least, least],
    [most, least, "0"],
    [odd, odd, odd],
    ["9007199254740993", "9007199254740993.01", "0.1"],
    ["0.1", "0.2", "0.3"],
  ])("%s at %s with fees of %s come back to the last digit", async ([quantity, price, fees]) => {
    const recorded = await user.record(buy({ quantity: quantity!, price: price!, fees: fees! }));
    const amounts = { quantity, price, fees };
    expect(recorded).toMatchObject({ ...amounts, status: "matched" });
    expect((await user.get(`/transactions/${recorded.id}`)).body).toMatchObject(amounts);
    const list = await user.get<TransactionList>(`/transactions/portfolio/${portfolioId}`);
    expect(list.body.items).toMatchObject([amounts]);
    const lots = await user.get<LotList>(`/portfolios/${portfolioId}/positions/ACME.SIM/lots`);
    const cost = rounded(scaled(quantity!) * scaled(price!) + scaled(fees!) * 10n ** 18n, 8);
    expect(lots.body.items).toMatchObject([
      { originalQuantity: quantity, remainingQuantity: quantity, costBasis: cost },
    ]);
    const positions = await user.get<PositionList>(`/portfolios/${portfolioId}/positions`);
    expect(positions.body.items).toMatchObject([{ quantity, costBasis: cost }]);
  });

  test("what is left after selling all but the last digit is that digit", async () => {
    await user.record(buy({ quantity: most, price: most, tradedAt: "2026-01-01T00:00:00Z" }));
    const quantity = "99999999999999999999.999999999999999998";
    await user.record({ ...buy({ quantity, price: least }), type: "sell", tradedAt: "2026-01-02T00:00:00Z" });
    const lots = await user.get<LotList>(`/portfolios/${portfolioId}/positions/ACME.SIM/lots`);
    expect(lots.body.items).toMatchObject([{ originalQuantity: most, remainingQuantity: least }]);
    const disposals = await user.get<DisposalList>(`/portfolios/${portfolioId}/disposals`);
    expect(disposals.body.items).toMatchObject([
      {
        quantity,
        proceeds: rounded(scaled(quantity) * scaled(least), 8),
        costBasis: rounded(scaled(quantity) * scaled(most), 8),
      },
    ]);
  });

  test.for([
    ["1.50", "1.5"],
    ["100.000", "100"],
    ["0.10", "0.1"],
  ])("%s is stored as %s, which is the same number", async ([sent, stored]) => {
    const recorded = await user.record(buy({ quantity: sent!, price: "0.0", fees: "0.00" }));
    expect(recorded).toMatchObject({ quantity: stored, price: "0", fees: "0" });
  });

  test("a JSON number is refused and not turned into text", async () => {
    for (const number of ["0.1", "1", "1e2", "0.30000000000000004"]) {
      const body = JSON.stringify({ ...buy({ tradedAt: "2026-01-01T00:00:00Z" }), quantity: "@" });
      const answer = await user.post("/transactions", body.replace('"@"', number));
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('"path":"/quantity"');
    }
  });

  /** Text of at most 18 decimals, in units of 1e-18. */
  function scaled(text: string): bigint {
    const [whole = "", decimals = ""] = text.split(".");
    return BigInt(whole + decimals.padEnd(18, "0"));
  }

  /** Units of 1e-36 as text, rounded half to even. Written apart from the product's own code on purpose. */
  function rounded(value: bigint, decimals: number): string {
    const unit = 10n ** BigInt(36 - decimals);
    const [quotient, rest] = [value / unit, (value % unit) * 2n];
    const up = rest > unit || (rest === unit && quotient % 2n === 1n);
    const digits = String(quotient + (up ? 1n : 0n)).padStart(decimals + 1, "0");
    return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`.replace(/\.?0+$/, "");
  }
});

describe("text that is hostile, but text", () => {
  const texts = [
    "👩‍👩‍👧‍👦 🏳️‍🌈 𝕬",
    "مرحبا \u202Eright to left\u202C",
    "é as one and e\u0301 as two",
    "Z̷̗̾a̵l̶g̴o̸",
    "\uFEFFbyte order mark",
    "\uFFFE\uFFFF noncharacters \u{10FFFF}",
    "\u0001\u0008\u001F control \u007F\u0085\u2028\u2029",
    "line\r\nfeed\ttab",
    "'; drop table transaction; --",
    "\\'; select pg_sleep(10); $$ $1 :x %s {0}",
    '<script>alert("x")</script><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://x","y")',
    "${7*7} {{7*7}} #{7*7}",
    "__proto__ constructor toString",
    "\\u0000 \\x00 %00 &#0;",
    '{"json":"in text"}',
    "../../etc/passwd",
    "   ",
    "🚀".repeat(80),
  ];

  test.for(texts.map((text) => [JSON.stringify(text).slice(0, 50), text] as const))(
    "%s",
    async ([, text]) => {
      const portfolio = await user.portfolio({ name: text, description: text });
      expect(portfolio).toMatchObject({ name: text, description: text });
      const read = await user.get<Portfolio>(`/portfolios/${portfolio.id}`);
      expect(read.body).toMatchObject({ name: text, description: text });
      const transaction = await user.record(buy({ notes: text }), {});
      expect(transaction.notes).toBe(text);
      const edit = {
        ...buy({ notes: `${text}!`, tradedAt: "2026-01-05T15:00:00Z" }),
        portfolioId: undefined,
      };
      await user.request("PUT", `/transactions/${transaction.id}`, { body: edit });
      const versions = await user.get<TransactionVersions>(`/transactions/${transaction.id}/versions`);
      expect(versions.body.items.map((version) => version.notes)).toEqual([`${text}!`, text]);
      const { owner } = server.database;
      const rows = await owner
        .selectFrom("portfolio")
        .select("name")
        .where("id", "=", portfolio.id)
        .execute();
      expect(rows).toEqual([{ name: text }]);
    },
  );

  test("lengths are counted in characters: 80 rockets are a name, 81 are not", async () => {
    const answer = await user.post("/portfolios", { name: "🚀".repeat(81) });
    expect([answer.status, answer.text.includes('"/name"')]).toEqual([400, true]);
    const longest = await user.record(buy({ notes: "🚀".repeat(500) }), {});
    expect(longest.notes).toHaveLength(1_000);
  });
});

describe("symbols and instants", () => {
  test.for(["brk-b", "^GSPC", "eurusd=x", "0700.HK", "ABCDEFGHIJKLMNOPQRSTUVWX"])("%s", async (symbol) => {
    expect(await user.record(buy({ symbol }), {})).toMatchObject({ symbol: symbol.toUpperCase() });
  });

  test.for([
    ["2026-01-05T15:30Z", "2026-01-05T15:30:00.000Z"],
    ["2026-01-05T15:30:01.5Z", "2026-01-05T15:30:01.500Z"],
    ["2026-01-05T00:30:00+14:00", "2026-01-04T10:30:00.000Z"],
    ["2026-01-05T23:30:00-12:00", "2026-01-06T11:30:00.000Z"],
    ["2026-01-05T15:30:00+05:45", "2026-01-05T09:45:00.000Z"],
    ["2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000Z"],
    ["1900-01-01T00:00:00Z", "1900-01-01T00:00:00.000Z"],
    ["1899-12-31T14:00:00-10:00", "1900-01-01T00:00:00.000Z"],
    ["1945-05-24T02:30:00+03:00", "1945-05-23T23:30:00.000Z"],
  ])("%s is %s", async ([sent, stored]) => {
    expect(await user.record(buy({ tradedAt: sent! }), {})).toMatchObject({ tradedAt: stored });
  });

  test("pages reach back to the first instant there is", async () => {
    for (const tradedAt of ["1900-01-01T00:00:00Z", "1900-01-01T00:00:00.001Z", "2026-01-01T00:00:00Z"]) {
      await user.record(buy({ tradedAt }), {});
    }
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = await user.get<TransactionList>(`/transactions/portfolio/${portfolioId}?limit=1${query}`);
      expect(page.status).toBe(200);
      seen.push(...page.body.items.map((item) => item.tradedAt));
      cursor = page.body.nextCursor;
    }
    expect(seen).toEqual([
      "2026-01-01T00:00:00.000Z",
      "1900-01-01T00:00:00.001Z",
      "1900-01-01T00:00:00.000Z",
    ]);
  });
});

describe("anything at all", () => {
  const anyText = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("\0", "\ud800", ""));
  const anything = fc.oneof(
    anyText,
    fc.jsonValue({ maxDepth: 3 }),
    fc.double().map(String),
    fc.bigInt().map(String),
  );
  const amount = fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 20n - 1n }), fc.integer({ min: 0, max: 10 ** 9 }))
    .map(([whole, decimals]) => `${whole}.${decimals}`);
  const mostly = <T>(good: fc.Arbitrary<T>) =>
    fc.oneof({ arbitrary: good, weight: 15 }, { arbitrary: anything, weight: 1 });
  const rarely = <T>(bad: fc.Arbitrary<T>) =>
    fc.oneof({ arbitrary: fc.constant(undefined), weight: 9 }, { arbitrary: bad, weight: 1 });
  const body = fc.record(
    {
      portfolioId: mostly(fc.constant("own")),
      type: mostly(fc.constantFrom("buy", "sell")),
      symbol: mostly(fc.stringMatching(/^[A-Z0-9^][A-Z0-9.=^-]{0,23}$/)),
      quantity: mostly(amount),
      price: mostly(amount),
      fees: mostly(amount),
      currency: mostly(fc.constantFrom("USD", "EUR")),
      tradedAt: mostly(
        fc
          .date({ min: new Date(0), max: new Date("2026-01-01"), noInvalidDate: true })
          .map((date) => date.toISOString()),
      ),
      notes: mostly(anyText),
      id: mostly(fc.uuid()),
    },
    { requiredKeys: ["portfolioId", "type", "symbol", "quantity", "price", "tradedAt"] },
  );
  const request = fc.record({
    body,
    extra: rarely(fc.dictionary(anyText, anything, { maxKeys: 2 })),
    key: rarely(fc.stringMatching(/^[\x20-\x7e]{0,300}$/)),
    prefer: rarely(fc.constantFrom("wait", "wait=", "wait=0", "respond-async", 'wait="x"')),
    // Where one character of the JSON is replaced, and by which.
    broken: rarely(fc.tuple(fc.nat(400), fc.constantFrom('"', "{", "\\", "\0", ",", "0"))),
  });
  type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

  function textOf(value: Request): string {
    const known = value.body.portfolioId === "own" ? { portfolioId } : {};
    const text = JSON.stringify({ ...value.body, ...known, ...value.extra });
    if (value.broken === undefined) return text;
    const [place, character] = value.broken;
    return text.slice(0, place) + character + text.slice(place + 1);
  }

  test("2,000 requests to record something are answered, and what is taken is what was sent", async () => {
    // Without matching, which would only slow this down.
    const recording = await startTestServer({ matching: false, ticking: false });
    const sender = await signedInClient(recording.baseUrl);
    portfolioId = (await sender.portfolio()).id;
    const statuses: number[] = [];
    const check = async (value: Request) => {
      // As it arrives: a pair of surrogates that was broken in two cannot be sent.
      const payload = textOf(value).toWellFormed();
      const answer = await recording.app.inject({
        method: "POST",
        url: "/api/v1/transactions",
        payload,
        headers: {
          authorization: `Bearer ${sender.token}`,
          "content-type": "application/json",
          ...(value.key === undefined ? {} : { "idempotency-key": value.key }),
          ...(value.prefer === undefined ? {} : { prefer: value.prefer }),
        },
      });
      statuses.push(answer.statusCode);
      expect([201, 400, 404, 409, 422]).toContain(answer.statusCode);
      if (answer.statusCode !== 201) return;
      const { quantity, price, notes, tradedAt } = JSON.parse(payload) as TransactionInput;
      const stored = answer.json<Transaction>();
      expect([stored.quantity!, stored.price!].map(plain)).toEqual([quantity!, price!].map(plain));
      expect([stored.notes, stored.tradedAt]).toEqual([notes ?? "", new Date(tradedAt).toISOString()]);
    };
    try {
      const atOnce = fc.array(request, { minLength: 20, maxLength: 20 });
      const property = fc.asyncProperty(
        atOnce,
        async (values) => void (await Promise.all(values.map(check))),
      );
      await fc.assert(property, { numRuns: 100 });
    } finally {
      await recording.close();
    }
    expect(statuses).toHaveLength(2_000);
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(200);
    expect(statuses.filter((status) => status === 400).length).toBeGreaterThan(200);
  });

  /** Without the zeros that change nothing. */
  const plain = (text: string) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
});
