/** @file Apply: the four uses of the demo's model on its real cells, cancelling, refusing, and the files they leave. */
import { expect, test, type Page } from '@playwright/test';
import { accessFaults, axeFaults } from './support/access.ts';
import {
  observeLongTasks,
  openDemo,
  pageNow,
  longTasks,
  python,
  resultPath,
  status,
  takePicture,
  watchErrors,
  watchForeignRequests,
} from './support/studio.ts';

const result = (page: Page, name: string) => page.getByRole('tabpanel', { name: 'Result' }).getByRole('group', { name }); // prettier-ignore

/** Saves the newest result and lets anndata read it. */
async function saved(page: Page, file: string): Promise<Record<string, unknown>> {
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as .h5ad' }).click();
  const path = resultPath(file);
  await (await waiting).saveAs(path);
  return python('check_applied.py', path);
}

test('the demo’s model corrects batches, changes cells, adds rare ones and fills genes', async ({
  page,
}) => {
  test.setTimeout(180_000);
  await observeLongTasks(page);
  const errors = watchErrors(page);
  const foreign = watchForeignRequests(page);
  await openDemo(page);
  await page.getByRole('link', { name: /^Apply/ }).click();
  const panel = page.getByRole('complementary', { name: 'Apply' });
  await expect(panel).toBeVisible();

  // Batch correction: cancelled once, then done. The cell cycle's phase stands for a batch.
  await expect(panel.getByRole('combobox', { name: 'Batch attribute' })).toHaveValue('phase');
  await page.getByRole('button', { name: 'Correct batches' }).click();
  await expect(page.getByRole('progressbar', { name: 'Batch correction' })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(status(page)).toContainText('Cancelled');
  // the page's own tasks: looking for faults and taking pictures takes the page's thread too, so they are left out
  const own: number[] = [];
  let since = await pageNow(page);
  const apart = async (work: () => Promise<void>): Promise<void> => {
    own.push(...(await longTasks(page, since)));
    await work();
    since = await pageNow(page);
  };
  const scan = (state: string): Promise<void> =>
    apart(async () => {
      expect.soft(await axeFaults(page), state).toEqual([]);
      expect.soft(await accessFaults(page), state).toEqual([]);
    });
  await page.getByRole('button', { name: 'Correct batches' }).click();
  await expect(status(page)).toContainText('Corrected 700 cells of 3 batches', { timeout: 90_000 });
  const table = result(page, 'Batch correction').getByRole('table');
  await expect(table.getByRole('row')).toHaveCount(14);
  const total = table.getByRole('row', { name: /^total/ }).getByRole('cell');
  const [measured, , , corrected] = (await total.allTextContents()).slice(1).map(Number);
  expect(corrected).toBeGreaterThan(measured ?? 1);
  const slider = page.getByRole('slider', { name: 'Before and after' });
  await expect(slider).toHaveValue('1');
  await slider.fill('0');
  await expect(
    page.getByRole('img', { name: /Batch correction: 700 cells.*before/ }),
  ).toBeVisible();
  await slider.fill('1');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(300);
    await scan(`batch correction, ${colorScheme}`);
  }
  await apart(() => takePicture(page, '7-apply'));
  expect(await saved(page, 'apply-corrected.h5ad')).toMatchObject({
    shape: [700, 765],
    origin: { real: 700 },
    obsm: { X_cellsmith: [700, 50], X_cellsmith_uncorrected: [700, 50] },
  });

  // Counterfactual: one kind, as another value; the real effect and the baseline beside the prediction.
  await panel.getByRole('button', { name: 'Counterfactual' }).click();
  await page.getByRole('button', { name: 'Change cells' }).click();
  await expect(status(page)).toContainText(/Changed \d+ cells/, { timeout: 60_000 });
  const changed = result(page, 'Counterfactual');
  await expect(changed.getByRole('row', { name: /^model/ })).toBeVisible();
  await expect(changed.getByRole('row', { name: /^adding the mean difference/ })).toBeVisible();
  await expect(changed).toContainText('This is no test.');
  await scan('counterfactual');
  // A selection is needed before selected cells can be changed.
  await panel.getByText(/^Selected: 0/).click();
  await page.getByRole('button', { name: 'Change cells' }).click();
  await expect(panel.getByRole('group', { name: 'Counterfactual: why not' })).toContainText(
    'No real cell is selected.',
  );

  // Rare cells in three clicks: the form, its button; the rarest kind is chosen already.
  await panel.getByRole('button', { name: 'Rare cells' }).click();
  await expect(panel.getByRole('combobox', { name: 'Kind of cell' })).toHaveValue('CD34+');
  await page.getByRole('button', { name: 'Add cells' }).click();
  await expect(status(page)).toContainText('Added 100 cells', { timeout: 60_000 });
  await expect(result(page, 'Rare cells')).toContainText(/held-out real cells/);
  expect(await saved(page, 'apply-augmented.h5ad')).toMatchObject({
    shape: [800, 765],
    origin: { real: 700, synthetic: 100 },
  });

  // Combinations with few cells are counted, warned of where there are none, and filled.
  await panel.getByText('Combinations', { exact: true }).click();
  await panel.getByRole('spinbutton', { name: 'Cells of each' }).fill('5');
  const combinations = panel.getByRole('status', { name: 'Combinations' });
  await expect(combinations).toContainText(/\d+ of \d+ combinations have fewer than 10/);
  const toAdd = /: ([\d,]+) cells will be added/.exec((await combinations.textContent()) ?? '')?.[1] ?? 'none'; // prettier-ignore
  await page.getByRole('button', { name: 'Add cells' }).click();
  await expect(status(page)).toContainText(`Added ${toAdd} cells of`, { timeout: 60_000 });
  expect.soft(await axeFaults(page), 'combinations').toEqual([]);

  // Imputation: an unknown gene is named, known ones are filled and tested.
  await panel.getByRole('button', { name: 'Imputation' }).click();
  const genes = panel.getByRole('textbox', { name: 'Genes to fill' });
  await genes.fill('LYZZ');
  await page.getByRole('button', { name: 'Fill genes' }).click();
  await expect(panel.getByRole('group', { name: 'Imputation: why not' })).toContainText('LYZ');
  await genes.fill('CD3D, LYZ, NKG7');
  await page.getByRole('button', { name: 'Fill genes' }).click();
  await expect(status(page)).toContainText('Filled 3 genes in 700 cells', { timeout: 60_000 });
  const filled = result(page, 'Imputation');
  await expect(filled.getByRole('row', { name: /^what is written/ })).toBeVisible();
  await expect(filled.getByRole('row', { name: /^kNN-smoothing/ })).toBeVisible();
  await expect(filled.getByRole('row', { name: /^LYZ/ })).toBeVisible();
  await expect(
    filled.getByRole('img', { name: /^What is written for hidden counts/ }),
  ).toBeVisible();
  const file = await saved(page, 'apply-imputed.h5ad');
  expect(file).toMatchObject({ shape: [700, 765], layers: { imputed: { finite: true } } });
  expect(
    (file['layers'] as Record<string, { genes: string[] }>)['imputed_sd'].genes.sort(),
  ).toEqual(['CD3D', 'LYZ', 'NKG7']);

  await scan('imputation');
  expect(foreign).toEqual([]);
  expect(errors).toEqual([]);
  console.log(`apply: long tasks of the page ${own.join(', ') || 'none'} ms`);
});
