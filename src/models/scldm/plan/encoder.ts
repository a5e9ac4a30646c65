/** @file The encoder on a tape: tokens from expressed genes, pooled into the cell's tokens by cross-attention, blocks, latents. */
import { part } from '../../../engine/compute-device.ts';
import {
  affine,
  affineWeightGradient,
  columnsOf,
  matrix,
  type Matrix,
} from '../../../engine/plan/layers.ts';
import type { AutoencoderShape } from '../shapes.ts';
import { tableRows } from './autoencoder-arrays.ts';
import { canFusePooling, recordFusedPooling, type Pooling } from './fused-pooling.ts';
import {
  recordAdd,
  recordBlocks,
  recordGatedBlock,
  recordLinear,
  recordNorm,
  recordPlainNorm,
} from '../../tape/layers.ts';
import { rowsOf, type Tape } from '../../tape/tape.ts';
import type { TokenBuffers } from './token-buffers.ts';

/** Recorded latents, [cells · tokens, channels], and what records the gradients behind them. */
export interface Encoding {
  readonly out: Matrix;
  /** @param dGenes gradient of the gene vectors that the decoder gave, [genes, width]; the sum becomes the table's */
  readonly backward: (dOut: Matrix, dGenes: Matrix) => void;
}

/** Records the encoder for a room of tokens. @param whole pooling may be done in one piece where that can be */
export function recordEncoder(
  tape: Tape,
  shape: AutoencoderShape,
  buffers: TokenBuffers,
  room: number,
  whole = true,
): Encoding {
  const { tokens, layers, heads } = shape;
  const { cells } = buffers;
  const pooled =
    whole && canFusePooling(shape)
      ? recordFusedPooling(tape, shape, buffers, room)
      : recordTokenPooling(tape, shape, buffers, room);
  const gated = recordGatedBlock(tape, 'encoder.cross.gated', pooled.out);
  const blocks = recordBlocks(tape, 'encoder', gated.out, layers, { cells, tokens, heads });
  const last = recordLinear(tape, 'encoder.latent', blocks.out);
  const norm = recordPlainNorm(tape, last.out);
  return {
    out: norm.out,
    backward(dOut, dGenes) {
      const d = gated.backward(blocks.backward(last.backward(norm.backward(dOut))));
      pooled.backward(d, dGenes);
    },
  };
}

/** Pooling over tokens that are made one by one, for any number of heads, any count embedding, padding. */
function recordTokenPooling(
  tape: Tape,
  shape: AutoencoderShape,
  buffers: TokenBuffers,
  room: number,
): Pooling {
  const embedded = recordTokens(tape, shape, buffers, room);
  const pooled = recordPooling(tape, shape, buffers, embedded.out);
  return {
    out: pooled.out,
    backward: (dOut, dGenes) => embedded.backward(pooled.backward(dOut), dGenes),
  };
}

interface TokenLayer {
  readonly out: Matrix;
  readonly backward: (dOut: Matrix, dGenes: Matrix) => void;
}

/** The tokens, [room, width]. */
function recordTokens(
  tape: Tape,
  shape: AutoencoderShape,
  buffers: TokenBuffers,
  room: number,
): TokenLayer {
  return shape.counts === 'log1p'
    ? recordScaledTokens(tape, shape, buffers, room)
    : recordMixedTokens(tape, shape, buffers, room);
}

/** E[g] · log1p(c). */
function recordScaledTokens(
  tape: Tape,
  shape: AutoencoderShape,
  { genes, logs, byGene }: TokenBuffers,
  room: number,
): TokenLayer {
  const { width } = shape;
  const out = tape.dense(room, width);
  const table = tape.weight('genes').view;
  const lookUp = { table, indices: genes, factor: logs, out: out.view, rows: room, width };
  tape.recorder.call('gatherRows', lookUp);
  return {
    out,
    backward(dOut, dGenes) {
      const dTable = tape.gradient('genes');
      tape.recorder.call('gatherRowsGradient', {
        starts: byGene.starts,
        places: byGene.places,
        factor: byGene.logs,
        dy: dOut.view,
        dTable: dTable.view,
        tableRows: tableRows(shape),
        width,
      });
      recordAdd(tape, rowsOf(dTable, 0, shape.genes), dGenes);
    },
  };
}

/** A E[g] + log1p(c) d + b: the first two once per gene, the count added token by token. */
function recordMixedTokens(
  tape: Tape,
  shape: AutoencoderShape,
  { genes, logs, byGene }: TokenBuffers,
  room: number,
): TokenLayer {
  const { width } = shape;
  const rows = tableRows(shape);
  const mixed = recordLinear(tape, 'mix', tape.weight('genes'), { bias: true });
  const out = tape.dense(room, width);
  const logColumn = matrix(logs, room, 1);
  affine(tape.recorder, logColumn, tape.weight('mix.count'), out, {
    addend: mixed.out.view,
    side: width,
    rows: genes,
  });
  return {
    out,
    backward(dOut, dGenes) {
      const dMixed = tape.dense(rows, width);
      tape.recorder.call('gatherRowsGradient', {
        starts: byGene.starts,
        places: byGene.places,
        dy: dOut.view,
        dTable: dMixed.view,
        tableRows: rows,
        width,
      });
      const dCount = matrix(tape.gradient('mix.count').view, 1, width);
      affineWeightGradient(tape.recorder, logColumn, dOut, dCount);
      const dTable = tape.gradient('genes');
      const d = mixed.backward(dMixed);
      recordAdd(tape, rowsOf(d, 0, shape.genes), dGenes);
      const count = rows * width;
      tape.recorder.call('copy', { from: d.view, to: dTable.view, count });
    },
  };
}

interface PoolingLayer {
  readonly out: Matrix;
  readonly backward: (dOut: Matrix) => Matrix;
}

/** Learnt queries look at a cell's tokens; [cells · tokens, width], the queries themselves added. */
function recordPooling(
  tape: Tape,
  { tokens, width, crossHeads }: AutoencoderShape,
  { cells, starts, bias }: TokenBuffers,
  x: Matrix,
): PoolingLayer {
  const rows = cells * tokens;
  const keyNorm = recordNorm(tape, 'encoder.cross.keys', x);
  const pair = recordLinear(tape, 'encoder.cross.kv', keyNorm.out);
  const inducing = tape.weight('inducing');
  const queryNorm = recordNorm(tape, 'encoder.cross.queries', inducing);
  const queries = recordLinear(tape, 'encoder.cross.q', queryNorm.out);
  // One more group than cells: the rest of the room, whose results nobody reads.
  const all = rows + tokens;
  const mixed = tape.dense(all, width);
  const lse = tape.dense(all, crossHeads).view;
  const halves = (m: Matrix) => ({ k: m.view, v: columnsOf(m, width, width).view });
  const given = {
    q: queries.out.view,
    ...halves(pair.out),
    bias,
    starts,
    out: mixed.view,
    lse,
    groups: cells + 1,
    nq: tokens,
    // No group has more keys than there is room for.
    nk: x.rows,
    heads: crossHeads,
    width: width / crossHeads,
    sideQ: width,
    sideKv: 2 * width,
    shared: 1,
  };
  tape.recorder.call('attention', given);
  const each = tape.pool.words(Uint32Array.from({ length: rows }, (_, r) => r % tokens));
  const last = recordLinear(tape, 'encoder.cross.out', rowsOf(mixed, 0, rows), {
    addend: inducing,
    rows: each,
  });
  return {
    out: last.out,
    backward(dOut) {
      const dMixed = matrix(tape.pool.fixed(all * width), all, width);
      const d = last.backward(dOut);
      tape.recorder.call('copy', { from: d.view, to: part(dMixed.view, 0, rows * width), count: rows * width }); // prettier-ignore
      const dPair = tape.dense(x.rows, 2 * width);
      const dq = tape.dense(all, width);
      const { k: dk, v: dv } = halves(dPair);
      tape.recorder.call('attentionGradient', {
        ...given,
        dOut: dMixed.view,
        dq: dq.view,
        dk,
        dv,
      });
      const sum = (m: Matrix): Matrix => {
        const sums = tape.dense(tokens, width);
        const shape = { side: width, every: 1, groups: tokens, rows, columns: width };
        tape.recorder.call('groupSums', { x: m.view, out: sums.view, ...shape });
        return sums;
      };
      const dInducing = queryNorm.backward(queries.backward(sum(dq)), sum(dOut));
      const count = tokens * width;
      tape.recorder.call('copy', {
        from: dInducing.view,
        to: tape.gradient('inducing').view,
        count,
      });
      return keyNorm.backward(pair.backward(dPair));
    },
  };
}
