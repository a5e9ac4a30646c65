/** @file The map and its plots: selecting, comparing, the joint map, flow, figures. */
import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { openDemo, resultPath, status } from './support/studio.ts';

/** Drags along points given as shares of the map. */
async function drag(page: Page, points: readonly (readonly [number, number])[]): Promise<void> {
  const box = await page.locator('.cell-map .host').boundingBox();
  if (!box) throw new Error('no map');
  const at = ([x, y]: readonly [number, number]): [number, number] => [
    box.x + x * box.width,
    box.y + y * box.height,
  ];
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 4 });
  await page.mouse.up();
}

const whole = [[0.005, 0.01], [0.995, 0.01], [0.995, 0.985], [0.005, 0.985], [0.005, 0.02]] as const; // prettier-ignore

/** Starts collecting the scripts of slow frames; read the longest one's milliseconds with `longestScript`. */
async function observeScripts(page: Page): Promise<void> {
  await page.evaluate(() => {
    const store = window as unknown as { slowScripts: number[] };
    store.slowScripts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        for (const { duration } of (entry as unknown as { scripts: { duration: number }[] })
          .scripts)
          store.slowScripts.push(duration);
    }).observe({ type: 'long-animation-frame' });
  });
}

async function longestScript(page: Page): Promise<number> {
  return page.evaluate(() =>
    Math.round(Math.max(0, ...(window as unknown as { slowScripts: number[] }).slowScripts)),
  );
}

/** Share of pixels that differ by more than a little between two pictures. */
async function changedShare(page: Page, a: Buffer, b: Buffer): Promise<number> {
  return page.evaluate(
    async ([first, second]) => {
      const pixels = async (text: string): Promise<Uint8ClampedArray> => {
        const image = new Image();
        image.src = `data:image/png;base64,${text}`;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height);
        const context = canvas.getContext('2d');
        context?.drawImage(image, 0, 0);
        return (
          context?.getImageData(0, 0, image.width, image.height).data ?? new Uint8ClampedArray()
        );
      };
      const [x, y] = [await pixels(first), await pixels(second)];
      if (x.length !== y.length) return 1;
      let changed = 0;
      for (let at = 0; at < x.length; at += 4)
        if (Math.abs(x[at] - y[at]) + Math.abs(x[at + 1] - y[at + 1]) + Math.abs(x[at + 2] - y[at + 2]) > 24) changed += 1; // prettier-ignore
      return (4 * changed) / x.length;
    },
    [a.toString('base64'), b.toString('base64')] as const,
  );
}

/** Saves through a save menu and returns the file. */
async function save(page: Page, button: RegExp | string, format: string): Promise<Buffer> {
  await page.getByRole('button', { name: button }).click();
  const waiting = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: format }).click();
  const download = await waiting;
  const path = resultPath(download.suggestedFilename());
  await download.saveAs(path);
  return readFileSync(path);
}

test('lasso and rectangle select, add, subtract and clear; the page stays free', async ({
  page,
}) => {
  await openDemo(page);
  const map = page.locator('.cell-map .host');
  await page.mouse.move(5, 5);
  // The first cells come after few steps and glide to their place when they are refined.
  await page.waitForFunction(() => Number(document.documentElement.dataset['samples'] ?? 0) >= 2);
  await page.waitForTimeout(1500);
  const before = await map.screenshot();
  await observeScripts(page);
  await page.keyboard.press('l');
  await expect(page.getByRole('button', { name: 'Lasso' })).toHaveAttribute('aria-pressed', 'true');
  await drag(page, whole);
  await expect(status(page)).toHaveText('Selected 700 real and 300 synthetic cells.');
  // read before the next picture: taking one halts the page
  const longest = await longestScript(page);
  console.log(`longest script while selecting: ${longest} ms`);
  await expect(page.getByRole('tabpanel', { name: 'Selection' })).toContainText(
    '700 real, 300 synthetic',
  );
  // the drawer makes the map lower, so what follows is drawn without it
  await page.getByRole('tab', { name: 'Selection' }).click();
  await page.getByRole('button', { name: 'Rectangle' }).click();
  await page.keyboard.down('Alt');
  await drag(page, [[0.5, 0], [0.999, 0.6]]); // prettier-ignore
  await page.keyboard.up('Alt');
  const text = (await status(page).textContent()) ?? '';
  const [real, synthetic] = [...text.matchAll(/\d+/g)].map(Number);
  expect(real).toBeGreaterThan(100);
  expect(real).toBeLessThan(700);
  expect(synthetic).toBeLessThan(300);
  await page.getByRole('tab', { name: 'Selection' }).click();
  const faded = await map.screenshot();
  expect(await changedShare(page, before, faded)).toBeGreaterThan(0.005);
  await page.keyboard.down('Shift');
  await drag(page, [[0.5, 0], [0.999, 0.6]]); // prettier-ignore
  await page.keyboard.up('Shift');
  await expect(status(page)).toHaveText('Selected 700 real and 300 synthetic cells.');
  await page.getByRole('button', { name: 'Clear' }).click();
  await expect(status(page)).toHaveText('Selection cleared.');
  await page.keyboard.press('Escape');
  await page.mouse.move(5, 5);
  await page.waitForTimeout(600);
  expect(await changedShare(page, before, await map.screenshot())).toBeLessThan(0.002);
  expect(longest).toBeLessThanOrEqual(100);
});

test('a selection by the legend has its markers, and more like it can be made', async ({
  page,
}) => {
  await openDemo(page);
  const legend = page.getByRole('group', { name: 'Legend' });
  await legend.getByRole('button', { name: 'CD19+ B' }).click();
  await legend.getByRole('button', { name: 'Select these' }).click();
  await expect(status(page)).toContainText('Selected 95 real');
  const panel = page.getByRole('tabpanel', { name: 'Selection' });
  const markers = panel.getByRole('table').filter({ hasText: 'others' });
  // the textbook markers of B cells
  for (const gene of ['CD79A', 'CD79B']) await expect(markers).toContainText(gene);
  await expect(panel).toContainText('Benjamini–Hochberg over 765 genes');
  await expect(panel.getByRole('img', { name: /^Violins of 6 genes/ })).toBeVisible();
  await panel.getByRole('button', { name: 'More like these' }).click();
  await expect(page.getByRole('combobox', { name: 'Value of bulk_labels' })).toHaveValue(
    /CD19\+ B/,
  );
});

test('the joint map says how well both kinds mix', async ({ page }) => {
  await openDemo(page);
  await page.getByRole('button', { name: 'Joint map' }).click();
  await expect(page.locator('.mapnote')).toContainText('Map of both kinds together', {
    timeout: 90_000,
  });
  await expect(page.getByRole('button', { name: 'Joint map' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await page.getByRole('button', { name: 'Joint map' }).click();
  await expect(page.locator('.mapnote')).toContainText('mean of its 3 nearest real cells');
});

test('trails, density, flow steps and weights are drawn', async ({ page }) => {
  await openDemo(page);
  await page.getByRole('checkbox', { name: 'Density' }).check();
  await expect(page.locator('.contour').first()).toBeAttached();
  expect(await page.locator('.contour').count()).toBe(50);
  await page.getByRole('checkbox', { name: 'Trails' }).check();
  await expect(page.locator('polyline.way').first()).toBeAttached();
  await expect(page.locator('.mapnote')).toContainText('before t = 1 it has no sure place here');
  await page.getByRole('button', { name: 'Step back' }).click();
  await expect(page.getByRole('radio', { name: 'PCA' })).toBeChecked();
  await expect(page.getByRole('slider', { name: 'Flow time' })).toHaveAttribute(
    'aria-valuetext',
    '0.95',
  );
  await page.getByRole('tab', { name: 'Plots' }).click();
  await page.getByRole('combobox', { name: 'Plot', exact: true }).click();
  await page.getByRole('option', { name: 'Weights' }).click();
  await page.getByRole('button', { name: 'Compare weights' }).click();
  await expect(page.locator('.panel-edge')).toHaveCount(4, { timeout: 90_000 });
});

test('the legend orders, searches and colours by sequences', async ({ page }) => {
  await openDemo(page);
  const legend = page.getByRole('group', { name: 'Legend' });
  await legend.getByRole('button', { name: 'bulk_labels' }).click();
  await expect(legend.getByRole('row').nth(2)).toContainText('CD4+/CD25 T Reg');
  await expect(legend.getByRole('columnheader', { name: 'bulk_labels' })).toHaveAttribute(
    'aria-sort',
    'ascending',
  );
  await legend.getByRole('button', { name: 'synthetic' }).click();
  await expect(legend.getByRole('row').nth(2)).toContainText('Dendritic');
  await page.getByRole('combobox', { name: 'Colour by' }).fill('LYZ');
  await page.keyboard.press('Enter');
  const bar = legend.locator('.colours');
  const house = await bar.evaluate((element) => getComputedStyle(element).backgroundImage);
  await page.getByRole('combobox', { name: 'Colours of the scale' }).click();
  await page.getByRole('option', { name: 'Magma' }).click();
  expect(await bar.evaluate((element) => getComputedStyle(element).backgroundImage)).not.toBe(
    house,
  );
});

test('the map is saved as a figure with live text, marked synthetic', async ({ page }) => {
  await openDemo(page);
  const svg = (await save(page, 'Save figure', 'SVG')).toString('utf8');
  expect(svg.match(/<circle cx="[\d.]+" cy="[\d.]+" r="/g)?.length).toBeGreaterThanOrEqual(1000);
  for (const text of ['CD19+ B', 'UMAP 1', 'synthetic, 300', 'seed 7'])
    expect(svg.replaceAll('&#43;', '+')).toContain(text);
  expect(svg).toContain('&#34;synthetic&#34;:true');
  expect(svg).not.toContain('<image');
  const png = await save(page, 'Save figure', 'PNG, 600 dpi');
  const width = png.readUInt32BE(16);
  // 183 mm at 600 dots per inch
  expect(Math.abs(width - (183 / 25.4) * 600)).toBeLessThan(6);
  expect(png.subarray(0, 400).includes('pHYs')).toBe(true);
  expect(png.includes('synthetic (ringed)')).toBe(true);
});

const plots = [
  'Violins',
  'Dot plot',
  'Heat map',
  'Histograms',
  'QQ',
  'Mean and variance',
  'Confusion',
];

test('every plot shows both kinds, reads out, turns into a table and is saved', async ({
  page,
}) => {
  await openDemo(page);
  await page.getByRole('tab', { name: 'Plots' }).click();
  for (const plot of plots) {
    await page.getByRole('combobox', { name: 'Plot', exact: true }).click();
    await page.getByRole('option', { name: plot, exact: true }).click();
    const box = page.locator('.plot-box');
    await expect(box.locator('svg'), plot).toBeVisible();
    expect((await box.getAttribute('aria-label'))?.length, plot).toBeGreaterThan(30);
    await box.focus();
    await page.keyboard.press('End');
    await expect(page.locator('.plot-reading'), plot).not.toBeEmpty();
    const svg = (await save(page, /^Save plot/, 'SVG')).toString('utf8');
    expect(svg, plot).toContain('synthetic');
    expect(svg.match(/<text/g)?.length, plot).toBeGreaterThan(5);
    expect(svg, plot).not.toContain('var(--');
    const csv = (await save(page, /^Save plot/, 'CSV')).toString('utf8');
    expect(csv.trim().split('\n').length, plot).toBeGreaterThan(5);
    await page.getByRole('button', { name: 'Show as table' }).click();
    await expect(page.locator('.plot-table tbody tr').first(), plot).toBeVisible();
    await page.getByRole('button', { name: 'Show as plot' }).click();
  }
});

test('synthetic cells follow from the map of the file to a UMAP made here, and back', async ({
  page,
}) => {
  await openDemo(page);
  const choice = page.getByRole('combobox', { name: 'Map', exact: true });
  const host = page.locator('.cell-map .host');
  const changed = async (): Promise<number> => changedShare(page, before, await host.screenshot());
  // one map of the file: nothing to choose from, until another is made
  await expect(choice).toHaveCount(0);
  await page.waitForTimeout(500);
  const before = await host.screenshot();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog').getByRole('combobox')).toBeFocused();
  await page.keyboard.type('Make a UMAP');
  await page.getByRole('option', { name: 'Make a UMAP here' }).click();
  await expect.poll(changed).toBeGreaterThan(0.02);
  await expect(choice).toBeEnabled({ timeout: 30_000 });
  await expect(choice).toHaveValue('Made here');
  await expect(page.locator('.cell-map canvas')).toHaveAccessibleName(/700 real and 300 synthetic/);
  await choice.click();
  await page.getByRole('option', { name: /^X_umap/ }).click();
  await expect.poll(changed, { timeout: 15_000 }).toBeLessThan(0.01);
  await expect(choice).toHaveCount(0);
});
