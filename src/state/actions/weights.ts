/** @file Small multiples: the same cells, from the same noise, with one attribute's guidance weight at 0, 1, 2 and 4. */
import { map } from '../../clients/map-client.ts';
import { model } from '../../clients/model-client.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { ModelInfo, SolverSettings } from '../../protocol/model.ts';
import { keepArray, releaseArrays } from '../array-registry.ts';
import { explored, patchExplore, type WeightPanel } from '../explore.ts';
import { get, studio } from '../store.ts';
import { showError } from './alerts.ts';
import { toFileCodes } from './generate.ts';
import { whenQuiet } from './quiet.ts';

/** The weights that are compared. */
export const comparedWeights = [0, 1, 2, 4] as const;
const solver: SolverSettings = { method: 'heun', steps: 12 };
const mostCells = 300;

let turn = 0;

/** Generates the panels for an attribute; sliders that move meanwhile come first. */
export async function compareWeights(attribute: string): Promise<void> {
  turn += 1;
  const mine = turn;
  const isCurrent = (): boolean => mine === turn;
  const { info } = get().model;
  if (!info || get().model.status !== 'ready') return;
  clearPanels();
  patchExplore({ panels: { status: 'running', attribute, panels: [] } });
  try {
    for (const weight of comparedWeights) {
      let panel: WeightPanel | null = null;
      while (panel === null) {
        await whenQuiet(isCurrent);
        panel = await onePanel(info, attribute, weight);
      }
      if (!isCurrent()) return;
      patchExplore({
        panels: { status: 'running', attribute, panels: [...explored().panels.panels, panel] },
      });
    }
    patchExplore({ panels: { ...explored().panels, status: 'ready' } });
  } catch (thrown) {
    if (!isCurrent()) return;
    clearPanels();
    if (StudioError.from(thrown).code !== 'cancelled')
      showError(thrown, 'The cells on the map are unchanged.');
  }
}

/** One weight's cells on the map; null when a slider came first. */
async function onePanel(
  info: ModelInfo,
  attribute: string,
  weight: number,
): Promise<WeightPanel | null> {
  const { guidance } = get();
  try {
    const sample = await model.sample({
      cells: Math.min(mostCells, guidance.cells),
      seed: guidance.seed,
      guidance: info.attributes.map(({ name }) => ({
        attribute: name,
        value: guidance.terms[name]?.value ?? null,
        weight: name === attribute ? weight : (guidance.terms[name]?.weight ?? 1),
      })),
      library: { mode: 'chosen' },
      solver,
      frames: 0,
    });
    const asked = { [attribute]: toFileCodes(attribute, sample.codes[attribute]) };
    const placed = await map.place({
      latents: sample.latents,
      dims: sample.latentDim,
      seed: guidance.seed,
      codes: asked,
    });
    const sorted = placed.distance.slice().sort();
    const recognised = placed.recognised[attribute];
    return {
      weight,
      umap: keepArray(placed.umap),
      pca: keepArray(placed.pca),
      codes: recognised ? keepArray(recognised) : null,
      distance: sorted[sorted.length >> 1] ?? 0,
      hit: placed.hits[attribute] ?? null,
    };
  } catch (thrown) {
    if (StudioError.from(thrown).code === 'cancelled') return null;
    throw thrown;
  }
}

function clearPanels(): void {
  for (const { umap, pca, codes } of explored().panels.panels) releaseArrays(umap, pca, codes);
  patchExplore({ panels: { status: 'none', attribute: null, panels: [] } });
}

/** Drops the panels when model or values change; called once. */
export function watchPanels(): void {
  studio.subscribe((now, before) => {
    if (explored().panels.status === 'none') return;
    if (now.model.info !== before.model.info || now.guidance !== before.guidance) {
      turn += 1;
      clearPanels();
    }
  });
}
