/*
 * A what-if is a promise: recorded, the same sale comes to the same figures. So each history here is played one
 * transaction after the other, every trade is asked about before it is recorded, and the two answers are compared.
 */
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { WhatIf, WhatIfInput, WhatIfOutcome } from "#contracts/planning.ts";
import { LOT_METHODS, type LotMethod, type PortfolioInput } from "#contracts/portfolios.ts";
import type { Disposal, DisposalList, LotList } from "#contracts/positions.ts";
import type { TransactionInput, TransactionList } from "#contracts/transactions.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { startTestServer, type TestServer } from "#testing/test-server.ts";
import { matchLots } from "#use-cases/match-lots.ts";

let server: TestServer;
let user: ApiClient;
let portfolioId: string;

beforeAll(async () => {
  server = await startTestServer({ ticking: false });
});
// A user of its own for each test: a split concerns all portfolios of its owner.
beforeEach(async () => {
  user = await signedInClient(server.baseUrl);
  portfolioId = (await user.portfolio()).id;
});
afterAll(() => server.close());

type Recorded = Omit<TransactionInput, "portfolioId">;

const ask = (input: object, id = portfolioId) => user.post<WhatIf>(`/portfolios/${id}/what-if`, input);
const record = (input: Recorded, id = portfolioId) => user.record({ portfolioId: id, ...input });
const current = (answer: WhatIf): WhatIfOutcome => answer.items.find((item) => item.isCurrent)!;
const outcomeOf = (answer: WhatIf, lotMethod: LotMethod) =>
  answer.items.find((item) => item.lotMethod === lotMethod)!;

const ACME = { symbol: "ACME.SIM" };

/** A line of a history: type, quantity @ price, fees, and the day; a split is "split 3:7 2025-01-01". */
function transactionOf(line: string, extra: Partial<Recorded>): Recorded {
  const [type = "", amount = "", ...rest] = line.split(" ");
  const tradedAt = `${rest.pop()}T15:00:00Z`;
  if (type === "split") return { type, symbol: extra.symbol!, ratio: amount, tradedAt };
  const [quantity = "", price = ""] = amount.split("@");
  const fees = rest.find((word) => word.startsWith("fee="))?.slice("fee=".length) ?? "0";
  const rate = rest.find((word) => word.startsWith("rate="))?.slice("rate=".length);
  const exchange = rate === undefined ? {} : { exchangeRate: rate };
  return { type: type as "buy", quantity, price, fees, tradedAt, ...exchange, ...extra };
}

interface History {
  readonly settings: Partial<PortfolioInput>;
  readonly extra: Partial<Recorded>;
  readonly lines: readonly string[];
}

describe("the outcome of the current method is what the ledger comes to", () => {
  const HISTORIES: Record<string, History> = {
    "splits that leave fractions": {
      settings: {},
      extra: { symbol: "ACME.SIM" },
      lines: [
        "buy 10@10 2023-01-02",
        "buy 20@33.33 fee=1.5 2023-02-03",
        "split 1:3 2023-03-01",
        "sell 1@100 fee=0.7 2023-04-01",
        "buy 5@7.123456789 2024-02-29",
        "split 7:2 2024-03-01",
        "sell 4.000000000000000001@31 2024-03-02",
        "buy 3@60 2024-03-03",
        "sell 20@13.7 fee=2 2025-03-01",
        "sell 500@13.7 2025-03-02",
        "sell 3@9 2025-03-03",
      ],
    },
    "shorts, covers, and trades through zero": {
      settings: { allowShort: true },
      extra: { symbol: "ACME.SIM" },
      lines: [
        "sell 10@10 fee=0.1 2023-01-02",
        "sell 7@12.5 2023-06-02",
        "buy 3@9.99 fee=0.33 2024-01-03",
        "sell 5@8 2024-01-04",
        "split 2:7 2024-01-05",
        "buy 2@70 fee=1 2024-06-03",
        "buy 30@40 fee=3 2024-06-04",
        "buy 6@11 2024-06-05",
        "sell 11@12 fee=1 2025-06-05",
        "sell 40@13 fee=1 2025-07-05",
        "buy 1@14 2025-07-06",
      ],
    },
    "another currency than the portfolio's": {
      settings: { allowShort: true },
      extra: { symbol: "SIE.DE", currency: "EUR" },
      lines: [
        "buy 10@100 rate=1.1 2023-01-02",
        "buy 10@130 fee=2 rate=1.07 2023-05-02",
        "sell 5@120 fee=1 rate=1.2 2024-01-02",
        "split 1:3 2024-02-01",
        "sell 2@300 2024-03-01",
        "sell 2@300 rate=0.987654321 2024-03-01",
        "buy 1@290 rate=1.01 2024-04-01",
        "sell 9@310 fee=1 rate=1.03 2024-05-01",
        "buy 2@280 rate=1.05 2025-05-01",
      ],
    },
  };

  const cases = Object.keys(HISTORIES).flatMap((name) =>
    LOT_METHODS.map((method) => [name, method] as const),
  );
  test.for(cases)("%s, %s", async ([name, lotMethod]) => {
    const { settings, extra, lines } = HISTORIES[name]!;
    const { id } = await user.portfolio({ ...settings, lotMethod });
    let [disposals, named] = [0, 0];
    for (const transaction of lines.map((line) => transactionOf(line, extra))) {
      if (transaction.type === "split") {
        await record(transaction, id);
        continue;
      }
      const lots = lotMethod === "specific" ? await someLots(id, transaction) : undefined;
      if (lots !== undefined) named += 1;
      disposals += await compare(id, { ...transaction, ...(lots === undefined ? {} : { lots }) });
    }
    expect(disposals).toBeGreaterThan(2);
    if (lotMethod === "specific") expect(named).toBeGreaterThan(1);
  });

  /** Returns how many disposals there were to compare: 0 or 1. */
  async function compare(id: string, { currency = "USD", ...trade }: Recorded): Promise<number> {
    const asked = await ask(trade, id);
    expect(asked.status).toBe(200);
    expect(asked.body.priceAsOf).toBeNull();
    const recorded = await record({ ...trade, currency }, id);
    const [newest] = (await user.get<DisposalList>(`/portfolios/${id}/disposals?limit=1`)).body.items;
    const disposal = newest?.transactionId === recorded.id ? newest : undefined;
    // Without names the oldest lots go, as under FIFO: only the names are missing to this method's own answer.
    const unnamed = current(asked.body).unavailable === "no-lots-named";
    const outcome = unnamed ? outcomeOf(asked.body, "fifo") : current(asked.body);
    expect(outcome.unavailable).toBe(recorded.reason);
    expect(outcome.disposal).toEqual(disposal && withoutIds(disposal));
    if (disposal === undefined) return 0;
    expect([asked.body.currency, outcome.disposal?.base.currency]).toEqual([currency, "USD"]);
    if (currency !== "USD") expect(outcome.disposal?.base.exchangeGain).not.toBe("0");
    const { shortTermGain, longTermGain } = outcome;
    if (outcome.lotMethod === "average") {
      expect([shortTermGain, longTermGain]).toEqual([null, null]);
    } else {
      // The sum is rounded once, the slices each.
      expect(Number(shortTermGain)).toBeCloseTo(gainOf(disposal, "short"), 6);
      expect(Number(longTermGain)).toBeCloseTo(gainOf(disposal, "long"), 6);
    }
    return 1;
  }

  const withoutIds = ({ id: _id, transactionId: _transactionId, ...shown }: Disposal) => shown;

  const gainOf = ({ slices }: Disposal, wanted: "short" | "long") =>
    slices.reduce((sum, { term, realizedGain }) => (term === wanted ? sum + Number(realizedGain) : sum), 0);

  /** Whole shares of the newest lots, or no names when these do not make up the quantity. */
  async function someLots(id: string, { symbol, type, quantity }: Recorded) {
    const { items } = (await user.get<LotList>(`/portfolios/${id}/positions/${symbol}/lots`)).body;
    let left = Number(quantity);
    const closes = items[0]?.side === (type === "sell" ? "long" : "short");
    if (!closes || quantity?.includes(".") === true) return undefined;
    const lots = items.toReversed().flatMap((lot) => {
      const taken = Math.min(left, Math.floor(Number(lot.remainingQuantity)));
      left -= taken;
      return taken === 0 ? [] : [{ lotId: lot.id, quantity: String(taken) }];
    });
    return left === 0 ? lots : undefined;
  }
});

describe("the methods side by side", () => {
  beforeEach(async () => {
    for (const line of ["buy 10@10 2022-03-01", "buy 10@30 2023-11-01", "buy 10@20 2024-02-01"]) {
      await record(transactionOf(line, ACME));
    }
  });
  const sale = { symbol: "acme.sim", quantity: "12", price: "40.00", tradedAt: "2024-06-03T15:00:00Z" };

  test("each has its lots, its gain, and the terms of it", async () => {
    const { body } = await ask(sale);
    expect(body).toMatchObject({ symbol: "ACME.SIM", currency: "USD", price: "40", priceAsOf: null });
    expect(body.sequence).toEqual({ head: 3, applied: 3, epoch: 0 });
    const sliceText = ({ quantity, openedAt, term }: Disposal["slices"][number]) =>
      `${quantity} of ${openedAt?.slice(0, 10) ?? "the pool"} ${term}`;
    const rowOf = ({ disposal, ...item }: WhatIfOutcome) => [
      `${item.lotMethod}${item.isCurrent ? ", current" : ""}`,
      disposal?.slices.map(sliceText).join(" + ") ?? item.unavailable,
      [disposal?.realizedGain, item.shortTermGain, item.longTermGain].join(" "),
    ];
    expect(body.items.map(rowOf)).toEqual([
      ["fifo, current", "10 of 2022-03-01 long + 2 of 2023-11-01 short", "320 20 300"],
      ["lifo", "10 of 2024-02-01 short + 2 of 2023-11-01 short", "220 220 0"],
      ["hifo", "10 of 2023-11-01 short + 2 of 2024-02-01 short", "140 140 0"],
      ["average", "12 of the pool null", "240 40 200"],
      ["specific", "no-lots-named", "  "],
    ]);
  });

  test("named lots are those of the answer under specific, whatever the portfolio's own method", async () => {
    const { items } = (await user.get<LotList>(`/portfolios/${portfolioId}/positions/ACME.SIM/lots`)).body;
    const lots = [
      { lotId: items[2]!.id.toUpperCase(), quantity: "5" },
      { lotId: items[0]!.id, quantity: "7" },
    ];
    const asked = outcomeOf((await ask({ ...sale, lots })).body, "specific");
    expect(asked.disposal?.slices.map((slice) => slice.lotId)).toEqual([items[2]!.id, items[0]!.id]);
    const recorded = await record({ ...sale, type: "sell", lots });
    const [disposal] = (await user.get<DisposalList>(`/portfolios/${portfolioId}/disposals`)).body.items;
    expect(disposal).toMatchObject({ transactionId: recorded.id, ...asked.disposal });
  });

  test("without a price it is the current quote, without a time it is now", async () => {
    const [stock] = (
      await user.post<{ items: { price: string; asOf: string }[] }>("/stocks/batch", {
        symbols: ["ACME.SIM"],
      })
    ).body.items;
    const { body } = await ask({ symbol: "ACME.SIM", quantity: "1" });
    expect([body.price, body.priceAsOf]).toEqual([stock!.price, stock!.asOf]);
    const { disposal } = current(body);
    expect(disposal?.proceeds).toBe(stock!.price);
    expect(Math.abs(Date.parse(disposal!.disposedAt) - Date.now())).toBeLessThan(20_000);
  });

  test("a pool cannot be taken apart again: only average has an answer, and no terms", async () => {
    await setMethod(portfolioId, "average");
    await expect.poll(async () => (await ask(sale)).body.sequence.epoch, { timeout: 8_000 }).toBe(1);
    const { items } = (await ask(sale)).body;
    expect(items.map((item) => item.unavailable ?? [item.shortTermGain, item.longTermGain])).toEqual([
      "no-lots-in-a-pool",
      "no-lots-in-a-pool",
      "no-lots-in-a-pool",
      [null, null],
      "no-lots-in-a-pool",
    ]);
  });

  test("nothing is recorded by asking", async () => {
    const before = await rowCounts();
    await ask(sale);
    await ask({ ...sale, quantity: "1000" });
    await ask({ ...sale, symbol: "NEVER.SEEN" });
    expect(await rowCounts()).toEqual(before);
    const list = await user.get<TransactionList>(`/transactions/portfolio/${portfolioId}`);
    expect(list.body.items).toHaveLength(3);
    expect((await ask(sale)).body.sequence.head).toBe(3);
  });

  test("of more than is held there is none, and of what was never held neither", async () => {
    const reasons = async (input: object) => (await ask(input)).body.items.map((item) => item.unavailable);
    expect(new Set(await reasons({ ...sale, quantity: "31" }))).toEqual(new Set(["insufficient-quantity"]));
    expect(new Set(await reasons({ ...sale, symbol: "GLOBEX.SIM" }))).toEqual(
      new Set(["insufficient-quantity"]),
    );
    // A buy that covers nothing closes nothing.
    const { items } = (await ask({ ...sale, type: "buy" })).body;
    expect(items.filter((item) => item.disposal !== undefined || item.unavailable !== undefined)).toEqual([]);
  });
});

describe("what is refused", () => {
  const sale: WhatIfInput = {
    symbol: "ACME.SIM",
    quantity: "1",
    price: "1",
    tradedAt: "2026-01-06T00:00:00Z",
  };
  const lotId = "01932c07-9d2e-7cc3-8a50-3c1f0f5f1c11";
  beforeEach(async () => {
    await record(transactionOf("buy 2@5 2026-01-05", ACME));
  });
  const named = (...quantities: string[]) => ({ lots: quantities.map((quantity) => ({ lotId, quantity })) });
  const inTwoDays = new Date(Date.now() + 2 * 86_400_000).toISOString();

  test.for<[string, object, string, string]>([
    ["a day before", { tradedAt: "2026-01-05T14:59:59.999Z" }, "/tradedAt", "not-after-the-position"],
    ["the day after tomorrow", { tradedAt: inTwoDays }, "/tradedAt", "in-the-future"],
    ["a quantity of nothing", { quantity: "0" }, "/quantity", "pattern"],
    ["a price below zero", { price: "-1" }, "/price", "pattern"],
    ["a lot twice", named("0.5", "0.5"), "/lots", "repeated"],
    ["lots of another sum", named("2"), "/lots", "lot-selection-mismatch"],
    ["a dividend", { type: "dividend" }, "/type", "anyOf"],
    ["another field", { currency: "USD" }, "/currency", "additionalProperties"],
  ])("%s", async ([, fields, path, code]) => {
    const answer = await ask({ ...sale, ...fields });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: "invalid-request", errors: [{ path, code }] });
  });

  test("the very instant of the position's newest transaction is late enough", async () => {
    expect((await ask({ ...sale, tradedAt: "2026-01-05T16:00:00+01:00" })).status).toBe(200);
  });

  test("no price, where no quote in the position's currency is known", async () => {
    const { price: _, ...unpriced } = sale;
    // Bought for euros, but the exchange quotes the second in dollars.
    for (const symbol of ["SIE.DE", "EURO.SIM"]) {
      await record(transactionOf("buy 2@5 rate=1.1 2026-01-05", { symbol, currency: "EUR" }));
      const answer = await ask({ ...unpriced, symbol });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        errors: [{ path: "/price", code: "required", message: "no current price in EUR is known: give one" }],
      });
      // And no rate, where one is needed, is said under every method.
      const { items } = (await ask({ ...sale, symbol })).body;
      expect(new Set(items.map((item) => item.unavailable))).toEqual(new Set(["missing-fx-rate"]));
    }
    expect((await ask({ ...unpriced, symbol: "NEVER.SEEN" })).status).toBe(400);
  });

  test("another user's portfolio, and nobody's", async () => {
    const stranger = await signedInClient(server.baseUrl);
    const path = `/portfolios/${portfolioId}/what-if`;
    expect((await stranger.post(path, sale)).status).toBe(404);
    expect((await ask(sale, lotId)).status).toBe(404);
    stranger.token = undefined;
    expect((await stranger.post(path, sale)).status).toBe(401);
  });
});

test("what waits to be matched is told, and rules that wait are gone by already", async () => {
  const unmatched = await startTestServer({ matching: false, ticking: false });
  try {
    const trader = await signedInClient(unmatched.baseUrl);
    const { id } = await trader.portfolio({ lotMethod: "average" });
    const send = (line: string) =>
      trader.post("/transactions", { portfolioId: id, ...transactionOf(line, ACME) });
    await send("buy 10@10 2024-01-01");
    await send("buy 10@20 2024-01-02");
    await matchLots(unmatched.database.worker, [id]);
    await trader.request("PUT", `/portfolios/${id}`, { body: { name: "Main", lotMethod: "fifo" } });
    await send("buy 10@5 2024-01-03");
    const question = { symbol: "ACME.SIM", quantity: "10", price: "30", tradedAt: "2024-02-01T00:00:00Z" };
    const askIt = async () => (await trader.post<WhatIf>(`/portfolios/${id}/what-if`, question)).body;
    const waiting = await askIt();
    expect(waiting.sequence).toEqual({ head: 3, applied: 2, epoch: 0 });
    const gains = ({ items }: WhatIf) => items.map((item) => item.disposal?.realizedGain ?? item.unavailable);
    expect(gains(waiting)).toEqual(["200", "100", "100", "150", "no-lots-named"]);
    await matchLots(unmatched.database.worker, [id]);
    const matched = await askIt();
    expect(matched.sequence).toEqual({ head: 3, applied: 3, epoch: 1 });
    expect(gains(matched)).toEqual(["200", "250", "100", "183.33333333", "no-lots-named"]);
  } finally {
    await unmatched.close();
  }
});

async function setMethod(id: string, lotMethod: LotMethod): Promise<void> {
  const answer = await user.request("PUT", `/portfolios/${id}`, { body: { name: "Main", lotMethod } });
  expect(answer.status).toBe(200);
}

/** Of every table that recording or matching writes to; the outbox empties itself. */
async function rowCounts() {
  const tables = [
    "transaction",
    "position",
    "tax_lot",
    "disposal",
    "disposal_slice",
    "cash_flow",
    "rejection",
  ];
  const counts = [...tables, "instrument", "idempotency_key"].map(async (table) => {
    const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(
      server.database.owner,
    );
    return [table, rows[0]!.count] as const;
  });
  const heads = await sql`select * from ledger_head order by portfolio_id`.execute(server.database.owner);
  return { counts: await Promise.all(counts), heads: heads.rows };
}
