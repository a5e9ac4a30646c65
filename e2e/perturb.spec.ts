/** @file Perturb: a simulated screen is recognised, scDFM trained on it, perturbed cells predicted, judged, ranked, saved; the model outlives a reload. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { accessFaults, axeFaults } from './support/access.ts';
import {
  hasPapalexi,
  screenPairs,
  writePapalexiFile,
  writeScreenFile,
} from './support/screen-file.ts';
import {
  openDemo,
  openFile,
  python,
  resultPath,
  status,
  takePicture,
  watchErrors,
  watchForeignRequests,
} from './support/studio.ts';

const file = resultPath('formats/screen.h5ad');

const view = (page: Page, name: string) =>
  page.getByRole('radiogroup', { name: 'View of the prediction' }).getByText(name, { exact: true });

const prediction = (page: Page, name: string | RegExp) =>
  page.getByRole('tabpanel', { name: 'Prediction' }).getByRole('group', { name });

async function setFlowSteps(page: Page, steps: number): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('checkbox', { name: 'Set flow steps' }).check();
  const field = page.getByRole('spinbutton', { name: 'Flow steps' });
  await field.fill(String(steps));
  await field.press('Enter');
}

test('a screen is recognised, learnt, asked, judged, ranked and saved', async ({ page }) => {
  test.setTimeout(300_000);
  const cells = await writeScreenFile(file);
  const errors = watchErrors(page);
  const foreign = watchForeignRequests(page);
  await openDemo(page);
  await openFile(page, file);
  await expect(status(page)).toContainText('Opened in', { timeout: 60_000 });

  // The Model step sees that this is a screen, and finds its column, its control and its combinations.
  await page.getByRole('link', { name: /^Model/ }).click();
  const model = page.getByRole('complementary', { name: 'Model' });
  await expect(model).toContainText('This looks like a perturbation screen.');
  await expect(page.getByRole('link', { name: /^Perturb/ })).toHaveCount(0);
  await model.getByRole('button', { name: 'Use scDFM' }).click();
  await expect(model.getByRole('combobox', { name: 'Column of perturbations' })).toHaveValue('perturbation'); // prettier-ignore
  await expect(model.getByRole('combobox', { name: 'Control value' })).toHaveValue('control');
  await expect(model.getByRole('combobox', { name: 'Sign between members' })).toHaveValue('+');
  await expect(model).toContainText('150 control cells, 6 perturbations, 12 combinations.');
  const hidden = model.getByRole('combobox', { name: 'Perturbation to hold out' });
  await hidden.fill(screenPairs.hidden);
  await hidden.press('Enter');
  await model.getByRole('button', { name: 'Hold it out' }).click();
  await expect(model.getByRole('list', { name: 'Held-out perturbations' })).toContainText(screenPairs.hidden); // prettier-ignore
  // Held out is undone and done again like everything else, and the panel is fit for everybody.
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(model.getByRole('list', { name: 'Held-out perturbations' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect(model.getByRole('list', { name: 'Held-out perturbations' })).toContainText(screenPairs.hidden); // prettier-ignore
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    expect.soft(await axeFaults(page), `hold-outs, ${colorScheme}`).toEqual([]);
  }
  await takePicture(page, '8-screen');
  await setFlowSteps(page, 100);
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(status(page)).toContainText('Trained in', { timeout: 120_000 });

  // A question: the held-out pair; cancelled once, then answered.
  await page.getByRole('link', { name: /^Perturb/ }).click();
  const panel = page.getByRole('complementary', { name: 'Perturb' });
  const asked = panel.getByRole('list', { name: 'Perturbations asked for' });
  const add = panel.getByRole('combobox', { name: 'Add a perturbation' });
  await asked.getByRole('button', { name: /^Leave out/ }).click();
  await expect(asked).toContainText('none: control');
  // One after the other by the keyboard alone: the next name takes the place of what the field says.
  await add.focus();
  for (const member of screenPairs.hidden.split('+')) {
    await page.keyboard.type(member);
    await page.keyboard.press('Enter');
    await expect(asked).toContainText(member);
  }
  await expect(panel).toContainText('Extrapolation. No training cell has this set.');
  const number = panel.getByRole('spinbutton', { name: 'Cells to predict' });
  await number.fill('5000');
  await number.press('Enter');
  await page.getByRole('button', { name: 'Predict cells' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(status(page)).toContainText('Cancelled');
  await number.fill('300');
  await number.press('Enter');
  await page.getByRole('button', { name: 'Predict cells' }).click();
  await expect(status(page)).toContainText(`Predicted 300 cells of ${screenPairs.hidden}`, { timeout: 90_000 }); // prettier-ignore
  const answer = prediction(page, `Prediction of ${screenPairs.hidden}`);
  await expect(answer).toContainText(
    '300 predicted cells, synthetic. Compared with 24 real cells.',
  );
  await expect(answer.getByRole('columnheader', { name: 'sum of members' })).toBeVisible();
  await expect(answer.getByRole('row')).toHaveCount(61);

  // The map: control cells glide to predicted ones over the real ones.
  const glide = page.getByRole('slider', { name: 'From control to predicted' });
  await expect(glide).toHaveValue('1');
  await glide.fill('0');
  await expect(page.getByRole('img', { name: /300 cells of .*control cells where they begin, over 24 real ones/ })).toBeVisible(); // prettier-ignore
  await glide.fill('1');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect.soft(await axeFaults(page), `genes, ${colorScheme}`).toEqual([]);
    expect.soft(await accessFaults(page), `genes, ${colorScheme}`).toEqual([]);
  }
  await takePicture(page, '8-perturb');
  const figure = page.waitForEvent('download');
  await page.locator('.maptools').getByRole('button', { name: 'Save figure' }).click();
  await page.getByRole('menuitem', { name: /^SVG/ }).click();
  const drawn = resultPath('perturb-map.svg');
  await (await figure).saveAs(drawn);
  expect(readFileSync(drawn, 'utf8')).toMatch(/<title>UMAP of 582 real .* 300 synthetic/);

  // Scatter with r, a gene set, the scores beside the baselines, the graph.
  await view(page, 'Scatter').click();
  await expect(answer.getByRole('img', { name: /r = .* over all genes/ })).toBeVisible();
  await view(page, 'Gene set').click();
  await answer.getByRole('textbox', { name: 'Genes of the set' }).fill('p1a, P2B NOGENE');
  await expect(answer).toContainText('2 of 3 names are genes of the model; not found: NOGENE.');
  // A ranking by genes that the model does not have is refused in words.
  await answer.getByRole('textbox', { name: 'Genes of the set' }).fill('NOGENE');
  await panel.getByRole('checkbox', { name: /^Count the genes of the set alone/ }).check();
  await panel.getByRole('button', { name: 'Rank combinations' }).click();
  await expect(panel.getByRole('group', { name: 'Ranking: why not' })).toContainText('None of these genes is in the model.'); // prettier-ignore
  await panel.getByRole('checkbox', { name: /^Count the genes of the set alone/ }).uncheck();
  await view(page, 'Beside baselines').click();
  for (const name of [
    'scDFM',
    'control as it is',
    'mean change',
    'sum of own changes',
    'half of the real cells',
  ])
    // prettier-ignore
    await expect(answer.getByRole('row', { name: new RegExp(`^${name}`) })).toBeVisible();
  expect.soft(await axeFaults(page), 'baselines').toEqual([]);
  await view(page, 'Gene graph').click();
  await expect(prediction(page, /^Gene graph around/)).toContainText('pairs among 60 genes');

  // Every held-out perturbation at once; then sets that were not measured.
  await panel.getByRole('button', { name: 'Score held-out ones' }).click();
  const scores = prediction(page, 'Scores of all perturbations');
  await expect(scores).toBeVisible({ timeout: 90_000 });
  await expect(scores).toContainText('0 of 1 were seen in training.');
  expect.soft(await accessFaults(page), 'scores').toEqual([]);
  await panel.getByRole('button', { name: 'Rank combinations' }).click();
  const ranking = prediction(page, 'Ranking of combinations');
  await expect(ranking).toBeVisible({ timeout: 90_000 });
  await expect(ranking.getByRole('row', { name: new RegExp(screenPairs.absent.join('\\+').replace('\\+', '\\+')) })).toBeVisible(); // prettier-ignore
  expect.soft(await axeFaults(page), 'ranking').toEqual([]);

  // What was asked can be undone; what was predicted is saved and read by anndata.
  await asked.getByRole('button', { name: 'Leave out P2B' }).click();
  await expect(asked).not.toContainText('P2B');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(asked).toContainText('P2B');
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as .h5ad' }).click();
  const saved = resultPath('predicted.h5ad');
  await (await waiting).saveAs(saved);
  expect(python('check_applied.py', saved)).toMatchObject({
    shape: [300, 60],
    origin: { synthetic: 300 },
  });

  // The model, the question and the step are there after a reload; settings are kept a second after their last change.
  await page.waitForTimeout(1500);
  await page.reload();
  await expect(status(page)).toContainText('are back from your last visit', { timeout: 60_000 });
  await expect(panel).toBeVisible();
  await expect(asked).toContainText('P1A');
  await page.getByRole('button', { name: 'Predict cells' }).click();
  await expect(status(page)).toContainText('Predicted 300 cells', { timeout: 90_000 });

  // So are the settings of the training, what is held out among them.
  await page.getByRole('link', { name: /^Model/ }).click();
  await expect(model.getByRole('list', { name: 'Held-out perturbations' })).toContainText(screenPairs.hidden); // prettier-ignore
  await page.getByRole('button', { name: 'Settings' }).click();
  await expect(page.getByRole('spinbutton', { name: 'Flow steps' })).toHaveValue('100');

  expect(cells).toBe(582);
  expect(foreign).toEqual([]);
  expect(errors).toEqual([]);
});

test.describe('a real screen', () => {
  if (!hasPapalexi()) return;

  test('Papalexi: a knock-out is asked for, seen beside its real cells, saved, and there after a reload', async ({
    page,
  }) => {
    test.setTimeout(300_000);
    const real = resultPath('formats/papalexi-some.h5ad');
    const cells = await writePapalexiFile(real);
    expect(cells).toBe(840);
    const errors = watchErrors(page);
    await openDemo(page);
    await openFile(page, real);
    await expect(status(page)).toContainText('Opened in', { timeout: 60_000 });
    await page.getByRole('link', { name: /^Model/ }).click();
    const model = page.getByRole('complementary', { name: 'Model' });
    await model.getByRole('button', { name: 'Use scDFM' }).click();
    await expect(model).toContainText('120 control cells, 5 perturbations.');
    // Cells whose guide is not clear are left out, which is told and can be undone.
    await expect(model).toContainText('ambiguous, 120 cells: left out, it names no perturbation.');
    await model.getByRole('button', { name: 'Bring ambiguous back' }).click();
    await expect(model).toContainText('120 control cells, 6 perturbations.');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(model).toContainText('120 control cells, 5 perturbations.');
    // Another kind of model finds the choices as they were before scDFM made its own.
    await model.getByRole('combobox', { name: 'Kind of model' }).click();
    await page.getByRole('option', { name: /^CFGen/ }).click();
    await expect(status(page)).toContainText('Cells that were left out for scDFM are used again.');
    await expect(model).toContainText('This looks like a perturbation screen.');
    await model.getByRole('button', { name: 'Use scDFM' }).click();
    await expect(model).toContainText('120 control cells, 5 perturbations.');
    await setFlowSteps(page, 60);
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await expect(status(page)).toContainText('Trained in', { timeout: 120_000 });
    await page.getByRole('link', { name: /^Perturb/ }).click();
    const panel = page.getByRole('complementary', { name: 'Perturb' });
    await panel.getByRole('button', { name: /^Leave out/ }).click();
    const add = panel.getByRole('combobox', { name: 'Add a perturbation' });
    await add.fill('STAT1');
    await add.press('Enter');
    await page.getByRole('button', { name: 'Predict cells' }).click();
    await expect(status(page)).toContainText('Predicted 300 cells of STAT1', { timeout: 90_000 });
    const answer = prediction(page, 'Prediction of STAT1');
    await expect(answer).toContainText('Compared with 120 real cells.');
    await expect(page.getByRole('slider', { name: 'From control to predicted' })).toBeVisible();
    await expect(page.getByRole('img', { name: /^300 cells of STAT1.* over 120 real ones$/ })).toBeVisible(); // prettier-ignore
    await view(page, 'Gene graph').click();
    await expect(prediction(page, 'Gene graph around STAT1')).toBeVisible();
    // The graph is saved as an edge list, which a person edits and imports; and learnt again.
    const list = page.waitForEvent('download');
    await page.getByRole('tabpanel', { name: 'Prediction' }).getByRole('button', { name: 'Save as edge list' }).click(); // prettier-ignore
    const edges = resultPath('papalexi-some-gene-graph.tsv');
    await (await list).saveAs(edges);
    const pairs = readFileSync(edges, 'utf8').split('\n').filter((line) => /^[^#\t]+\t[^\t]+$/.test(line)); // prettier-ignore
    expect(pairs.some((line) => line.split('\t').includes('STAT1'))).toBe(true);
    writeFileSync(edges, `# one pair less\n${pairs.slice(1).join('\n')}\n`);
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as .h5ad' }).click();
    const saved = resultPath('papalexi-predicted.h5ad');
    await (await waiting).saveAs(saved);
    expect(python('check_applied.py', saved)).toMatchObject({ origin: { synthetic: 300 } });
    await page.getByRole('link', { name: /^Model/ }).click();
    await model.getByLabel('Import an edge list').setInputFiles(edges);
    await expect(model).toContainText(`papalexi-some-gene-graph.tsv, ${pairs.length - 1} pairs.`);
    await model.getByRole('button', { name: 'Back to the learnt graph' }).click();
    await expect(model).toContainText('Gene graph: learnt from training cells.');
    await page.getByRole('link', { name: /^Perturb/ }).click();
    // Settings are kept a second after their last change.
    await page.waitForTimeout(1500);
    await page.reload();
    await expect(status(page)).toContainText('are back from your last visit', { timeout: 60_000 });
    await expect(panel.getByRole('list', { name: 'Perturbations asked for' })).toContainText('STAT1'); // prettier-ignore
    await page.getByRole('button', { name: 'Predict cells' }).click();
    await expect(status(page)).toContainText('Predicted 300 cells of STAT1', { timeout: 90_000 });
    expect(errors).toEqual([]);
  });
});
