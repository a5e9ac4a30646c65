/** @file The UMAPs that ours is measured beside: umap-js, embedding-atlas' WebAssembly (npm ci --prefix bench/baselines), umap-learn (CELLSMITH_PYTHON). */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UMAP } from 'umap-js';
import { computeUmap } from '../../src/maps/umap.ts';

/** Lays out scores [cells, dims] with 15 neighbours, minimal distance 0.3 and so many epochs. */
export type LayOut = (
  scores: Float32Array,
  cells: number,
  dims: number,
  epochs: number,
) => Promise<Float32Array>;

/** Ours: one thread, WebAssembly with SIMD. */
export const layOutHere: LayOut = (scores, cells, dims, epochs) =>
  computeUmap(scores, cells, dims, { seed: 1, epochs });

/** umap-js: JavaScript, one thread. */
export const layOutWithUmapJs: LayOut = (scores, cells, dims, epochs) => {
  const rows = Array.from({ length: cells }, (_, i) => Array.from(scores.subarray(i * dims, (i + 1) * dims))); // prettier-ignore
  const umap = new UMAP({ nNeighbors: 15, minDist: 0.3, nEpochs: epochs });
  return Promise.resolve(Float32Array.from(umap.fit(rows).flat()));
};

interface Atlas {
  createUMAP(
    rows: number,
    columns: number,
    out: number,
    values: Float32Array,
    options: object,
  ): Promise<{ run(): Promise<void>; readonly embedding: Float32Array; destroy(): void }>;
}

/** embedding-atlas: Rust as WebAssembly with SIMD, one thread, without WebGPU; null where it is not installed. */
export async function loadAtlas(): Promise<LayOut | null> {
  const file = join(import.meta.dirname, '../baselines/node_modules/embedding-atlas/dist/umap.js');
  if (!existsSync(file)) {
    console.log('left out: embedding-atlas is not installed (npm ci --prefix bench/baselines)');
    return null;
  }
  const atlas = (await import(pathToFileURL(file).href)) as Atlas;
  return async (scores, cells, dims, epochs) => {
    const options = { nNeighbors: 15, minDist: 0.3, nEpochs: epochs, gpu: false };
    const umap = await atlas.createUMAP(cells, dims, 2, scores.slice(), options);
    await umap.run();
    const layout = umap.embedding.slice();
    umap.destroy();
    return layout;
  };
}

/** umap-learn with its own number of epochs on two threads; it compiles itself on a first run that is not timed. Null where it is not installed. */
export function layOutWithUmapLearn(
  scores: Float32Array,
  cells: number,
  dims: number,
): { readonly layout: Float32Array; readonly wall: number } | null {
  const python = process.env['CELLSMITH_PYTHON'];
  if (!python) {
    console.log('left out: umap-learn (CELLSMITH_PYTHON is not set)');
    return null;
  }
  const folder = mkdtempSync(join(tmpdir(), 'cellsmith-umap-'));
  try {
    const [from, to] = [join(folder, 'scores'), join(folder, 'layout')];
    writeFileSync(from, scores);
    const script = join(import.meta.dirname, 'umap_learn.py');
    const told = execFileSync(python, [script, from, String(cells), String(dims), to], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }); // prettier-ignore
    const bytes = readFileSync(to);
    const layout = new Float32Array(bytes.buffer, bytes.byteOffset, 2 * cells).slice();
    return { layout, wall: 1000 * Number(told.trim().split('\n').at(-1)) };
  } catch {
    console.log('left out: umap-learn is not installed in CELLSMITH_PYTHON');
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
