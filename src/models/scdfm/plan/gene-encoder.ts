/**
 * @file The gene encoder on a tape: every token looks at the tokens that the gene graph joins it to, once for all cells.
 *
 * Each token has its own keys; the original gave those of a batch's first row to all rows (corrections, 3).
 */
import type { View } from '../../../engine/kernels/list.ts';
import type { Matrix } from '../../../engine/plan/layers.ts';
import { recordLinear, recordNorm } from '../../tape/layers.ts';
import type { Tape } from '../../tape/tape.ts';
import { neighboursOf, type GeneEdges } from '../graph.ts';
import { recordActivation } from './condition-layers.ts';
import {
  recordDroppedAttention,
  type AttentionInputs,
  type RecordedAttention,
} from './dropped-attention.ts';
import { recordDropout, recordDroppedLinear, type Dropout } from './dropout.ts';
import type { Recorded } from './network.ts';
import { LEARNT_EPSILON } from './pad-arrays.ts';

/** Tokens that each token sees, itself among them; the relation must be symmetric. */
export type SeenTokens = readonly (readonly number[])[];

/** What the graph lets `tokens` tokens see. */
export function seenTokens(edges: GeneEdges, tokens: number): number[][] {
  return neighboursOf(edges, tokens).map((near, own) => [...near, own].sort((a, b) => a - b));
}

const biased = { bias: true } as const;

/** All tokens after a look at their neighbours, [tokens, width]. */
export function recordGeneEncoder(
  tape: Tape,
  seen: SeenTokens,
  heads: number,
  dropout: Dropout | null = null,
): Recorded<void> {
  const table = tape.weight('genes.weight');
  const { rows, columns } = table;
  const tokens = recordNorm(tape, 'genes.norm', table, LEARNT_EPSILON);
  const queries = recordNorm(tape, 'genes.query.norm', tokens.out, LEARNT_EPSILON);
  const q = recordLinear(tape, 'genes.query', queries.out, biased);
  const k = recordLinear(tape, 'genes.key', tokens.out, biased);
  const v = recordLinear(tape, 'genes.value', tokens.out, biased);
  const looks = { q: q.out, k: k.out, v: v.out };
  const attention =
    dropout === null
      ? recordListAttention(tape, looks, seen, heads)
      : recordDroppedAttention(tape, dropout, looks, seen, heads);
  const attended = recordDroppedLinear(tape, dropout, 'genes.out', attention.out, tokens.out);
  const norm = recordNorm(tape, 'genes.mlp.norm', attended.out, LEARNT_EPSILON);
  const first = recordLinear(tape, 'genes.mlp.0', norm.out, biased);
  const active = recordActivation(tape, 'geluErf', first.out);
  const dropActive = recordDropout(tape, dropout, active.out);
  const last = recordDroppedLinear(tape, dropout, 'genes.mlp.1', active.out, attended.out);
  return {
    out: last.out,
    backward(dOut) {
      const dAttended = norm.backward(
        first.backward(active.backward(dropActive(last.backward(dOut)))),
        dOut,
      );
      const dMixed = attended.backward(dAttended);
      const { dq, dk, dv } = attention.backward(dMixed);
      const dKeys = k.backward(dk, v.backward(dv, dAttended));
      const dTokens = queries.backward(q.backward(dq), dKeys);
      const dTable = tokens.backward(dTokens);
      const { view } = tape.gradient('genes.weight');
      tape.recorder.call('copy', { from: dTable.view, to: view, count: rows * columns });
    },
  };
}

/** Attention over lists of keys, nothing dropped. */
function recordListAttention(
  tape: Tape,
  { q, k, v }: AttentionInputs,
  seen: SeenTokens,
  heads: number,
): RecordedAttention {
  const { rows, columns } = q;
  const mixed = tape.dense(rows, columns);
  const given = {
    q: q.view,
    k: k.view,
    v: v.view,
    ...seenLists(tape, seen),
    out: mixed.view,
    lse: tape.dense(rows, heads).view,
    groups: 1,
    nq: rows,
    nk: rows,
    heads,
    width: columns / heads,
    sideQ: columns,
    sideKv: columns,
  };
  tape.recorder.call('sparseAttention', given);
  return {
    out: mixed,
    backward(dOut) {
      const [dq, dk, dv] = [0, 1, 2].map(() => tape.dense(rows, columns));
      const back = { ...given, dOut: dOut.view };
      tape.recorder.call('sparseAttentionGradient', { ...back, dq: dq.view });
      // Who sees a token is who it sees, so the same lists serve both ways.
      tape.recorder.call('sparseAttentionGradient', { ...back, dk: dk.view, dv: dv.view });
      return { dq, dk, dv };
    },
  };
}

function seenLists(tape: Tape, seen: SeenTokens): { starts: View; keys: View } {
  const starts = new Uint32Array(seen.length + 1);
  seen.forEach((own, i) => (starts[i + 1] = starts[i] + own.length));
  return { starts: tape.pool.words(starts), keys: tape.pool.words(seen.flat()) };
}

/** Rows of x get the vector of their token added: x + vectors[row mod tokens], in place; returns what sums the vectors' gradient. */
export function recordTokenShift(tape: Tape, x: Matrix, vectors: Matrix): (dx: Matrix) => Matrix {
  const { rows, columns } = x;
  const groups = { side: columns, every: 1, groups: vectors.rows, rows, columns };
  const shift = { x: x.view, shift: vectors.view, out: x.view, base: 1 };
  tape.recorder.call('modulate', { ...shift, ...groups });
  return (dx) => {
    const sums = tape.dense(vectors.rows, columns);
    tape.recorder.call('groupSums', { x: dx.view, out: sums.view, ...groups });
    return sums;
  };
}
