/** @file What the end-to-end specs share: opening the page, waiting for its words, watching requests and long tasks. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, type Download, type Page } from '@playwright/test';

const root = resolve(import.meta.dirname, '../..');

/** Data sets beside the repository; specs that need them say so when the folder is missing. */
export const kangFile = resolve(root, '../shared/data/kang18/kang-ifnb-2k.h5ad');

/** Whether the Kang data set is there; prints a clear line when not. */
export function hasKang(): boolean {
  const there = existsSync(kangFile);
  if (!there)
    console.log(
      'LEFT OUT: ../shared/data/kang18/kang-ifnb-2k.h5ad is missing; specs on Kang do not run.',
    );
  return there;
}

/** Requests of a page that leave its origin (blob: and data: stay inside). */
export function watchForeignRequests(page: Page): string[] {
  const foreign: string[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (url.startsWith('blob:') || url.startsWith('data:')) return;
    if (new URL(url).host !== new URL(page.url() === 'about:blank' ? url : page.url()).host)
      foreign.push(url);
  });
  return foreign;
}

/** Errors that the page logs or throws, for a final expectation of none. */
export function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(`${error.name}: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  return errors;
}

/** Starts collecting long tasks (over 50 ms) of the page's own thread; read them with `longTasks`. */
export async function observeLongTasks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const store = window as unknown as { longTasks: { start: number; duration: number }[] };
    store.longTasks = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        store.longTasks.push({ start: entry.startTime, duration: entry.duration });
    }).observe({ type: 'longtask', buffered: true });
  });
}

/** Durations (ms) of long tasks that began after `since` (performance.now() of the page). */
export async function longTasks(page: Page, since = 0): Promise<number[]> {
  return page.evaluate((from) => {
    const store = window as unknown as { longTasks: { start: number; duration: number }[] };
    return store.longTasks
      .filter(({ start }) => start >= from)
      .map(({ duration }) => Math.round(duration));
  }, since);
}

/** The page's clock, for `longTasks`. */
export async function pageNow(page: Page): Promise<number> {
  return page.evaluate(() => performance.now());
}

/** Opens the studio and waits for the demo's synthetic cells. Returns seconds until they were there. */
export async function openDemo(page: Page): Promise<number> {
  const started = Date.now();
  await page.goto('./');
  await expect(status(page)).toContainText('This is a demo', { timeout: 60_000 });
  await expect(page.getByRole('button', { name: 'Export cells' })).toBeEnabled();
  return (Date.now() - started) / 1000;
}

/** The status line. */
export function status(page: Page): ReturnType<Page['getByRole']> {
  return page.getByRole('status', { name: 'Studio status' });
}

/** Gives the page a file as the person's "Open data file" would. */
export async function openFile(
  page: Page,
  path: string | { name: string; buffer: Buffer },
): Promise<void> {
  const input = page.getByLabel('Open data file');
  if (typeof path === 'string') await input.setInputFiles(path);
  else await input.setInputFiles({ ...path, mimeType: 'application/octet-stream' });
}

/** Presses Export cells, confirms, and returns the download. */
export async function exportCells(page: Page): Promise<Download> {
  await page.getByRole('button', { name: 'Export cells' }).click();
  const waiting = page.waitForEvent('download', { timeout: 120_000 });
  await page.getByRole('button', { name: 'Save file' }).click();
  return waiting;
}

/** Runs one of the interop scripts with the test Python and returns its JSON. */
export function python(script: string, ...args: string[]): Record<string, unknown> {
  const interpreter = process.env.CELLSMITH_PYTHON;
  if (!interpreter) throw new Error('CELLSMITH_PYTHON is not set: run the specs through npm test.');
  const output = execFileSync(interpreter, [join(root, 'scripts/interop', script), ...args], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  return JSON.parse(output.slice(output.indexOf('{'))) as Record<string, unknown>;
}

/** Where specs put their files and pictures. */
export function resultPath(name: string): string {
  return join(root, 'test-results', name);
}

/**
 * A picture of the page, light and dark. Goes to test-results, or with CELLSMITH_SCREENSHOTS=1 to docs/screenshots,
 * where the pictures that were looked at are kept.
 */
export async function takePicture(page: Page, name: string): Promise<void> {
  const keep = process.env.CELLSMITH_SCREENSHOTS === '1';
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(400);
    const file = `${name}-${colorScheme}.png`;
    await page.screenshot({ path: keep ? join(root, 'docs/screenshots', file) : resultPath(file) });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}
