import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { CashBalances, CashEntry, CashEntryList } from "#contracts/cash.ts";
import { TRANSACTION_TYPES } from "#contracts/transaction-fields.ts";
import type { Transaction, TransactionInput } from "#contracts/transactions.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { startTestServer, type TestServer } from "#testing/test-server.ts";

let server: TestServer;
let user: ApiClient;
let main: string;
let other: string;

beforeAll(async () => {
  server = await startTestServer({ ticking: false });
});
beforeEach(async () => {
  user = await signedInClient(server.baseUrl);
  main = (await user.portfolio({ trackCash: true })).id;
  other = (await user.portfolio({ name: "Other", trackCash: true })).id;
});
afterAll(() => server.close());

const cash = async (id = main) => (await user.get<CashBalances>(`/portfolios/${id}/cash`)).body;
const page = async (query = "", id = main) =>
  (await user.get<CashEntryList>(`/portfolios/${id}/cash/entries${query}`)).body;
const balances = async (id = main) =>
  Object.fromEntries((await cash(id)).items.map(({ currency, balance }) => [currency, balance]));

/** All entries, page by page, newest first. */
async function allEntries(query: string, id = main): Promise<CashEntry[]> {
  const entries: CashEntry[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const { items, nextCursor }: CashEntryList = await page(`?${query}${cursor && `&cursor=${cursor}`}`, id);
    entries.push(...items);
    cursor = nextCursor;
  }
  return entries;
}

type Fields = Omit<TransactionInput, "portfolioId" | "tradedAt">;

/** Records on one day after the other and returns what was recorded. */
async function record(rows: readonly Fields[], id = main): Promise<Transaction[]> {
  const recorded: Transaction[] = [];
  for (const [index, row] of rows.entries()) {
    const tradedAt = new Date(Date.UTC(2026, 0, 1 + index, 12)).toISOString();
    recorded.push(await user.record({ portfolioId: id, ...row, tradedAt }));
  }
  return recorded;
}

const ACME = { symbol: "ACME.SIM" };

describe("what each type of transaction moves", () => {
  /** Each transaction, and what it brings or takes, in cents, worked out by hand. */
  const effects = (): readonly (readonly [Fields, number])[] => [
    [{ type: "deposit", amount: "10000" }, 1_000_000],
    [{ type: "withdrawal", amount: "500.5" }, -50_050],
    // 10 × 150 + 1.25
    [{ type: "buy", ...ACME, quantity: "10", price: "150", fees: "1.25" }, -150_125],
    // 4 × 160.1 − 2
    [{ type: "sell", ...ACME, quantity: "4", price: "160.1", fees: "2" }, 63_840],
    // 6 more than are held
    [{ type: "sell", ...ACME, quantity: "12", price: "160" }, 0],
    // 30 − 4.5 − 0.5
    [{ type: "dividend", ...ACME, amount: "30", tax: "4.5", fees: "0.5" }, 2_500],
    [{ type: "dividend", ...ACME, amount: "-3" }, -300],
    [{ type: "interest", amount: "7.77" }, 777],
    [{ type: "interest", amount: "-1" }, -100],
    [{ type: "fee", amount: "12" }, -1_200],
    [{ type: "fee", amount: "-2" }, 200],
    [{ type: "tax", amount: "9.99" }, -999],
    [{ type: "tax", amount: "-0.99" }, 99],
    [{ type: "split", ...ACME, ratio: "2:1" }, 0],
    // The fee of moving lots; the lots themselves are no money.
    [{ type: "transfer", ...ACME, quantity: "2", toPortfolioId: other, fees: "3" }, -300],
    [{ type: "transfer", amount: "250", toPortfolioId: other }, -25_000],
    [{ type: "transfer-in", ...ACME, quantity: "5", costBasis: "100", currency: "USD" }, 0],
    [{ type: "transfer-out", ...ACME, quantity: "1" }, 0],
    // A whole amount, not one a share.
    [{ type: "return-of-capital", ...ACME, amount: "14" }, 1_400],
    [{ type: "spin-off", ...ACME, toSymbol: "CHILD.SIM", ratio: "1:2", costShare: "0.1" }, 0],
    [{ type: "symbol-change", ...ACME, toSymbol: "ACNE.SIM" }, 0],
    // 7 of CHILD are half of the 14 that are left of ACME; each brings 2.5.
    [
      {
        type: "merger",
        symbol: "CHILD.SIM",
        toSymbol: "ACNE.SIM",
        ratio: "1:1",
        cashPerShare: "2.5",
        costShare: "0.5",
      },
      1_750,
    ],
  ];

  test("the balance is the sum of it, and every entry has its part and the balance then", async () => {
    const rows = effects();
    expect(new Set(rows.map(([row]) => row.type))).toEqual(new Set(TRANSACTION_TYPES));
    const recorded = await record(rows.map(([row]) => row));
    const expected: object[] = [];
    let balance = 0;
    for (const [index, [{ type, symbol }, effect]] of rows.entries()) {
      if (effect === 0) continue;
      balance += effect;
      const { id, tradedAt } = recorded[index]!;
      const figures = { amount: effect / 100, balance: balance / 100 };
      expected.unshift({
        transactionId: id,
        portfolioId: main,
        type,
        symbol,
        tradedAt,
        currency: "USD",
        ...figures,
      });
    }
    const entries = await allEntries("limit=500");
    expect(entries.map((entry) => ({ symbol: undefined, ...entry, ...numbers(entry) }))).toEqual(expected);
    expect(await cash()).toMatchObject({
      tracked: true,
      items: [{ currency: "USD", balance: String(balance / 100) }],
      sequence: { head: rows.length, applied: rows.length },
    });
    expect(await balances(other)).toEqual({ USD: "250" });
  });

  const numbers = ({ amount, balance }: CashEntry) => ({ amount: Number(amount), balance: Number(balance) });

  test("a transfer of money is an entry of both portfolios, of the transaction in the one that sent it", async () => {
    const [, sent] = await record([
      { type: "deposit", amount: "100", currency: "EUR" },
      { type: "transfer", amount: "30", currency: "EUR", toPortfolioId: other },
    ]);
    const entry = { transactionId: sent!.id, portfolioId: main, type: "transfer", currency: "EUR" };
    expect((await page()).items[0]).toMatchObject({ ...entry, amount: "-30", balance: "70" });
    expect((await page("", other)).items).toMatchObject([{ ...entry, amount: "30", balance: "30" }]);
    await user.request("DELETE", `/transactions/${sent!.id}`, { headers: { prefer: "wait=8" } });
    expect([await balances(), await balances(other)]).toEqual([{ EUR: "100" }, {}]);
  });

  test("a balance may be below zero, and one of nothing is still told", async () => {
    await record([{ type: "buy", ...ACME, quantity: "1", price: "5" }]);
    expect(await balances()).toEqual({ USD: "-5" });
    await record([{ type: "deposit", amount: "5" }]);
    expect(await balances()).toEqual({ USD: "0" });
  });

  test("amounts are exact to the last digit that is shown, whatever their size", async () => {
    await record([
      { type: "deposit", amount: "99999999999999999999.999999999999999999" },
      { type: "buy", ...ACME, quantity: "0.000000000000000001", price: "1" },
      { type: "withdrawal", amount: "99999999999999999999.5" },
    ]);
    expect(await balances()).toEqual({ USD: "0.5" });
    expect((await page()).items[1]).toMatchObject({ amount: "0", balance: "100000000000000000000" });
  });
});

describe("pages", () => {
  /** 24 entries in three currencies, four of each instant, recorded backwards in time. */
  beforeEach(async () => {
    const currencies = ["USD", "EUR", "USD", "CHF"];
    const transactions = Array.from({ length: 24 }, (_, index) => ({
      portfolioId: main,
      type: index % 5 === 4 ? "withdrawal" : "deposit",
      amount: String(index + 1),
      currency: currencies[index % 4],
      tradedAt: new Date(Date.UTC(2026, 0, 20 - Math.floor(index / 4))).toISOString(),
    }));
    await user.post("/transactions/batch", { transactions }, { prefer: "wait=8" });
  });

  test.for(["limit=1", "limit=3", "limit=5", "limit=23", "limit=24", "limit=500"])(
    "%s: no entry twice, none left out, the balances those of one page",
    async (limit) => {
      const all = (await page()).items;
      expect(all).toHaveLength(24);
      expect(await allEntries(limit)).toEqual(all);
      for (const currency of ["USD", "EUR", "CHF"]) {
        const some = all.filter((entry) => entry.currency === currency);
        expect(await allEntries(`${limit}&currency=${currency}`)).toEqual(some);
        // Oldest first, each balance is the one before it and the amount.
        let balance = 0;
        for (const entry of some.toReversed()) {
          balance += Number(entry.amount);
          expect(Number(entry.balance)).toBe(balance);
        }
        expect((await balances())[currency]).toBe(String(balance));
      }
    },
  );

  test("of one instant, what was recorded later comes first", async () => {
    const amounts = (await page("?limit=4")).items.map((entry) => Math.abs(Number(entry.amount)));
    expect(amounts).toEqual([4, 3, 2, 1]);
  });

  test("a currency without entries has none; what is no filter is refused", async () => {
    expect(await page("?currency=JPY")).toEqual({ items: [], nextCursor: null });
    for (const query of ["currency=usd", "limit=0", "limit=501", "cursor=x", "sort=a"]) {
      expect((await user.get(`/portfolios/${main}/cash/entries?${query}`)).status).toBe(400);
    }
  });
});

describe("a portfolio that does not track its cash", () => {
  const rows: readonly Fields[] = [
    { type: "deposit", amount: "1000" },
    { type: "buy", ...ACME, quantity: "2", price: "100" },
    { type: "dividend", ...ACME, amount: "5" },
  ];
  const track = (trackCash: boolean) =>
    user.request("PUT", `/portfolios/${main}`, { body: { name: "Main", trackCash } });

  test("has none; tracking it takes in all that was recorded before, and back again", async () => {
    await track(false);
    await record(rows);
    expect(await cash()).toMatchObject({ tracked: false, items: [], sequence: { head: 3, applied: 3 } });
    expect(await page()).toEqual({ items: [], nextCursor: null });
    await track(true);
    await expect.poll(() => balances(), { timeout: 8_000 }).toEqual({ USD: "805" });
    expect((await page()).items.map((entry) => [entry.type, entry.amount, entry.balance])).toEqual([
      ["dividend", "5", "805"],
      ["buy", "-200", "800"],
      ["deposit", "1000", "1000"],
    ]);
    await track(false);
    expect(await cash()).toMatchObject({ tracked: false, items: [] });
  });
});

test("a stranger sees nothing", async () => {
  const stranger = await signedInClient(server.baseUrl);
  const paths = [`/portfolios/${main}/cash`, `/portfolios/${main}/cash/entries`];
  for (const path of paths) expect((await stranger.get(path)).status).toBe(404);
  stranger.token = undefined;
  for (const path of paths) expect((await stranger.get(path)).status).toBe(401);
});
