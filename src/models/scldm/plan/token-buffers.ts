/**
 * @file The expressed genes of a batch as tokens in the device's memory: ragged, one cell after the other, and by genes.
 *
 * The number of tokens varies; programs have room for a fixed number. What is left of the room belongs to one more group that
 * nothing flows back from, so that its tokens' gradients are 0. Padding that is seen is one more token per cell, whose score is
 * raised by the logarithm of how many it stands for (methods of the original, in closed form).
 */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { StudioError } from '../../../protocol/errors.ts';
import type { CsrMatrix } from '../../../numerics/csr.ts';

/** Buffers of one batch; `room` bounds the tokens of any batch. */
export class TokenBuffers {
  readonly cells: number;
  readonly room: number;
  /** Table rows: genes, and the padding's row where it is seen. */
  readonly table: number;
  /** Where the tokens of each cell begin, [cells + 2]; the last group is the rest of the room. */
  readonly starts: View;
  readonly genes: View;
  /** log1p of the counts. */
  readonly logs: View;
  /** Added to the tokens' scores; null without padding. */
  readonly bias: View | null;
  /** Tokens by gene: where each gene's begin [table + 1], which they are, and their log1p counts. */
  readonly byGene: { readonly starts: View; readonly places: View; readonly logs: View };
  readonly #device: ComputeDevice;
  readonly #context: number | null;
  readonly #staged: {
    readonly starts: Uint32Array;
    readonly genes: Uint32Array;
    readonly logs: Float32Array;
    readonly bias: Float32Array;
    readonly geneStarts: Uint32Array;
    readonly next: Uint32Array;
    readonly places: Uint32Array;
    readonly sortedLogs: Float32Array;
  };

  /** @param context tokens that cells are filled up to with padding, null: none */
  constructor(
    device: ComputeDevice,
    cells: number,
    genes: number,
    room: number,
    context: number | null,
  ) {
    const words = (count: number): View => device.allocate(count);
    this.#device = device;
    this.#context = context;
    this.cells = cells;
    this.room = room;
    this.table = genes + (context === null ? 0 : 1);
    this.starts = words(cells + 2);
    this.genes = words(room);
    this.logs = words(room);
    this.bias = context === null ? null : words(room);
    this.byGene = { starts: words(this.table + 1), places: words(room), logs: words(room) };
    this.#staged = {
      starts: new Uint32Array(cells + 2),
      genes: new Uint32Array(room),
      logs: new Float32Array(room),
      bias: new Float32Array(room),
      geneStarts: new Uint32Array(this.table + 1),
      next: new Uint32Array(this.table),
      places: new Uint32Array(room),
      sortedLogs: new Float32Array(room),
    };
  }

  /**
   * Takes the rows of a matrix, at most `cells`.
   *
   * @param rooms tokens that programs were recorded for, ascending; none: one program, for all the room there is
   * @returns the smallest of them that has place for the batch
   * @throws StudioError bad-request for a cell with more expressed genes than the context has place for
   */
  load(batch: CsrMatrix, rooms: readonly number[]): number {
    const count = this.#fill(batch);
    const room = rooms.find((r) => r >= count) ?? this.room;
    if (count > room) throw new RangeError('the batch has too many tokens');
    const { starts, genes, logs, bias, geneStarts, places, sortedLogs } = this.#staged;
    starts.fill(count, batch.rows + 1, this.cells + 1);
    starts[this.cells + 1] = room;
    this.#sort(count);
    const device = this.#device;
    device.writeWords(this.starts, starts);
    device.writeWords(this.genes, genes.subarray(0, count));
    device.write(this.logs, logs.subarray(0, count));
    if (this.bias !== null) device.write(this.bias, bias.subarray(0, count));
    device.writeWords(this.byGene.starts, geneStarts);
    device.writeWords(this.byGene.places, places.subarray(0, count));
    device.write(this.byGene.logs, sortedLogs.subarray(0, count));
    return room;
  }

  dispose(): void {
    const { starts, genes, logs, bias, byGene } = this;
    this.#device.free(starts, genes, logs, byGene.starts, byGene.places, byGene.logs);
    if (bias !== null) this.#device.free(bias);
  }

  /** Tokens cell by cell; returns how many. */
  #fill({ rows, indptr, indices, values }: CsrMatrix): number {
    const { starts, genes, logs, bias } = this.#staged;
    let count = 0;
    for (let r = 0; r < rows; r++) {
      starts[r] = count;
      for (let k = indptr[r]; k < indptr[r + 1]; k++) {
        genes[count] = indices[k];
        bias[count] = 0;
        logs[count++] = Math.log1p(values[k]);
      }
      if (this.#context === null) continue;
      const padding = this.#context - (count - starts[r]);
      if (padding < 0) throw tooManyGenes(count - starts[r], this.#context);
      if (padding === 0) continue;
      genes[count] = this.table - 1;
      bias[count] = Math.log(padding);
      logs[count++] = 0;
    }
    starts[rows] = count;
    return count;
  }

  #sort(count: number): void {
    const { genes, logs, geneStarts, next, places, sortedLogs } = this.#staged;
    geneStarts.fill(0);
    for (let k = 0; k < count; k++) geneStarts[genes[k] + 1]++;
    for (let g = 0; g < this.table; g++) geneStarts[g + 1] += geneStarts[g];
    next.set(geneStarts.subarray(0, this.table));
    for (let k = 0; k < count; k++) {
      const at = next[genes[k]]++;
      places[at] = k;
      sortedLogs[at] = logs[k];
    }
  }
}

function tooManyGenes(expressed: number, context: number): StudioError {
  return new StudioError(
    'bad-request',
    'A cell has more expressed genes than this model has place for.',
    `It has ${expressed.toLocaleString('en-GB')}, and the model was trained with at most ${context.toLocaleString('en-GB')}. Models of the recommended recipe have no such limit.`,
    { expressed, context },
  );
}
