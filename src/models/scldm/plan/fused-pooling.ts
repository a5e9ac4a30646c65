/**
 * @file The encoder's cross-attention without a vector per token: a token is a gene's vector plus log count times one vector d.
 *
 * So keys, values and scores (with the norm before them folded in) are made once per gene and for d, and a token's are those of its
 * gene plus log count times those of d, times 1 / deviation, which squares and products of centred vectors give. For one head,
 * tokens made as the paper writes, no padding.
 */
import { part } from '../../../engine/compute-device.ts';
import { GENE_LIMITS } from '../../../engine/kernels/list-genes.ts';
import {
  affine,
  affineInputGradient,
  affineWeightGradient,
  columnsOf,
  matrix,
  type Matrix,
} from '../../../engine/plan/layers.ts';
import type { AutoencoderShape } from '../shapes.ts';
import { recordFoldedNorm } from './folded-norm.ts';
import { recordAdd, recordLinear, recordNorm } from '../../tape/layers.ts';
import { sumInParts, sumParts } from './sum-parts.ts';
import { rowsOf, type Tape } from '../../tape/tape.ts';
import type { TokenBuffers } from './token-buffers.ts';

/** Whether a network of this shape can pool so. */
export function canFusePooling({
  crossHeads,
  width,
  tokens,
  counts,
  context,
}: AutoencoderShape): boolean {
  return (
    crossHeads === 1 &&
    counts === 'projconcat' &&
    context === null &&
    width % 4 === 0 &&
    tokens % 4 === 0 &&
    width <= GENE_LIMITS.width &&
    tokens <= GENE_LIMITS.tokens
  );
}

/** The cells' tokens before their gated block, [cells · tokens, width]. */
export interface Pooling {
  readonly out: Matrix;
  /** @param dGenes gradient of the gene vectors so far, to which this one is added; the sum becomes the table's */
  readonly backward: (dOut: Matrix, dGenes: Matrix) => void;
}

/** Records it for a room of tokens. */
export function recordFusedPooling(
  tape: Tape,
  shape: AutoencoderShape,
  { cells, genes, logs, starts, byGene }: TokenBuffers,
  room: number,
): Pooling {
  const { recorder } = tape;
  const { width, tokens } = shape;
  const rows = shape.genes + 1;
  const vectors = tape.dense(rows, width);
  const own = rowsOf(vectors, 0, shape.genes);
  const mixed = recordLinear(tape, 'mix', tape.weight('genes'), { bias: true, out: own });
  const extra = rowsOf(vectors, shape.genes, 1);
  copy(tape, tape.weight('mix.count'), extra);
  const fold = recordFoldedNorm(tape, 'encoder.cross.keys', 'encoder.cross.kv.weight');
  const [keyMap, valueMap] = [columnsOf(fold.map, 0, width), columnsOf(fold.map, width, width)];
  const inducing = tape.weight('inducing');
  const queryNorm = recordNorm(tape, 'encoder.cross.queries', inducing);
  const queries = recordLinear(tape, 'encoder.cross.q', queryNorm.out);
  const scale = recordScale(tape, tokens, 1 / Math.sqrt(width));
  const scaled = scale(queries.out);
  const keys = tape.dense(rows, width);
  affine(recorder, vectors, keyMap, keys);
  const side = width + tokens;
  const table = tape.dense(rows, side);
  const [values, scores] = [columnsOf(table, 0, width), columnsOf(table, width, tokens)];
  affine(recorder, vectors, valueMap, values);
  affineInputGradient(recorder, keys, scaled, scores);
  const moments = recordMoments(tape, vectors);
  const mix = tape.dense(cells * tokens, width);
  const given = {
    table: table.view,
    side,
    moments: moments.out.view,
    bias: columnsOf(fold.bias, width, width).view,
    genes,
    logs,
    starts,
    weights: tape.dense(room, tokens).view,
    scales: tape.dense(room, 1).view,
    out: mix.view,
    cells,
    rows,
    tokens,
    width,
  };
  recorder.call('countPooling', given);
  const each = tape.pool.words(Uint32Array.from({ length: cells * tokens }, (_, r) => r % tokens));
  const last = recordLinear(tape, 'encoder.cross.out', mix, { addend: inducing, rows: each });
  return {
    out: last.out,
    backward(dOut, dGenes) {
      const dMix = last.backward(dOut);
      const parts = sumParts(tape.device);
      const pieces = [table, moments.out, matrix(mix.view, 1, width)].map((whole) =>
        sumInParts(tape, parts, whole.rows, whole.columns),
      );
      recorder.call('countPoolingGradient', {
        ...given,
        dOut: dMix.view,
        dTable: pieces[0].all.view,
        dMoments: pieces[1].all.view,
        dBias: pieces[2].all.view,
        parts,
        geneStarts: byGene.starts,
        places: byGene.places,
      });
      const [dTable, dMoments, dValueBias] = pieces.map(({ record }) => record());
      const [dValues, dScores] = [columnsOf(dTable, 0, width), columnsOf(dTable, width, tokens)];
      const dKeys = tape.dense(rows, width);
      affine(recorder, dScores, scaled, dKeys);
      const dScaled = tape.dense(tokens, width);
      affineWeightGradient(recorder, dScores, keys, dScaled);
      const dVectors = moments.backward(dMoments);
      affineInputGradient(recorder, dKeys, keyMap, dVectors, { addend: dVectors.view });
      affineInputGradient(recorder, dValues, valueMap, dVectors, { addend: dVectors.view });
      const dMap = tape.dense(width, 2 * width);
      affineWeightGradient(recorder, vectors, dKeys, columnsOf(dMap, 0, width));
      affineWeightGradient(recorder, vectors, dValues, columnsOf(dMap, width, width));
      // What all keys have in common moves no softmax.
      const dBias = matrix(tape.pool.fixed(2 * width), 1, 2 * width);
      copy(tape, dValueBias, columnsOf(dBias, width, width));
      fold.backward(dMap, dBias);
      const sums = tape.dense(tokens, width);
      const groups = { side: width, every: 1, groups: tokens, rows: cells * tokens };
      recorder.call('groupSums', { x: dOut.view, out: sums.view, ...groups, columns: width });
      const dInducing = queryNorm.backward(queries.backward(scale(dScaled)), sums);
      copy(tape, dInducing, tape.gradient('inducing'));
      copy(tape, rowsOf(dVectors, shape.genes, 1), tape.gradient('mix.count'));
      const d = mixed.backward(rowsOf(dVectors, 0, shape.genes));
      recordAdd(tape, d, dGenes);
      copy(tape, d, tape.gradient('genes'));
    },
  };
}

function copy(tape: Tape, from: Matrix, to: Matrix): void {
  const count = from.rows * from.columns;
  tape.recorder.call('copy', { from: from.view, to: part(to.view, 0, count), count });
}

/** Multiplies rows by the same number. */
function recordScale(tape: Tape, rows: number, factor: number): (x: Matrix) => Matrix {
  const factors = tape.pool.fixed(rows);
  tape.device.write(factors, new Float32Array(rows).fill(factor));
  return (x) => {
    const out = tape.dense(rows, x.columns);
    const shape = { rows, columns: x.columns };
    tape.recorder.call('scaleRows', { x: x.view, scale: factors, out: out.view, ...shape });
    return out;
  };
}

/** Variances of all rows, and covariances with the last one: [2, rows]. */
function recordMoments(
  tape: Tape,
  x: Matrix,
): { readonly out: Matrix; readonly backward: (dOut: Matrix) => Matrix } {
  const { recorder } = tape;
  const { rows, columns } = x;
  const centring = matrix(tape.pool.fixed(columns * columns), columns, columns);
  tape.device.write(
    centring.view,
    Float32Array.from({ length: columns * columns }, (_, i) => {
      return ((i % (columns + 1) === 0 ? 1 : 0) - 1 / columns) / Math.sqrt(columns);
    }),
  );
  const centred = tape.dense(rows, columns);
  affine(recorder, x, centring, centred);
  const last = rowsOf(centred, rows - 1, 1);
  const out = tape.dense(2, rows);
  const [spread, lean] = [0, 1].map((i) => part(out.view, i * rows, rows));
  recorder.call('rowSums', { x: centred.view, y: centred.view, out: spread, rows, columns });
  affineInputGradient(recorder, centred, last, matrix(lean, rows, 1));
  return {
    out,
    backward(dOut) {
      const [dSpread, dLean] = [0, 1].map((i) => part(dOut.view, i * rows, rows));
      const half = tape.dense(rows, columns);
      recorder.call('scaleRows', {
        x: centred.view,
        scale: dSpread,
        out: half.view,
        rows,
        columns,
      });
      const d = tape.dense(rows, columns);
      affine(recorder, matrix(dLean, rows, 1), last, d, { addend: half.view });
      recordAdd(tape, d, half);
      const more = tape.dense(1, columns);
      affineWeightGradient(recorder, matrix(dLean, rows, 1), centred, more);
      recordAdd(tape, rowsOf(d, rows - 1, 1), more);
      const dx = tape.dense(rows, columns);
      affine(recorder, d, centring, dx);
      return dx;
    },
  };
}
