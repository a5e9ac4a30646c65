/** @file What the page derives from the open file and the model: columns, kept cells, combinations, colours. */
import type { CategoryColumn } from '../protocol/dataset.ts';
import type { ModelInfo } from '../protocol/model.ts';
import { floatArray, intArray } from './array-registry.ts';
import { categoryColours } from './palette.ts';
import { defaultFlowSteps } from '../protocol/recipe.ts';
import { get } from './store.ts';
import { trainedSets } from './screen-choice.ts';
import { estimateText, scdfmText, scldmText, type TrainingLoad } from './train-estimate.ts';
import type { DataChoices, DataState, StudioState } from './types.ts';

/** A categorical obs column of the open file, or null. */
export function columnOf(name: string, data: DataState = get().data): CategoryColumn | null {
  const codes = intArray(data.columns[name] ?? null);
  const column = data.summary?.obs.find((entry) => entry.name === name);
  return codes && column ? { categories: column.categories, codes } : null;
}

/** A number column of the open file, [nObs], or null. */
export function numbersOf(name: string, data: DataState = get().data): Float32Array | null {
  return floatArray(data.columns[name] ?? null);
}

/** Colours of a column's categories: the file's own (`uns`) unless they were put aside, else the palette. */
export function coloursOf(name: string, data: DataState = get().data): readonly string[] {
  const column = data.summary?.obs.find((entry) => entry.name === name);
  const own = fileColours(name, data);
  return own && !data.ownColours.includes(name) ? own : coloursBySize(column?.cells ?? []);
}

/** The file's own colours of a column (`uns['NAME_colors']`), or null. */
export function fileColours(name: string, data: DataState = get().data): readonly string[] | null {
  const column = data.summary?.obs.find((entry) => entry.name === name);
  if (!column?.colours || column.colours.length < column.categories.length) return null;
  return column.colours;
}

/** Palette colours for categories with these cells: the largest category gets the first, most distinct colour. */
export function coloursBySize(cells: readonly number[]): string[] {
  const palette = categoryColours(cells.length);
  const order = cells
    .map((_, index) => index)
    .sort((a, b) => (cells[b] ?? 0) - (cells[a] ?? 0) || a - b);
  const colours: string[] = [];
  order.forEach((category, rank) => {
    colours[category] = palette[rank] ?? '';
  });
  return colours;
}

/** Which cells the limits and left-out categories keep: mask 1 = kept. */
export interface KeptCells {
  readonly kept: number;
  readonly of: number;
  /** Cells outside the thresholds alone. */
  readonly outside: number;
  readonly mask: Uint8Array;
}

/** Applies the choices of the Data step to the cells of the open file; one pass over the cells. */
export function keptCells(
  choices: DataChoices = get().choices,
  data: DataState = get().data,
): KeptCells {
  const counts = floatArray(data.qc?.counts ?? null);
  const genes = floatArray(data.qc?.genes ?? null);
  const mito = floatArray(data.qc?.mito ?? null);
  const of = counts?.length ?? 0;
  const mask = new Uint8Array(of);
  const dropped = choices.attributes.map((name) => {
    const column = columnOf(name, data);
    const out = new Set(
      (choices.leftOut[name] ?? []).map((category) => column?.categories.indexOf(category) ?? -1),
    );
    if (choices.leaveUnlabelled.includes(name)) out.add(-1);
    else out.delete(-1);
    return { codes: column?.codes ?? null, out };
  });
  let kept = 0;
  let outside = 0;
  for (let cell = 0; cell < of; cell += 1) {
    const inside =
      within(counts?.[cell] ?? 0, choices.counts.min, choices.counts.max) &&
      within(genes?.[cell] ?? 0, choices.genes.min, choices.genes.max) &&
      (mito === null || within(mito[cell] ?? 0, null, choices.mitoMax)) &&
      (counts?.[cell] ?? 0) > 0;
    if (!inside) {
      outside += 1;
      continue;
    }
    if (
      dropped.some(({ codes, out }) => codes !== null && out.has(Math.max(-1, codes[cell] ?? -1)))
    )
      continue;
    mask[cell] = 1;
    kept += 1;
  }
  return { kept, of, outside, mask };
}

function within(value: number, min: number | null, max: number | null): boolean {
  return (min === null || value >= min) && (max === null || value <= max);
}

/**
 * Training cells that have these values (null stands for every value), from the model's table of combinations.
 *
 * @returns null when the model has no table (more than 100,000 combinations)
 */
export function combinationCells(
  info: ModelInfo,
  values: Readonly<Record<string, string | null>>,
): number | null {
  // Cells that are not labelled in some other attribute are in no combination, but they have this value.
  const fixed = info.attributes.filter(({ name }) => (values[name] ?? null) !== null);
  const [only] = fixed;
  if (!only) return info.trainingCells;
  if (fixed.length === 1) {
    return only.cells[only.categories.indexOf(values[only.name] ?? '')] ?? 0;
  }
  if (info.combinations === null) return null;
  const wanted = info.attributes.map(({ name, categories }) => {
    const value = values[name] ?? null;
    return value === null ? -1 : categories.indexOf(value);
  });
  let total = 0;
  info.combinations.forEach((cells, index) => {
    let rest = index;
    for (let axis = info.attributes.length - 1; axis >= 0; axis -= 1) {
      const size = info.attributes[axis]?.categories.length ?? 1;
      const code = rest % size;
      rest = Math.floor(rest / size);
      if (wanted[axis] !== -1 && wanted[axis] !== code) return;
    }
    total += cells;
  });
  return total;
}

/** What a training on the present choices has to learn; null without cells. One pass over the cells. */
export function trainingLoad(state: StudioState = get()): TrainingLoad | null {
  const { kept, of } = keptCells(state.choices, state.data);
  if (kept === 0) return null;
  const { settings } = state.model;
  const all = settings.place === 'disk-all-genes' ? state.data.fileGenes : state.data.geneCount;
  const { geneChoice } = state.choices;
  const genes = geneChoice === 'all' ? all : Math.min(all, geneChoice);
  const found = floatArray(state.data.qc?.genes ?? null)?.reduce((sum, n) => sum + n, 0) ?? 0;
  // Chosen genes are the more expressed ones, so their number falls more slowly than that of all.
  const expressed = Math.min(
    genes,
    (found / Math.max(1, of)) * Math.sqrt(genes / Math.max(1, all)),
  );
  return { cells: Math.round(kept * (1 - settings.heldOut)), genes, expressed };
}

/** The estimate under the Data panel for the present choices, e.g. "About 2 min 40 s on 2 CPU threads"; empty when unknown. */
export function trainEstimate(state: StudioState = get()): string {
  const { settings } = state.model;
  const load = trainingLoad(state);
  if (settings.model === 'scldm') {
    if (load === null || state.device === null) return '';
    return scldmText(state.device, settings.size, load, settings);
  }
  if (settings.model === 'scdfm') {
    if (state.device === null) return '';
    const { screen, flowSteps } = settings;
    return scdfmText(state.device, screen.tier, flowSteps, trainedSets(state));
  }
  if (load === null) return '';
  const steps = settings.flowSteps ?? defaultFlowSteps(load.cells);
  return estimateText(state.device, load.cells, load.genes, steps);
}
