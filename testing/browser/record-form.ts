import type { Locator, Page } from "playwright-core";

/* The form that records and edits transactions, and the lists that show them, as somebody at the screen uses them. */

/** Opens the form from wherever the page is. */
export async function openForm(page: Page): Promise<Locator> {
  await page
    .getByRole("button", { name: /^Record (a )?trade$/ })
    .first()
    .click();
  return recordForm(page);
}

export const recordForm = (page: Page): Locator =>
  page.getByRole("dialog", { name: /^(Record a (trade|transaction)|Edit transaction)$/ });

/** One of the types that are a click away. */
export const chooseTrade = (form: Locator, type: "Buy" | "Sell" | "Dividend"): Promise<void> =>
  form.getByText(type, { exact: true }).click();

/** One of the others, as the form offers it. */
export async function chooseOther(form: Locator, type: string): Promise<void> {
  await form.getByText("More", { exact: true }).click();
  await form.getByLabel("Type of transaction").selectOption({ label: type });
}

/** Fills in fields by their labels. */
export async function fillIn(form: Locator, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) {
    await form.getByLabel(label, { exact: true }).fill(value);
  }
}

/** Sends the form, sees what became of it, and leaves it. */
export async function send(form: Locator, button: string, result: string): Promise<void> {
  await form.getByRole("button", { name: button }).click();
  await form.getByRole("heading", { name: result }).waitFor();
  await leave(form);
}

export async function leave(form: Locator): Promise<void> {
  await form.getByRole("button", { name: "Done" }).click();
  await form.waitFor({ state: "detached" });
}

/** Until a position is shown with this quantity, exactly. */
export const seePosition = (page: Page, quantity: string, symbol = "ACME.SIM"): Promise<void> =>
  page.locator(`[data-symbol="${symbol}"] data[value="${quantity}"]`).waitFor();

/** Opens a position's drawer from the list. */
export async function openPosition(page: Page, symbol = "ACME.SIM"): Promise<Locator> {
  await page.locator(`[data-symbol="${symbol}"]`).getByRole("button").click();
  const drawer = page.getByRole("dialog", { name: symbol });
  await drawer.getByRole("heading", { name: "Open lots" }).waitFor();
  return drawer;
}

/** A term of a list of figures in a drawer, with what is said of it. */
export const factOf = (place: Locator, name: string): Locator =>
  place.locator("dl > div").filter({ has: place.page().getByText(name, { exact: true }) });
