/** @file Bad input and dead workers: a clear alert, and nothing lost. */
import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { strToU8, zipSync } from 'fflate';
import { openDemo, openFile, status } from './support/studio.ts';

const demo = readFileSync('public/demo/blood-700.h5ad');
const spreadsheet = Buffer.from(
  zipSync({
    '[Content_Types].xml': strToU8('<Types/>'),
    'xl/workbook.xml': strToU8('<workbook/>'),
  }),
);

async function expectAlert(page: Page, text: RegExp): Promise<void> {
  const alert = page.getByRole('alert');
  await expect(alert).toContainText(text, { timeout: 30_000 });
  await expect(alert).toContainText(/Nothing else changed|still/);
  await expect(page.getByRole('region', { name: 'Map' }).getByRole('img')).toHaveAccessibleName(
    /700 real and 300 synthetic/,
  );
}

test('files that are not cells', async ({ page }) => {
  await openDemo(page);
  await openFile(page, { name: 'notes.xlsx', buffer: spreadsheet });
  await expectAlert(page, /notes\.xlsx is not a cell file/);
  await openFile(page, { name: 'empty.h5ad', buffer: Buffer.alloc(0) });
  await expectAlert(page, /empty\.h5ad/);
  await openFile(page, { name: 'cut.h5ad', buffer: demo.subarray(0, Math.floor(demo.length / 2)) });
  await expectAlert(page, /cut\.h5ad cannot be read/);
});

test('after a failed file the demo still works', async ({ page }) => {
  await openDemo(page);
  await openFile(page, { name: 'cut.h5ad', buffer: demo.subarray(0, 5000) });
  await expectAlert(page, /cut\.h5ad/);
  await page.getByRole('spinbutton', { name: 'Seed' }).fill('11');
  await page.getByRole('button', { name: 'Generate', exact: true }).click();
  await expect(status(page)).toContainText('seed 11');
});

test('a model worker that dies is started again with its model', async ({ page }) => {
  await openDemo(page);
  const worker = page.workers().find((candidate) => candidate.url().includes('model'));
  expect(worker).toBeDefined();
  await worker?.evaluate(() => self.close());
  await expect(page.getByRole('alert')).toContainText(/stopped unexpectedly/, { timeout: 20_000 });
  await expect(status(page)).toContainText(/has its model back/, { timeout: 30_000 });
  await page.getByRole('spinbutton', { name: 'Seed' }).fill('12');
  await page.getByRole('button', { name: 'Generate', exact: true }).click();
  await expect(status(page)).toContainText('seed 12');
});

test('no GPU: the page says so and goes on', async ({ page }) => {
  await openDemo(page);
  await expect(page.getByRole('banner')).toContainText(/CPU/);
});
