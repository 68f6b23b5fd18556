import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, onTestFailed } from "vitest";
import { findPostgres } from "#adapters/embedded/postgres.ts";
import { silentLogger } from "#adapters/ports.ts";
import { openDatabase, type Db } from "#adapters/postgres/pool.ts";
import type { Portfolio } from "#contracts/portfolios.ts";
import { startLotwise, type RunningLotwise } from "../start-lotwise.ts";
import { launchChromium } from "./chromium.ts";
import { inspect, openPage, photograph, type Screen } from "./screen.ts";
import { registerUser, visit, type User } from "./user.ts";

/** A user in front of a page of their own. */
export interface Sitting {
  readonly user: User;
  readonly page: Page;
  readonly screen: Screen;
  /** The address of a part of a portfolio: "positions", "gains?view=losses". */
  readonly addressOf: (portfolio: Pick<Portfolio, "id">, part: string) => string;
  /** Keeps a picture of what is shown, and fails on what axe finds serious. */
  readonly look: (step: string) => Promise<void>;
  /** What the page raised since it was opened. */
  readonly errors: readonly string[];
  readonly leave: () => Promise<void>;
}

/** For more than one page to be opened while other work keeps the machine busy. */
export const LONG_TEST = { timeout: 120_000 };

/** Starts the whole product and a browser for the suite around it, and returns how to sit down in front of them. */
export function workplace() {
  let lotwise: RunningLotwise;
  let browser: Browser;
  beforeAll(async () => {
    [lotwise, browser] = await Promise.all([startLotwise(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await lotwise?.stop();
  });

  return {
    register: (name: string) => registerUser(lotwise.baseUrl, name),
    /** Does something in the database that no user can, as its owner. */
    async asOwner(work: (owner: Db) => Promise<void>): Promise<void> {
      const postgres = await findPostgres(join(lotwise.dataFolder, "postgres"));
      if (postgres === undefined) throw new Error("the database of the product under test is not running");
      const { db } = openDatabase(postgres.url, { log: silentLogger, applicationName: "test" });
      try {
        await work(db);
      } finally {
        await db.destroy();
      }
    },
    /** Signs in on the way to a part of a portfolio. */
    async sit(user: User, screen: Screen, [portfolio, part]: readonly [Portfolio, string]): Promise<Sitting> {
      const { page, errors } = await openPage(browser, screen);
      onTestFailed(() => photograph(page, screen, "failed"));
      const addressOf: Sitting["addressOf"] = ({ id }, of) => `${lotwise.baseUrl}/portfolios/${id}/${of}`;
      await visit(page, user, addressOf(portfolio, part));
      return {
        user,
        page,
        screen,
        addressOf,
        look: (step) => inspect(page, screen, step),
        errors,
        leave: () => page.context().close(),
      };
    },
  };
}
