/** @file From encoded cells to what the flow learns: brought to unit scale, log library size beside them. */
import { libraryState } from './library.ts';
import type { LibraryModel, Whitening } from './sampled-model.ts';

/** Smallest standard deviation by which a latent dimension is divided. */
const LEAST_SD = 1e-3;

/** Mean and sd of each of `dims` dimensions over some cells; 0 and 1 when latents are left as they are. */
export function whiteningOf(
  latents: Float32Array,
  dims: number,
  cells: Uint32Array,
  whitens: boolean,
): Whitening {
  const mean = new Float32Array(dims);
  const sd = new Float32Array(dims).fill(1);
  if (!whitens) return { mean, sd };
  for (let d = 0; d < dims; d++) {
    let sum = 0;
    for (const cell of cells) sum += latents[cell * dims + d];
    mean[d] = sum / cells.length;
    let squares = 0;
    for (const cell of cells) squares += (latents[cell * dims + d] - mean[d]) ** 2;
    sd[d] = Math.max(LEAST_SD, Math.sqrt(squares / cells.length));
  }
  return { mean, sd };
}

/** Latents with the log library size, as the flow sees it, as a last dimension. */
export function withLibrary(
  latents: Float32Array,
  logLibrary: Float64Array,
  library: Pick<LibraryModel, 'mean' | 'sd' | 'scale'>,
): Float32Array {
  const cells = logLibrary.length;
  const latentDim = latents.length / cells;
  const dims = latentDim + 1;
  const states = new Float32Array(cells * dims);
  for (let i = 0; i < cells; i++) {
    states.set(latents.subarray(i * latentDim, (i + 1) * latentDim), i * dims);
    states[i * dims + latentDim] = libraryState(library, logLibrary[i]);
  }
  return states;
}
