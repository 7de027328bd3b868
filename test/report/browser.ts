import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

/** A Chromium on this machine: CHROMIUM_PATH, or the usual names on the PATH. */
export const chromiumPath: string | undefined = [
  ...(process.env.CHROMIUM_PATH ? [process.env.CHROMIUM_PATH] : []),
  ...(process.env.PATH ?? '')
    .split(delimiter)
    .flatMap(folder => ['chromium', 'chromium-browser', 'google-chrome'].map(name => join(folder, name))),
].find(path => existsSync(path));

/** Why browser tests are skipped, for their titles; empty when they run. */
export const withoutBrowser = chromiumPath === undefined ? ' (skipped: no chromium on this machine)' : '';

const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Starts a browser. The pages' own code was bundled before the tests. */
export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: chromiumPath, args: QUIET });

/** What a page did that it should not have done. */
export interface Conduct {
  errors: string[];
  requests: string[];
}

/** Notes console errors, uncaught exceptions and every request of a page. */
export function watch(page: Page): Conduct {
  const conduct: Conduct = { errors: [], requests: [] };
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') conduct.errors.push(message.text());
  });
  page.on('pageerror', error => conduct.errors.push(error.message));
  page.on('request', request => conduct.requests.push(request.url()));
  return conduct;
}

/** Opens an address and waits until the page works. */
export async function visit(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForSelector('html[data-ready]');
}

/** Waits until an expression is true in the page. By the debugging protocol: the page's own policy allows no eval. */
export async function until(page: Page, expression: string): Promise<void> {
  for (const began = Date.now(); Date.now() - began < 20_000; await page.waitForTimeout(20))
    if (await page.evaluate<boolean>(`Boolean(${expression})`)) return;
  throw new Error(`never became true: ${expression}`);
}

/** What a reader sees of an element: hidden parts left out, blocks on their own lines. */
export const seenText = (locator: Locator): Promise<string> => locator.innerText();
