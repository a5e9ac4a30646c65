/** @file The maps that a file brings in obsm: which can be drawn, which comes first, and where each puts its cells. */
import type { CellFile } from './cell-file.ts';

/** Kinds of maps by name, best first; the last two are never shown unless they are asked for. */
const order: readonly RegExp[] = [/umap/i, /t-?sne/i, /draw_graph|phate|mde|force/i, /./];
const onlyWhenAsked = [/pca/i, /spatial/i];
/** A map must have a place for this share of the cells to be shown by itself. */
const leastPlaced = 0.5;

/** Whether a matrix of obsm is a map: 2 columns, 3 (of which the first two are drawn), or a PCA of any width. */
function isMap(key: string, columns: number): boolean {
  return columns === 2 || columns === 3 || (columns > 3 && /^(x_)?pca$/i.test(key));
}

function rankOf(key: string): number {
  const last = onlyWhenAsked.findIndex((kind) => kind.test(key));
  return last >= 0 ? order.length + last : order.findIndex((kind) => kind.test(key));
}

/** Keys of obsm that can be drawn as the map, best first: UMAPs, t-SNEs, other maps, PCA, places in a tissue. */
export function mapKeys(file: Pick<CellFile, 'obsm'>): string[] {
  return [...file.obsm]
    .filter(([key, { shape, readable }]) => readable && isMap(key, shape[1]))
    .map(([key]) => key)
    .sort((a, b) => rankOf(a) - rankOf(b) || a.length - b.length || (a < b ? -1 : 1));
}

/** First two columns of obsm[key] for all cells or a sample, [2·cells], NaN for a cell without a place; null where it is no map. */
export async function readMapOf(
  file: CellFile,
  key: string,
  sample: Int32Array | null,
): Promise<Float32Array | null> {
  if (!mapKeys(file).includes(key)) return null;
  const values = await file.embedding(key);
  const dims = file.obsm.get(key)?.shape[1] ?? 0;
  if (values === null) return null;
  const cells = sample?.length ?? file.obs.index.length;
  const map = new Float32Array(2 * cells);
  for (let i = 0; i < cells; i++) {
    const at = (sample === null ? i : sample[i]) * dims;
    const placed = Number.isFinite(values[at]) && Number.isFinite(values[at + 1]);
    map[2 * i] = placed ? values[at] : Number.NaN;
    map[2 * i + 1] = placed ? values[at + 1] : Number.NaN;
  }
  return map;
}

/** A map that the file brings. */
export interface OwnMap {
  readonly key: string;
  /** [2·cells], NaN for a cell without a place. */
  readonly positions: Float32Array;
}

/** The first map that is shown by itself and has a place for at least half of the cells; null if there is none. */
export async function readFirstMap(
  file: CellFile,
  sample: Int32Array | null,
): Promise<OwnMap | null> {
  for (const key of mapKeys(file).filter((name) => rankOf(name) < order.length)) {
    const positions = await readMapOf(file, key, sample);
    if (positions && placedCells(positions) >= leastPlaced * (positions.length / 2)) {
      return { key, positions };
    }
  }
  return null;
}

function placedCells(positions: Float32Array): number {
  let placed = 0;
  for (let i = 0; i < positions.length; i += 2) if (!Number.isNaN(positions[i])) placed++;
  return placed;
}
