/** @file Synthetic cells: asking the model, placing them on the map, newest answer only. */
import { map } from '../../clients/map-client.ts';
import { model } from '../../clients/model-client.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { SampleRequest, SampleResult } from '../../protocol/model.ts';
import { keepArray, releaseArrays } from '../array-registry.ts';
import { columnOf } from '../data-view.ts';
import { formatNumber } from '../format.ts';
import { isDear, solverFor, type SolverUse } from '../solvers.ts';
import { emptySynthetic, get, patch } from '../store.ts';
import type { SyntheticState } from '../types.ts';
import { say, showError } from './alerts.ts';
import { refreshGene } from './colour.ts';
import { keepTrajectory } from './trails.ts';

/** What the present choice asks for with the full solver; null without a model. */
export function finalRequest(): SampleRequest | null {
  return requestOf('final', 0);
}

/** Samples shown so far; also on the root element, where the steering bench reads it. */
let shown = 0;
let turn = 0;
let settleTimer: ReturnType<typeof setTimeout> | undefined;

function requestOf(use: SolverUse, frames: number): SampleRequest | null {
  const { guidance, model: state } = get();
  if (!state.info) return null;
  const { librarySize } = guidance;
  return {
    cells: guidance.cells,
    seed: guidance.seed,
    guidance: state.info.attributes.map(({ name }) => ({
      attribute: name,
      value: guidance.terms[name]?.value ?? null,
      weight: guidance.terms[name]?.weight ?? 1,
    })),
    library:
      librarySize.mode === 'fixed'
        ? { mode: 'fixed', value: librarySize.value }
        : { mode: librarySize.mode },
    solver: solverFor(state.info, use),
    frames,
  };
}

/** Category codes of a model attribute as codes of the file's column (a model drops categories without cells). */
export function toFileCodes(attribute: string, codes: Int32Array): Int32Array {
  const known =
    get().model.info?.attributes.find(({ name }) => name === attribute)?.categories ?? [];
  const column = columnOf(attribute)?.categories ?? known;
  const table = known.map((category) => column.indexOf(category));
  return codes.map((code) => (code < 0 ? -1 : (table[code] ?? -1)));
}

function releaseSynthetic(): void {
  const old = get().synthetic;
  const single = [old.latents, old.umap, old.pca, old.distance, old.hitShare, old.frames?.id];
  releaseArrays(...single, ...Object.values(old.asked), ...Object.values(old.recognised));
}

/** Places a sample on the map and shows it. Returns false when a newer one came in between. */
export async function showSample(
  sample: SampleResult,
  started: number,
  isCurrent: () => boolean,
  previewStep: number | null = null,
  effort: 'live' | 'full' = 'full',
): Promise<boolean> {
  const codes: Record<string, Int32Array> = {};
  for (const [name, asked] of Object.entries(sample.codes)) codes[name] = toFileCodes(name, asked);
  const { seed } = get().guidance;
  const placed = await map.place({
    latents: sample.latents,
    dims: sample.latentDim,
    seed,
    codes,
    effort,
  });
  if (!isCurrent()) return false;
  releaseSynthetic();
  const keepAll = (record: Readonly<Record<string, Int32Array>>): Record<string, string> =>
    Object.fromEntries(Object.entries(record).map(([name, array]) => [name, keepArray(array)]));
  const next: SyntheticState = {
    status: 'ready',
    sampleId: sample.sampleId,
    latents: keepArray(sample.latents),
    cells: sample.cells,
    seed,
    milliseconds: performance.now() - started,
    extrapolated: sample.extrapolated,
    umap: keepArray(placed.umap),
    pca: keepArray(placed.pca),
    distance: keepArray(placed.distance),
    hitShare: keepArray(placed.hitShare),
    asked: keepAll(codes),
    recognised: keepAll(placed.recognised),
    hits: placed.hits,
    previewStep,
    frames: null,
  };
  patch('synthetic', next);
  shown += 1;
  document.documentElement.dataset.samples = String(shown);
  return true;
}

async function run(use: SolverUse): Promise<boolean> {
  const request = requestOf(use, 0);
  if (!request) return false;
  turn += 1;
  const mine = turn;
  const started = performance.now();
  patch('synthetic', { status: 'generating' });
  try {
    const sample = await model.sample(request);
    const effort = use === 'live' ? 'live' : 'full';
    return await showSample(sample, started, () => mine === turn, null, effort);
  } catch (thrown) {
    if (mine === turn) {
      patch('synthetic', { status: get().synthetic.umap ? 'ready' : 'none' });
      showError(thrown, 'The cells on the map stay as they were.');
    }
    return false;
  }
}

/** Generates with the full number of solver steps: for the Generate button and after a slider has come to rest. */
export async function generate(): Promise<void> {
  clearTimeout(settleTimer);
  if (get().model.status !== 'ready') return;
  const { guidance, model: state } = get();
  if (guidance.cells > 2000 || isDear(state.info)) say('Generating.', true);
  if (!(await run('final'))) return;
  sayReady();
  patch('view', { flowTime: 1, flowPlaying: false });
  refreshGene();
}

/** First cells of a model that has just been loaded: shown after few steps, refined at once after. */
export async function generateSoon(): Promise<void> {
  clearTimeout(settleTimer);
  await run('live');
  settleTimer = setTimeout(() => void settle(false), 200);
}

function sayReady(): void {
  const { synthetic } = get();
  say(`Ready. ${formatNumber(synthetic.cells)} synthetic cells, seed ${synthetic.seed}.`);
}

let liveRunning = false;
let liveAgain = false;

/** Called on every change of guidance: shows moved cells at once, then refines them when the slider rests. */
export function followGuidance(): void {
  const { guidance, model: state } = get();
  if (state.status !== 'ready' || !guidance.live || guidance.cells > 20_000) return;
  clearTimeout(settleTimer);
  patch('view', { flowTime: 1, flowPlaying: false });
  if (liveRunning) {
    liveAgain = true;
    return;
  }
  void followLoop();
}

async function followLoop(): Promise<void> {
  liveRunning = true;
  do {
    liveAgain = false;
    await run('live');
  } while (liveAgain);
  liveRunning = false;
  settleTimer = setTimeout(() => void settle(true), 500);
}

async function settle(announce: boolean): Promise<void> {
  const quick = get().synthetic.milliseconds;
  if (await run('final')) {
    patch('synthetic', { milliseconds: quick });
    if (announce) sayReady();
    refreshGene();
  }
}

/** The exportable sample: makes sure that the cells on the map come from the full solver. */
export async function finalSample(): Promise<SyntheticState> {
  // Cells that are still on their way (a slider was moved, a number typed) may come in between: then once more.
  for (let tries = 0; tries < 5; tries += 1) {
    clearTimeout(settleTimer);
    const own = turn + 1;
    if ((await run('final')) || turn === own) break;
  }
  const { synthetic } = get();
  if (synthetic.sampleId === null)
    throw new StudioError('bad-request', 'No synthetic cells yet.', 'Press Generate first.');
  return synthetic;
}

/** States over flow time for the present choice, projected on the latent PCA; kept until the cells change. */
export async function loadFrames(): Promise<boolean> {
  const known = get().synthetic.frames;
  if (known) return true;
  const request = requestOf('live', 17);
  if (!request || get().model.status !== 'ready') return false;
  const mine = turn;
  try {
    const sample = await model.sample(request);
    if (!sample.trajectory || mine !== turn) return false;
    const positions = await map.projectFrames(sample.trajectory.latents, sample.latentDim);
    if (mine !== turn) return false;
    await keepTrajectory({
      latents: sample.trajectory.latents,
      dims: sample.latentDim,
      frames: sample.trajectory.times.length,
      cells: sample.cells,
    });
    if (mine !== turn) return false;
    patch('synthetic', {
      frames: { id: keepArray(positions), count: sample.trajectory.times.length },
    });
    return true;
  } catch (thrown) {
    showError(thrown, 'The cells on the map stay as they were.');
    return false;
  }
}

/** Removes the synthetic cells, e.g. when another file is opened. */
export function clearSynthetic(): void {
  turn += 1;
  clearTimeout(settleTimer);
  releaseSynthetic();
  patch('synthetic', emptySynthetic);
}

/** Makes earlier running requests stale without touching what is shown; used when a training begins. */
export function invalidateSamples(): number {
  turn += 1;
  return turn;
}

/** Whether no newer request was made since this turn. */
export function isTurn(value: number): boolean {
  return value === turn;
}
