/** @file scLDM on the page: chosen in plain words with time and memory, kept over a reload, trained, steered, judged, exported; and refused where another size is needed. */
import { expect, test, type Locator, type Page } from '@playwright/test';
import {
  exportCells,
  longTasks,
  observeLongTasks,
  openDemo,
  pageNow,
  python,
  resultPath,
  status,
  watchErrors,
  watchForeignRequests,
} from './support/studio.ts';

function step(page: Page, name: RegExp): Locator {
  return page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name });
}

/** Sets a number of the training's settings that is otherwise the recipe's own. */
async function setNumber(page: Page, name: string, value: number): Promise<void> {
  await page.getByRole('checkbox', { name: `Set ${name.toLowerCase()}` }).check();
  const field = page.getByRole('spinbutton', { name });
  await field.fill(String(value));
  await field.press('Enter');
}

test('scLDM: choose, reload, train, steer, judge, export, and go on only from the same', async ({
  page,
}) => {
  test.setTimeout(900_000);
  const foreign = watchForeignRequests(page);
  const errors = watchErrors(page);
  await observeLongTasks(page);
  await openDemo(page);
  await step(page, /^Model/).click();
  const panel = page.getByRole('complementary', { name: 'Model' });
  await panel.getByRole('combobox', { name: 'Kind of model' }).click();
  await page.getByRole('option', { name: /^scLDM/ }).click();

  // What each kind takes on this device is there before Train, with the measured speed.
  const costs = panel.getByRole('table', { name: /A full training on .* GFLOP\/s measured/ });
  await expect(costs.getByRole('row', { name: /^CFGen/ })).toContainText(/(s|min).*[MG]B/);
  await expect(costs.getByRole('row', { name: /^scLDM small/ })).toContainText(/(min|h).*[MG]B/);
  await panel.getByRole('spinbutton', { name: 'Minutes to train' }).fill('2');
  await panel.getByRole('spinbutton', { name: 'Minutes to train' }).press('Enter');
  await expect(panel).toContainText(/2 min are enough for .* steps of the autoencoder/);

  await page.reload();
  await expect(status(page)).toContainText('This is a demo', { timeout: 60_000 });
  // Few cells, so that the transformer's many numbers take little time on a busy machine.
  const cells = page.getByRole('spinbutton', { name: 'Number of cells' });
  await cells.fill('40');
  await cells.press('Enter');
  await expect(status(page)).toContainText('40 synthetic cells');
  await step(page, /^Model/).click();
  await expect(panel.getByRole('combobox', { name: 'Kind of model' })).toHaveValue('scLDM');
  await expect(panel.getByRole('spinbutton', { name: 'Minutes to train' })).toHaveValue('2');

  await panel.getByRole('button', { name: 'Settings' }).click();
  await setNumber(page, 'Autoencoder epochs', 1);
  await setNumber(page, 'Flow steps', 8);
  const began = await pageNow(page);
  await panel.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page.getByRole('progressbar', { name: 'Training' })).toBeVisible();
  await expect(status(page)).toContainText(/Trained in/, { timeout: 300_000 });
  // Its own thread computes nothing: that would be one long task after the other.
  const busy = (await longTasks(page, began)).reduce((sum, ms) => sum + ms, 0);
  expect(busy).toBeLessThan(0.5 * ((await pageNow(page)) - began));

  const slider = page.getByRole('slider', { name: 'Guidance weight for bulk_labels' });
  await page.getByRole('combobox', { name: 'Value of bulk_labels' }).click();
  await page.getByRole('option', { name: /CD19\+ B/ }).click();
  const samples = () => page.evaluate(() => Number(document.documentElement.dataset['samples']));
  const before = await samples();
  await slider.press('ArrowRight');
  await expect.poll(samples, { timeout: 60_000 }).toBeGreaterThan(before);

  await expect(step(page, /^Check/)).toHaveAccessibleName(/\d of \d checks/, {
    timeout: 240_000,
  });

  const download = await exportCells(page);
  const path = resultPath('scldm.h5ad');
  await download.saveAs(path);
  expect(python('check_export.py', path, '--source', 'public/demo/blood-700.h5ad')).toMatchObject({
    X: { integer: true, kind: 'csr_matrix', canonical: true },
    all_synthetic: true,
    obsm: { X_scldm: [40, expect.any(Number)] },
    warnings: [],
  });

  // A model of another size cannot be gone on from: it is refused, and the model stays.
  await step(page, /^Model/).click();
  await panel.getByRole('combobox', { name: 'Model size' }).click();
  await page.getByRole('option', { name: /^Medium/ }).click();
  await panel.getByRole('checkbox', { name: 'Go on from the present model' }).check();
  await panel.getByRole('button', { name: 'Train', exact: true }).click();
  const alert = page.getByRole('alert').filter({ hasText: 'cannot be trained further' });
  await expect(alert).toContainText('Kind, size, recipe', { timeout: 60_000 });
  await expect(alert).toContainText('The model trained before is still here.');
  await step(page, /^Model/).click();
  await expect(panel).toContainText('scLDM, recommended recipe, from blood-700.h5ad');
  expect(foreign).toEqual([]);
  expect(errors).toEqual([]);
});
