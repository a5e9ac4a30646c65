/** @file The visit as a whole: starting, the demo, what is kept for the next visit. */
import { io } from '../../clients/io-client.ts';
import { map } from '../../clients/map-client.ts';
import { model } from '../../clients/model-client.ts';
import {
  forgetAll,
  keepFile,
  keepModel,
  keepSession,
  recallSession,
  type SessionRecord,
} from '../../clients/session-store.ts';
import { StudioError } from '../../protocol/errors.ts';
import { clearHistory, whenTravelled } from '../history.ts';
import { get, patch, patchRoot, studio } from '../store.ts';
import type { DataChoices, GuidanceState, LookState, QuestionState, ViewState } from '../types.ts';
import { say, showError } from './alerts.ts';
import { openData, openedFile, reopenAfterCrash, toggleKind, type Given } from './data.ts';
import { followGuidance } from './generate.ts';
import { findModel } from './kept-model.ts';
import {
  beginSettings,
  keepTrainingGraph,
  restoreTraining,
  trainingRecord,
} from './kept-training.ts';
import { askedDevice, followDevice, measureSpeed } from './device.ts';
import { rebuildMap } from './map.ts';
import {
  adoptModel,
  beginLoading,
  rememberModel,
  restoreAfterCrash,
  restoreModel,
} from './model-back.ts';
import { stopTraining, whenTrained } from './training.ts';
import { watchExplore } from './explore.ts';
import { watchSelection } from './selection.ts';
import { judgeWhenIdle, whenVerdictKept } from './verdict.ts';
import { watchPanels } from './weights.ts';
import { goTo, recallTheme } from './view.ts';

const demoFile = 'demo/blood-700.h5ad';
const tissueFile = 'demo/tissue-1200.h5ad';
const demoModel = 'demo/blood-700.cellsmith';

/** Starts the studio once: device, then the last visit's work or the demo. */
export function startStudio(): void {
  patch('view', { theme: recallTheme() });
  patch('data', { status: 'opening', doing: 'Looking for your last visit' });
  io.onDeath((error) => void (showError(error), reopenAfterCrash()));
  map.onDeath((error) => void (showError(error), rebuildMap().catch(showError)));
  model.onDeath((error) => {
    if (get().model.status === 'ready') {
      showError(error, 'The model was kept and is loaded again.');
      void restoreAfterCrash();
    }
  });
  whenTravelled(followGuidance);
  judgeWhenIdle();
  watchExplore();
  watchSelection();
  watchPanels();
  whenTrained((bytes) => void remember(bytes));
  whenVerdictKept(() => void rememberVerdict());
  starting = begin();
  void starting.finally(measureSpeed);
}

/** Settles when the first data set and its model are in place, or the model has given way to a file that was chosen meanwhile. */
let starting: Promise<void> = Promise.resolve();
/** Tells a demo that still waits for its model that a file was chosen. */
let giveWay: () => void = () => undefined;

type Visit = NonNullable<Awaited<ReturnType<typeof recallSession>>>;

async function begin(): Promise<void> {
  const device = model
    .init(askedDevice(), followDevice)
    .then((report) => patchRoot({ device: report }));
  device.catch((thrown: unknown) => showError(thrown));
  const last = await recallSession();
  if (last) {
    const restored = await restoreVisit(last, device).catch(() => false);
    if (restored) {
      followSettings();
      return;
    }
  }
  await openDemo(device);
  followSettings();
}

async function fetchBytes(path: string): Promise<ArrayBuffer> {
  const response = await fetch(path);
  if (!response.ok)
    throw new StudioError(
      'internal',
      'The demo is missing.',
      'The page was not served completely. Reload it.',
      { path },
    );
  return response.arrayBuffer();
}

/** Opens the embedded demo with its ready model. */
export async function openDemo(device: Promise<void> = Promise.resolve()): Promise<void> {
  if (busyTraining(() => openDemo(device))) return;
  const chosen = new Promise<null>((resolve) => {
    giveWay = () => resolve(null);
  });
  let settle = (): void => undefined;
  try {
    const [bytes, modelBytes] = await Promise.all([fetchBytes(demoFile), fetchBytes(demoModel)]);
    const file = new File([bytes], 'blood-700.h5ad');
    const ready = new Uint8Array(modelBytes);
    const loading = device.then(() => model.load(ready.slice()));
    loading.catch(() => undefined);
    if (!(await openData(file, 'demo'))) return;
    settle = beginLoading('ready-made');
    beginSettings();
    const info = await Promise.race([chosen, loading]);
    if (info === null) return;
    await adoptModel(info, 'ready-made');
    rememberModel(ready);
    patch('view', { step: 'generate' });
    say('Ready. This is a demo: drop your own .h5ad anywhere to start.');
    patchRoot({ saved: false });
  } catch (thrown) {
    if (get().data.summary === null) patch('data', { status: 'none', doing: null });
    showError(thrown);
    say('The demo could not be opened. Drop an .h5ad file to start.');
  } finally {
    settle();
  }
}

/** Opens the second demo: a tissue simulated with known effects, for teaching and trials; it has no ready model. */
export async function openTissue(): Promise<void> {
  try {
    await openFile(new File([await fetchBytes(tissueFile)], 'tissue-1200.h5ad'));
  } catch (thrown) {
    showError(thrown);
  }
}

async function restoreVisit(last: Visit, device: Promise<void>): Promise<boolean> {
  const { record, file } = last;
  const { part, sample, readGenes, geneNames, binned } = record.choices;
  const how = {
    part: typeof part === 'string' ? part : null,
    sample: typeof sample === 'number' ? sample : null,
    genes: typeof readGenes === 'number' ? readGenes : null,
    names: typeof geneNames === 'string' ? geneNames : null,
    bins: (binned ?? {}) as DataChoices['binned'],
  };
  if (!(await openData(file, 'file', record.source, how))) return false;
  if (get().data.status === 'preview') return false;
  // Before anything is waited for, so that nothing offers to train meanwhile.
  const first = get().view.step;
  const settle = record.hasModel === true ? beginLoading('restored') : () => undefined;
  keptFile = openedFile();
  patch('choices', record.choices as Partial<DataChoices>);
  patch('look', record.look as Partial<LookState>);
  patch('data', { ownColours: record.ownColours ?? [] });
  patch('guidance', record.guidance as Partial<GuidanceState>);
  patch('question', (record.question ?? {}) as Partial<QuestionState>);
  const kept = await findModel().catch(() => null);
  const lostGraph = await restoreTraining(record.training).catch(() => null);
  const hasModel = (await kept?.bring(device)) ?? false;
  settle();
  // Who went elsewhere meanwhile stays there.
  if (!hasModel) patch('view', { step: 'data' });
  else if (get().view.step === first) returnTo(record.step);
  patchRoot({ saved: true });
  // What is back was no step of this visit.
  clearHistory();
  const graph = lostGraph === null ? '' : ` The gene graph ${lostGraph} was not kept: import it again.`; // prettier-ignore
  say(
    `${file.name} and its ${hasModel ? 'model' : 'settings'} are back from your last visit.${graph}`,
  );
  return true;
}

/** The step of the last visit; Check is its drawer. */
function returnTo(step: ViewState['step']): void {
  if (step === 'check') goTo(step);
  else patch('view', { step });
}

/** Opens a kind of features of the file beside the others, or closes it; a model that was trained on these kinds before comes back. */
export async function chooseKind(name: string): Promise<void> {
  await toggleKind(name);
  const { data, model: state } = get();
  if (data.status !== 'ready' || state.status !== 'none') return;
  const kept = await findModel();
  if (await kept?.bring()) say('The model trained on these features is back.');
}

/** Training holds the file: offers to stop it first. Returns true when the caller must wait. */
function busyTraining(then: () => Promise<void>): boolean {
  const { status } = get().model;
  if (status === 'none' || status === 'loading' || status === 'ready') return false;
  showError(
    new StudioError(
      'bad-request',
      'Training is running.',
      'Stop it, keeping what is learnt so far, and open the file then?',
    ),
    'Nothing changed.',
    [
      {
        id: 'stop',
        label: 'Stop and open',
        run: () => {
          stopTraining();
          const off = studio.subscribe(({ model: state }) => {
            if (state.status !== 'ready' && state.status !== 'none') return;
            off();
            void then();
          });
        },
      },
    ],
  );
  return true;
}

/**
 * Opens a data file, or files that belong together (and brings back the model trained on it, if there is one), or a *.cellsmith
 * model for the open file.
 */
export async function openFile(given: Given): Promise<void> {
  const only = given instanceof File ? given : given.length === 1 ? given[0] : null;
  if (!(given instanceof File) && given.length === 0) return;
  // a file dropped while the page still starts must not meet the demo's model half-way
  giveWay();
  await starting.catch(() => undefined);
  if (busyTraining(() => openFile(given))) return;
  if (only && /\.cellsmith$/i.test(only.name)) {
    await openModel(only);
    return;
  }
  if (!(await openData(only ?? given, 'file'))) return;
  beginSettings();
  patch('view', { step: 'data', panelOpen: true });
  if (get().data.status === 'preview') return;
  const name = get().data.summary?.fileName;
  const kept = only === null || name === only.name ? await findModel() : null;
  // Several files are not kept: there is no one file to keep.
  if (only) await remember(null);
  else patchRoot({ saved: false });
  if (await kept?.bring()) say(`Opened. The model trained on ${name} is back.`);
}

async function openModel(file: File): Promise<void> {
  say(`Opening ${file.name}.`, true);
  const settle = beginLoading(null);
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    await restoreModel(bytes, 'restored');
    patch('view', { step: 'generate' });
    say(`${file.name} is ready. Move a slider.`);
    await remember(bytes.slice());
  } catch (thrown) {
    showError(thrown, 'The file and the model before are still here.');
    say(`${file.name} could not be opened.`);
  } finally {
    settle();
  }
}

/** Keeps the model once more, now that it carries its verdict. */
async function rememberVerdict(): Promise<void> {
  const { origin, status } = get().model;
  if (status !== 'ready' || origin === 'ready-made') return;
  const bytes = await model.save().catch(() => null);
  // a training that began meanwhile has checkpoints of its own
  if (bytes === null || get().model.status !== 'ready') return;
  rememberModel(bytes);
  await remember(bytes.slice());
}

let keptFile: File | null = null;

/** Keeps the open file, its settings and (if given) its new model for the next visit. The demo is not kept. */
async function remember(bytes: Uint8Array | null): Promise<void> {
  const file = openedFile();
  const { summary, origin } = get().data;
  if (origin !== 'file' || !file || !summary) return;
  try {
    if (bytes) await keepModel(summary.fileName, [summary.nObs, summary.nVars], bytes);
    const kept = file === keptFile || (await keepFile(file));
    keptFile = kept ? file : null;
    if (kept) await keepAll(summary.fileName);
    patchRoot({ saved: kept });
  } catch (thrown) {
    const name = thrown instanceof DOMException ? thrown.name : '';
    const text =
      'The work is ready but not kept for your next visit, and would be lost on closing. Save the model as a file, or free space in the browser.';
    showError(
      name === 'QuotaExceededError'
        ? new StudioError('quota-full', "The browser's storage is full.", text)
        : thrown,
    );
  }
}

function recordOf(fileName: string): SessionRecord {
  const { choices, data, guidance, model: state, question, look, view } = get();
  return {
    version: 1,
    fileName,
    source: choices.source,
    choices: { ...choices },
    guidance: { ...guidance },
    question: { ...question },
    training: trainingRecord(),
    hasModel: state.status === 'ready' || state.status === 'loading',
    look: { ...look },
    ownColours: [...data.ownColours],
    step: view.step,
  };
}

async function writeSettings(): Promise<void> {
  const { summary } = get().data;
  if (summary && get().saved) await keepAll(summary.fileName);
}

async function keepAll(fileName: string): Promise<void> {
  await keepTrainingGraph();
  await keepSession(recordOf(fileName));
}

let following = false;

/** Keeps settings as they change, a second after the last change. */
function followSettings(): void {
  if (following) return;
  following = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  studio.subscribe((now, before) => {
    const same =
      now.guidance === before.guidance &&
      now.question === before.question &&
      now.model.settings === before.model.settings &&
      now.choices === before.choices &&
      now.look === before.look &&
      now.data.ownColours === before.data.ownColours &&
      now.view.step === before.view.step;
    if (same || !now.saved) return;
    clearTimeout(timer);
    timer = setTimeout(() => void writeSettings(), 1000);
  });
}

/** Removes the copy of file, model and settings kept in this browser. */
export async function forgetSession(): Promise<void> {
  await forgetAll();
  keptFile = null;
  patchRoot({ saved: false });
  say('The copy kept in this browser was removed.');
}
