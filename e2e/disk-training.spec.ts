/** @file Training with the counts on disk: a trained model at the end, nothing left behind, and a full disk that loses nothing. */
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { openDemo, openFile, python, resultPath, status, takePicture } from './support/studio.ts';

const folder = resultPath('formats');

test.beforeAll(() => {
  python('make_formats.py', folder);
});

/** Files in the folder of counts in the page's private storage. */
function countsLeft(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const own = await root.getDirectoryHandle('counts', { create: true });
    const files: string[] = [];
    for await (const name of own.keys()) files.push(name);
    return files.sort();
  });
}

async function setSpin(page: Page, name: string, value: number): Promise<void> {
  await page.getByRole('checkbox', { name: `Set ${name.toLowerCase()}` }).check();
  const field = page.getByRole('spinbutton', { name });
  await field.fill(String(value));
  await field.press('Enter');
}

async function choosePlace(page: Page, label: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Counts while training' }).click();
  await page.getByRole('option', { name: label, exact: true }).click();
}

test('trains from disk on partly labelled cells; a full disk loses nothing; leftovers go', async ({
  page,
  context,
}) => {
  test.setTimeout(180_000);
  // One file that a closed tab left behind, and one that another tab still needs.
  const other = await context.newPage();
  await other.goto('./favicon.svg');
  await other.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const own = await root.getDirectoryHandle('counts', { create: true });
    await own.getFileHandle('left-behind', { create: true });
    await own.getFileHandle('needed', { create: true });
    await new Promise<void>((held) => {
      void navigator.locks.request('cellsmith-file-needed', () => {
        held();
        return new Promise(() => undefined);
      });
    });
  });
  expect(await countsLeft(other)).toEqual(['left-behind', 'needed']);
  await openDemo(page);
  await expect.poll(() => countsLeft(page)).toEqual(['needed']);
  await other.close();
  await page.reload();
  await openDemo(page);
  await expect.poll(() => countsLeft(page)).toEqual([]);

  await openFile(page, join(folder, 'names.h5ad'));
  await expect(status(page)).toContainText('Opened in', { timeout: 60_000 });
  const data = page.getByRole('complementary', { name: 'Data' });
  await expect(data).toContainText('kind: 7 cells not labelled: used in training without this attribute.'); // prettier-ignore
  await data.getByRole('button', { name: 'Cut age into 4 ranges' }).click();
  await expect(data.getByRole('region', { name: /^Cells of/ })).toBeVisible();
  await takePicture(page, '2-combinations');

  await page.getByRole('link', { name: /^Model/ }).click();
  await choosePlace(page, 'On disk');
  const panel = page.getByRole('complementary', { name: 'Model' });
  await expect(panel).toContainText('removed afterwards');
  await takePicture(page, '3-counts-on-disk');
  await page.getByRole('button', { name: 'Settings' }).click();
  await setSpin(page, 'Autoencoder epochs', 3);
  await setSpin(page, 'Flow steps', 200);

  const alert = page.getByRole('alert');
  await expect(alert).toHaveCount(0);
  const session = await page.context().newCDPSession(page);
  const origin = new URL(page.url()).origin;
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 100 });
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(alert).toContainText("The browser's storage is full.");
  await expect(alert).toContainText('most variable genes or on fewer cells');
  await expect(alert).toContainText('The file is still open.');
  await takePicture(page, '3-disk-full');
  await expect(alert.getByRole('button', { name: 'Keep them in memory' })).toBeVisible();
  await session.send('Storage.overrideQuotaForOrigin', { origin });

  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(status(page)).toContainText(/Trained in/, { timeout: 120_000 });
  await expect(alert).toHaveCount(0);
  await expect.poll(() => countsLeft(page)).toEqual([]);
  const guidance = page.getByRole('complementary', { name: 'Guidance' });
  await expect(guidance).toContainText(/\d cells? not labelled: used in training without this attribute/); // prettier-ignore
  await guidance.getByRole('combobox', { name: 'Value of kind' }).click();
  await expect(page.getByRole('option', { name: 'not labelled' })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await takePicture(page, '4-not-labelled');

  // The file opened anew: its model is back, and the ranges that it was trained on.
  await openFile(page, join(folder, 'names.h5ad'));
  await expect(status(page)).toContainText('The model trained on names.h5ad is back', { timeout: 60_000 }); // prettier-ignore
  await expect(data.getByRole('row', { name: /age \(4 ranges\)/ }).getByRole('checkbox')).toBeChecked(); // prettier-ignore
});
