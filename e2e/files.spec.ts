/** @file Files as people have them: folders, triples, other formats, choices about them, and files that fail half-way. */
import { execFileSync, execSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { readCode } from '../src/ui/dialogs/read-code.ts';
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
    await send('dragEnter');
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
  const kinds = page.getByRole('group', { name: 'Kinds of features' });
  await expect(kinds.getByLabel(/^rna/)).toBeChecked();
  await kinds.getByLabel(/^atac/).check();
  await expect(panelOf(page)).toContainText('80 × 100');
  await kinds.getByLabel(/^rna/).uncheck();
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
  await expect(panel).toContainText(
    'kind: 7 cells not labelled: used in training without this attribute.',
  );
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
  expect(seconds).toBeLessThan(10);
  await expect(alert).toContainText('blood-700.h5ad is still open');
  await openFile(page, join(folder, 'names.h5ad'));
  await expect(panelOf(page)).toContainText('80 × 50');
});

/** What some lines print, run in a folder. */
function runPython(lines: string, cwd: string): string {
  const program = process.env['CELLSMITH_PYTHON'] ?? 'python3';
  return execFileSync(program, ['-W', 'ignore', '-c', lines], { cwd, encoding: 'utf8' }).trim();
}

/** Opens the export dialog and asks for so many cells. */
async function askFor(page: Page, cells: number, format: string): Promise<void> {
  await page.getByRole('button', { name: 'Export cells' }).click();
  const dialog = page.getByRole('dialog');
  const field = dialog.getByRole('spinbutton', { name: 'Synthetic cells' });
  await field.fill(String(cells));
  await field.press('Tab');
  await dialog.getByRole('radio', { name: format }).click({ force: true });
}

/** Lets the save dialog answer with a file of the browser's own storage: a real handle with real streams, at a place without a dialog. */
async function savesTo(page: Page, name: string): Promise<void> {
  await page.addInitScript((file) => {
    const picked = async (): Promise<FileSystemFileHandle> =>
      (await navigator.storage.getDirectory()).getFileHandle(file, { create: true });
    Object.assign(window, { showSaveFilePicker: picked });
  }, name);
}

/** Bytes of a file of the browser's own storage; null when there is none. */
async function sizeOfSaved(page: Page, name: string): Promise<number | null> {
  return page.evaluate(async (file) => {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle(file).catch(() => null);
    return handle ? (await handle.getFile()).size : null;
  }, name);
}

/** Takes such a file out as a download. */
async function takeOut(page: Page, name: string, path: string): Promise<void> {
  const waiting = page.waitForEvent('download');
  await page.evaluate(async (file) => {
    const root = await navigator.storage.getDirectory();
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await (await root.getFileHandle(file)).getFile());
    link.download = file;
    link.click();
  }, name);
  await (await waiting).saveAs(path);
}

test('many cells are written range by range: stopped without a file, then as a 10x folder through the save dialog', async ({
  page,
}) => {
  test.setTimeout(600_000);
  await savesTo(page, 'cells.mtx.zip');
  await openDemo(page);
  const dialog = page.getByRole('dialog');
  await askFor(page, 1_000_000, 'h5ad');
  await expect(dialog).toContainText('1,000,000 cells × 765 genes');
  await expect(dialog).toContainText('are those on the map');
  await page.waitForTimeout(400);
  await page.screenshot({ path: resultPath('files-export.png') });
  await page.getByRole('button', { name: 'Save file' }).click();
  const bar = dialog.getByRole('progressbar', { name: 'Export' });
  await expect(dialog).toContainText('left', { timeout: 120_000 });
  await page.screenshot({ path: resultPath('files-exporting.png') });
  expect(Number(await bar.getAttribute('aria-valuenow'))).toBeLessThan(5);
  await dialog.getByRole('button', { name: 'Cancel export' }).click();
  await expect(status(page)).toContainText('was not written', { timeout: 60_000 });
  expect(await sizeOfSaved(page, 'cells.mtx.zip')).toBeNull();

  await askFor(page, 20_000, '10x mtx');
  await page.getByRole('button', { name: 'Save file' }).click();
  await dialog.getByRole('button', { name: 'Go on in the background' }).click();
  await expect(status(page)).toContainText('Saved', { timeout: 500_000 });
  const archive = resultPath('many.mtx.zip');
  await takeOut(page, 'cells.mtx.zip', archive);
  const rules = python('check_rules.py', archive);
  expect(rules).toMatchObject({ format: '10x', cells: 20_000, genes: 765, broken: [] });
  const lines = readCode('many.mtx.zip', { what: 'synthetic', format: 'mtx' }, 'python');
  const told = runPython(`${lines}\nprint(cells.shape, set(cells.obs.origin))`, resultPath('.'));
  expect(told).toBe("(20000, 765) {'synthetic'}");
});

test('a download of many cells opens in Python', async ({ page }) => {
  test.setTimeout(600_000);
  await page.addInitScript(() => {
    delete (window as { showSaveFilePicker?: unknown }).showSaveFilePicker;
  });
  await openDemo(page);
  // Another number than that on the map: three ranges, the last one short.
  await askFor(page, 9_000, 'h5ad');
  const waiting = page.waitForEvent('download', { timeout: 500_000 });
  await page.getByRole('button', { name: 'Save file' }).click();
  const path = resultPath('many.h5ad');
  await (await waiting).saveAs(path);
  expect(readFileSync(path).length).toBeGreaterThan(1e6);
  expect(python('check_export.py', path, '--source', 'public/demo/blood-700.h5ad')).toMatchObject({
    shape: [9_000, 765],
    X: { integer: true, kind: 'csr_matrix', canonical: true },
    all_synthetic: true,
    warnings: [],
  });
  expect(python('check_rules.py', path)).toMatchObject({ format: 'h5ad', broken: [] });
});

test('the command that an export gives makes the same cells from the saved model', async ({
  page,
}) => {
  test.setTimeout(300_000);
  await openDemo(page);
  const saved = async (click: () => Promise<void>): Promise<string> => {
    const waiting = page.waitForEvent('download');
    await click();
    const download = await waiting;
    const path = resultPath(`command/${download.suggestedFilename()}`);
    await download.saveAs(path);
    return path;
  };
  // The verdict goes along, in the cells and in the model's file, once the check has ended.
  await expect(page.getByRole('link', { name: /^Check/ })).toContainText(/of \d+ checks/, {
    timeout: 120_000,
  });
  await page.getByRole('tab', { name: /^Verdict/ }).click();
  const verdict = page.getByRole('region', { name: 'Verdict' });
  await expect(verdict).toContainText('checks are as good as');
  await expect(verdict.getByRole('progressbar')).toHaveCount(0, { timeout: 120_000 });
  await page.getByRole('tab', { name: /^Verdict/ }).click();
  await page.getByRole('link', { name: /^Generate/ }).click();
  await page.getByRole('combobox', { name: 'Value of bulk_labels' }).click();
  await page.getByRole('option', { name: /^CD19\+ B/ }).click();
  await page.getByRole('button', { name: 'Export cells' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'Make again' }).click({ force: true });
  const command = (await dialog.locator('pre').innerText()).trim();
  expect(command).toMatch(/^cellsmith sample blood-700\.cellsmith --cells 300 .*CD19/);
  // The lines that read it, copied with one click, run as they are.
  await dialog.getByRole('radio', { name: 'Python' }).click({ force: true });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await dialog.getByRole('button', { name: 'Copy' }).click();
  await expect(dialog.getByRole('button', { name: 'Copied' })).toBeVisible();
  const lines = await page.evaluate(() => navigator.clipboard.readText());
  expect(lines).toBe(await dialog.locator('pre').innerText());
  const exported = await saved(() => page.getByRole('button', { name: 'Save file' }).click());
  const shape = runPython(`${lines}\nprint(cells.shape)`, dirname(exported));
  expect(shape).toBe('(300, 765)');
  await page.getByRole('link', { name: /^Model/ }).click();
  const model = await saved(() => page.getByRole('button', { name: 'Save model file' }).click());
  const again = exported.replace('.h5ad', '-again.h5ad');
  const words = command
    .replace('blood-700.cellsmith', model)
    .replace(/--out \S+$/, `--out ${again} --device cpu`);
  execSync(words.replace(/^cellsmith/, `${process.execPath} cli/cellsmith.mjs`), {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [page_, own] = [exported, again].map(
    (path) => (python('read_exports.py', path) as { h5ad: Record<string, unknown> }).h5ad,
  );
  const about = (page_['uns'] as { cellsmith: Record<string, unknown> }).cellsmith;
  expect(about['command']).toBe(command);
  expect(own['shape']).toEqual([300, 765]);
  expect(own['counts']).toBe(page_['counts']);
  expect(own['genes']).toEqual(page_['genes']);
  for (const field of [
    'version',
    'model_sha256',
    'seed',
    'solver',
    'guidance',
    'library',
    'source_file',
    'source_sha256',
    'training_cells',
    'verdict',
    'written_at',
    'trained_on',
    'trained_at',
  ]) {
    expect(about, field).toHaveProperty(field);
  }
  expect(about).toMatchObject({
    seed: 7,
    solver: 'rk4, 20 steps',
    guidance: { bulk_labels: { value: 'CD19+ B' } },
    model_sha256: createHash('sha256').update(readFileSync(model)).digest('hex'),
    source_sha256: createHash('sha256')
      .update(readFileSync('public/demo/blood-700.h5ad'))
      .digest('hex'),
  });
});

test("a full browser's storage is told, and nothing is left of the export", async ({ page }) => {
  test.setTimeout(300_000);
  await page.addInitScript(() => {
    delete (window as { showSaveFilePicker?: unknown }).showSaveFilePicker;
  });
  await openDemo(page);
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  const { usage } = (await session.send('Storage.getUsageAndQuota', { origin })) as {
    usage: number;
  };
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 1_000_000 });
  await askFor(page, 20_000, 'h5ad');
  await page.getByRole('button', { name: 'Save file' }).click();
  const alert = page.getByRole('alert');
  await expect(alert).toContainText("The browser's storage is full.", { timeout: 120_000 });
  await expect(alert).toContainText('The cells are still here.');
  const left = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('exports');
    const names: string[] = [];
    for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys())
      names.push(name);
    return names;
  });
  expect(left).toEqual([]);
  await expect(page.getByRole('button', { name: 'Export cells' })).toBeEnabled();
});

test('a permission that is lost is told at once; a disk that fills up, at the end, and the file waits', async ({
  page,
}) => {
  test.setTimeout(600_000);
  await page.addInitScript(() => {
    let chosen = 0;
    const fail = (name: string) => async () => {
      throw new DOMException('no', name);
    };
    const stream = (write: () => Promise<void>) => ({
      write,
      close: async () => undefined,
      abort: async () => undefined,
    });
    const places = [
      { createWritable: fail('NotAllowedError') },
      { createWritable: async () => stream(fail('QuotaExceededError')) },
      { createWritable: async () => stream(async () => undefined) },
    ];
    Object.assign(window, { showSaveFilePicker: async () => places[chosen++] });
  });
  await openDemo(page);
  const alert = page.getByRole('alert');
  await askFor(page, 20_000, 'zarr');
  await page.getByRole('button', { name: 'Save file' }).click();
  await expect(alert).toContainText('The permission to write there is gone');
  await expect(alert).toContainText('The cells are still here.');
  await alert.getByRole('button', { name: 'Dismiss' }).click();

  await askFor(page, 20_000, 'zarr');
  await page.getByRole('button', { name: 'Save file' }).click();
  await expect(alert).toContainText('The disk is full.', { timeout: 500_000 });
  await expect(alert).toContainText('The finished file waits in this tab.');
  await page.screenshot({ path: resultPath('files-disk-full.png') });
  await alert.getByRole('button', { name: 'Choose another place' }).click();
  await expect(status(page)).toContainText('Saved');
  await expect(alert).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Export cells' })).toBeEnabled();
});
