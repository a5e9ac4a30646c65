/** @file The columns of exported cells, and the table of them as CSV. */
import type { WriteColumn } from '../../protocol/dataset.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { floatArray, intArray } from '../array-registry.ts';
import { coloursOf, columnOf } from '../data-view.ts';
import { get } from '../store.ts';
import type { SyntheticState } from '../types.ts';

/** Names of n synthetic cells. */
export function cellNames(n: number): string[] {
  const width = Math.max(6, String(n).length);
  return Array.from({ length: n }, (_, index) => `syn_${String(index + 1).padStart(width, '0')}`);
}

/** obs of the synthetic cells: what each was asked to be, the weights, how far it lies from real cells. */
export function obsOf(synthetic: SyntheticState, info: ModelInfo): Record<string, WriteColumn> {
  const obs: Record<string, WriteColumn> = {};
  const { guidance } = get();
  for (const { name } of info.attributes) {
    const column = columnOf(name);
    const codes = intArray(synthetic.asked[name] ?? null);
    if (column && codes) {
      obs[name] = {
        kind: 'categorical',
        categories: column.categories,
        codes: codes.slice(),
        colours: coloursOf(name),
      };
    }
    const weight = guidance.terms[name]?.weight ?? 1;
    obs[`guidance_${name}`] = {
      kind: 'number',
      values: new Float32Array(synthetic.cells).fill(weight),
    };
  }
  const distance = floatArray(synthetic.distance);
  if (distance) obs.distance_to_real = { kind: 'number', values: distance.slice() };
  return obs;
}

/** The table of the synthetic cells as CSV. */
export function tableOf(synthetic: SyntheticState, info: ModelInfo): string {
  const umap = floatArray(synthetic.umap);
  const pca = floatArray(synthetic.pca);
  const distance = floatArray(synthetic.distance);
  const attributes = info.attributes.map(({ name }) => ({
    name,
    categories: columnOf(name)?.categories ?? [],
    codes: intArray(synthetic.asked[name] ?? null),
  }));
  const head = [
    'cell',
    'origin',
    ...attributes.map(({ name }) => name),
    'umap_1',
    'umap_2',
    'latent_pc_1',
    'latent_pc_2',
    'distance_to_real',
  ];
  const rows = cellNames(synthetic.cells).map((cell, index) => [
    cell,
    'synthetic',
    ...attributes.map(({ categories, codes }) => categories[codes?.[index] ?? -1] ?? ''),
    umap?.[2 * index] ?? '',
    umap?.[2 * index + 1] ?? '',
    pca?.[2 * index] ?? '',
    pca?.[2 * index + 1] ?? '',
    distance?.[index] ?? '',
  ]);
  const quote = (value: string | number): string => {
    const text = String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [head, ...rows].map((row) => row.map(quote).join(',')).join('\n') + '\n';
}
