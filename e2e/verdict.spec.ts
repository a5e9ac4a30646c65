/** @file The verdict: it appears for the demo by itself, with its floor and its words, and never holds the page up. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import {
  longTasks,
  observeLongTasks,
  openDemo,
  pageNow,
  resultPath,
  watchErrors,
  watchForeignRequests,
} from './support/studio.ts';

const headlines =
  /As close as real cells are to each other|Close to real, (one gap|two gaps)|Partly like real cells|Not like real cells|Copies of the training cells/;

test('the demo is judged without being asked', async ({ page }) => {
  const foreign = watchForeignRequests(page);
  const errors = watchErrors(page);
  await observeLongTasks(page);
  await openDemo(page);
  const since = await pageNow(page);
  const step = page
    .getByRole('navigation', { name: 'Steps' })
    .getByRole('link', { name: /^Check/ });
  await expect(step).toHaveAccessibleName(/Model: \d of 7 checks/, { timeout: 60_000 });
  const passed = Number(/Model: (\d) of 7/.exec((await step.textContent()) ?? '')?.[1]);
  await expect(page.getByRole('tab', { name: /^Verdict/ })).toContainText(`${passed} of 7`);

  await step.click();
  const region = page.getByRole('region', { name: 'Verdict' });
  await expect(region).toContainText(headlines);
  await expect(region).toContainText(
    `${passed} of 7 checks are as good as one half of the real cells against the other.`,
  );
  await expect(region.getByRole('img', { name: /real-versus-real floor/ })).toBeVisible();
  await expect(region.getByRole('progressbar')).toHaveCount(0, { timeout: 60_000 });
  await page.screenshot({ path: resultPath('5-verdict.png') });
  const tasks = await longTasks(page, since);
  console.log(`demo: ${passed} of 7 checks; long tasks: ${tasks.join(', ') || 'none'}`);
  expect(Math.max(0, ...tasks)).toBeLessThanOrEqual(100);

  await region.getByRole('button', { name: 'Show as table' }).click();
  const row = region.getByRole('row', { name: /Copies of training cells/ });
  await expect(row).toContainText('inside');
  const waiting = page.waitForEvent('download');
  await region.getByRole('button', { name: 'JSON' }).click();
  const download = await waiting;
  expect(download.suggestedFilename()).toBe('blood-700-verdict.json');
  const path = resultPath('demo-verdict.json');
  await download.saveAs(path);
  const saved = JSON.parse(readFileSync(path, 'utf8')) as {
    passed: number;
    checks: { id: string; inside: boolean }[];
    measures: Record<string, number>;
    floor: Record<string, { mean: number }>;
  };
  expect(saved.passed).toBe(passed);
  expect(saved.checks).toHaveLength(7);
  expect(saved.measures.exactCopies).toBe(0);
  expect(saved.measures.wasserstein2).toBeGreaterThan(saved.floor.wasserstein2.mean * 0.9);
  expect(foreign).toEqual([]);
  expect(errors).toEqual([]);
});

test('a check can be cancelled and made again', async ({ page }) => {
  await openDemo(page);
  await page
    .getByRole('navigation', { name: 'Steps' })
    .getByRole('link', { name: /^Check/ })
    .click();
  const region = page.getByRole('region', { name: 'Verdict' });
  await region.getByRole('button', { name: 'Cancel' }).click();
  await expect(region).toContainText('The check was stopped');
  await region.getByRole('button', { name: 'Check again' }).click();
  await expect(region).toContainText(headlines, { timeout: 60_000 });
});
