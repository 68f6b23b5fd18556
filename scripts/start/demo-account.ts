import { v5 as uuidv5, v7 as uuidv7 } from "uuid";
import { findCredentials, insertUser } from "#adapters/postgres/accounts.ts";
import { sqlState } from "#adapters/postgres/errors.ts";
import { insertPortfolio } from "#adapters/postgres/portfolios.ts";
import { asUser, type Db } from "#adapters/postgres/pool.ts";
import { simulatedPrice } from "#adapters/quotes/simulated-exchange.ts";
import { hashPassword } from "#adapters/security/passwords.ts";
import { canonicalTransaction } from "#use-cases/canonical-transaction.ts";
import { recordTransactions } from "#use-cases/record-transactions.ts";

/** What to try Lotwise with. Made outside production only. */
export const DEMO_ACCOUNT = { login: "demo", password: "lotwise-demo" } as const;
const UNIQUE_VIOLATION = "23505";
const DEMO_EMAIL = "demo@lotwise.example";
const DAY_MS = 86_400_000;
const DAYS = 365;

interface DemoSettings {
  readonly bcryptCost: number;
  readonly simulatedExchangeSeed: number;
}

/**
 * Two portfolios with a year of trades, at the prices that the simulated exchange had then. Made once, before anybody
 * can sign in; a start that was killed half-way is taken up by the next one where it stood. Ids follow from names, so
 * that two processes that start at once make the same things.
 */
export async function ensureDemoAccount(db: Db, settings: DemoSettings): Promise<void> {
  const userId = await ensureUser(db, settings);
  const made = await readMade(db, userId);
  for (const [index, plan] of PLANS.entries()) {
    const before = made[index];
    const portfolioId = before?.id ?? (await makePortfolio(db, userId, plan));
    if (before !== undefined && before.head !== 0) continue;
    const transactions = [
      ...tradesOf(plan, portfolioId, settings.simulatedExchangeSeed),
      ...dividendsOf(plan, portfolioId),
    ];
    await recordTransactions(db, { userId, correlationId: `demo-${portfolioId}`, transactions });
  }
}

async function ensureUser(db: Db, { bcryptCost }: DemoSettings): Promise<string> {
  const { login: username, password } = DEMO_ACCOUNT;
  const known = await findCredentials(db, username);
  if (known !== undefined) return known.id;
  const id = uuidv7();
  const passwordHash = await hashPassword(password, bcryptCost);
  const made = await insertUser(db, { id, email: DEMO_EMAIL, username, passwordHash });
  return made === undefined ? (await findCredentials(db, username))!.id : id;
}

/** The account's portfolios, oldest first. One that its user deleted counts as made; its ledger is out of sight. */
function readMade(db: Db, userId: string): Promise<{ id: string; head: number | null }[]> {
  return asUser(db, userId, (trx) =>
    trx
      .selectFrom("portfolio as p")
      .leftJoin("ledger_head as h", "h.portfolio_id", "p.id")
      .select(["p.id", "h.head_sequence as head"])
      .where("p.owner_id", "=", userId)
      .orderBy("p.created_at")
      .orderBy("p.id")
      .execute(),
  );
}

async function makePortfolio(db: Db, ownerId: string, plan: Plan): Promise<string> {
  const { name, description, allowShort } = plan;
  const id = uuidv5(name, ownerId);
  const settings = { baseCurrency: "USD", lotMethod: "fifo" } as const;
  try {
    await insertPortfolio(db, { id, ownerId, name, description, allowShort, ...settings });
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
  }
  return id;
}

function tradesOf(plan: Plan, portfolioId: string, seed: number) {
  const nowMs = Date.now();
  return plan
    .orders(nowMs)
    .filter((order) => order.atMs < nowMs)
    .map((order, index) => ({
      id: uuidv5(String(index), portfolioId),
      portfolio_id: portfolioId,
      ...canonicalTransaction({
        type: order.quantity > 0 ? "buy" : "sell",
        symbol: order.symbol,
        quantity: String(Math.abs(order.quantity)),
        price: simulatedPrice(order.symbol, { seed, atMs: order.atMs }),
        fees: plan.fee,
        tradedAt: new Date(order.atMs).toISOString(),
        notes: order.notes ?? "",
      }),
    }));
}

function dividendsOf(plan: Plan, portfolioId: string) {
  const nowMs = Date.now();
  return plan.dividends.flatMap(({ symbol, amount, tax }) =>
    QUARTERS.map((day) => startOf(nowMs) + day * DAY_MS)
      .filter((atMs) => atMs < nowMs)
      .map((atMs, index) => ({
        id: uuidv5(`dividend ${symbol} ${index}`, portfolioId),
        portfolio_id: portfolioId,
        ...canonicalTransaction({
          type: "dividend",
          symbol,
          amount,
          tax,
          tradedAt: new Date(atMs).toISOString(),
        }),
      })),
  );
}

/** Days from the start on which dividends are paid. */
const QUARTERS = [91, 182, 273, 364];

/** `quantity` is signed: positive buys. */
interface Order {
  readonly symbol: string;
  readonly quantity: number;
  readonly atMs: number;
  readonly notes?: string;
}

interface Plan {
  readonly name: string;
  readonly description: string;
  readonly allowShort: boolean;
  readonly fee: string;
  readonly orders: (nowMs: number) => Order[];
  /** Paid each quarter, with the tax withheld of it. */
  readonly dividends: readonly { readonly symbol: string; readonly amount: string; readonly tax: string }[];
}

const PLANS: readonly Plan[] = [
  {
    name: "Long-term savings",
    description: "The same six names every month, trimmed now and then",
    allowShort: false,
    fee: "1",
    orders: savings,
    dividends: [
      { symbol: "ACME.SIM", amount: "18.4", tax: "2.76" },
      { symbol: "UMBRA.SIM", amount: "31.25", tax: "4.69" },
    ],
  },
  {
    name: "Trading",
    description: "Round trips, partial sales and a short position",
    allowShort: true,
    fee: "2.5",
    orders: trading,
    dividends: [],
  },
];

const SAVED: readonly (readonly [string, number])[] = [
  ["ACME.SIM", 4],
  ["GLOBEX.SIM", 3],
  ["INITECH.SIM", 40],
  ["UMBRA.SIM", 12],
  ["HOOLI.SIM", 5],
  ["STARK.SIM", 2.5],
];
const MONTH_DAYS = 30;

function savings(nowMs: number): Order[] {
  const start = startOf(nowMs);
  const orders: Order[] = [];
  for (let month = 0; month * MONTH_DAYS < DAYS; month += 1) {
    for (const [index, [symbol, quantity]] of SAVED.entries()) {
      orders.push({
        symbol,
        quantity,
        atMs: start + (month * MONTH_DAYS + index) * DAY_MS + 37 * 60_000 * index,
      });
    }
    if (month > 0 && month % 4 === 0) {
      orders.push({
        symbol: SAVED[month % SAVED.length]![0],
        quantity: -Math.floor(SAVED[month % SAVED.length]![1] * 2.5),
        atMs: start + (month * MONTH_DAYS + 12) * DAY_MS,
        notes: "Trimmed",
      });
    }
  }
  return orders;
}

const TRADED: readonly (readonly [string, number])[] = [
  ["WAYNE.SIM", 60],
  ["TYRELL.SIM", 150],
  ["CYBER.SIM", 80],
];

function trading(nowMs: number): Order[] {
  const start = startOf(nowMs);
  const orders: Order[] = [];
  for (let week = 0; week * 7 < DAYS; week += 1) {
    const [symbol, size] = TRADED[week % TRADED.length]!;
    const atMs = start + week * 7 * DAY_MS + (week % 5) * 3_600_000;
    orders.push({ symbol, quantity: size, atMs });
    if (week % 2 === 1) {
      const [sold, held] = TRADED[(week - 1) % TRADED.length]!;
      orders.push({ symbol: sold, quantity: -Math.floor(held * 0.7), atMs: atMs + 2 * DAY_MS });
    }
  }
  orders.push(
    { symbol: "OMNI.SIM", quantity: -40, atMs: start + 300 * DAY_MS, notes: "Short" },
    { symbol: "OMNI.SIM", quantity: 15, atMs: start + 330 * DAY_MS, notes: "Partly covered" },
  );
  return orders;
}

function startOf(nowMs: number): number {
  return nowMs - (nowMs % DAY_MS) - DAYS * DAY_MS + 14.5 * 3_600_000;
}
