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
import { whenTravelled } from '../history.ts';
import { get, patch, patchRoot, studio } from '../store.ts';
import type { DataChoices, GuidanceState, LookState } from '../types.ts';
import { say, showError } from './alerts.ts';
import { openData, openedFile, reopenAfterCrash } from './data.ts';
import { followGuidance } from './generate.ts';
import { rebuildMap } from './map.ts';
import { restoreAfterCrash, restoreModel, stopTraining, whenTrained } from './training.ts';
import { recallTheme } from './view.ts';

const demoFile = 'demo/blood-700.h5ad';
const demoModel = 'demo/blood-700.cellsmith';

/** Starts the studio once: device, then the last visit's work or the demo. */
export function startStudio(): void {
  patch('view', { theme: recallTheme() });
  io.onDeath((error) => void (showError(error), reopenAfterCrash()));
  map.onDeath((error) => void (showError(error), rebuildMap().catch(showError)));
  model.onDeath((error) => {
    if (get().model.status === 'ready') {
      showError(error, 'The model was kept and is loaded again.');
      void restoreAfterCrash();
    }
  });
  whenTravelled(followGuidance);
  whenTrained((bytes) => void remember(bytes));
  void begin();
}

async function begin(): Promise<void> {
  const device = model.init('auto').then((report) => patchRoot({ device: report }));
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
  try {
    const [bytes, modelBytes] = await Promise.all([fetchBytes(demoFile), fetchBytes(demoModel)]);
    const file = new File([bytes], 'blood-700.h5ad');
    if (!(await openData(file, 'demo'))) return;
    await device;
    await restoreModel(new Uint8Array(modelBytes), 'ready-made');
    patch('view', { step: 'generate' });
    say('Ready. This is a demo: drop your own .h5ad anywhere to start.');
    await forgetAll();
    patchRoot({ saved: false });
  } catch (thrown) {
    showError(thrown);
    say('The demo could not be opened. Drop an .h5ad file to start.');
  }
}

async function restoreVisit(
  last: NonNullable<Awaited<ReturnType<typeof recallSession>>>,
  device: Promise<void>,
): Promise<boolean> {
  const { record, file, model: bytes } = last;
  const guidance = record.guidance as Partial<GuidanceState>;
  if (!file) return false;
  if (!(await openData(file, 'file', record.source))) return false;
  patch('choices', record.choices as Partial<DataChoices>);
  patch('look', record.look as Partial<LookState>);
  patch('guidance', guidance);
  patch('view', { step: bytes ? record.step : 'data' });
  if (bytes) {
    await device;
    await restoreModel(bytes, 'restored');
  }
  patchRoot({ saved: true });
  say(`${file.name} and its ${bytes ? 'model' : 'settings'} are back from your last visit.`);
  return true;
}

/** Training holds the file: offers to stop it first. Returns true when the caller must wait. */
function busyTraining(then: () => Promise<void>): boolean {
  const { status } = get().model;
  if (status === 'none' || status === 'ready') return false;
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

/** Opens a data file, or a *.cellsmith model for the open file. */
export async function openFile(file: File): Promise<void> {
  if (busyTraining(() => openFile(file))) return;
  if (/\.cellsmith$/i.test(file.name)) {
    await openModel(file);
    return;
  }
  if (!(await openData(file, 'file'))) return;
  patch('view', { step: 'data', panelOpen: true });
  await remember(null);
}

async function openModel(file: File): Promise<void> {
  say(`Opening ${file.name}.`, true);
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    await restoreModel(bytes, 'restored');
    patch('view', { step: 'generate' });
    say(`${file.name} is ready. Move a slider.`);
    await remember(bytes.slice());
  } catch (thrown) {
    showError(thrown, 'The file and the model before are still here.');
    say(`${file.name} could not be opened.`);
  }
}

let keptFile: File | null = null;

async function remember(bytes: Uint8Array | null): Promise<void> {
  const file = openedFile();
  const { data } = get();
  try {
    if (data.origin === 'file' && file) {
      if (file !== keptFile && !(await keepFile(file))) return;
      keptFile = file;
    }
    await keepModel(bytes);
    hasModel = bytes !== null;
    await writeSettings();
    patchRoot({ saved: data.origin === 'file' });
  } catch (thrown) {
    const name = thrown instanceof DOMException ? thrown.name : '';
    const text =
      'The model is ready but not kept for your next visit, and would be lost on closing. Save the model as a file, or free space in the browser.';
    showError(
      name === 'QuotaExceededError'
        ? new StudioError('quota-full', "The browser's storage is full.", text)
        : thrown,
    );
  }
}

let hasModel = false;

function recordNow(): SessionRecord {
  const { data, choices, guidance, look, view } = get();
  return {
    version: 1,
    fileName: data.origin === 'file' ? (data.summary?.fileName ?? null) : null,
    source: choices.source,
    choices: { ...choices },
    guidance: { ...guidance },
    look: { ...look },
    step: view.step,
    hasModel,
  };
}

async function writeSettings(): Promise<void> {
  if (get().data.origin === 'file') await keepSession(recordNow());
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
      now.choices === before.choices &&
      now.look === before.look &&
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
