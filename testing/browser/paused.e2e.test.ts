import { describe, expect, test } from "vitest";
import { mendLots, POISON, poisonLots } from "#testing/poison.ts";
import { chromiumPath } from "./chromium.ts";
import { fillIn, recordForm, seePosition } from "./record-form.ts";
import { DESKTOP, PHONE, type Screen } from "./screen.ts";
import { trade } from "./user.ts";
import { LONG_TEST, workplace } from "./workplace.ts";

/* What a user sees of a transaction that cannot be matched: that figures stand still, why, and that mending it helps. */

const SCREENS: readonly Screen[] = [
  { name: "paused", viewport: DESKTOP, colorScheme: "light" },
  { name: "paused-phone", viewport: PHONE, colorScheme: "dark" },
];

describe.skipIf(chromiumPath === undefined)("a transaction that cannot be matched", () => {
  const { register, sit, asOwner } = workplace();

  test.each(SCREENS)(
    "pauses the portfolio, says so while it is watched, and edited lets it go on ($name)",
    LONG_TEST,
    async (screen) => {
      const user = await register(`stuck-${screen.name}`);
      const portfolio = await user.api.portfolio({ name: "Retirement" });
      await user.api.record(
        trade(portfolio.id, { quantity: "10", price: "7", tradedAt: "2024-01-02T15:00:00Z" }),
      );
      await asOwner(poisonLots);
      const sitting = await sit(user, screen, [portfolio, "positions"]);
      const { page } = sitting;
      await seePosition(page, "10");

      await user.api.record(
        trade(portfolio.id, { quantity: POISON, price: "7", tradedAt: "2024-01-03T15:00:00Z" }),
      );
      await user.api.record(
        trade(portfolio.id, { quantity: "5", price: "7", tradedAt: "2024-01-04T15:00:00Z" }),
      );
      const notice = page.getByRole("status").filter({ hasText: "Calculation is paused" });
      await notice.getByText("2 entries of the ledger wait").waitFor();
      await seePosition(page, "10");
      await sitting.look("notice");

      await notice.getByRole("link", { name: "Show the transaction" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("Paused here: it cannot be calculated").first().waitFor();
      await sitting.look("transaction");
      await dialog.getByRole("button", { name: "Correct it" }).click();
      const form = recordForm(page);
      await fillIn(form, { Quantity: "13" });
      await form.getByRole("button", { name: "Save" }).click();
      await form.getByText("Saved and matched").waitFor();
      await form.getByRole("button", { name: "Done" }).click();
      await notice.waitFor({ state: "detached" });
      await page.goto(sitting.addressOf(portfolio, "positions"));
      await seePosition(page, "28");
      expect(sitting.errors).toEqual([]);
      await sitting.leave();
      await asOwner(mendLots);
    },
  );
});
