/**
 * @file Exports of many cells in Chromium: seconds, bytes, and the memory of the page and its workers.
 *
 * npx tsx bench/files/export.bench.ts [--cells 20000,60000] [--format 'h5ad'] [--url http://localhost:4817]
 * Start the page first (npm start). CELLSMITH_CHROMIUM names the browser. One JSON line per export.
 */
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { HeapWatch } from './heap-watch.ts';

const { values } = parseArgs({
  options: {
    cells: { type: 'string', default: '20000,60000' },
    format: { type: 'string', default: 'h5ad' },
    url: { type: 'string', default: 'http://localhost:4817' },
  },
});
const executablePath = process.env['CELLSMITH_CHROMIUM'];
const browser = await chromium.launch({
  ...(executablePath ? { executablePath } : {}),
  args: ['--no-sandbox', '--enable-unsafe-swiftshader', '--use-angle=swiftshader'],
});

async function measure(cells: number): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const heaps = await HeapWatch.on(page);
  await page.addInitScript(() => {
    delete (window as { showSaveFilePicker?: unknown }).showSaveFilePicker;
  });
  await page.goto(values.url);
  const status = page.getByRole('status', { name: 'Studio status' });
  await status.filter({ hasText: 'This is a demo' }).waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Export cells' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('spinbutton', { name: 'Synthetic cells' }).fill(String(cells));
  await dialog.getByRole('radio', { name: values.format }).click({ force: true });
  heaps.start();
  const started = Date.now();
  await dialog.getByRole('button', { name: 'Save file' }).click();
  await status.filter({ hasText: 'Saved' }).waitFor({ timeout: 3_600_000 });
  const seconds = (Date.now() - started) / 1000;
  const saved = await status.innerText();
  console.log(
    JSON.stringify({ cells, format: values.format, seconds, ...(await heaps.stop()), saved }),
  );
  await page.close();
}

try {
  for (const cells of values.cells.split(',').map(Number)) await measure(cells);
} finally {
  await browser.close();
}
