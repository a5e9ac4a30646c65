/**
 * @file A file of 3 GB in Chromium: seconds to the first picture, and the memory of the page and its workers.
 *
 * npx tsx bench/files/make-large.ts --out FILE --cells 600000; npx tsx bench/files/large.bench.ts FILE [--url http://localhost:4817] [--read '600,000 cells, all'] [--settle 60]
 * Start the page first (npm start). CELLSMITH_CHROMIUM names the browser. One JSON line per file.
 */
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chromium, type Page } from '@playwright/test';
import { HeapWatch } from './heap-watch.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string', default: 'http://localhost:4817' },
    read: { type: 'string' },
    picture: { type: 'string' },
    settle: { type: 'string', default: '1' },
  },
});
const executablePath = process.env['CELLSMITH_CHROMIUM'];
const browser = await chromium.launch({
  ...(executablePath ? { executablePath } : {}),
  args: ['--no-sandbox', '--enable-unsafe-swiftshader', '--use-angle=swiftshader'],
});

async function pictureShown(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      /[1-9][\d,]* real/.test(
        document.querySelector('[aria-label="Map"] [role="img"]')?.getAttribute('aria-label') ?? '',
      ),
    undefined,
    { timeout: 120_000, polling: 50 },
  );
}

async function measure(path: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const heaps = await HeapWatch.on(page);
  await page.goto(values.url);
  const status = page.getByRole('status', { name: 'Studio status' });
  await status.filter({ hasText: 'This is a demo' }).waitFor({ timeout: 60_000 });
  await page.waitForTimeout(3000);
  heaps.start();
  const started = Date.now();
  await page.getByLabel('Open data file').setInputFiles(path);
  await page.getByRole('region', { name: 'How much to read' }).waitFor({ timeout: 120_000 });
  const asked = (Date.now() - started) / 1000;
  await pictureShown(page);
  const picture = (Date.now() - started) / 1000;
  await page.waitForTimeout(2000);
  if (values.picture) await page.screenshot({ path: values.picture });
  const text = await page.getByRole('region', { name: 'How much to read' }).innerText();
  let read: number | null = null;
  if (values.read) {
    const from = Date.now();
    await page.getByRole('button', { name: new RegExp(values.read) }).click();
    await status.filter({ hasText: 'Opened in' }).waitFor({ timeout: 600_000 });
    read = (Date.now() - from) / 1000;
    await page.waitForTimeout(1000 * Number(values.settle));
    if (values.picture)
      await page.screenshot({ path: values.picture.replace('.png', '-read.png') });
  }
  const { peakHeapMb, megabytes } = await heaps.stop();
  console.log(
    JSON.stringify({
      file: path,
      bytes: statSync(path).size,
      secondsToQuestion: asked,
      secondsToPicture: picture,
      secondsToRead: read,
      peakHeapMb,
      megabytes,
      text,
    }),
  );
  await page.close();
}

try {
  for (const path of positionals) await measure(path);
} finally {
  await browser.close();
}
