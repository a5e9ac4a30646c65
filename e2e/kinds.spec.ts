/** @file Genes and peaks of a real h5mu on the page: opened together, trained, laid out by each kind, judged, saved as h5mu; the model comes back. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { axeFaults } from './support/access.ts';
import {
  exportCells,
  openDemo,
  openFile,
  python,
  resultPath,
  status,
  takePicture,
  watchErrors,
  watchForeignRequests,
} from './support/studio.ts';

const multiome = resolve(import.meta.dirname, '../../shared/data/pbmc-multiome-small.h5mu');

/** A brief training: what it learns does not matter here. */
async function trainBriefly(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  for (const [name, value] of [
    ['Autoencoder epochs', '8'],
    ['Flow steps', '80'],
  ] as const) {
    // prettier-ignore
    await page.getByLabel(`Set ${name.toLowerCase()}`).check();
    await page.getByRole('spinbutton', { name }).fill(value);
  }
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(status(page)).toContainText('Trained in', { timeout: 120_000 });
}

async function chooseMap(page: Page, entry: RegExp, words: string): Promise<void> {
  const choice = page.getByRole('combobox', { name: 'Map', exact: true });
  await choice.click();
  await page.getByRole('option', { name: entry }).click();
  await expect(choice).toHaveValue(words, { timeout: 60_000 });
  await expect(choice).toBeEnabled({ timeout: 60_000 });
}

if (existsSync(multiome)) {
  test('genes and peaks are learnt, shown, judged and saved together', async ({ page }) => {
    test.setTimeout(240_000);
    const errors = watchErrors(page);
    const foreign = watchForeignRequests(page);
    await openDemo(page);
    await openFile(page, multiome);
    const kinds = page.getByRole('group', { name: 'Kinds of features' });
    await expect(kinds.getByLabel(/^rna/)).toBeChecked({ timeout: 60_000 });
    await kinds.getByLabel(/^atac/).check();
    const panel = page.getByRole('complementary', { name: 'Data' });
    await expect(panel).toContainText('1,000 × 219', { timeout: 60_000 });
    await expect(kinds.getByLabel(/^atac/)).toBeChecked();
    expect.soft(await axeFaults(page), 'data with two kinds').toEqual([]);

    await trainBriefly(page);
    await chooseMap(page, /^By peaks/, 'By peaks');
    await chooseMap(page, /^By both/, 'By both');
    await page.getByRole('link', { name: /^Check/ }).click();
    const verdict = page.getByRole('region', { name: 'Verdict' });
    await expect(verdict).toContainText('by their peaks', { timeout: 120_000 });
    await verdict.getByText('Peaks', { exact: true }).click();
    await expect(verdict.getByRole('row', { name: /^Peaks per cell, over the real mean/ })).toBeVisible(); // prettier-ignore
    await expect(verdict.getByRole('row', { name: /^Ties of \d+ near pairs/ })).toBeVisible();
    expect.soft(await axeFaults(page), 'verdict by peaks').toEqual([]);
    await takePicture(page, '8-kinds');

    const download = await exportCells(page);
    expect(download.suggestedFilename()).toBe('pbmc-multiome-small-synthetic-seed7.h5mu');
    const path = resultPath('kinds.h5mu');
    await download.saveAs(path);
    expect(python('check_h5mu.py', path)).toMatchObject({
      cells: 300,
      origin: { synthetic: 300 },
      obsm: { X_umap_latent: [300, 2], X_cfgen: [300, 50] },
      parts: {
        rna: { whole: true, same: true, cells: true, uns: ['cellsmith'] },
        atac: { largest: 1, whole: true, same: true, cells: true },
      },
    });

    // The model's file opens the kinds it needs by itself.
    await page.getByRole('link', { name: /^Model/ }).click();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: /Save model/ }).click();
    const model = resultPath('kinds.cellsmith');
    await (await saving).saveAs(model);
    await page.getByRole('link', { name: /^Data/ }).click();
    await kinds.getByLabel(/^atac/).uncheck();
    await expect(panel).toContainText('1,000 × 45', { timeout: 60_000 });
    await openFile(page, model);
    await expect(status(page)).toContainText('is ready. Move a slider.', { timeout: 60_000 });
    await page.getByRole('link', { name: /^Data/ }).click();
    await expect(kinds.getByLabel(/^atac/)).toBeChecked();
    expect(foreign).toEqual([]);
    expect(errors).toEqual([]);
  });
} else {
  console.log('LEFT OUT: genes and peaks, ../shared/data/pbmc-multiome-small.h5mu is missing.');
}
