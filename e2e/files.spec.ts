/** @file Files as people have them: folders, triples, other formats, choices about them, and files that fail half-way. */
import { cpSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { openDemo, openFile, python, resultPath, status } from './support/studio.ts';

const folder = resultPath('formats');

test.beforeAll(() => {
  python('make_formats.py', folder);
});

const panelOf = (page: Page) => page.getByRole('complementary', { name: 'Data' });

/** Drops paths of this machine on the map, folders too, as the system's own drag does. */
async function drop(page: Page, ...paths: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  const send = (type: 'dragEnter' | 'dragOver' | 'drop'): Promise<unknown> =>
    session.send('Input.dispatchDragEvent', { type, x: 500, y: 400, data });
  const frame = page.getByText('Drop to open. Read here, never sent.');
  await send('dragEnter');
  await expect(frame).toBeVisible();
  // A drop counts only once the page has answered that it takes what is over it.
  await expect(async () => {
    await send('dragOver');
    await send('drop');
    await expect(frame).toBeHidden({ timeout: 1000 });
  }).toPass({ timeout: 20_000 });
}

async function expectOpen(page: Page, shape: string): Promise<void> {
  await expect(status(page)).toContainText('Opened in', { timeout: 60_000 });
  await expect(panelOf(page)).toContainText(shape);
  await expect(page.getByRole('alert')).toHaveCount(0);
}

test('a dropped folder and three dropped mtx files open', async ({ page }) => {
  await openDemo(page);
  await drop(page, join(folder, 'tenx-folder'));
  await expectOpen(page, '80 × 50');
  await page.reload();
  await openDemo(page);
  const names = ['matrix.mtx.gz', 'features.tsv.gz', 'barcodes.tsv.gz'];
  await drop(page, ...names.map((name) => join(folder, 'tenx-folder', name)));
  await expectOpen(page, '80 × 50');
});

test('10x h5 with two genomes, h5mu and zipped zarr open, and their parts can be chosen', async ({
  page,
}) => {
  await openDemo(page);
  await drop(page, join(folder, 'genomes.h5'));
  await expectOpen(page, '80 × 40');
  const part = panelOf(page).getByRole('combobox', { name: 'Part of the file' });
  await part.click();
  await page.getByRole('option', { name: /^All genomes/ }).click();
  await expect(panelOf(page)).toContainText('80 × 70');
  await drop(page, join(folder, 'both.h5mu'));
  await expect(panelOf(page)).toContainText('80 × 40');
  await part.click();
  await page.getByRole('option', { name: /atac/ }).click();
  await expect(panelOf(page)).toContainText('80 × 60');
  for (const version of [2, 3]) {
    await drop(page, join(folder, `cells${version}.zarr.zip`));
    await expectOpen(page, '80 × 50');
    await drop(page, join(folder, 'both.h5mu'));
    await expectOpen(page, '80 × 40');
  }
});

test('genes get other names, numbers become ranges, cells without a label are used or left out', async ({
  page,
}) => {
  await openDemo(page);
  await openFile(page, join(folder, 'names.h5ad'));
  await expectOpen(page, '80 × 50');
  const panel = panelOf(page);
  await expect(panel).toContainText('kind: 7 cells are not labelled, used as such.');
  await expect(panel).toContainText('All cells are kept.');
  await panel.getByRole('button', { name: 'Leave out the cells that kind does not label' }).click();
  await expect(panel).toContainText('73 of 80');
  await panel.getByRole('button', { name: 'Use the cells that kind does not label' }).click();

  await panel.getByRole('button', { name: 'Cut age into 4 ranges' }).click();
  const row = panel.getByRole('row', { name: /age \(4 ranges\)/ });
  await expect(row.getByRole('checkbox')).toBeChecked();
  await expect(row).toContainText('4 values');

  await panel.getByRole('combobox', { name: 'Gene names' }).click();
  await page.getByRole('option', { name: /gene_symbol.*2 numbered/ }).click();
  await expect(status(page)).toContainText('other names');
  await expect(row.getByRole('checkbox')).toBeChecked();
  await page.screenshot({ path: resultPath('files-choices.png') });
});

test('a file that is cut off while it is open is told, and the page goes on', async ({ page }) => {
  await openDemo(page);
  const path = resultPath('changing-now.h5ad');
  cpSync(join(folder, 'changing.h5ad'), path);
  await openFile(page, path);
  await expectOpen(page, '4,000 × 3,000');
  truncateSync(path, 5000);
  const panel = panelOf(page);
  await panel.getByRole('button', { name: 'Change' }).click();
  await panel.getByRole('radio', { name: /again/ }).click();
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('can no longer be read');
  await expect(alert).toContainText('drop the file here again');
  await expect(panel).toContainText('4,000 × 3,000');
  await openFile(page, join(folder, 'names.h5ad'));
  await expect(panel).toContainText('80 × 50');
});

test('a damaged file over which HDF5 loops for ever is stopped, and the file before stays', async ({
  page,
}) => {
  await openDemo(page);
  const started = Date.now();
  await openFile(page, 'src/data/fixtures/damaged/endless.h5ad');
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('does not come to an end', { timeout: 60_000 });
  const seconds = (Date.now() - started) / 1000;
  console.log(`a reader that hangs is stopped after ${seconds.toFixed(1)} s`);
  expect(seconds).toBeLessThan(20);
  await expect(alert).toContainText('blood-700.h5ad is still open');
  await openFile(page, join(folder, 'names.h5ad'));
  await expect(panelOf(page)).toContainText('80 × 50');
});

async function manyCells(page: Page, cells: number): Promise<void> {
  await page.getByRole('link', { name: /^Generate/ }).click();
  const field = page.getByRole('spinbutton', { name: 'Number of cells' });
  await field.fill(String(cells));
  await field.press('Enter');
}

test('20,000 cells are written to disk in blocks', async ({ page }) => {
  test.setTimeout(600_000);
  await page.addInitScript(() => {
    delete (window as { showSaveFilePicker?: unknown }).showSaveFilePicker;
  });
  await openDemo(page);
  await manyCells(page, 20_000);
  await page.getByRole('button', { name: 'Export cells' }).click();
  await expect(page.getByRole('dialog').getByRole('group', { name: 'Maps in obsm' })).toBeVisible();
  await page.waitForTimeout(400);
  await page.screenshot({ path: resultPath('files-export.png') });
  const waiting = page.waitForEvent('download', { timeout: 500_000 });
  await page.getByRole('button', { name: 'Save file' }).click();
  const download = await waiting;
  const path = resultPath('many.h5ad');
  await download.saveAs(path);
  expect(readFileSync(path).length).toBeGreaterThan(1e6);
  expect(python('check_export.py', path, '--source', 'public/demo/blood-700.h5ad')).toMatchObject({
    shape: [20_000, 765],
    X: { integer: true, kind: 'csr_matrix', canonical: true },
    all_synthetic: true,
    warnings: [],
  });
});

test('a disk that is full, or a folder that refuses, is told, and the cells stay', async ({
  page,
}) => {
  test.setTimeout(600_000);
  await page.addInitScript(() => {
    const refuse = async () => {
      throw new DOMException('The disk is full', 'QuotaExceededError');
    };
    const stream = { write: refuse, close: async () => undefined, abort: async () => undefined };
    Object.assign(window, {
      showSaveFilePicker: async () => ({ createWritable: async () => stream }),
    });
  });
  await openDemo(page);
  await manyCells(page, 20_000);
  await page.getByRole('button', { name: 'Export cells' }).click();
  await page.getByRole('button', { name: 'Save file' }).click();
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('could not be saved', { timeout: 500_000 });
  await expect(alert).toContainText('The cells are still here.');
  await expect(page.getByRole('button', { name: 'Export cells' })).toBeEnabled();
});
