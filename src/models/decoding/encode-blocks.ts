/** @file Latents of many cells, encoded block by block. */

/** Something that encodes at most `rows` cells, told by their places, into [cells, dims]. */
export interface BlockEncoder {
  readonly rows: number;
  encode(cells: Uint32Array): Promise<Float32Array>;
  dispose(): void;
}

/** Latents of all cells, [cells, dims]; the encoder is disposed of, whatever happens. */
export async function encodeBlocks(
  cells: number,
  dims: number,
  encoder: BlockEncoder,
  breathe: () => Promise<void>,
): Promise<Float32Array> {
  const latents = new Float32Array(cells * dims);
  try {
    for (let from = 0; from < cells; from += encoder.rows) {
      const length = Math.min(encoder.rows, cells - from);
      const own = Uint32Array.from({ length }, (_, i) => from + i);
      latents.set(await encoder.encode(own), from * dims);
      await breathe();
    }
  } finally {
    encoder.dispose();
  }
  return latents;
}
