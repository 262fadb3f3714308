import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { limitMs } from '../../support/limits.ts';

const programs = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

/** The machine's Chromium; undefined where there is none. */
export function findChromium(): string | undefined {
  const given = process.env['PMD_CHROMIUM'];
  if (given !== undefined) return given;
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return programs.flatMap((name) => directories.map((path) => join(path, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function launch(executablePath: string): Promise<Browser> {
  // Its sandbox wants a user that is not root; what is opened here is our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'], timeout: limitMs(120) });
}

/** A page, and all that it complained about or asked for. */
export interface OpenedPage {
  page: Page;
  complaints: string[];
  requests: string[];
}

/** Opens a file with no network to reach; whatever it asks for beside itself is refused and listed. */
export async function openOffline(
  browser: Browser,
  url: string,
  options: BrowserContextOptions,
): Promise<OpenedPage> {
  const context = await browser.newContext({ ...options, offline: true });
  const page = await context.newPage();
  page.setDefaultTimeout(limitMs(120));
  const [complaints, requests]: [string[], string[]] = [[], []];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.route('**', (route) => (route.request().url() === url ? route.continue() : route.abort()));
  // The compiler of these tests names functions by a helper that the page does not have.
  await page.addInitScript('globalThis.__name = (value) => value');
  await page.goto(url);
  return { page, complaints, requests };
}
