import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import type { Portfolio } from "#contracts/portfolios.ts";
import { startLotwise, type RunningLotwise } from "../start-lotwise.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { DESKTOP, inspect, openPage, PHONE, photograph, type Screen } from "./screen.ts";
import { fillSignIn, registerUser, trade, visit, type User } from "./user.ts";

/*
 * What somebody does with Lotwise day by day: corrects, deletes and finds transactions, sets up and puts away portfolios,
 * comes and goes, works by keyboard. Records are made over REST; what is proven is what the screen does with them.
 */

const SCREEN: Screen = { name: "everyday", viewport: DESKTOP, colorScheme: "light" };
const ON_PHONE: Screen = { name: "everyday-phone", viewport: PHONE, colorScheme: "dark" };

/** While other work keeps the machine busy. */
const SOON = { timeout: 10_000 };

let lotwise: RunningLotwise;
let browser: Browser;

describe.skipIf(chromiumPath === undefined)("everyday", () => {
  beforeAll(async () => {
    [lotwise, browser] = await Promise.all([startLotwise(), launchChromium()]);
  });

  afterAll(async () => {
    await browser?.close();
    await lotwise?.stop();
  });

  describe("an account", () => {
    test("a first visit raises no error, and a wrong password is told without losing the name", async () => {
      await registerUser(lotwise.baseUrl, "grace");
      const { page, errors } = await open();
      const asked: string[] = [];
      page.on("request", (request) => asked.push(new URL(request.url()).pathname));
      await page.goto(lotwise.baseUrl);
      await page.getByRole("button", { name: "Open the demo account" }).waitFor();
      expect(errors).toEqual([]);
      expect(asked).not.toContain("/api/v1/auth/refresh");

      await fillSignIn(page, "grace", "wrong horse battery");
      await page.getByRole("alert").getByText("do not belong together").waitFor();
      expect(await page.getByLabel("E-mail or username").inputValue()).toBe("grace");
      await fillSignIn(page, "grace");
      await page.getByText("Welcome to Lotwise").waitFor();
      await close(page);
    });

    test("a sign-up is checked field by field, and a taken name is told", async () => {
      await registerUser(lotwise.baseUrl, "taken");
      const { page } = await open();
      await page.goto(`${lotwise.baseUrl}/sign-up`);
      await page.getByLabel("E-mail").fill("nobody@nowhere");
      await page.getByLabel("Username").fill("no");
      await page.getByRole("textbox", { name: "Password" }).fill("short");
      await page.getByRole("button", { name: "Create account" }).click();
      await page.getByText("This does not look like an e-mail address.").waitFor();
      await page.getByText("A username has at least 3 characters.").waitFor();
      await page.getByText("Use at least 8 characters.").waitFor();

      await page.getByLabel("E-mail").fill("somebody-else@example.com");
      await page.getByLabel("Username").fill("taken");
      await page.getByRole("textbox", { name: "Password" }).fill("correct horse battery");
      await page.getByRole("button", { name: "Create account" }).click();
      await page
        .getByRole("alert")
        .getByText(/^Choose another e-mail address or username/)
        .waitFor();
      await inspect(page, SCREEN, "name-taken");
      expect(await page.getByLabel("Username").inputValue()).toBe("taken");
      await close(page);
    });

    test("a deep link waits for the sign-in, a reload keeps it, and signing out hides everything", async () => {
      const { user, portfolio } = await userWithPortfolio("link");
      await user.api.record(trade(portfolio.id));
      const { page, errors } = await open();
      await visit(page, user, `${addressOf(portfolio, "positions")}?position=ACME.SIM`);
      await page.getByRole("dialog", { name: "ACME.SIM" }).waitFor();
      await page.reload();
      await page.getByRole("dialog", { name: "ACME.SIM" }).getByText("Open lots").waitFor();
      await page.keyboard.press("Escape");
      // Another page on top, so that going back leads to one with figures and not out of the client.
      await page
        .getByRole("link", { name: /All portfolios/ })
        .first()
        .click();
      await page.waitForURL(`${lotwise.baseUrl}/portfolios`);

      await page.getByRole("button", { name: /^Account of/ }).click();
      await page.getByRole("menuitem", { name: "Sign out" }).click();
      await page.waitForURL(`${lotwise.baseUrl}/sign-in`);
      await page.goBack();
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      expect(await page.getByText("ACME.SIM").count()).toBe(0);
      expect(await page.getByText(portfolio.name).count()).toBe(0);
      expect(errors).toEqual([]);
      await close(page);
    });

    test("an address that shows nothing says so and leads back", async () => {
      const user = await registerUser(lotwise.baseUrl, "lost");
      const { page } = await open();
      await visit(page, user, `${lotwise.baseUrl}/nowhere`);
      await page.getByText("There is nothing here").waitFor();
      await page.goto(`${lotwise.baseUrl}/portfolios/01932c07-9d2e-7cc3-8a50-3c1f0f5f1c11/positions`);
      await page.getByText("There is nothing here").waitFor();
      await page.getByRole("link", { name: "To your portfolios" }).click();
      await page.getByText("Welcome to Lotwise").waitFor();
      expect(new URL(page.url()).pathname).toBe("/portfolios");
      await close(page);
    });
  });

  describe("transactions", () => {
    test("an edit changes the figures on the screen, and the history keeps both versions", async () => {
      const { user, portfolio } = await userWithPortfolio("edit");
      await user.api.record(trade(portfolio.id));
      const { page, errors } = await open();
      await visit(page, user, addressOf(portfolio, "transactions"));
      await act(page, "Actions for buy 10 ACME.SIM", "Edit");
      const dialog = page.getByRole("dialog", { name: "Edit transaction" });
      await dialog.getByLabel("Quantity").fill("12");
      await dialog.getByRole("button", { name: "Save changes" }).click();
      await dialog.getByRole("heading", { name: "Saved and matched" }).waitFor();
      await dialog.getByRole("button", { name: "Done" }).click();
      await page.getByRole("row", { name: /ACME\.SIM 12 10\.00 120\.00 Matched/ }).waitFor();

      await act(page, "Actions for buy 12 ACME.SIM", "Version history");
      const versions = page.getByRole("dialog").getByRole("listitem");
      await versions.nth(1).waitFor();
      expect(await versions.allTextContents()).toEqual([
        expect.stringMatching(/Version 2.*Buy 12 ACME\.SIM/),
        expect.stringMatching(/Version 1.*Buy 10 ACME\.SIM/),
      ]);
      await inspect(page, SCREEN, "versions");
      await page.keyboard.press("Escape");
      await page.getByRole("tab", { name: "Positions" }).click();
      await expect.poll(() => quantityOf(page), SOON).toBe("12");
      expect(errors).toEqual([]);
      await close(page);
    });

    test("what was changed meanwhile is not overwritten, and what was typed stays", async () => {
      const { user, portfolio } = await userWithPortfolio("conflict");
      const recorded = await user.api.record(trade(portfolio.id));
      const { page } = await open();
      await visit(page, user, addressOf(portfolio, "transactions"));
      await act(page, "Actions for buy 10 ACME.SIM", "Edit");
      const dialog = page.getByRole("dialog", { name: "Edit transaction" });
      await dialog.getByLabel("Notes").fill("from the paper statement");
      const { portfolioId: _, ...edit } = trade(portfolio.id, { quantity: "11" });
      await user.api.request("PUT", `/transactions/${recorded.id}`, { body: { version: 1, ...edit } });

      await dialog.getByRole("button", { name: "Save changes" }).click();
      await dialog.getByRole("alert").getByText("This transaction was changed meanwhile").waitFor();
      expect(await dialog.getByLabel("Notes").inputValue()).toBe("from the paper statement");
      expect(await dialog.getByLabel("Quantity").inputValue()).toBe("10");
      await inspect(page, SCREEN, "conflict");
      await dialog.getByRole("button", { name: "Show the newer version" }).click();
      await expect.poll(() => dialog.getByLabel("Quantity").inputValue(), SOON).toBe("11");
      await dialog.getByLabel("Quantity").fill("13");
      await dialog.getByRole("button", { name: "Save changes" }).click();
      await dialog.getByRole("heading", { name: "Saved and matched" }).waitFor();
      await close(page);
    });

    test("a deletion can be taken back", async () => {
      const { user, portfolio } = await userWithPortfolio("undo");
      await user.api.record(trade(portfolio.id, { quantity: "0.5", price: "1234.56", fees: "1.25" }));
      await user.api.record(trade(portfolio.id, { symbol: "HOOLI.SIM" }));
      const { page, errors } = await open();
      await visit(page, user, addressOf(portfolio, "transactions"));
      await act(page, "Actions for buy 0.5 ACME.SIM", "Delete");
      const row = page.getByRole("row", { name: /ACME\.SIM/ });
      await row.waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Undo", exact: true }).click();
      await page.getByRole("row", { name: /ACME\.SIM 0\.5 1,234\.56 1\.25 618\.53 Matched/ }).waitFor();
      expect(await page.getByRole("row").count()).toBe(3);
      expect(errors).toEqual([]);
      await close(page);
    });

    test("a long ledger comes page by page, and filters find what is looked for", async () => {
      const { user, portfolio } = await userWithPortfolio("long");
      const buys = Array.from({ length: 120 }, (_, index) =>
        trade(portfolio.id, {
          symbol: index % 40 === 0 ? "HOOLI.SIM" : "ACME.SIM",
          quantity: `${index + 1}`,
        }),
      );
      const sales = [
        trade(portfolio.id, {
          type: "sell",
          symbol: "HOOLI.SIM",
          quantity: "5",
          tradedAt: "2026-02-01T10:00:00Z",
        }),
        trade(portfolio.id, {
          type: "sell",
          symbol: "UMBRA.SIM",
          quantity: "5",
          tradedAt: "2026-02-02T10:00:00Z",
        }),
      ];
      await user.api.post("/transactions/batch", { transactions: [...buys, ...sales] }, { prefer: "wait=8" });
      const { page } = await open();
      await visit(page, user, addressOf(portfolio, "transactions"));
      const rows = page.locator("[data-transaction]");
      await expect.poll(() => rows.count(), SOON).toBe(50);
      await page.getByRole("button", { name: "Show more" }).click();
      await expect.poll(() => rows.count(), SOON).toBe(100);
      await page.getByRole("button", { name: "Show more" }).click();
      await expect.poll(() => rows.count(), SOON).toBe(122);
      expect(await page.getByRole("button", { name: "Show more" }).count()).toBe(0);

      await page.getByLabel("Symbol").fill("hooli.sim");
      await page.keyboard.press("Enter");
      await expect.poll(() => rows.count(), SOON).toBe(4);
      await page.getByLabel("Type").selectOption("Sales");
      await expect.poll(() => rows.count(), SOON).toBe(1);
      await page.getByLabel("Status").selectOption("Rejected");
      await page.getByText("Nothing matches the filter").waitFor();
      expect(new URL(page.url()).search).toBe("?symbol=HOOLI.SIM&type=sell&status=rejected");
      await page.getByRole("button", { name: "Clear the filter" }).click();
      await expect.poll(() => rows.count(), SOON).toBeGreaterThanOrEqual(50);
      await page.getByLabel("Status").selectOption("Rejected");
      await expect.poll(() => rows.count(), SOON).toBe(1);
      await rows.getByText("more sold than held at that time").waitFor();
      await page.goBack();
      await expect.poll(() => rows.count(), SOON).toBeGreaterThanOrEqual(50);
      await close(page);
    });
  });

  describe("a portfolio", () => {
    test("takes another name, and with short selling a rejected sale becomes a short position", async () => {
      const { user, portfolio } = await userWithPortfolio("short");
      await user.api.record(trade(portfolio.id, { type: "sell", quantity: "40", price: "35" }));
      const { page, errors } = await open();
      await visit(page, user, addressOf(portfolio, "transactions"));
      await page.locator('[data-status="rejected"]').first().waitFor();
      await page.getByRole("tab", { name: "Settings" }).click();
      await page.getByRole("textbox", { name: "Name" }).fill("Hedges");
      await page.getByRole("switch", { name: "Allow short selling" }).check();
      await inspect(page, SCREEN, "settings");
      await page.getByRole("button", { name: "Save changes" }).click();
      await page.getByText("Settings saved").waitFor();
      await page.getByRole("heading", { name: "Hedges", level: 1 }).waitFor();
      await page.getByText("short selling allowed").waitFor();

      await page.getByRole("tab", { name: "Positions" }).click();
      await expect.poll(() => quantityOf(page), SOON).toBe("−40");
      await page.locator('[data-symbol="ACME.SIM"]').getByText("Short").waitFor();
      await page.getByRole("button", { name: "ACME.SIM: lots and gains" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Buy to cover" }).waitFor();
      await inspect(page, SCREEN, "short");
      expect(errors).toEqual([]);
      await close(page);
    });

    test("is put away and brought back, and deleted only by its name", async () => {
      const { user, portfolio } = await userWithPortfolio("away");
      const { page, errors } = await open();
      await visit(page, user, addressOf(portfolio, "settings"));
      await page.getByRole("button", { name: "Archive portfolio" }).click();
      await page.getByRole("button", { name: "Bring back" }).waitFor();
      await page.getByRole("link", { name: "‹ All portfolios" }).click();
      await page.getByRole("heading", { name: "Archived" }).waitFor();
      await page.getByRole("link", { name: portfolio.name }).click();
      await page.getByRole("tab", { name: "Settings" }).click();
      await page.getByRole("button", { name: "Bring back" }).click();

      await page.getByRole("button", { name: "Archive portfolio" }).waitFor();
      await page.getByRole("button", { name: "Delete portfolio…" }).click();
      const confirm = page.getByRole("dialog").getByRole("button", { name: "Delete for good" });
      expect(await confirm.isDisabled()).toBe(true);
      await page.getByLabel(`Type ${portfolio.name} to confirm`).fill(portfolio.name);
      await inspect(page, SCREEN, "delete-portfolio");
      await confirm.click();
      await page.getByText("Welcome to Lotwise").waitFor();
      expect(new URL(page.url()).pathname).toBe("/portfolios");
      expect(errors).toEqual([]);
      await close(page);
    });
  });

  test("the keyboard records, finds, and gives the focus back", async () => {
    const { user, portfolio } = await userWithPortfolio("keys");
    await user.api.record(trade(portfolio.id));
    await user.api.portfolio({ name: "Holiday fund" });
    const { page } = await open();
    await visit(page, user, addressOf(portfolio, "positions"));
    const symbol = page.getByRole("button", { name: "ACME.SIM: lots and gains" });
    await symbol.focus();
    await page.keyboard.press("n");
    const dialog = page.getByRole("dialog", { name: "Record a trade" });
    await expectFocused(dialog.getByLabel("Symbol"));
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await expectFocused(symbol);

    await page.keyboard.press("ControlOrMeta+k");
    await expectFocused(page.getByPlaceholder("Go to or do…"));
    await page.keyboard.press("Escape");
    await expectFocused(symbol);
    await page.keyboard.press("ControlOrMeta+k");
    await page.getByPlaceholder("Go to or do…").fill("holi");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Holiday fund", level: 1 }).waitFor();
    await close(page);
  });

  describe("figures", () => {
    test("very long ones fit a phone, exact ones are behind them, and a missing price says so", async () => {
      const { user, portfolio } = await userWithPortfolio("figures", "D".repeat(80));
      const quantity = "12345678901234567890.123456789012345678";
      await user.api.record(trade(portfolio.id, { quantity, price: "12345678901234567890" }));
      await user.api.record(trade(portfolio.id, { symbol: "PRIVATE-CO" }));
      const { page } = await open(ON_PHONE);
      await visit(page, user, addressOf(portfolio, "positions"));
      await page.locator('[data-symbol="PRIVATE-CO"]').getByText("no price known").waitFor();
      await page.getByText("1 position has no price: left out").waitFor();
      const exact = page.locator('[data-symbol="ACME.SIM"] data').nth(1);
      expect(await exact.getAttribute("value")).toBe(quantity);
      await inspect(page, ON_PHONE, "long-figures");
      await page.goto(`${lotwise.baseUrl}/portfolios`);
      await page.getByText("1 position has no price: left out").waitFor();
      await inspect(page, ON_PHONE, "long-figures-list");
      await close(page);
    });

    test.each([
      ["no-preference", 300],
      ["reduce", 0],
    ] as const)("with motion %s a changed figure is tinted for %d ms", async (motion, durationMs) => {
      const { user, portfolio } = await userWithPortfolio(`tint-${motion}`);
      await user.api.record(trade(portfolio.id, { quantity: "1000" }));
      const { page } = await open(SCREEN, motion);
      await visit(page, user, addressOf(portfolio, "positions"));
      const tinted = '[class*="rose"], [class*="fell"]';
      await page.locator(tinted).first().waitFor();
      // An expression in text: the tests are compiled without the browser's types.
      const style = await page.evaluate<{ animationName: string; animationDuration: string }>(
        `(({ animationName, animationDuration }) => ({ animationName, animationDuration }))(getComputedStyle(document.querySelector('${tinted}')))`,
      );
      if (durationMs === 0) expect(style.animationName).toBe("none");
      else expect(style.animationDuration).toBe(`${durationMs / 1000}s`);
      await close(page);
    });
  });
});

async function open(screen = SCREEN, motion: "reduce" | "no-preference" = "reduce") {
  const opened = await openPage(browser, screen, motion);
  onTestFailed(() => photograph(opened.page, screen, "failed"));
  return opened;
}

const close = (page: Page) => page.context().close();

async function userWithPortfolio(
  name: string,
  portfolioName = `Savings of ${name}`,
): Promise<{ user: User; portfolio: Portfolio }> {
  const user = await registerUser(lotwise.baseUrl, name);
  return { user, portfolio: await user.api.portfolio({ name: portfolioName }) };
}

const addressOf = (portfolio: Portfolio, tab: string) =>
  `${lotwise.baseUrl}/portfolios/${portfolio.id}/${tab}`;

async function act(page: Page, menu: string, item: string) {
  await page.getByRole("button", { name: menu }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

const quantityOf = (page: Page) => page.locator('[data-symbol="ACME.SIM"] td:nth-child(2)').textContent();

const expectFocused = (element: Locator) => element.and(element.page().locator(":focus")).waitFor();
