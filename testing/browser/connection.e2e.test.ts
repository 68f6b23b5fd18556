import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { startLotwise, type RunningLotwise } from "../start-lotwise.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { DESKTOP, inspect, openPage, photograph, type Screen } from "./screen.ts";
import { registerUser, trade, visit } from "./user.ts";

/* Whether the page is honest about its connection: what it shows while the server is away, and what when it is back. */

const SCREEN: Screen = { name: "connection", viewport: DESKTOP, colorScheme: "dark" };

let dataFolder: string;
let lotwise: RunningLotwise;
let browser: Browser;

describe.skipIf(chromiumPath === undefined)("the connection", () => {
  beforeAll(async () => {
    dataFolder = await mkdtemp(join(tmpdir(), "lotwise-connection-"));
    [lotwise, browser] = await Promise.all([startLotwise({ dataFolder }), launchChromium()]);
  });

  afterAll(async () => {
    await browser?.close();
    await lotwise?.stop();
    await rm(dataFolder, { recursive: true, force: true });
  });

  test("a lost server or network dims the figures, and its return brings fresh ones", async () => {
    const user = await registerUser(lotwise.baseUrl, "away");
    const portfolio = await user.api.portfolio();
    await user.api.record(trade(portfolio.id));
    const { page } = await openPage(browser, SCREEN);
    onTestFailed(() => photograph(page, SCREEN, "failed"));
    await visit(page, user, `${lotwise.baseUrl}/portfolios/${portfolio.id}/positions`);
    await connectionIs(page, "live");
    await figuresMove(page);
    expect(await dimmedParts(page)).toBe(0);

    await page.context().setOffline(true);
    await connectionIs(page, "offline");
    expect(await dimmedParts(page)).toBe(2);
    await page.context().setOffline(false);
    await connectionIs(page, "live");
    expect(await dimmedParts(page)).toBe(0);

    const { port } = new URL(lotwise.baseUrl);
    await lotwise.stop();
    await connectionIs(page, "reconnecting");
    expect(await dimmedParts(page)).toBe(2);
    expect(await page.locator('[data-symbol="ACME.SIM"]').count()).toBe(1);
    await page.getByText("Not live: the last figures received").waitFor();
    await inspect(page, SCREEN, "reconnecting");

    lotwise = await startLotwise({ dataFolder, env: { PORT: port } });
    await connectionIs(page, "live");
    expect(await dimmedParts(page)).toBe(0);
    await figuresMove(page);
    await user.api.record(trade(portfolio.id, { quantity: "5" }));
    await page.locator('[data-symbol="ACME.SIM"] data[value="15"]').waitFor();
    await page.context().close();
  });
});

/** A server that starts and a pause before the next try: together longer than the usual patience. */
const connectionIs = (page: Page, state: string) =>
  page.locator(`[data-connection="${state}"]`).waitFor({ timeout: 30_000 });

/** The totals and the table. */
const dimmedParts = (page: Page) => page.locator("[data-dimmed]").count();

async function figuresMove(page: Page) {
  const gain = page.locator('[data-figure="unrealized"] data').first();
  const before = await gain.getAttribute("value");
  await expect.poll(() => gain.getAttribute("value"), { timeout: 20_000, interval: 200 }).not.toBe(before);
}
