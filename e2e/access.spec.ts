/** @file Accessibility of the studio in its states: names, references, contrast, targets, keyboard, zoom, reduced motion. */
import { expect, test, type Page } from '@playwright/test';
import { accessFaults, axeFaults, tabRound } from './support/access.ts';
import { openDemo, resultPath } from './support/studio.ts';

async function expectNoFaults(page: Page, state: string): Promise<void> {
  expect(await accessFaults(page), state).toEqual([]);
  // soft: one run names the faults of every state
  expect.soft(await axeFaults(page), `${state}, by axe`).toEqual([]);
}

const tab = (page: Page, name: string) => page.getByRole('tab', { name }).click();

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every state of the demo is named and legible, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await openDemo(page);
    await expectNoFaults(page, 'demo');
    await page.getByRole('button', { name: 'CD19+ B' }).click();
    await page.getByRole('button', { name: 'Select these' }).click();
    await expect(page.getByRole('table').filter({ hasText: 'adjusted p' }).first()).toBeVisible();
    await expectNoFaults(page, 'selection');
    await tab(page, 'Plots');
    await expect(page.locator('.plot-box svg')).toBeVisible();
    await expectNoFaults(page, 'plots');
    await page.getByRole('button', { name: 'Show as table' }).click();
    await expectNoFaults(page, 'plot as a table');
    await tab(page, 'Verdict');
    await expectNoFaults(page, 'verdict');
    await tab(page, 'Training');
    await expectNoFaults(page, 'training');
    await tab(page, 'Training');
    await page.getByRole('combobox', { name: 'Colour by' }).fill('CST3');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'CST3' })).toBeVisible();
    await expectNoFaults(page, 'coloured by a gene');
    for (const step of ['Data', 'Model', 'Generate']) {
      await page
        .getByRole('navigation', { name: 'Steps' })
        .getByRole('link', { name: new RegExp(`^${step}`) })
        .click();
      await expectNoFaults(page, step);
    }
    await page.getByRole('button', { name: 'Help' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectNoFaults(page, 'list of keys');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Export cells' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectNoFaults(page, 'export');
  });
}

test('Tab reaches everything and shows where it is', async ({ page }) => {
  await openDemo(page);
  const { names, unseen } = await tabRound(page, 140);
  console.log(`${names.length} stops`);
  for (const name of [
    'Colour by',
    'Joint map',
    'Lasso',
    'Rectangle',
    'Fit map',
    'Save figure',
    'Select these',
    'Flow time',
    'Play flow',
    'Guidance weight for bulk_labels',
    'Generate',
    'Export cells',
  ])
    // prettier-ignore
    expect(names.some((found) => found.includes(name)), name).toBe(true);
  expect(names.some((name) => name.startsWith('UMAP of 700 real and 300 synthetic cells'))).toBe(
    true,
  );
  expect(unseen).toEqual([]);
});

test('a selection, its markers and its plots need no pointer', async ({ page }) => {
  await openDemo(page);
  await page.locator('.cell-map canvas').focus();
  await page.keyboard.press('Enter');
  const status = page.getByRole('status', { name: 'Studio status' });
  await expect(status).toHaveText('Selected 700 real and 300 synthetic cells.');
  for (let press = 0; press < 3; press += 1) await page.keyboard.press('+');
  await page.keyboard.press('Enter');
  await expect(status).not.toContainText('Selected 700');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(status).toHaveText('Selection cleared.');
  await page.getByRole('tab', { name: 'Plots' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.plot-box').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(page.locator('.plot-reading')).toContainText('real median');
});

/** Names and lines of the steps that are cut off. */
const cutSteps = (page: Page): Promise<(string | null)[]> =>
  page
    .locator('.steps .name, .steps .state')
    .evaluateAll((texts) =>
      texts
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map(({ textContent }) => textContent),
    );

test('asks for less motion are heard; the steps are whole at every width', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openDemo(page);
  await expect(page.getByRole('checkbox', { name: 'Trails' })).toBeDisabled();
  await expect(page.getByRole('button', { name: 'Play flow' })).toBeDisabled();
  await page.getByRole('button', { name: 'Step back' }).click();
  await expect(page.getByRole('slider', { name: 'Flow time' })).toHaveValue('0.95');
  for (const width of [1440, 1280, 1024, 800]) {
    await page.setViewportSize({ width, height: 800 });
    await expect.poll(() => cutSteps(page), `steps at ${width} px`).toEqual([]);
  }
});

test('works at 200 % zoom and on a narrow screen', async ({ browser }) => {
  // 1440 × 900 at 200 % is a window of 720 × 450 CSS pixels with twice the density
  for (const [name, viewport, scale] of [
    ['zoom', { width: 720, height: 450 }, 2],
    ['narrow', { width: 390, height: 844 }, 1],
  ] as const) {
    // prettier-ignore
    const context = await browser.newContext({ viewport, deviceScaleFactor: scale });
    const page = await context.newPage();
    await openDemo(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide, `${name}: nothing is cut off at the side`).toBeLessThanOrEqual(0);
    await expectNoFaults(page, name);
    await page.screenshot({ path: resultPath(`access-${name}.png`) });
    await context.close();
  }
});
