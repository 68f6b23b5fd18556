import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RandomLedger } from "#testing/random-ledger.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { matchEverything, Trader } from "#testing/trader.ts";
import { matchLots } from "#use-cases/match-lots.ts";
import { readWatchedPortfolios, type WatchedPosition } from "./watched-portfolios.ts";

let database: TestDatabase;
let trader: Trader;

beforeAll(async () => {
  database = await createTestDatabase();
  trader = await new Trader(database.api).register();
});
afterAll(() => database.drop());

/** A portfolio as somebody knows it who reads of it only what changed. */
class Follower {
  readonly #trader: Trader;
  readonly #portfolioId: string;
  #epoch = -1;
  #applied = -1;
  readonly positions = new Map<string, WatchedPosition>();
  partialReadings = 0;

  constructor(owner: Trader, portfolioId: string) {
    this.#trader = owner;
    this.#portfolioId = portfolioId;
  }

  async read(): Promise<void> {
    const known = {
      epoch: this.#epoch,
      applied: this.#applied,
      orderSequence: Math.max(0, ...[...this.positions.values()].map((row) => row.last_order_sequence)),
    };
    const [portfolio] = await readWatchedPortfolios(database.api, [this.#key(known)]);
    if (portfolio === undefined) throw new Error("the portfolio is gone");
    if (portfolio.isWhole) this.positions.clear();
    else if (portfolio.positions.length > 0) this.partialReadings += 1;
    for (const position of portfolio.positions) this.positions.set(position.symbol, position);
    [this.#epoch, this.#applied] = [portfolio.progress.epoch, portfolio.progress.applied];
  }

  /** All of it, read anew. */
  async whole(): Promise<Map<string, WatchedPosition>> {
    const [portfolio] = await readWatchedPortfolios(database.api, [this.#key(undefined)]);
    return new Map(portfolio!.positions.map((position) => [position.symbol, position]));
  }

  #key(known: { epoch: number; applied: number; orderSequence: number } | undefined) {
    return { ownerId: this.#trader.userId, portfolioId: this.#portfolioId, known };
  }
}

describe("what changed since the last reading, added to it, is the whole", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "through all types of transactions and edits (seed %i)",
    async (seed) => {
      const owner = await new Trader(database.api).register();
      const ledger = await new RandomLedger(owner, seed).begin();
      const followers = ledger.portfolioIds.map((id) => new Follower(owner, id));
      for (let round = 0; round < 12; round += 1) {
        await ledger.playRound();
        // One turn leaves what hangs together with it for the next: readers see that, too.
        await matchLots(database.worker, ledger.somePortfolios());
        for (const follower of followers) {
          if (round % 3 === 1) continue;
          await follower.read();
          expect(follower.positions).toEqual(await follower.whole());
        }
      }
      await matchEverything(database.worker, ledger.portfolioIds);
      for (const follower of followers) {
        await follower.read();
        expect(follower.positions).toEqual(await follower.whole());
      }
    },
  );

  test("of many symbols that are traded in turns reads those that were traded", async () => {
    const id = await trader.portfolio();
    const follower = new Follower(trader, id);
    const symbols = Array.from({ length: 20 }, (_, index) => `S${index}.SIM`);
    for (let day = 1; day <= 28; day += 1) {
      const at = new Date(Date.UTC(2026, 0, day)).toISOString();
      const traded = day === 1 ? symbols : [symbols[(day * 7) % 20]!, symbols[(day * 3) % 20]!];
      // In no order within the day: recorded first is not always first in the ledger.
      const trades = traded.map((symbol, index) => ({
        symbol,
        at: index % 2 === 0 ? at : at.replace("00:00:00", "00:00:01"),
      }));
      await trader.record(id, trades);
      await matchEverything(database.worker, [id]);
      await follower.read();
      expect(follower.positions).toEqual(await follower.whole());
    }
    expect(follower.partialReadings).toBe(27);
  });

  test("is nothing, when nothing moved", async () => {
    const id = await trader.portfolio();
    await trader.record(id, [{}]);
    await matchEverything(database.worker, [id]);
    const key = { ownerId: trader.userId, portfolioId: id };
    const [first] = await readWatchedPortfolios(database.api, [{ ...key, known: undefined }]);
    const orderSequence = first!.positions[0]!.last_order_sequence;
    const { epoch, applied } = first!.progress;
    const known = { epoch, applied, orderSequence };
    await trader.record(id, [{ symbol: "GLOBEX.SIM" }]);
    const [second] = await readWatchedPortfolios(database.api, [{ ...key, known }]);
    const progress = { ...first!.progress, head: 2 };
    expect(second).toEqual({ ...first, progress, isWhole: false, positions: [] });
  });
});

describe("a portfolio", () => {
  test("answers to its owner only, also when both ask at once", async () => {
    const other = await new Trader(database.api).register();
    const [own, theirs] = [await trader.portfolio(), await other.portfolio()];
    await other.record(theirs, [{ symbol: "SECRET.SIM" }]);
    await matchEverything(database.worker, [theirs]);
    const ask = (ownerId: string, portfolioId: string) => ({ ownerId, portfolioId, known: undefined });
    const answers = await readWatchedPortfolios(database.api, [
      ask(trader.userId, theirs),
      ask(other.userId, theirs),
      ask(trader.userId, own),
      ask(other.userId, own),
      ask(trader.userId, theirs),
    ]);
    expect(answers.map((answer) => answer?.positions.map(({ symbol }) => symbol))).toEqual([
      undefined,
      ["SECRET.SIM"],
      [],
      undefined,
      undefined,
    ]);
  });

  test("that is unknown or deleted is not there", async () => {
    const id = await trader.portfolio();
    await trader.deletePortfolio(id);
    const keys = [id, randomUUID()].map((portfolioId) => ({
      ownerId: trader.userId,
      portfolioId,
      known: undefined,
    }));
    expect(await readWatchedPortfolios(database.api, keys)).toEqual([undefined, undefined]);
    expect(await readWatchedPortfolios(database.api, [])).toEqual([]);
  });
});
