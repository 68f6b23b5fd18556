import type { Locator } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { Portfolio } from "#contracts/portfolios.ts";
import { chromiumPath } from "./chromium.ts";
import {
  chooseOther,
  chooseTrade,
  factOf,
  fillIn,
  leave,
  openForm,
  openPosition,
  recordForm,
  seePosition,
  send,
} from "./record-form.ts";
import { DESKTOP, PHONE, type Screen } from "./screen.ts";
import { trade, type User } from "./user.ts";
import { LONG_TEST, workplace, type Sitting } from "./workplace.ts";

/*
 * What a user does with the ledger beyond buying and selling: splits, transfers between portfolios, short sales, cash,
 * other currencies. What only prepares is recorded over REST; what is proven is done on the screen.
 */

const SCREEN: Screen = { name: "ledger", viewport: DESKTOP, colorScheme: "light" };
const ON_PHONE: Screen = { name: "ledger-phone", viewport: PHONE, colorScheme: "dark" };

describe.skipIf(chromiumPath === undefined)("the ledger on the screen", () => {
  const { register, sit } = workplace();

  test.each([SCREEN, ON_PHONE])(
    "a split doubles what every portfolio of its user holds, and each lot tells of it ($name)",
    LONG_TEST,
    async (screen) => {
      const user = await register(`split-${screen.name}`);
      const [here, there] = await twoPortfolios(user);
      await user.api.record(trade(here.id));
      await user.api.record(trade(there.id, { quantity: "7", price: "20" }));
      const sitting = await sit(user, screen, [here, "positions"]);
      await recordSplit(sitting);
      await seePosition(sitting.page, "20");

      await sitting.page.goto(sitting.addressOf(there, "positions"));
      await seePosition(sitting.page, "14");
      await seeSplitInStory(sitting, there);
      expect(sitting.errors).toEqual([]);
      await sitting.leave();
    },
  );

  test(
    "lots move to another portfolio with their dates, and show there where they came from",
    LONG_TEST,
    async () => {
      const user = await register("transfer");
      const [here, there] = await twoPortfolios(user);
      await user.api.record(trade(here.id));
      await user.api.record(trade(here.id, { quantity: "6", price: "20", tradedAt: "2026-02-03T15:00:00Z" }));
      const sitting = await sit(user, SCREEN, [here, "positions"]);
      await recordTransfer(sitting, there);
      await seePosition(sitting.page, "4");
      await seeReceivedLots(sitting, there);
      await seeWhereItIsRecorded(sitting, there);
      expect(sitting.errors).toEqual([]);
      await sitting.leave();
    },
  );

  test("a short is allowed, sold, partly covered, and its gain explained", LONG_TEST, async () => {
    const user = await register("short");
    const portfolio = await user.api.portfolio({ name: "Hedges" });
    const sitting = await sit(user, SCREEN, [portfolio, "settings"]);
    await allowShorts(sitting);
    await sellShort(sitting);
    await coverPart(sitting);
    expect(sitting.errors).toEqual([]);
    await sitting.leave();
  });

  test(
    "cash is tracked when asked for: deposit, purchase, dividend after tax, each with its balance",
    LONG_TEST,
    async () => {
      const user = await register("cash");
      const portfolio = await user.api.portfolio({ name: "Household" });
      await user.api.record(trade(portfolio.id));
      const sitting = await sit(user, SCREEN, [portfolio, "cash"]);
      await trackCash(sitting);
      await recordDeposit(sitting);
      await recordDividend(sitting);
      await seeCash(sitting);
      expect(sitting.errors).toEqual([]);
      await sitting.leave();
    },
  );

  test(
    "a purchase in another currency waits for its exchange rate, and then has a cost in both",
    LONG_TEST,
    async () => {
      const user = await register("currency");
      const portfolio = await user.api.portfolio({ name: "Ersparnisse", baseCurrency: "EUR" });
      const sitting = await sit(user, SCREEN, [portfolio, "positions"]);
      await buyWithoutRate(sitting);
      await giveRate(sitting);
      await seeCostInBoth(sitting);
      expect(sitting.errors).toEqual([]);
      await sitting.leave();
    },
  );
});

const twoPortfolios = async ({ api }: User): Promise<[Portfolio, Portfolio]> => [
  await api.portfolio({ name: "Retirement" }),
  await api.portfolio({ name: "Playground" }),
];

async function recordSplit({ page, look }: Sitting) {
  const form = await openForm(page);
  await chooseOther(form, "Split");
  await form.getByRole("textbox", { name: "New shares" }).fill("2");
  // An example as long as it is not known what is held.
  await form.getByText("10 shares become 20; their total cost stays.").waitFor();
  await form.getByLabel("Symbol").fill("acme.sim");
  await form.getByText("Your 10 shares become 20; their total cost stays.").waitFor();
  await look("split-form");
  await form.getByRole("button", { name: "Record split" }).click();
  await form.getByRole("heading", { name: "Recorded and matched" }).waitFor();
  await form.getByText("ACME.SIM: 2:1, 10 shares become 20").waitFor();
  await leave(form);
}

/** In the portfolio that it was not recorded in: 7 shares for 140 became 14 for 140. */
async function seeSplitInStory({ page, look }: Sitting, there: Portfolio) {
  const drawer = await openPosition(page);
  const lot = drawer.locator("[data-lot]");
  await lot
    .getByRole("note", { name: /^Split: Split 2:1: 7 shares became 14, the cost stayed 140$/ })
    .waitFor();
  expect(await lot.locator('[data-figure="remaining"]').textContent()).toBe("14");
  expect(await factOf(lot, "Cost").locator("dd").textContent()).toBe("140.00");
  await look("split-lot");

  await lot.getByRole("button", { name: "Explain the lot of Jan 5, 2026" }).click();
  const event = drawer.locator('[data-event="split"]');
  await event.getByText("Split 2:1: 7 shares became 14, the cost stayed 140").waitFor();
  await look("split-story");
  await event.getByRole("link", { name: /^Transaction, version 1: Split of ACME\.SIM 2:1 on / }).click();
  const history = page.getByRole("dialog", { name: "Version history: split ACME.SIM 2:1" });
  await history.getByText("Version 1", { exact: true }).waitFor();
  await look("split-transaction");
  // It is shown where it is recorded: in the other portfolio.
  expect(page.url()).not.toContain(there.id);
}

async function recordTransfer({ page, look }: Sitting, there: Portfolio) {
  const form = await openForm(page);
  await chooseOther(form, "Transfer between portfolios");
  await fillIn(form, { Symbol: "acme.sim", Quantity: "12" });
  await form.getByText("You hold 16").waitFor();
  await form.getByLabel("To portfolio").selectOption(there.id);
  await look("transfer-form");
  await send(form, "Record transfer", "Recorded and matched");
}

/** The oldest first: all 10 of January, 2 of the 6 of February. */
async function seeReceivedLots({ page, addressOf, look }: Sitting, there: Portfolio) {
  await page.goto(addressOf(there, "positions"));
  await seePosition(page, "12");
  const drawer = await openPosition(page);
  const lots = drawer.locator("[data-lot]");
  await lots
    .nth(1)
    .getByRole("note", {
      name: /^From another portfolio: Transferred 2 here from “Retirement” with 40 of cost$/,
    })
    .waitFor();
  await lots
    .nth(0)
    .getByRole("note", { name: /^From another portfolio: Transferred 10 here/ })
    .waitFor();
  await lots.nth(0).getByText("Jan 5, 2026").waitFor();
  await lots.nth(1).getByText("Feb 3, 2026").waitFor();
  expect(await lots.locator('[data-figure="remaining"]').allTextContents()).toEqual(["10", "2"]);
  await look("received-lots");
  await drawer.getByRole("button", { name: "Close" }).click();
  await drawer.waitFor({ state: "detached" });
}

async function seeWhereItIsRecorded({ page, look }: Sitting, there: Portfolio) {
  await page.getByRole("tab", { name: "Transactions" }).click();
  const row = page.getByRole("row", { name: /Transfer ACME\.SIM 12 from Retirement/ });
  await row.getByRole("button", { name: /^Details of / }).click();
  await page.getByText("It came from Retirement, where it is recorded and can be changed.").waitFor();
  await look("received-transfer");
  await row.getByRole("button", { name: "Actions for transfer 12 ACME.SIM" }).click();
  await page.getByRole("menuitem", { name: "Edit in Retirement" }).click();
  const form = recordForm(page);
  expect(await form.getByLabel("To portfolio").inputValue()).toBe(there.id);
  await fillIn(form, { Quantity: "11" });
  await send(form, "Save changes", "Saved and matched");
  await page.getByRole("row", { name: /Transfer ACME\.SIM 11 from Retirement/ }).waitFor();
}

async function allowShorts({ page }: Sitting) {
  await page.getByRole("switch", { name: "Allow short selling" }).check();
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("short selling allowed").waitFor();
}

async function sellShort({ page, look }: Sitting) {
  await page.getByRole("tab", { name: "Positions" }).click();
  const form = await openForm(page);
  await chooseTrade(form, "Sell");
  await fillIn(form, {
    Symbol: "acme.sim",
    Quantity: "10",
    Price: "50",
    "Date and time": "2026-01-05T15:00",
  });
  await form.getByText("You hold none: this sells short and opens a short position.").waitFor();
  await look("short-form");
  await send(form, "Record sale", "Recorded and matched");
  await seePosition(page, "-10");
  await page
    .locator('[data-symbol="ACME.SIM"]')
    .getByRole("note", { name: /^Short: Sold before it was bought/ })
    .waitFor();
  expect(await page.locator('[data-symbol="ACME.SIM"] td:nth-child(2)').textContent()).toBe("−10");
}

/** 4 of the 10 sold at 50 are bought back at 40, fee 1: 200 − 161 = 39. */
async function coverPart({ page, look }: Sitting) {
  const drawer = await openPosition(page);
  await drawer.getByRole("button", { name: "Buy to cover" }).click();
  const form = recordForm(page);
  await form.getByText("You are short 10").waitFor();
  await fillIn(form, { Quantity: "4", Price: "40", Fees: "1" });
  const preview = form.getByRole("region", { name: "Preview" });
  await preview.getByText("What this cover would come to").waitFor();
  await preview.locator("tr", { hasText: "FIFO" }).getByText("+39.00").first().waitFor();
  await look("cover-form");
  await send(form, "Record buy", "Recorded and matched");

  await drawer.locator("[data-lot]").locator('data[value="-6"]').waitFor();
  await drawer.getByText("Covered 4").click();
  await drawer.getByRole("button", { name: "Explain this gain" }).click();
  await drawer
    .getByText(/^Bought back 4 ACME\.SIM at 40 USD on .*: proceeds 200, cost 161, gain 39\.$/)
    .waitFor();
  await drawer.getByText("The fee of 1 is part of the cost.").waitFor();
  await drawer.getByText(/^Sold short 10 ACME\.SIM at 50 USD: net proceeds 500$/).waitFor();
  await look("cover-explained");
  await drawer.getByRole("button", { name: "Back to ACME.SIM" }).click();
  await drawer.getByRole("heading", { name: "Sales and covers" }).waitFor();
}

async function trackCash({ page, look }: Sitting) {
  await page.getByText("Cash is not tracked", { exact: true }).waitFor();
  await look("cash-untracked");
  await page.getByRole("link", { name: "To the settings" }).click();
  await page.getByRole("switch", { name: "Track cash" }).check();
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("cash tracked").waitFor();
  await page.getByRole("tab", { name: "Cash" }).click();
  // The purchase that was recorded before moves money too.
  await balanceIs(page.getByRole("main"), "−$100.00");
}

async function recordDeposit({ page }: Sitting) {
  const form = await openForm(page);
  await chooseOther(form, "Deposit");
  await fillIn(form, { Amount: "1000", "Date and time": "2026-01-02T09:00" });
  await send(form, "Record deposit", "Recorded and matched");
  await balanceIs(page.getByRole("main"), "$900.00");
}

async function recordDividend({ page, look }: Sitting) {
  const form = await openForm(page);
  await chooseTrade(form, "Dividend");
  await fillIn(form, { Symbol: "acme.sim", "Amount before tax": "50", "Tax withheld": "7.5" });
  await fillIn(form, { "Date and time": "2026-02-02T09:00" });
  await look("dividend-form");
  await send(form, "Record dividend", "Recorded and matched");
  await balanceIs(page.getByRole("main"), "$942.50");
}

/** Newest first, each with what it moved and the balance after it: 1,000 − 10 × 10 + (50 − 7.50). */
async function seeCash({ page, look }: Sitting) {
  const entries = page.locator("[data-entry]");
  await entries.nth(2).waitFor();
  expect(await entries.locator("td:nth-child(4)").allTextContents()).toEqual([
    "+42.50 ",
    "−100.00 ",
    "+1,000.00 ",
  ]);
  expect(await entries.locator("td:nth-child(5)").allTextContents()).toEqual([
    "942.50 ",
    "900.00 ",
    "1,000.00 ",
  ]);
  await look("cash");
  await entries.first().getByRole("link", { name: "Dividend" }).click();
  const history = page.getByRole("dialog", { name: "Version history: dividend 50.00 USD ACME.SIM" });
  await factOf(history, "Tax withheld").getByText("7.50").waitFor();
}

const balanceIs = (place: Locator, text: string) =>
  place.locator('[data-currency="USD"]').getByText(text, { exact: true }).waitFor();

async function buyWithoutRate({ page, look }: Sitting) {
  const form = await openForm(page);
  await fillIn(form, { Symbol: "acme.sim", Quantity: "10", Price: "10" });
  await form.getByText("How many EUR one USD was worth on that day.").waitFor();
  await form.getByRole("button", { name: "Record buy" }).click();
  await form.getByRole("heading", { name: "Recorded, but something is missing" }).waitFor();
  await form.getByText("Needs attention: the exchange rate is not known").waitFor();
  await look("rate-missing");
  await leave(form);
}

async function giveRate({ page, look }: Sitting) {
  await page.getByRole("tab", { name: "Transactions" }).click();
  await page.getByText("1 transaction needs your attention").waitFor();
  await page.getByRole("button", { name: "Show them" }).click();
  await page.getByRole("button", { name: /^Details of / }).click();
  await page.getByRole("button", { name: "Correct it" }).click();
  const form = recordForm(page);
  const rate = form.getByRole("textbox", { name: "Exchange rate" });
  await rate.and(page.locator(":focus")).waitFor();
  await look("rate-asked");
  await rate.fill("0.8");
  await send(form, "Save changes", "Saved and matched");
  await page.getByText("Nothing matches the filter").waitFor();
}

/** 10 × 10 USD = 100 USD, at 0.8 EUR for each 80 EUR. */
async function seeCostInBoth({ page, look }: Sitting) {
  await page.getByRole("tab", { name: "Positions" }).click();
  const drawer = await openPosition(page);
  expect(await factOf(drawer, "Cost basis").locator("dd").allTextContents()).toEqual(["100.00", "80.00"]);
  await drawer.getByRole("region", { name: "In EUR" }).getByText("80.00").waitFor();
  await look("cost-in-both");
  await drawer.getByRole("button", { name: "Explain this position" }).click();
  await drawer.getByText("In EUR the cost is 80, each lot at the rate of its opening.").waitFor();
}
