/**
 * @file The gene decoder's last part without its largest product: what a gene sees is a mixture of a cell's tokens, so the gated
 * layer's first map (with the norm before it folded in) is applied to tokens and to genes, and the results are mixed.
 *
 * tokens × 2 gated multiplications a gene and cell instead of width × 2 gated, forward, again, and twice backward. One kernel does
 * it block by block and keeps nothing but the logits. For one head.
 */
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
import type { DecodedGenes, GeneDecoding } from './gene-decoder.ts';
import { recordFoldedPair } from './gene-pair.ts';
import { recordNorm } from '../../tape/layers.ts';
import { sumInParts, sumParts } from './sum-parts.ts';
import type { Tape } from '../../tape/tape.ts';

/** Genes that the kernel works on at once on the CPU. */
const BLOCK = 64;

const GATE = 'decoder.cross.gated';

/** Whether a network of this shape can be decoded so. */
export function canFuseGenes({ crossHeads, width, gated, tokens }: AutoencoderShape): boolean {
  return (
    crossHeads === 1 &&
    width % 4 === 0 &&
    gated % 4 === 0 &&
    width <= GENE_LIMITS.width &&
    tokens <= GENE_LIMITS.tokens &&
    sideOf(width, gated) <= GENE_LIMITS.side
  );
}

/** Numbers from row to row of what is mixed. */
function sideOf(width: number, gated: number): number {
  return Math.ceil((width + 2 * gated) / 8) * 8;
}

/** Records the logits of genes from decoder tokens [cells · tokens, width]. */
export function recordFusedGenes(
  tape: Tape,
  shape: AutoencoderShape,
  cells: number,
  tokens: Matrix,
  { table, bias }: DecodedGenes,
): GeneDecoding {
  const { recorder } = tape;
  const { width, gated } = shape;
  const genes = table.rows;
  const side = sideOf(width, gated);
  const queries = tape.dense(genes, width);
  const queryNorm = recordNorm(tape, 'decoder.cross.queries', table);
  affine(recorder, queryNorm.out, tape.weight('decoder.cross.q.weight'), queries);
  const keyNorm = recordNorm(tape, 'decoder.cross.keys', tokens);
  const keys = tape.dense(tokens.rows, width);
  const [base, mix] = [tape.dense(genes, side), tape.dense(tokens.rows, side)];
  const own = (m: Matrix): Matrix => columnsOf(m, 0, width);
  const both = (m: Matrix): Matrix => columnsOf(m, width, 2 * gated);
  const pair = recordFoldedPair(tape, shape, keyNorm.out, keys, own(mix));
  const fold = recordFoldedNorm(tape, `${GATE}.norm`, `${GATE}.in.weight`);
  recorder.call('copyColumns', {
    from: table.view,
    sideFrom: table.stride,
    to: base.view,
    sideTo: side,
    rows: genes,
    columns: width,
  });
  affine(recorder, table, fold.map, both(base));
  affine(recorder, own(mix), fold.map, both(mix));
  const reader = tape.dense(gated, 1);
  affineInputGradient(recorder, tape.weight(`${GATE}.out.weight`), tape.weight('head'), reader);
  const logits = tape.dense(cells, genes);
  const given = {
    queries: queries.view,
    keys: keys.view,
    base: base.view,
    mix: mix.view,
    side,
    bias: fold.bias.view,
    reader: reader.view,
    head: tape.weight('head').view,
    cells,
    genes,
    tokens: shape.tokens,
    width,
    gated,
  };
  recorder.call('geneLogits', { ...given, geneBias: bias, logits: logits.view });
  return {
    logits,
    backward(dLogits) {
      const parts = Math.min(sumParts(tape.device), Math.ceil(genes / BLOCK));
      const dQueries = tape.dense(genes, width);
      const dBase = tape.dense(genes, side);
      const pieces = [keys, mix, matrix(keys.view, 1, width + 3 * gated)].map((whole) =>
        sumInParts(tape, parts, whole.rows, whole.columns),
      );
      recorder.call('geneLogitsGradient', {
        ...given,
        dLogits: dLogits.view,
        dQueries: dQueries.view,
        dBase: dBase.view,
        dKeys: pieces[0].all.view,
        dMix: pieces[1].all.view,
        sums: pieces[2].all.view,
        parts,
      });
      const [dKeys, dMix, sums] = pieces.map(({ record }) => record());
      recordReader(tape, columnsOf(sums, 0, width), columnsOf(sums, width, gated));
      const through = (d: Matrix): Matrix => {
        const dx = tape.dense(d.rows, width);
        affineInputGradient(recorder, both(d), fold.map, dx, { addend: d.view, side });
        return dx;
      };
      const dFolded = through(dMix);
      const dResidual = through(dBase);
      const dMap = tape.dense(width, 2 * gated);
      affineWeightGradient(recorder, table, both(dBase), dMap);
      affineWeightGradient(recorder, own(mix), both(dMix), dMap, { addend: dMap.view });
      fold.backward(dMap, columnsOf(sums, width + gated, 2 * gated));
      const dTokens = keyNorm.backward(pair.backward(dKeys, dFolded));
      const dQueryMap = tape.gradient('decoder.cross.q.weight');
      affineWeightGradient(recorder, queryNorm.out, dQueries, dQueryMap);
      const dx = tape.dense(genes, width);
      affineInputGradient(recorder, dQueries, tape.weight('decoder.cross.q.weight'), dx);
      return { dTokens, dGenes: queryNorm.backward(dx, dResidual) };
    },
  };
}

/** Gradients of the gated layer's last map and of the head, from Σ dLogit · y and Σ dLogit · gated. */
function recordReader(tape: Tape, sumY: Matrix, sumGated: Matrix): void {
  const out = `${GATE}.out.weight`;
  const column = matrix(sumGated.view, sumGated.columns, 1);
  affine(tape.recorder, column, tape.weight('head'), tape.gradient(out));
  affine(tape.recorder, sumGated, tape.weight(out), tape.gradient('head'), { addend: sumY.view });
}
