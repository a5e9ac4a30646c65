/** @file Files that open but hold the wrong values: each says what is wrong and what to do, and the demo stays. */
import { expect, test, type Page } from '@playwright/test';
import { openDemo, openFile, python, resultPath, status } from './support/studio.ts';

const folder = resultPath('broken');

test.beforeAll(() => {
  python('make_broken.py', folder);
});

async function refuses(page: Page, name: string, text: RegExp): Promise<void> {
  await openFile(page, `${folder}/${name}.h5ad`);
  const alert = page.getByRole('alert');
  await expect(alert).toContainText(text);
  await expect(alert).toContainText('blood-700.h5ad is still open');
  await expect(alert).not.toContainText(/undefined|NaN cells|\[object/);
}

test('values that are no counts are refused with their reason', async ({ page }) => {
  await openDemo(page);
  await refuses(page, 'negative', /No counts in this file.*negative/s);
  await refuses(page, 'fractional', /No counts in this file/);
  await refuses(page, 'nan', /(No counts|not numbers|NaN|missing)/i);
  await refuses(page, 'one-cell', /cell/);
  await refuses(page, 'one-gene', /gene/);
  await expect(page.getByRole('region', { name: 'Map' }).getByRole('img')).toHaveAccessibleName(
    /700 real and 300 synthetic/,
  );
});

test('an attribute with one value cannot be steered, and says so', async ({ page }) => {
  await openDemo(page);
  await openFile(page, `${folder}/one-category.h5ad`);
  await expect(status(page)).toContainText('Opened in');
  const row = page.getByRole('complementary', { name: 'Data' }).getByRole('row', { name: /kind/ });
  await expect(row.getByRole('checkbox')).toBeDisabled();
});

test('empty cells are left out and counted', async ({ page }) => {
  await openDemo(page);
  await openFile(page, `${folder}/empty-cells.h5ad`);
  await expect(status(page)).toContainText('Opened in');
  await expect(page.getByRole('complementary', { name: 'Data' })).toContainText('55 of 60');
});

test('log-normalised values are told, and undone when the person wants it', async ({ page }) => {
  await openDemo(page);
  await openFile(page, `${folder}/log-exact.h5ad`);
  await expect(status(page)).toContainText('Opened in');
  const panel = page.getByRole('complementary', { name: 'Data' });
  await expect(panel).toContainText(/log-normalised/);
  await expect(page.getByRole('button', { name: 'Train', exact: true })).toBeDisabled();
  await panel.getByRole('button', { name: /Undo the logarithm/ }).click();
  await expect(page.getByRole('button', { name: 'Train', exact: true })).toBeEnabled();
});
