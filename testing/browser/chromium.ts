import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

/** The system's Chromium; `CHROMIUM_PATH` names another one. */
const CANDIDATES = [
  process.env["CHROMIUM_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const QUIET = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where a browser is installed, or undefined: then the tests that need one say so and are skipped. */
export const chromiumPath = CANDIDATES.find((path) => path !== undefined && existsSync(path));

export async function launchChromium(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error("No Chromium found: install it or set CHROMIUM_PATH");
  return chromium.launch({ executablePath: chromiumPath, args: QUIET });
}
