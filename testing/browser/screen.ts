import { mkdir } from "node:fs/promises";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";

export interface Screen {
  readonly name: string;
  readonly viewport: { readonly width: number; readonly height: number };
  readonly colorScheme: "light" | "dark";
}

export const DESKTOP = { width: 1280, height: 860 };
export const PHONE = { width: 390, height: 844 };

/** Every size in every colour scheme that the pages are looked at and checked in. */
export const SCREENS: readonly Screen[] = [
  { name: "desktop-light", viewport: DESKTOP, colorScheme: "light" },
  { name: "desktop-dark", viewport: DESKTOP, colorScheme: "dark" },
  { name: "phone-light", viewport: PHONE, colorScheme: "light" },
  { name: "phone-dark", viewport: PHONE, colorScheme: "dark" },
];

const SCREENSHOTS = new URL("../../screenshots/", import.meta.url).pathname;

/** A page of its own, and the errors that its console and scripts raised. Its motion is reduced unless told otherwise. */
export async function openPage(
  browser: Browser,
  screen: Screen,
  reducedMotion: "reduce" | "no-preference" = "reduce",
): Promise<{ page: Page; errors: string[] }> {
  const context = await browser.newContext({
    viewport: screen.viewport,
    colorScheme: screen.colorScheme,
    hasTouch: screen.viewport === PHONE,
    locale: "en-US",
    timezoneId: "UTC",
    reducedMotion,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  return { page, errors };
}

/** Keeps a picture in screenshots/, which Git ignores. */
export async function photograph(page: Page, screen: Screen, step: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}${screen.name}-${step}.png` });
}

/** Keeps a picture for a person to look at, and fails on what axe finds serious. */
export async function inspect(page: Page, screen: Screen, step: string): Promise<void> {
  await photograph(page, screen, step);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  expect(grave, `axe on ${step}, ${screen.name}`).toEqual([]);
  // An expression in text: the tests are compiled without the browser's types.
  const overflow = await page.evaluate<number>(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  expect(overflow, `sideways scroll on ${step}, ${screen.name}`).toBeLessThanOrEqual(0);
}
