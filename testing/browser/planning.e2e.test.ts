import type { Locator } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { Portfolio } from "#contracts/portfolios.ts";
import type { Disposal } from "#contracts/positions.ts";
import { chromiumPath } from "./chromium.ts";
import {
  chooseTrade,
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
 * What a user does with lot methods: compares them before a sale, changes them, names lots, mends a name that no longer
 * holds, and has a gain explained. What only prepares is recorded over REST; the figures are worked out by hand.
 */

const SCREEN: Screen = { name: "planning", viewport: DESKTOP, colorScheme: "light" };
const ON_PHONE: Screen = { name: "planning-phone", viewport: PHONE, colorScheme: "dark" };

describe.skipIf(chromiumPath === undefined)("planning on the screen", () => {
  const { register, sit } = workplace();

  test.each([SCREEN, ON_PHONE])(
    "every method is compared before a sale, lots are named, and the gain is the one previewed ($name)",
    LONG_TEST,
    async (screen) => {
      const user = await register(`what-if-${screen.name}`);
      const portfolio = await user.api.portfolio({ name: "Retirement" });
      await buyThreeLots(user, portfolio);
      const sitting = await sit(user, screen, [portfolio, "positions"]);
      await seePosition(sitting.page, "30");
      const form = await compareMethods(sitting);
      await nameLots(sitting, form);
      expect(await disposalsOf(user, portfolio)).toEqual([]);

      await send(form, "Record sale", "Recorded and matched");
      expect(await disposalsOf(user, portfolio)).toMatchObject([{ quantity: "12", realizedGain: "160" }]);
      await seePosition(sitting.page, "18");
      await seeRealizedGains(sitting, ["+$160.00"]);
      expect(sitting.errors).toEqual([]);
      await sitting.leave();
    },
  );

  test("another lot method shows what it changes, year by year, before it is saved", LONG_TEST, async () => {
    const user = await register("method");
    const portfolio = await user.api.portfolio({ name: "Retirement" });
    await sellInTwoYears(user, portfolio);
    const sitting = await sit(user, SCREEN, [portfolio, "gains"]);
    await seeRealizedGains(sitting, ["+$100.00", "+$300.00"]);
    await changeMethod(sitting);
    await seeRealizedGains(sitting, ["+$200.00", "+$100.00"]);
    expect(sitting.errors).toEqual([]);
    await sitting.leave();
  });

  test(
    "a sale whose named lot is gone needs attention, says what to do, and is mended",
    LONG_TEST,
    async () => {
      const user = await register("vanished");
      const portfolio = await user.api.portfolio({ name: "Retirement" });
      await sellFromNamedLot(user, portfolio);
      const sitting = await sit(user, SCREEN, [portfolio, "transactions"]);
      await seeAdvice(sitting);
      await nameTheOtherLot(sitting);
      // 5 × 40 − 5 × 20.
      await seeRealizedGains(sitting, ["+$100.00"]);
      expect(sitting.errors).toEqual([]);
      await sitting.leave();
    },
  );

  test(
    "a gain is explained in sentences and steps, at an address that a reload keeps",
    LONG_TEST,
    async () => {
      const user = await register("explain");
      const portfolio = await user.api.portfolio({ name: "Retirement" });
      await buyThreeLots(user, portfolio);
      const { id } = await user.api.record(sale(portfolio, { quantity: "12", fees: "2" }));
      const sitting = await sit(user, SCREEN, [portfolio, "gains"]);
      await explainFromList(sitting, portfolio, id);
      await explainFromPosition(sitting, portfolio, id);
      expect(sitting.errors).toEqual([]);
      await sitting.leave();
    },
  );
});

/** 10 for 100, 10 for 300, 10 for 200. */
async function buyThreeLots({ api }: User, { id }: Portfolio) {
  await api.record(trade(id, { price: "10", tradedAt: "2022-03-01T15:00:00Z" }));
  await api.record(trade(id, { price: "30", tradedAt: "2023-11-01T15:00:00Z" }));
  await api.record(trade(id, { price: "20", tradedAt: "2024-02-01T15:00:00Z" }));
}

const sale = ({ id }: Portfolio, of: Partial<Parameters<typeof trade>[1]>) =>
  trade(id, { type: "sell", price: "40", tradedAt: "2024-06-03T15:00:00Z", ...of });

/*
 * 12 are sold at 40, for 480. Of the lots of 2022-03-01 (long term), 2023-11-01 and 2024-02-01 (short term) go
 *   FIFO     10 of the first, 2 of the second   cost 100 +  60   gain 320 = short  20 + long 300
 *   LIFO     10 of the third, 2 of the second   cost 200 +  60   gain 220 = short 220
 *   HIFO     10 of the second, 2 of the third   cost 300 +  40   gain 140 = short 140
 *   Average  12 of 30 that cost 600             cost 240         gain 240 = short  40 + long 200: the oldest 10 at
 *                                                                          20 of gain each, then 2
 *   Named    10 of the second, 2 of the first   cost 300 +  20   gain 160 = short 100 + long  60
 */
async function compareMethods({ page, look }: Sitting): Promise<Locator> {
  const form = await openForm(page);
  await chooseTrade(form, "Sell");
  await fillIn(form, {
    Symbol: "acme.sim",
    "Date and time": "2024-06-03T15:00",
    Quantity: "12",
    Price: "40",
  });
  const preview = form.getByRole("region", { name: "Preview" });
  await preview.getByText("What this sale would come to").waitFor();
  await figuresAre(preview, "FIFO", ["+320.00", "+20.00", "+300.00"]);
  await figuresAre(preview, "LIFO", ["+220.00", "+220.00", "0.00"]);
  await figuresAre(preview, "HIFO", ["+140.00", "+140.00", "0.00"]);
  await figuresAre(preview, "Average", ["+240.00", "+40.00", "+200.00"]);
  await methodRow(preview, "Named").getByText("no lots are named yet").waitFor();
  await preview.getByText("Closes by FIFO").waitFor();
  await preview.getByRole("listitem").last().scrollIntoViewIfNeeded();
  await look("what-if");
  return form;
}

async function nameLots({ look }: Sitting, form: Locator) {
  const lots = form.getByRole("region", { name: "Lots" });
  await lots.getByRole("switch", { name: "Choose the lots myself" }).check();
  // As much as it has, then as much as is left to name.
  await lots.getByRole("button", { name: "Take from Nov 1, 2023" }).click();
  await lots.getByText("10 named, 2 to go").waitFor();
  await lots.getByRole("button", { name: "Take from Mar 1, 2022" }).click();
  expect(await lots.getByLabel("Taken from the lot of Mar 1, 2022").inputValue()).toBe("2");
  await lots.getByText("Terms and gains here are those of today, not of that day.").waitFor();
  const preview = form.getByRole("region", { name: "Preview" });
  await figuresAre(preview, "Named", ["+160.00", "+100.00", "+60.00"]);
  const closed = preview.getByRole("listitem");
  expect(await closed.allTextContents()).toEqual([
    "10 of Nov 1, 2023Short term+100.00",
    "2 of Mar 1, 2022Long term+60.00",
  ]);
  await closed.last().scrollIntoViewIfNeeded();
  await look("what-if-named");
}

const methodRow = (preview: Locator, method: string) =>
  preview.locator("tr").filter({ has: preview.page().getByRole("rowheader", { name: method }) });

/** Gain, and of it at short and at long term. */
async function figuresAre(preview: Locator, method: string, figures: readonly string[]) {
  const shown = methodRow(preview, method).locator("data");
  await expect.poll(() => shown.allTextContents(), { timeout: 15_000 }).toEqual(figures);
}

const disposalsOf = async ({ api }: User, { id }: Portfolio) =>
  (await api.get<{ items: Disposal[] }>(`/portfolios/${id}/disposals`)).body.items;

/** Newest first. */
async function seeRealizedGains({ page }: Sitting, gains: readonly string[]) {
  await page.getByRole("tab", { name: "Gains" }).click();
  const shown = page.locator("[data-disposal] > button").getByText(/^[+−]\$/);
  await expect.poll(() => shown.allTextContents(), { timeout: 15_000 }).toEqual(gains);
}

/** FIFO gains 10 × (40 − 10) and 5 × (50 − 30), LIFO 10 × (40 − 30) and 5 × (50 − 10). */
async function sellInTwoYears({ api }: User, portfolio: Portfolio) {
  await api.record(trade(portfolio.id, { price: "10", tradedAt: "2024-01-08T15:00:00Z" }));
  await api.record(trade(portfolio.id, { price: "30", tradedAt: "2024-02-05T15:00:00Z" }));
  await api.record(sale(portfolio, { quantity: "10" }));
  await api.record(sale(portfolio, { quantity: "5", price: "50", tradedAt: "2025-06-03T15:00:00Z" }));
}

async function changeMethod({ page, look }: Sitting) {
  await page.getByRole("tab", { name: "Settings" }).click();
  await page.getByRole("combobox", { name: "Lot method" }).click();
  await page.getByRole("option", { name: "Last in, first out (LIFO)" }).click();
  await page.getByRole("button", { name: "Save changes" }).click();
  const dialog = page.getByRole("dialog", { name: "Change the lot method?" });
  const years = dialog.getByRole("group", { name: "Realized gain by year" });
  await years.getByRole("row", { name: "2024 USD 300.00 100.00 −200.00" }).waitFor();
  await years.getByRole("row", { name: "2025 USD 100.00 200.00 +100.00" }).waitFor();
  const costs = dialog.getByRole("group", { name: "Cost basis of open positions" });
  await costs.getByRole("row", { name: "ACME.SIM USD 150.00 50.00 −100.00" }).waitFor();
  await look("method-preview");
  await dialog.getByRole("button", { name: "Change and save" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("newest lots are sold first").waitFor();
}

async function sellFromNamedLot({ api }: User, portfolio: Portfolio) {
  const named = await api.record(trade(portfolio.id, { price: "10", tradedAt: "2024-01-08T15:00:00Z" }));
  await api.record(trade(portfolio.id, { price: "20", tradedAt: "2024-02-05T15:00:00Z" }));
  await api.record(sale(portfolio, { quantity: "5", lots: [{ lotId: named.id, quantity: "5" }] }));
  await api.request("DELETE", `/transactions/${named.id}`);
}

const GONE = "Needs attention: a lot that it names is not open at that time";

async function seeAdvice({ page, look }: Sitting) {
  const sold = page.locator('[data-transaction][data-status="needs-attention"]');
  await sold.getByText(GONE).waitFor();
  await page.getByText("1 transaction needs your attention").waitFor();
  await sold.getByRole("button", { name: "Details of Jun 3, 2024" }).click();
  const note = page.getByRole("note", { name: GONE });
  await note
    .getByText("Choose the lots again, or correct the date. No other lot is taken in its place.")
    .waitFor();
  await page.getByText("5 of the lot of Jan 8, 2024, deleted since").waitFor();
  await look("lot-gone");
  await note.getByRole("button", { name: "Correct it" }).click();
}

async function nameTheOtherLot({ page, look }: Sitting) {
  const form = recordForm(page);
  const lots = form.getByRole("region", { name: "Lots" });
  await lots.getByText("Deleted since").waitFor();
  await look("lot-gone-form");
  await lots.getByLabel("Taken from the lot of Jan 8, 2024").fill("");
  await lots.getByRole("button", { name: "Take from Feb 5, 2024" }).click();
  await lots.getByText("5 named").waitFor();
  await form.getByRole("button", { name: "Save changes" }).click();
  await form.getByRole("heading", { name: "Saved and matched" }).waitFor();
  await leave(form);
}

const storyIn = (drawer: Locator) => drawer.getByRole("region", { name: "How this gain came about" });

/** FIFO as above, less the fee of 2: 478 − 160 = 318, of it long 10 × 40 − 100 − 10 ÷ 12 of the fee, about 298.33. */
async function seeExplanation(place: Locator) {
  await place
    .getByText("Sold 12 ACME.SIM at 40 USD on 2024-06-03: proceeds 478, cost 160, gain 318.")
    .waitFor();
  await place
    .getByText("They came from 2 lots opened between 2022-03-01 and 2023-11-01, taken the oldest first.")
    .waitFor();
  await place.getByText("The fee of 2 is taken off the proceeds.").waitFor();
  await place.getByText("Of the gain, 19.67 short term and 298.33 long term.").waitFor();
  await place.getByText("Bought 10 ACME.SIM at 10 USD: cost 100", { exact: true }).waitFor();
  const lots = place.locator("[data-lot]");
  expect(await lots.count()).toBe(2);
  expect(
    await lots.nth(1).getByRole("list", { name: "The arithmetic of this lot" }).getByRole("listitem").count(),
  ).toBeGreaterThan(1);
  const together = place.getByRole("list", { name: "From the lots to the gain" });
  await together.locator('data[value="318"]').waitFor();
}

async function explainFromList({ page, addressOf, look }: Sitting, portfolio: Portfolio, disposalId: string) {
  await page.getByText("Sold 12 ACME.SIM").click();
  await page.getByRole("button", { name: "Explain this gain" }).click();
  const drawer = page.getByRole("dialog", { name: "Realized gain" });
  await seeExplanation(storyIn(drawer));
  await look("gain-explained");
  await page.waitForURL(addressOf(portfolio, `gains?explain=${disposalId}`));
  await page.reload();
  await seeExplanation(storyIn(drawer));
  await drawer.getByRole("button", { name: "Close" }).click();
  await drawer.waitFor({ state: "detached" });
  await page.waitForURL(addressOf(portfolio, "gains"));
}

async function explainFromPosition({ page, addressOf }: Sitting, portfolio: Portfolio, disposalId: string) {
  await page.getByRole("tab", { name: "Positions" }).click();
  const drawer = await openPosition(page);
  await drawer.getByText("Sold 12").click();
  await drawer.getByRole("button", { name: "Explain this gain" }).click();
  await seeExplanation(storyIn(drawer));
  await page.waitForURL(addressOf(portfolio, `positions?position=ACME.SIM&explain=${disposalId}`));
  await page.reload();
  await seeExplanation(storyIn(drawer));
  await drawer.getByRole("button", { name: "Back to ACME.SIM" }).click();
  await drawer.getByRole("heading", { name: "Open lots" }).waitFor();
}
