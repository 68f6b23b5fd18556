import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { startLotwise, type RunningLotwise } from "../start-lotwise.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { inspect, openPage, photograph, SCREENS, type Screen } from "./screen.ts";

/*
 * The first thing that somebody does with Lotwise, in a real browser against the whole product: sign up, create a
 * portfolio, buy 100 and 50, sell 80. FIFO closes 80 of the first lot, so lots of 20 and 50 stay; a sale of more than
 * that is rejected; and the gain moves on the screen without anything being clicked.
 */

let lotwise: RunningLotwise;
let browser: Browser;

if (chromiumPath === undefined && process.env["CI"] === "true") {
  throw new Error("The browser tests need Chromium: install it or set CHROMIUM_PATH");
}

describe.skipIf(chromiumPath === undefined)("the first trades of a new user", () => {
  beforeAll(async () => {
    [lotwise, browser] = await Promise.all([startLotwise(), launchChromium()]);
  });

  afterAll(async () => {
    await browser?.close();
    await lotwise?.stop();
  });

  test.each(SCREENS)("from sign-up to lots and live gain on $name", { timeout: 120_000 }, async (screen) => {
    const { page, errors } = await openPage(browser, screen);
    onTestFailed(() => photograph(page, screen, "failed"));
    await signUp(page, screen);
    await createPortfolio(page, screen);

    await recordTrade(page, { type: "Buy", quantity: "100", price: "10" });
    await expectResult(page, "Recorded and matched");
    await recordTrade(page, { type: "Buy", quantity: "50", price: "12" });
    await expectResult(page, "Recorded and matched");
    await recordTrade(page, { type: "Sell", quantity: "80", price: "15" });
    await expectResult(page, "Recorded and matched");

    await seeLiveGainMove(page);
    await inspect(page, screen, "positions");
    await seeLots(page, screen);
    await seeRealizedGain(page, screen);
    await seeOversellRejected(page, screen);
    expect(errors).toEqual([]);
    await page.context().close();
  });
});

async function signUp(page: Page, screen: Screen) {
  await page.goto(lotwise.baseUrl);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await inspect(page, screen, "sign-in");
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByRole("heading", { name: "Create an account" }).waitFor();
  const username = `ada-${screen.name}`;
  await page.getByLabel("E-mail").fill(`${username}@example.com`);
  await page.getByLabel("Username").fill(username);
  await page.getByRole("textbox", { name: "Password" }).fill("correct horse battery");
  await inspect(page, screen, "sign-up");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByText("Welcome to Lotwise").waitFor();
  await inspect(page, screen, "first-run");
}

async function createPortfolio(page: Page, screen: Screen) {
  await page.getByRole("button", { name: "Create your first portfolio" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Retirement");
  await dialog.getByRole("button", { name: "Create portfolio" }).click();
  await page.getByRole("heading", { name: "Retirement", level: 1 }).waitFor();
  await page.getByText("No positions yet").waitFor();
  await inspect(page, screen, "no-positions");
}

interface Trade {
  readonly type: "Buy" | "Sell";
  readonly quantity: string;
  readonly price: string;
}

async function recordTrade(page: Page, trade: Trade) {
  await page
    .getByRole("button", { name: /^Record (a )?trade$/ })
    .first()
    .click();
  const dialog = page.getByRole("dialog", { name: "Record a trade" });
  await dialog.getByText(trade.type, { exact: true }).click();
  await dialog.getByLabel("Symbol").fill("acme.sim");
  await dialog.getByText("Live price", { exact: true }).waitFor();
  await dialog.getByLabel("Quantity").fill(trade.quantity);
  await dialog.getByLabel("Price").fill(trade.price);
  await dialog.getByRole("button", { name: trade.type === "Buy" ? "Record buy" : "Record sale" }).click();
}

async function expectResult(page: Page, title: string) {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: title }).waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.waitFor({ state: "detached" });
}

const position = (page: Page) => page.locator('[data-symbol="ACME.SIM"]');

/** The figure changes by itself, because a price of the simulated exchange moved. */
async function seeLiveGainMove(page: Page) {
  await page.locator('[data-connection="live"]').waitFor();
  const gain = position(page).locator('[data-figure="unrealized"] data').first();
  const before = await gain.getAttribute("value");
  expect(before).toMatch(/^-?\d+(\.\d+)?$/);
  await expect.poll(() => gain.getAttribute("value"), { timeout: 30_000, interval: 200 }).not.toBe(before);
}

async function seeLots(page: Page, screen: Screen) {
  await position(page).getByRole("button").click();
  const dialog = page.getByRole("dialog", { name: "ACME.SIM" });
  const remaining = dialog.locator('[data-figure="remaining"] data');
  await remaining.nth(1).waitFor();
  expect(await remaining.allTextContents()).toEqual(["20", "50"]);
  expect(new URL(page.url()).searchParams.get("position")).toBe("ACME.SIM");
  await inspect(page, screen, "lots");
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "detached" });
}

/** 80 of the first lot: 80 × 15 − 80 × 10 = 400. */
async function seeRealizedGain(page: Page, screen: Screen) {
  await page.getByRole("tab", { name: "Gains" }).click();
  await page.getByText("Sold 80 ACME.SIM").click();
  await page.getByText("+$400.00").waitFor();
  await page.locator("main").getByText("1,200.00 − 800.00").first().waitFor();
  await inspect(page, screen, "gains");
}

async function seeOversellRejected(page: Page, screen: Screen) {
  await recordTrade(page, { type: "Sell", quantity: "71", price: "15" });
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Rejected: more sold than held at that time").waitFor();
  await inspect(page, screen, "rejected");
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("tab", { name: "Transactions" }).click();
  await page.locator('[data-status="rejected"]').getByText("more sold than held at that time").waitFor();
  expect(await page.locator('[data-transaction][data-status="matched"]').count()).toBe(3);
  await inspect(page, screen, "transactions");
}
