/** @file The verdict: it appears for the demo by itself, with its floor and its words, changes with its cells, and never holds the page up. */
import { readFileSync } from 'node:fs';
import { expect, test, type Locator, type Page } from '@playwright/test';
import {
  openDemo,
  openFile,
  resultPath,
  status,
  watchErrors,
  watchForeignRequests,
} from './support/studio.ts';
import { expectFree, tasksInWords, watchPageTasks } from './support/page-tasks.ts';

const headlines =
  /As close as real cells are to each other|Close to real, (one gap|two gaps)|Partly like real cells|Not like real cells|Copies of the training cells/;

/** Library sizes wrong by at least a half. */
const farOff = /Library sizes are off by ([5-9]\d|[\d,]{3,})/;

async function openVerdict(page: Page): Promise<Locator> {
  await page
    .getByRole('navigation', { name: 'Steps' })
    .getByRole('link', { name: /^Check/ })
    .click();
  return page.getByRole('region', { name: 'Verdict' });
}

async function savedAs(page: Page, region: Locator, name: string, file: string): Promise<string> {
  const waiting = page.waitForEvent('download');
  await region.getByRole('button', { name, exact: true }).click();
  const path = resultPath(file);
  await (await waiting).saveAs(path);
  return readFileSync(path, 'utf8');
}

test('the demo is judged without being asked', async ({ page }) => {
  const foreign = watchForeignRequests(page);
  const errors = watchErrors(page);
  await openDemo(page);
  const endOfWatch = await watchPageTasks(page);
  const step = page
    .getByRole('navigation', { name: 'Steps' })
    .getByRole('link', { name: /^Check/ });
  await expect(step).toHaveAccessibleName(/Model: \d of 7 checks/, { timeout: 60_000 });
  const region = await openVerdict(page);
  // The first decided verdict stands on fewer draws of the floor than the last one.
  await expect(region.getByRole('progressbar')).toHaveCount(0, { timeout: 60_000 });
  const passed = Number(/Model: (\d) of 7/.exec((await step.textContent()) ?? '')?.[1]);
  await expect(page.getByRole('tab', { name: /^Verdict/ })).toContainText(`${passed} of 7`);

  await expect(region).toContainText(headlines);
  await expect(region).toContainText(
    `${passed} of 7 checks are as good as one half of the real cells against the other.`,
  );
  await expect(region).toContainText(/Two sets of real cells differ by [\d.]+, these by [\d.]+\./);
  await expect(region.getByRole('img', { name: /real-versus-real floor/ })).toBeVisible();
  await expect(region.getByRole('progressbar')).toHaveCount(0, { timeout: 60_000 });
  await page.screenshot({ path: resultPath('5-verdict.png') });
  const tasks = await endOfWatch();
  console.log(`demo: ${passed} of 7 checks; ${tasksInWords(tasks)}`);
  expectFree(tasks);

  await region.getByRole('radio', { name: 'Table' }).check({ force: true });
  const row = region.getByRole('row', { name: /Copies of training cells/ });
  await expect(row).toContainText('inside');
  await region.getByRole('radio', { name: 'Measures' }).check({ force: true });
  await expect(region.getByRole('row', { name: /^Wasserstein-2/ })).toBeVisible();
  await expect(region.getByRole('row', { name: /^Marker genes found again/ })).toBeVisible();
  await region.getByRole('combobox', { name: 'Cells measured' }).selectOption({ index: 1 });
  await expect(region.getByRole('row', { name: /^Coverage/ })).toBeVisible();
  await page.screenshot({ path: resultPath('5-verdict-measures.png') });

  const saved = JSON.parse(await savedAs(page, region, 'JSON', 'demo-verdict.json')) as {
    passed: number;
    checks: { id: string; inside: boolean }[];
    measures: Record<string, number>;
    intervals: Record<string, [number, number]>;
    floor: Record<string, { mean: number }>;
  };
  expect(saved.passed).toBe(passed);
  expect(saved.checks).toHaveLength(7);
  expect(saved.measures.exactCopies).toBe(0);
  expect(saved.measures.wasserstein2).toBeGreaterThan(saved.floor.wasserstein2.mean * 0.9);
  // Every measure has an interval around it and a floor (the fold changes of markers have no interval).
  for (const [name, value] of Object.entries(saved.measures)) {
    expect(saved.floor[name], name).toBeDefined();
    if (name === 'markerFolds') continue;
    expect(saved.intervals[name][0], name).toBeLessThanOrEqual(value);
    expect(saved.intervals[name][1], name).toBeGreaterThanOrEqual(value);
  }
  expect(await savedAs(page, region, 'CSV', 'demo-verdict.csv')).toContain('all cells,140,140');
  const report = await savedAs(page, region, 'Report', 'demo-verdict.html');
  expect(report.match(/<svg[^>]*role="img"/g)?.length).toBeGreaterThanOrEqual(2);
  expect(foreign).toEqual([]);
  expect(errors).toEqual([]);
});

test('a check can be cancelled and made again, and a saved model carries its verdict', async ({
  page,
}) => {
  await openDemo(page);
  const region = await openVerdict(page);
  await region.getByRole('button', { name: 'Cancel' }).click();
  await expect(region).toContainText('The check was stopped');
  await region.getByRole('button', { name: 'Check again' }).click();
  await expect(region).toContainText(headlines, { timeout: 60_000 });
  await expect(region.getByRole('progressbar')).toHaveCount(0, { timeout: 60_000 });
  const words = (await region.locator('.verdict-words').textContent()) ?? '';

  await page
    .getByRole('navigation', { name: 'Steps' })
    .getByRole('link', { name: /^Model/ })
    .click();
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save model file' }).click();
  const path = resultPath('with-verdict.cellsmith');
  await (await waiting).saveAs(path);

  // Another visit: nothing is remembered but the file.
  await page.reload();
  await openDemo(page);
  await openFile(page, path);
  await expect(status(page)).toContainText('with-verdict.cellsmith is ready', { timeout: 60_000 });
  const again = await openVerdict(page);
  await expect(again).toContainText(/Checked on \d+ \w+ \d{4}, from the model’s file/);
  await expect(again.locator('.verdict-words')).toHaveText(words);
  await expect(again.getByRole('progressbar')).toHaveCount(0);
  await expect(again.getByRole('button', { name: 'Check again' })).toBeVisible();
  await page.screenshot({ path: resultPath('5-verdict-from-file.png') });
});

test('the words change when the defect of these cells changes', async ({ page }) => {
  const errors = watchErrors(page);
  await openDemo(page);
  const region = await openVerdict(page);
  await expect(region).toContainText(headlines, { timeout: 60_000 });
  await region.getByRole('radio', { name: 'These cells' }).check({ force: true });
  await expect(region).toContainText('all values, as in the data', { timeout: 60_000 });
  await expect(region).toContainText(headlines, { timeout: 60_000 });
  const plain = (await region.textContent()) ?? '';
  expect(plain).not.toMatch(farOff);

  // A wrong library size is caught by its own measure, in words.
  await page.getByRole('combobox', { name: 'Library size' }).click();
  await page.getByRole('option', { name: /^Fixed/ }).click();
  const size = page.getByRole('spinbutton', { name: 'Counts per cell' });
  await size.fill('300');
  await size.press('Enter');
  await expect(region).toContainText(farOff, { timeout: 60_000 });
  await expect(region).toContainText(/library sizes are too (small|large)/i);
  await expect(region).toContainText('Set Library size to "As in chosen cells"');

  // Right sizes, but a weight of 4: other words.
  await page.getByRole('combobox', { name: 'Library size' }).click();
  await page.getByRole('option', { name: /^As in chosen/ }).click();
  const weight = page.getByRole('slider', { name: /^Guidance weight for/ }).first();
  await weight.fill('4');
  await expect(region).not.toContainText(farOff, { timeout: 60_000 });
  await expect(region).toContainText(/Too uniform: .+\./, { timeout: 60_000 });
  await expect(region).toContainText('Lower a guidance weight that is above 1');
  await page.screenshot({ path: resultPath('5-verdict-cells.png') });
  expect(errors).toEqual([]);
});

test('guidance curves are measured point by point and speak for a weight', async ({ page }) => {
  const errors = watchErrors(page);
  await openDemo(page);
  const region = await openVerdict(page);
  await expect(region).toContainText(headlines, { timeout: 60_000 });
  await expect(region.getByRole('progressbar')).toHaveCount(0, { timeout: 60_000 });
  const endOfWatch = await watchPageTasks(page);
  await region.getByRole('radio', { name: 'Weights' }).check({ force: true });
  await region.getByRole('button', { name: 'Measure curves' }).click();
  await expect(region.getByRole('img', { name: /^Recognised as asked against/ })).toBeVisible({
    timeout: 60_000,
  });
  await expect(region.getByRole('button', { name: 'Measure curves' })).toBeVisible({
    timeout: 120_000,
  });
  await expect(region).toContainText(/Suggested.*Weight [\d.]+: \d+.% recognised/);
  await page.screenshot({ path: resultPath('5-verdict-curves.png') });
  const tasks = await endOfWatch();
  console.log(`curves: ${tasksInWords(tasks)}`);
  expectFree(tasks);
  // The cells on the map are still there to be looked at.
  await page.getByRole('combobox', { name: 'Colour by' }).click();
  expect(errors).toEqual([]);
});

test('a combination hidden from training is set against simple guesses', async ({ page }) => {
  const errors = watchErrors(page);
  await openDemo(page);
  await page
    .getByRole('navigation', { name: 'Steps' })
    .getByRole('link', { name: /^Model/ })
    .click();
  const panel = page.getByRole('complementary', { name: 'Model' });
  await panel.getByText(/^Held-out cells/).click();
  for (const [attribute, value] of [
    ['bulk_labels', 'Dendritic'],
    ['phase', 'G1'],
  ]) {
    await panel.getByRole('combobox', { name: `Hidden ${attribute}` }).click();
    await page.getByRole('option', { name: value, exact: true }).click();
  }
  await panel.getByRole('button', { name: 'Hide this combination' }).click();
  await expect(panel.getByText('Dendritic × G1', { exact: false })).toBeVisible();
  await panel.getByRole('spinbutton', { name: 'Held-out share' }).fill('20');
  await page.screenshot({ path: resultPath('5-held-out.png') });
  // A short training is enough to see that the hidden cells are judged apart.
  await panel.getByRole('button', { name: 'Settings' }).click();
  for (const [name, value] of [
    ['Autoencoder epochs', '4'],
    ['Flow steps', '200'],
  ]) {
    await panel.getByRole('checkbox', { name: `Set ${name.toLowerCase()}` }).check();
    await panel.getByRole('spinbutton', { name }).fill(value);
    await panel.getByRole('spinbutton', { name }).press('Enter');
  }
  await panel.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page.getByRole('tab', { name: /^Verdict/ })).toContainText(/\d of 7/, {
    timeout: 120_000,
  });
  const region = await openVerdict(page);
  await expect(region).toContainText('Hidden from training', { timeout: 60_000 });
  await expect(region).toContainText(
    /Dendritic × G1 \(1\d\d real cells\): [\d.]+ from real cells, floor [\d.]+\. Simple guesses: [\d.]+ \(real cells that differ in one value\), [\d.]+ \(these, moved as other types move\)\./,
  );
  await page.screenshot({ path: resultPath('5-verdict-hidden.png') });
  expect(errors).toEqual([]);
});
