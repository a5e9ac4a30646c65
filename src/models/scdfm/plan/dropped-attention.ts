/**
 * @file Attention of tokens to those that they see, with a share of its weights dropped in training; head by head, over all pairs of tokens.
 *
 * The kernels over lists keep no weights, so these are written down; the original drops them too. Source: methods/scdfm §1.7.
 */
import { columnsOf, matrix, type Matrix } from '../../../engine/plan/layers.ts';
import type { Tape } from '../../tape/tape.ts';
import { recordDropout, type Dropout } from './dropout.ts';
import type { SeenTokens } from './gene-encoder.ts';

/** What is added to the scores of tokens that are not seen. */
const UNSEEN = -1e30;

/** Queries, keys and values of all tokens, [tokens, width]; heads lie side by side. */
export interface AttentionInputs {
  readonly q: Matrix;
  readonly k: Matrix;
  readonly v: Matrix;
}

/** A recorded attention and what gives gradients to its inputs. */
export interface RecordedAttention {
  readonly out: Matrix;
  readonly backward: (dOut: Matrix) => { dq: Matrix; dk: Matrix; dv: Matrix };
}

/** Σ_j dropped(softmax_j(q · k_j / √width)) v_j over the tokens j that a token sees. */
export function recordDroppedAttention(
  tape: Tape,
  dropout: Dropout,
  { q, k, v }: AttentionInputs,
  seen: SeenTokens,
  heads: number,
): RecordedAttention {
  const { rows: n, columns } = q;
  const width = columns / heads;
  const unseen = new Float32Array(n * n).fill(UNSEEN);
  seen.forEach((own, i) => own.forEach((j) => (unseen[i * n + j] = 0)));
  const mask = matrix(tape.pool.fixed(n * n), n, n);
  tape.device.write(mask.view, unseen);
  const scaled = times(tape, q, 1 / Math.sqrt(width));
  const head = (x: Matrix, h: number): Matrix => columnsOf(x, h * width, width);
  const out = tape.dense(n, columns);
  const maps = Array.from({ length: heads }, (_, h) => {
    const weights = tape.dense(n, n);
    product(tape, 1, head(scaled, h), head(k, h), weights, mask);
    tape.recorder.call('softmaxRows', { x: weights.view, rows: n, columns: n });
    const kept = tape.dense(n, n);
    tape.recorder.call('copy', { from: weights.view, to: kept.view, count: n * n });
    const drop = recordDropout(tape, dropout, kept);
    product(tape, 0, kept, head(v, h), head(out, h));
    return { weights, kept, drop };
  });
  return {
    out,
    backward(dOut) {
      const [dScaled, dk, dv] = [0, 1, 2].map(() => tape.dense(n, columns));
      maps.forEach(({ weights, kept, drop }, h) => {
        product(tape, 2, kept, head(dOut, h), head(dv, h));
        const dKept = tape.dense(n, n);
        product(tape, 1, head(dOut, h), head(v, h), dKept);
        const dScores = drop(dKept);
        const places = { y: weights.view, dy: dScores.view, dx: dScores.view };
        tape.recorder.call('softmaxRowsGradient', { ...places, rows: n, columns: n });
        product(tape, 0, dScores, head(k, h), head(dScaled, h));
        product(tape, 2, dScores, head(scaled, h), head(dk, h));
      });
      return { dq: times(tape, dScaled, 1 / Math.sqrt(width)), dk, dv };
    },
  };
}

/** c = op(a) · op(b) + addend; layout 0: both as they are, 1: b turned, 2: a turned. */
function product(
  tape: Tape,
  layout: 0 | 1 | 2,
  a: Matrix,
  b: Matrix,
  c: Matrix,
  addend: Matrix | null = null,
): void {
  tape.recorder.call('gemm', {
    layout,
    a: a.view,
    lda: a.stride,
    b: b.view,
    ldb: b.stride,
    c: c.view,
    ldc: c.stride,
    m: c.rows,
    n: c.columns,
    k: layout === 2 ? a.rows : a.columns,
    addend: addend?.view ?? null,
    side: addend?.stride ?? c.stride,
  });
}

/** x · base, in a place of its own. */
function times(tape: Tape, x: Matrix, base: number): Matrix {
  const { rows, columns } = x;
  const out = tape.dense(rows, columns);
  const shape = { side: columns, every: 1, groups: 1, rows, columns };
  tape.recorder.call('modulate', { x: x.view, base, out: out.view, ...shape });
  return out;
}
