/** @file In which order the cells of a request are drawn: as they come, or where cells have dispersions of their own, those of one level together. */
import { dispersionLevels, drawLevels } from './cell-dispersion.ts';
import type { DecodingRuntime } from './decoding-runtime.ts';

/** Cells to decode: whitened latents [cells, latentDim], log library sizes [cells], and the seed of their draws. */
export interface DecodeRequest {
  readonly latents: Float32Array;
  readonly logLibrary: Float32Array;
  readonly seed: number;
  /** Number of the first of these cells among all that were generated with the seed; draws depend on it. */
  readonly first: number;
  /** Categories of the cells by attribute, −1 where they show none, for models that are calibrated by them; left out: none. */
  readonly codes?: Readonly<Record<string, Int32Array>> | undefined;
}

/** Cells of a request in the order in which they are drawn. */
export interface DrawOrder {
  readonly latents: Float32Array;
  readonly logLibrary: Float32Array;
  /** Category of each cell per attribute of a model with offsets, −1 where it shows none; empty for other models. */
  readonly codes: readonly Int32Array[];
  readonly seed: number;
  /** Number of each cell among all that the seed makes. */
  readonly numbers: Float64Array;
  /** Runs of cells that share their inverse dispersions [genes]; together they are all cells. */
  readonly parts: readonly { readonly from: number; readonly to: number; readonly theta: Float32Array }[]; // prettier-ignore
  /** Where each cell of the request is in this order; null: where it was. */
  readonly places: Uint32Array | null;
}

/** The order of a request. */
export function drawOrder(runtime: DecodingRuntime, request: DecodeRequest): DrawOrder {
  const { model, theta } = runtime;
  const { latents, logLibrary, seed, first } = request;
  const cells = logLibrary.length;
  const codes = codesOf(runtime, request);
  const { library: learnt } = model;
  if (learnt?.dispersion === undefined) {
    const numbers = Float64Array.from({ length: cells }, (_, i) => first + i);
    const parts = [{ from: 0, to: cells, theta }];
    return { latents, logLibrary, codes, seed, numbers, parts, places: null };
  }
  const levels = drawLevels(learnt.dispersion, logLibrary, seed, first);
  const order = Uint32Array.from(levels.keys()).sort((a, b) => levels[a] - levels[b] || a - b);
  const places = new Uint32Array(cells);
  order.forEach((cell, at) => (places[cell] = at));
  const { latentDim } = model.architecture;
  const ordered = new Float32Array(latents.length);
  order.forEach((cell, at) =>
    ordered.set(latents.subarray(cell * latentDim, (cell + 1) * latentDim), at * latentDim),
  );
  return {
    latents: ordered,
    logLibrary: Float32Array.from(order, (cell) => logLibrary[cell]),
    codes: codes.map((own) => Int32Array.from(order, (cell) => own[cell])),
    seed,
    numbers: Float64Array.from(order, (cell) => first + cell),
    parts: partsOf(levels, order, theta),
    places,
  };
}

function partsOf(levels: Uint8Array, order: Uint32Array, theta: Float32Array): DrawOrder['parts'] {
  return dispersionLevels.flatMap((level, l) => {
    const from = order.findIndex((cell) => levels[cell] === l);
    if (from < 0) return [];
    const beyond = order.findIndex((cell) => levels[cell] > l);
    const factor = Math.exp(level);
    return [{ from, to: beyond < 0 ? order.length : beyond, theta: theta.map((t) => t * factor) }];
  });
}

function codesOf(
  { model: { attributes = [] }, tables = [] }: DecodingRuntime,
  { codes, logLibrary }: DecodeRequest,
): Int32Array[] {
  if (tables.every((table) => table === null)) return [];
  return attributes.map(({ name }) => codes?.[name] ?? new Int32Array(logLibrary.length).fill(-1));
}
