/**
 * @file The decoder's last part on a tape: every gene's query looks at a cell's tokens and becomes one logit.
 *
 * With one head this is done in one piece (fused-genes.ts). Here it is done in tiles, for any number of heads: genes go in tiles, the gated layer in chunks of cells, so cells × genes rows never exist at once. The backward pass makes
 * each chunk again from the tokens. What is the same for all cells (queries) or all genes (keys, values times the output map) is
 * computed once; and as only one number of each row is wanted, the gated layer's last map and the head become one vector.
 */
import type { View } from '../../../engine/kernels/list.ts';
import {
  affine,
  affineInputGradient,
  affineWeightGradient,
  columnsOf,
  matrix,
  type Matrix,
} from '../../../engine/plan/layers.ts';
import type { AutoencoderShape } from '../shapes.ts';
import { canFuseGenes, recordFusedGenes } from './fused-genes.ts';
import { recordGeneGradients } from './gene-gradients.ts';
import { recordFoldedPair } from './gene-pair.ts';
import { GeneTiles, sized, type Tiling } from './gene-tiles.ts';
import { recordNorm } from '../../tape/layers.ts';
import { rowsOf, type Tape } from '../../tape/tape.ts';

/** The genes that are decoded: their vectors [genes, width], and what is added to their logits. */
export interface DecodedGenes {
  readonly table: Matrix;
  readonly bias: View | null;
}

/** Recorded logits, [cells, genes], and what records the gradients behind them. */
export interface GeneDecoding {
  readonly logits: Matrix;
  /** Gradients of the tokens, and of the gene vectors [genes, width]. */
  readonly backward: (dLogits: Matrix) => { readonly dTokens: Matrix; readonly dGenes: Matrix };
}

/** All genes of an autoencoder, as they lie. */
export function allGenes(tape: Tape, { genes, geneBias }: AutoencoderShape): DecodedGenes {
  return {
    table: rowsOf(tape.weight('genes'), 0, genes),
    bias: geneBias ? tape.weight('gene_bias').view : null,
  };
}

/** Records the logits of genes from decoder tokens [cells · tokens, width]: in one piece where that can be, or in tiles. */
export function recordGeneDecoder(
  tape: Tape,
  shape: AutoencoderShape,
  cells: number,
  tokens: Matrix,
  { table, bias }: DecodedGenes = allGenes(tape, shape),
  tiling?: Tiling,
): GeneDecoding {
  if (tiling === undefined && canFuseGenes(shape)) {
    return recordFusedGenes(tape, shape, cells, tokens, { table, bias });
  }
  const { recorder } = tape;
  const tiles = new GeneTiles(tape, shape, cells, table, tiling);
  const queryNorm = recordNorm(tape, 'decoder.cross.queries', table);
  affine(recorder, queryNorm.out, tape.weight('decoder.cross.q.weight'), tiles.queries);
  const keyNorm = recordNorm(tape, 'decoder.cross.keys', tokens);
  const pair = recordPair(tape, shape, keyNorm.out, tiles.pair);
  const reader = tape.dense(shape.gated, 1);
  const last = tape.weight('decoder.cross.gated.out.weight');
  affineInputGradient(recorder, last, tape.weight('head'), reader);
  recordForward(tiles, reader);
  if (bias !== null) {
    recorder.call('modulate', {
      x: tiles.logits.view,
      shift: bias,
      base: 1,
      side: table.rows,
      every: 1,
      groups: 1,
      out: tiles.logits.view,
      rows: cells,
      columns: table.rows,
    });
  }
  return {
    logits: tiles.logits,
    backward(dLogits) {
      const { dPair, dQueries, dResidual } = recordGeneGradients(tiles, reader, dLogits);
      const x = queryNorm.out;
      const weight = tape.weight('decoder.cross.q.weight');
      affineWeightGradient(recorder, x, dQueries, tape.gradient('decoder.cross.q.weight'));
      const dx = tape.dense(x.rows, x.columns);
      affineInputGradient(recorder, dQueries, weight, dx);
      const dGenes = queryNorm.backward(dx, dResidual);
      return { dTokens: keyNorm.backward(pair.backward(dPair)), dGenes };
    },
  };
}

/** The first pass: logits, tile by tile. */
function recordForward(tiles: GeneTiles, reader: Matrix): void {
  const { tape, shape } = tiles;
  const memory = tiles.chunkMemory();
  const head = matrix(tape.weight('head').view, shape.width, 1);
  for (const tile of tiles.tiles) {
    tiles.recordAttention(tile, null);
    tiles.eachChunk((from, cells) => {
      const c = sized(memory, cells * tile.genes);
      tiles.recordRows(tile, from, c);
      affine(tape.recorder, c.y, head, c.logit);
      affine(tape.recorder, c.gated, reader, c.logit, { addend: c.logit.view });
      tiles.copyLogits(tile, from, cells, c.logit, tiles.logits);
    });
  }
}

/** Keys and values; with one head the values are multiplied by the output map here, once per cell. */
function recordPair(
  tape: Tape,
  shape: AutoencoderShape,
  x: Matrix,
  pair: Matrix,
): { backward: (dPair: Matrix) => Matrix } {
  const { recorder } = tape;
  const { width } = shape;
  const halves = (m: Matrix): [Matrix, Matrix] => [
    columnsOf(m, 0, width),
    columnsOf(m, width, width),
  ];
  if (shape.crossHeads === 1) {
    const folded = recordFoldedPair(tape, shape, x, ...halves(pair));
    return { backward: (dPair) => folded.backward(...halves(dPair)) };
  }
  const kv = tape.weight('decoder.cross.kv.weight');
  affine(recorder, x, kv, pair);
  return {
    backward(dPair) {
      const dx = tape.dense(x.rows, width);
      affineWeightGradient(recorder, x, dPair, tape.gradient('decoder.cross.kv.weight'));
      affineInputGradient(recorder, dPair, kv, dx);
      return dx;
    },
  };
}
