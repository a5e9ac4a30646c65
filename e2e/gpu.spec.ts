/** @file The same page on WebGPU, with Chromium's emulated GPU: the engine's shaders run in the real worker. */
import { expect, test } from '@playwright/test';
import config from '../playwright.config.ts';
import { status, watchErrors } from './support/studio.ts';

const plain = config.use?.launchOptions ?? {};
const webgpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

test.use({ launchOptions: { ...plain, args: [...(plain.args ?? []), ...webgpu] } });

test('an emulated GPU is left aside, unless the address asks for it', async ({ page }) => {
  await page.goto('./');
  await expect(status(page)).toContainText('This is a demo', { timeout: 60_000 });
  await expect(page.getByRole('button', { name: /^CPU, \d+ threads?$/ })).toBeVisible();
});

test('cells are generated, steered and decoded on WebGPU', async ({ page }) => {
  const errors = watchErrors(page);
  await page.goto('./?device=webgpu');
  await expect(status(page)).toContainText('This is a demo', { timeout: 120_000 });
  await expect(page.getByRole('button', { name: 'Export cells' })).toBeEnabled();
  await expect(page.getByRole('button', { name: 'GPU' })).toBeVisible();
  const shown = (): Promise<number> =>
    page.evaluate(() => Number(document.documentElement.dataset.samples ?? 0));
  const before = await shown();
  await page.getByRole('combobox', { name: 'Value of bulk_labels' }).click();
  await page.getByRole('option', { name: /CD19\+ B/ }).click();
  await expect.poll(shown, { timeout: 120_000 }).toBeGreaterThan(before);
  await page.getByRole('slider', { name: 'Guidance weight for bulk_labels' }).press('ArrowRight');
  await expect.poll(shown, { timeout: 120_000 }).toBeGreaterThan(before + 1);
  await expect(status(page)).toContainText('Ready', { timeout: 120_000 });
  const canvas = page.getByRole('region', { name: 'Map' }).getByRole('img');
  await expect(canvas).toHaveAccessibleName(/700 real and 300 synthetic cells/);
  expect(errors).toEqual([]);
});
