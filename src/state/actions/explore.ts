/** @file How the map is explored: colour sequence, range, legend order, trails, density, joint map. */
import { study } from '../../clients/study-client.ts';
import { StudioError } from '../../protocol/errors.ts';
import { floatArray, intArray, keepArray, releaseArrays } from '../array-registry.ts';
import { columnOf } from '../data-view.ts';
import {
  emptyJoint,
  explored,
  patchExplore,
  type ExploreState,
  type LegendOrder,
  type SequenceName,
} from '../explore.ts';
import { formatDuration, formatPercent } from '../format.ts';
import { get, patch, studio } from '../store.ts';
import { say, showError } from './alerts.ts';
import { loadFrames } from './generate.ts';
import { ensureStudy, forgetStudy } from './study.ts';
import { placeTrails } from './trails.ts';

/** Lines of density a category. */
const contourLevels = 5;

/** Colours of numbers; remembered in this browser. */
export function setSequence(sequence: SequenceName): void {
  patchExplore({ sequence });
  try {
    localStorage.setItem('cellsmith-sequence', sequence);
  } catch {
    // storage is off: the choice lasts for this visit
  }
}

/** Ends of a number scale by what it shows; a number that is none, or not above the lower end, brings back the 99th percentile. */
export function setRange(title: string, low: number, high: number): void {
  const ranges = { ...explored().ranges };
  if (Number.isFinite(high) && high > low) ranges[title] = { low, high };
  else delete ranges[title];
  patchExplore({ ranges });
}

/** Order of the legend's rows. */
export function setLegendOrder(order: LegendOrder): void {
  patchExplore({ order });
}

/** Shows the ways of some cells from noise: on the PCA where they are true, on the UMAP by their nearest real cells. */
export async function toggleTrails(): Promise<void> {
  const trails = !explored().trails;
  patchExplore({ trails });
  if (trails) await loadFrames();
  await placeTrails();
}

/** Shows lines of equal density, computed in the study worker. */
export async function toggleDensity(): Promise<void> {
  patchExplore({ density: !explored().density });
  await followDensity();
}

let densityTurn = 0;

/** Computes the lines for what is shown now: the colouring's categories, or all cells as one group. */
async function followDensity(): Promise<void> {
  densityTurn += 1;
  const mine = densityTurn;
  if (!explored().density) {
    if (explored().contours.length > 0) patchExplore({ contours: [] });
    return;
  }
  const { data, look, model: state, view } = get();
  const places = floatArray(
    look.overlay === 'umap' ? data.umap : (state.latentPca ?? data.pca),
  )?.slice();
  if (!places) return;
  const column = look.colourBy?.kind === 'obs' ? columnOf(look.colourBy.name) : null;
  const hidden = look.colourBy?.kind === 'obs' ? (view.hidden[look.colourBy.name] ?? []) : [];
  const shown = column?.categories.map((category) => !hidden.includes(category)) ?? [];
  const codes = column
    ? column.codes.map((code) => (code >= 0 && shown[code] ? code : -1))
    : new Int32Array(places.length / 2);
  try {
    const contours = await study.contours({
      positions: places,
      codes,
      categories: column ? column.categories.length : 1,
      levels: contourLevels,
    });
    if (mine === densityTurn) patchExplore({ contours });
  } catch (thrown) {
    if (mine === densityTurn) showError(thrown, 'The map is unchanged.');
  }
}

function setJoint(change: Partial<ExploreState['joint']>): void {
  patchExplore({ joint: { ...explored().joint, ...change } });
}

/** Places of the studied cells over all cells of their kind; NaN for the others. */
function spread(places: Float32Array, cells: Int32Array | null, all: number): Float32Array {
  const out = new Float32Array(2 * all).fill(Number.NaN);
  cells?.forEach((cell, row) => out.set(places.subarray(2 * row, 2 * row + 2), 2 * cell));
  return out;
}

function changedSince(sampleId: number | null): boolean {
  const now = get().synthetic.sampleId;
  return now !== null && now !== sampleId;
}

/** Shows the map that is made anew from real and synthetic cells together, or goes back; it is made when there is none for these cells. */
export async function toggleJointMap(): Promise<void> {
  const { joint } = explored();
  if (joint.status === 'running') {
    await study.cancel();
    return;
  }
  if (joint.shown || joint.status === 'ready') {
    setJoint({ shown: !joint.shown });
    if (explored().joint.shown) patch('look', { overlay: 'umap' });
    patch('view', { fitRequests: get().view.fitRequests + 1 });
    return;
  }
  if (get().synthetic.sampleId === null) return;
  setJoint({ status: 'running', share: 0 });
  const { sampleId } = get().synthetic;
  try {
    if (!(await ensureStudy())) throw new StudioError('cancelled', 'Cancelled.', 'The cells changed meanwhile.'); // prettier-ignore
    say('Mapping real and synthetic cells together.', true);
    const result = await study.joint(0, ({ share }) => {
      if (explored().joint.status === 'running') setJoint({ share });
    });
    if (sampleId !== get().synthetic.sampleId) throw new StudioError('cancelled', 'Cancelled.', 'The cells changed meanwhile.'); // prettier-ignore
    const now = explored().study;
    const realCells = (floatArray(get().data.umap)?.length ?? 0) / 2;
    setJoint({
      ...emptyJoint,
      status: 'ready',
      shown: true,
      real: keepArray(spread(result.real, intArray(now.real), realCells)),
      synthetic: keepArray(
        spread(result.synthetic, intArray(now.synthetic), get().synthetic.cells),
      ),
      realNearSynthetic: result.realNearSynthetic,
      realNearReal: result.realNearReal,
      expected: result.expected,
    });
    patch('look', { overlay: 'umap' });
    patch('view', { flowTime: 1, flowPlaying: false, fitRequests: get().view.fitRequests + 1 });
    say(`Joint map made in ${formatDuration(result.seconds)}: among the 15 nearest of a synthetic cell ${formatPercent(result.realNearSynthetic, 0)} are real.`); // prettier-ignore
  } catch (thrown) {
    setJoint(emptyJoint);
    const cancelled = StudioError.from(thrown).code === 'cancelled';
    // Cells that were refined meanwhile get their map anew; a person's own stop does not change the cells.
    if (cancelled && changedSince(sampleId)) await toggleJointMap();
    else if (cancelled) say('The joint map was stopped.');
    else showError(thrown, 'The map is unchanged.');
  }
}

function dropJoint(): void {
  const { joint } = explored();
  if (joint.status === 'none') return;
  if (joint.status === 'running') void study.cancel();
  releaseArrays(joint.real, joint.synthetic);
  patchExplore({ joint: emptyJoint });
}

/** Keeps what is explored in step with the page's state; called once. */
export function watchExplore(): void {
  try {
    const kept = localStorage.getItem('cellsmith-sequence');
    if (kept === 'viridis' || kept === 'cividis' || kept === 'magma')
      patchExplore({ sequence: kept });
  } catch {
    // storage is off
  }
  study.onDeath((error) => {
    forgetStudy();
    dropJoint();
    showError(error, 'The map and the cells are unchanged.');
  });
  studio.subscribe((now, before) => {
    if (now.data.summary !== before.data.summary || now.data.status !== before.data.status) {
      if (now.data.status !== 'ready') forgetStudy();
    }
    if (now.synthetic.sampleId !== before.synthetic.sampleId || now.data.umap !== before.data.umap)
      dropJoint();
    if (now.look.overlay === 'pca' && before.look.overlay !== 'pca' && explored().joint.shown)
      setJoint({ shown: false });
    const drawn =
      now.look !== before.look ||
      now.data.umap !== before.data.umap ||
      now.data.pca !== before.data.pca ||
      now.model.latentPca !== before.model.latentPca ||
      now.view.hidden !== before.view.hidden;
    if (drawn && explored().density && now.data.mapProgress === null) void followDensity();
    const frames = now.synthetic.frames === null && before.synthetic.frames !== null;
    if (frames && explored().trails && now.synthetic.status === 'ready') void loadFrames();
  });
}
