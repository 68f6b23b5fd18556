import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { Customer } from "../clients/customer.ts";
import { Doors } from "../clients/doors.ts";
import type { History } from "../clients/history.ts";
import { isServing, LotwiseProcess } from "#testing/cluster/lotwise-process.ts";
import { quietPort } from "../installation/services.ts";

const READY_WITHIN_MS = 90_000;
/** How long the product works between two kills. */
const LIFE_FROM_MS = 300;
const LIFE_SPREAD_MS = 1_200;

/**
 * `npm start`, killed by SIGKILL while somebody trades, and started again on what it left: its PostgreSQL may still run.
 * Returns how many kills there were. What was promised must be there after each start.
 */
export async function killTheOnlyProcess(options: {
  dir: string;
  times: number;
  history: History;
  say: (line: string) => void;
}): Promise<number> {
  const { dir, times, history, say } = options;
  const port = await quietPort();
  const baseUrl = `http://127.0.0.1:${port}`;
  const product = new LotwiseProcess(["scripts/start.ts"], {
    LOTWISE_DATA: join(dir, "embedded"),
    PORT: String(port),
    LOTWISE_DEMO: "off",
    ...NOTHING_OUTSIDE,
  });
  const doors = new Doors([baseUrl], history);
  let customer: Customer | undefined;
  let killed = 0;
  try {
    for (let life = 1; life <= times + 1; life += 1) {
      product.start();
      await untilServing(product, baseUrl);
      customer ??= await signUp(doors);
      await checkAll(customer, history);
      if (life > times) break;
      if (life % 10 === 0) say(`the only process: killed ${killed} times`);
      const trading = trade(customer);
      await delay(LIFE_FROM_MS + Math.random() * LIFE_SPREAD_MS);
      if (await product.kill9()) killed += 1;
      doors.closing.abort();
      await trading;
      doors.reopen();
    }
  } finally {
    await product.stop();
  }
  return killed;
}

/** Where other servers were configured, this one is to start its own. */
const NOTHING_OUTSIDE = { DATABASE_URL: "", REDIS_URL: "", KAFKA_BROKERS: "" };

async function signUp(doors: Doors): Promise<Customer> {
  const customer = await new Customer(doors, "embedded").signUp();
  await customer.openPortfolio({ baseCurrency: "USD", lotMethod: "fifo" });
  return customer;
}

/** One trade after the other, until nobody answers any more. */
async function trade(customer: Customer): Promise<void> {
  const [portfolioId] = customer.portfolioIds;
  for (;;) {
    const isSell = Math.random() < 0.4;
    const content = {
      type: isSell ? ("sell" as const) : ("buy" as const),
      symbol: "ACME.SIM",
      quantity: "3",
      price: "10",
      tradedAt: new Date(Date.UTC(2025, 0, 2) + customer.transactions.size * 60_000).toISOString(),
    };
    try {
      await customer.record([{ portfolioId: portfolioId!, content }], "both");
    } catch {
      return;
    }
  }
}

/** Everything that was promised is there, and is matched. */
async function checkAll(customer: Customer, history: History): Promise<void> {
  for (const { id, version } of customer.transactions.values()) {
    const asked = { operation: "read-transaction", method: "GET", path: `/transactions/${id}` } as const;
    const reply = await customer.insist<{ version: number }>(asked);
    if (reply.status !== 200 || reply.body.version !== version) {
      history.note(`after kill -9 of the only process ${id} is answered by ${reply.status}`);
    }
  }
}

async function untilServing(product: LotwiseProcess, baseUrl: string): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await isServing(baseUrl))) {
    if (!product.isRunning) throw new Error(`the product did not start:\n${product.output}`);
    if (performance.now() > deadline) throw new Error(`the product is not ready:\n${product.output}`);
    await delay(50);
  }
}
