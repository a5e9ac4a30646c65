/** @file From latents to counts: the decoder gives each gene its share, and counts are drawn block by block. */
import { Breather } from '../../engine/run-control.ts';
import { selectRows, type CsrMatrix } from '../../numerics/csr.ts';
import { randomAt, uniformAt } from '../../numerics/random.ts';
import type { DrawBlock, DrawnBlock } from '../backend.ts';
import { blocksOf } from './blocks.ts';
import { offsetShares } from './label-tables.ts';
import { drawOrder, type DecodeRequest, type DrawOrder } from './draw-order.ts';
import { chooseByWeight, COUNT_STREAM, drawCell, RESCUE_STREAM } from './draw-blocks.ts';
import { type DecodingRuntime } from './decoding-runtime.ts';
import { BLOCK, unwhiten } from '../flow/sampled-model.ts';

/** Visits the expected shares of genes, one block of cells after the other: [rows, genes], sums of 1. */
export async function visitShares(
  runtime: DecodingRuntime,
  latents: Float32Array,
  breathe: () => Promise<void>,
  visit: (shares: Float32Array, from: number, rows: number) => void,
): Promise<void> {
  const { latentDim } = runtime.model.architecture;
  const cells = latents.length / latentDim;
  const plain = unwhiten(latents, runtime.model.whitening);
  for (let from = 0; from < cells; from += BLOCK) {
    const rows = Math.min(BLOCK, cells - from);
    const block = plain.subarray(from * latentDim, (from + rows) * latentDim);
    visit(await runtime.autoencoder.shares(block), from, rows);
    await breathe();
  }
}

/** Expected shares of genes of whitened latents, [cells, genes]. */
export async function allShares(
  runtime: DecodingRuntime,
  latents: Float32Array,
): Promise<Float32Array> {
  const { latentDim, genes } = runtime.model.architecture;
  const all = new Float32Array((latents.length / latentDim) * genes);
  const breather = new Breather(null);
  await visitShares(
    runtime,
    latents,
    () => breather.breathe(),
    (shares, from, rows) => all.set(shares.subarray(0, rows * genes), from * genes),
  );
  return all;
}

/**
 * Draws counts (features that are there, where the model says so). Cell i's draws depend on (seed, i) and its latent alone; every cell has at
 * least one count of every kind of feature.
 *
 * @returns [cells, genes]; only one block of cells is ever dense
 */
export function decodeCounts(
  runtime: DecodingRuntime,
  request: DecodeRequest,
  breathe: () => Promise<void>,
): Promise<CsrMatrix> {
  return inTurn(runtime, () => drawAll(runtime, request, breathe));
}

/** The last decoding of each network. */
const turns = new WeakMap<DecodingRuntime['autoencoder'], Promise<unknown>>();

/** Decodings of one network share its memory on the device, so one waits for the other. */
function inTurn<Result>(
  { autoencoder }: DecodingRuntime,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = turns.get(autoencoder) ?? Promise.resolve();
  const own = before.then(work, work);
  turns.set(autoencoder, own);
  return own;
}

async function drawAll(
  runtime: DecodingRuntime,
  request: DecodeRequest,
  breathe: () => Promise<void>,
): Promise<CsrMatrix> {
  const { genes } = runtime.model.architecture;
  const order = drawOrder(runtime, request);
  const builder = new CsrBuilder(order.logLibrary.length, genes);
  const { draw } = runtime.autoencoder;
  if (draw === null) await drawHere(runtime, order, builder, breathe);
  else await drawOnDevice(runtime, draw, order, builder, breathe);
  const drawn = builder.finish();
  return order.places === null ? drawn : selectRows(drawn, order.places);
}

/** Draws without the help of a device. */
async function drawHere(
  runtime: DecodingRuntime,
  { latents, logLibrary, codes, numbers, seed, parts }: DrawOrder,
  builder: CsrBuilder,
  breathe: () => Promise<void>,
): Promise<void> {
  const { genes } = runtime.model.architecture;
  const blocks = blocksOf({ hidden: [], ...runtime.model.architecture });
  let part = 0;
  await visitShares(runtime, latents, breathe, (shares, from, rows) => {
    for (let r = 0; r < rows; r++) {
      const i = from + r;
      while (i >= parts[part].to) part++;
      const library = Math.exp(logLibrary[i]);
      const expected = shares.subarray(r * genes, (r + 1) * genes);
      offsetShares(expected, runtime.tables ?? [], codes.map((own) => own[i])); // prettier-ignore
      const drawn = { expected, library, seed, cell: numbers[i] };
      builder.endRow(drawCell(blocks, drawn, parts[part].theta, builder));
    }
  });
}

/** The same draws by the device, which makes them where the shares are. */
async function drawOnDevice(
  runtime: DecodingRuntime,
  draw: (block: DrawBlock) => Promise<DrawnBlock>,
  { latents, logLibrary, codes, numbers, seed, parts }: DrawOrder,
  builder: CsrBuilder,
  breathe: () => Promise<void>,
): Promise<void> {
  const { latentDim } = runtime.model.architecture;
  const plain = unwhiten(latents, runtime.model.whitening);
  const blocks = parts.flatMap(({ from, to, theta }) =>
    Array.from({ length: Math.ceil((to - from) / BLOCK) }, (_, k) => ({
      from: from + k * BLOCK,
      to: Math.min(to, from + (k + 1) * BLOCK),
      theta,
    })),
  );
  for (const { from, to, theta } of blocks) {
    const keys = new Uint32Array(2 * (to - from));
    for (let i = from; i < to; i++) {
      const random = randomAt(seed, COUNT_STREAM, numbers[i]);
      keys[2 * (i - from)] = random.uint32();
      keys[2 * (i - from) + 1] = random.uint32();
    }
    const drawn = await draw({
      latents: plain.subarray(from * latentDim, to * latentDim),
      library: Float64Array.from(logLibrary.subarray(from, to), Math.exp),
      theta,
      keys,
      codes: codes.map((own) => own.subarray(from, to)),
    });
    let at = 0;
    for (let i = from; i < to; i++) {
      const count = drawn.counts[i - from];
      if (count === 0) rescue(builder, await drawn.shares(i - from), seed, numbers[i]);
      else {
        builder.rowIndices.set(drawn.indices.subarray(at, at + count));
        builder.rowValues.set(drawn.values.subarray(at, at + count));
        builder.endRow(count);
      }
      at += count;
    }
    await breathe();
  }
}

/** One count for a cell that would be empty, at a gene chosen by the weights. */
function rescue(builder: CsrBuilder, weights: Float32Array, seed: number, cell: number): void {
  builder.rowIndices[0] = chooseByWeight(weights, uniformAt(seed, RESCUE_STREAM, cell));
  builder.rowValues[0] = 1;
  builder.endRow(1);
}

/** Collects rows whose number of entries is not known beforehand. */
class CsrBuilder {
  readonly rowIndices: Uint32Array;
  readonly rowValues: Float32Array;
  readonly #cols: number;
  readonly #indptr: Uint32Array;
  #indices: Uint32Array;
  #values: Float32Array;
  #row = 0;

  constructor(rows: number, cols: number) {
    this.#cols = cols;
    this.rowIndices = new Uint32Array(cols);
    this.rowValues = new Float32Array(cols);
    this.#indptr = new Uint32Array(rows + 1);
    this.#indices = new Uint32Array(rows * 64 + cols);
    this.#values = new Float32Array(this.#indices.length);
  }

  /** Takes the first `written` entries of the row buffers as the next row. */
  endRow(written: number): void {
    const at = this.#indptr[this.#row];
    if (at + written > this.#indices.length) this.#grow(at + written);
    this.#indices.set(this.rowIndices.subarray(0, written), at);
    this.#values.set(this.rowValues.subarray(0, written), at);
    this.#indptr[++this.#row] = at + written;
  }

  finish(): CsrMatrix {
    const nnz = this.#indptr[this.#row];
    return {
      rows: this.#row,
      cols: this.#cols,
      indptr: this.#indptr,
      indices: this.#indices.slice(0, nnz),
      values: this.#values.slice(0, nnz),
    };
  }

  #grow(needed: number): void {
    const length = Math.max(needed, Math.ceil(this.#indices.length * 1.6));
    const indices = new Uint32Array(length);
    const values = new Float32Array(length);
    indices.set(this.#indices);
    values.set(this.#values);
    this.#indices = indices;
    this.#values = values;
  }
}
