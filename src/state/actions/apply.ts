/** @file Using a trained model on the open file's cells: opening the worker, running, cancelling, saving. */
import { apply } from '../../clients/apply-client.ts';
import type { ApplyUse } from '../../protocol/apply.ts';
import { StudioError } from '../../protocol/errors.ts';
import { releaseArrays } from '../array-registry.ts';
import {
  emptyApply,
  getApply,
  patchApply,
  type ApplyChoices,
  type ApplyResults,
  type GlidePlaces,
} from '../apply.ts';
import { get, patch, studio } from '../store.ts';
import { say, showError } from './alerts.ts';
import { runners } from './apply-runs.ts';
import { handOver, handOverKey } from './hand-over.ts';
import { saveFile } from './save-file.ts';

/** What the worker holds, and where its cells are in the file. */
let opened: { readonly key: string; readonly done: Promise<Int32Array> } | null = null;
let watching = false;
let turn = 0;

/** Opens one of the four forms. */
export function chooseUse(use: ApplyUse): void {
  patchApply({ use });
}

/** Changes choices of one form. */
export function setApply<U extends ApplyUse>(use: U, change: Partial<ApplyChoices[U]>): void {
  const { choices } = getApply();
  patchApply({ choices: { ...choices, [use]: { ...choices[use], ...change } } });
}

/** Shows the places of a result over the file's own map, or hides them. */
export function showApplyMap(showMap: boolean): void {
  patchApply({ showMap });
}

/** Runs a use with the present choices. Its failure is told in its form. */
export async function runUse(use: ApplyUse): Promise<void> {
  const { info } = get().model;
  if (!info || getApply().running) return;
  watch();
  turn += 1;
  const mine = turn;
  const { [use]: _, ...failures } = getApply().failures;
  patchApply({
    failures,
    running: { use, doing: 'Handing over the model and the cells', share: 0, secondsLeft: null },
  });
  say('Handing over the model and the cells.', true);
  try {
    const index = await ensureOpened();
    if (mine !== turn) return;
    const outcome = await runners[use](info, index, (event) => {
      if (mine !== turn) return;
      if (getApply().running?.doing !== event.doing) say(`${event.doing}.`, true);
      patchApply({ running: { use, ...event } });
    });
    if (mine !== turn) return;
    keep(use, outcome.result, outcome.places);
    patchApply({ running: null, showMap: true });
    patch('view', { drawer: 'apply' });
    say(outcome.said);
  } catch (thrown) {
    if (mine !== turn) return;
    const error = StudioError.from(thrown);
    patchApply({ running: null });
    if (error.code === 'cancelled') say('Cancelled. Nothing changed.');
    else {
      patchApply({ failures: { ...getApply().failures, [use]: error.toRecord() } });
      say(error.title);
    }
  }
}

/** Ends what runs, at once; earlier results stay, but their files are gone with the worker. */
export function cancelUse(): void {
  turn += 1;
  apply.end();
  opened = null;
  patchApply({ running: null });
  say('Cancelled. Nothing changed.');
}

/** Saves the newest result of a use as .h5ad. */
export async function saveUse(use: ApplyUse): Promise<void> {
  patchApply({ saving: true });
  try {
    const blob = await apply.save(use);
    const stem = (get().data.summary?.fileName ?? 'cells').replace(/\.[a-z0-9.]+$/i, '');
    const name = `${stem}-${fileWords[use]}.h5ad`;
    saveFile(blob, name);
    say(`Saved ${name}.`);
  } catch (thrown) {
    showError(thrown, 'The result is still shown.');
  } finally {
    patchApply({ saving: false });
  }
}

const fileWords: Readonly<Record<ApplyUse, string>> = {
  correct: 'corrected',
  counterfactual: 'counterfactual',
  augment: 'augmented',
  impute: 'imputed',
};

function keep<U extends ApplyUse>(
  use: U,
  result: ApplyResults[U],
  places: GlidePlaces | null,
): void {
  const { results, places: old } = getApply();
  release(old[use]);
  const { [use]: _, ...rest } = old;
  patchApply({
    results: { ...results, [use]: result },
    places: places === null ? rest : { ...rest, [use]: places },
  });
}

function release(places: GlidePlaces | undefined): void {
  releaseArrays(places?.rows, places?.codes, places?.before, places?.after);
}

/** Opens the worker for the present model and file once. @returns position in the file of each of its cells. Error: wrong-file. */
function ensureOpened(): Promise<Int32Array> {
  const key = handOverKey();
  if (opened?.key === key) return opened.done;
  const done = open();
  opened = { key, done };
  done.catch(() => {
    if (opened?.done === done) opened = null;
  });
  return done;
}

async function open(): Promise<Int32Array> {
  const { request, index } = await handOver();
  await apply.open(request);
  return index;
}

/** Forgets everything when the model or the file goes; a worker that died is opened anew by the next use. */
function watch(): void {
  if (watching) return;
  watching = true;
  apply.onDeath(() => {
    opened = null;
  });
  studio.subscribe((now, before) => {
    if (now.model.info?.id === before.model.info?.id && now.data.summary === before.data.summary) return; // prettier-ignore
    if (now.model.info?.id === before.model.info?.id && now.data.summary?.fileName === before.data.summary?.fileName) return; // prettier-ignore
    forget();
  });
}

function forget(): void {
  turn += 1;
  if (opened) apply.end();
  opened = null;
  const { use, places } = getApply();
  for (const old of Object.values(places)) release(old);
  patchApply({ ...emptyApply, use });
  if (get().view.drawer === 'apply') patch('view', { drawer: null });
}
