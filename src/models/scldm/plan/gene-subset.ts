/**
 * @file Some genes of a step: the likelihood of their counts, given how many counts they have together in a cell.
 *
 * The decoder costs cells × genes, so a random part of the genes teaches more in the same time. Shares within the part are the
 * softmax over the part, and the library is the part's own: the likelihood is right, not an approximation of the whole one.
 */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import type { CsrMatrix } from '../../../numerics/csr.ts';
import type { CsrSource } from '../../../numerics/csr-source.ts';
import type { Random } from '../../../numerics/random.ts';
import type { Tape } from '../../tape/tape.ts';

/** A random part of the genes on the device. */
export class GeneSubset {
  readonly count: number;
  readonly #device: ComputeDevice;
  readonly #genes: number;
  /** Which genes, ascending. */
  readonly #ids: View;
  /** Place of each gene in the part, as lists of one or none. */
  readonly #starts: View;
  readonly #places: View;
  readonly #order: Uint32Array;
  readonly #position: Int32Array;
  readonly #chances: Float64Array | null;

  /** @param chances of each gene to be drawn, up to a common factor; null: even */
  constructor(
    device: ComputeDevice,
    genes: number,
    count: number,
    chances: Float64Array | null = null,
  ) {
    this.#device = device;
    this.#genes = genes;
    this.count = count;
    this.#ids = device.allocate(count);
    this.#starts = device.allocate(genes + 1);
    this.#places = device.allocate(count);
    device.writeWords(
      this.#places,
      Uint32Array.from({ length: count }, (_, i) => i),
    );
    this.#order = Uint32Array.from({ length: genes }, (_, g) => g);
    this.#position = new Int32Array(genes);
    this.#chances = chances;
  }

  /** Draws another part, without replacement; the genes' order so far does not matter to the chances. */
  choose(random: Random): void {
    const order = this.#order;
    for (let i = 0; i < order.length; i++) order[i] = i;
    if (this.#chances === null) shuffleStart(order, this.count, random);
    else {
      // The first of exponential waiting times. Source: Efraimidis and Spirakis, Information Processing Letters 2006.
      const times = this.#chances.map((chance) => -Math.log1p(-random.uniform()) / chance);
      order.sort((a, b) => times[a] - times[b]);
    }
    const ids = order.slice(0, this.count).sort();
    this.#position.fill(-1);
    ids.forEach((gene, at) => (this.#position[gene] = at));
    const starts = new Uint32Array(this.#genes + 1);
    for (let g = 0; g < this.#genes; g++)
      starts[g + 1] = starts[g] + (this.#position[g] < 0 ? 0 : 1);
    this.#device.writeWords(this.#ids, ids);
    this.#device.writeWords(this.#starts, starts);
  }

  /** The part's counts of a batch, as a source of its own. */
  restrict({ rows, indptr, indices, values }: CsrMatrix): CsrSource {
    const own = { indptr: new Uint32Array(rows + 1), indices: new Uint32Array(indices.length), values: new Float32Array(values.length) }; // prettier-ignore
    const sums = new Float64Array(rows);
    let at = 0;
    for (let r = 0; r < rows; r++) {
      for (let k = indptr[r]; k < indptr[r + 1]; k++) {
        const position = this.#position[indices[k]];
        if (position < 0) continue;
        own.indices[at] = position;
        own.values[at++] = values[k];
        sums[r] += values[k];
      }
      own.indptr[r + 1] = at;
    }
    const matrix: CsrMatrix = {
      rows,
      cols: this.count,
      indptr: own.indptr,
      indices: own.indices.subarray(0, at),
      values: own.values.subarray(0, at),
    };
    const entries = Uint32Array.from(sums, (_, r) => own.indptr[r + 1] - own.indptr[r]);
    return { rows, cols: this.count, entries, sums, readRows: () => matrix };
  }

  /** Records that the part's rows of a table are picked. */
  recordPick(tape: Tape, table: Matrix): Matrix {
    const out = tape.dense(this.count, table.columns);
    const size = { rows: this.count, width: table.columns };
    tape.recorder.call('gatherRows', { table: table.view, indices: this.#ids, out: out.view, ...size }); // prettier-ignore
    return out;
  }

  /** Records that rows of the part go to their places in a table, the others being 0. */
  recordSpread(tape: Tape, rows: Matrix, table: Matrix): void {
    tape.recorder.call('gatherRowsGradient', {
      starts: this.#starts,
      places: this.#places,
      dy: rows.view,
      dTable: table.view,
      tableRows: this.#genes,
      width: rows.columns,
    });
  }

  dispose(): void {
    this.#device.free(this.#ids, this.#starts, this.#places);
  }
}

/** Puts a random choice of the entries in front. */
function shuffleStart(order: Uint32Array, count: number, random: Random): void {
  for (let i = 0; i < count; i++) {
    const j = i + random.integer(order.length - i);
    const held = order[i];
    order[i] = order[j];
    order[j] = held;
  }
}

/** A vector as a table of one column. */
export function column(view: View, count: number): Matrix {
  return matrix(view, count, 1);
}
