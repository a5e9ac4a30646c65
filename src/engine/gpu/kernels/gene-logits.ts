/**
 * @file Logits of genes from the tokens of cells, in one dispatch: a workgroup takes eight genes in one cell (gene-rows-text.ts)
 * and leaves eight numbers. No row of a gene and cell is ever in memory.
 */
import type { View } from '../../kernels/list.ts';
import type { GpuKernel } from '../kernel.ts';
import { reads, writes, type Shader } from '../shader.ts';
import {
  addFours,
  eachFour,
  eachGated,
  ROW_GENES,
  ROW_LANES,
  rowHead,
  rowStart,
} from './gene-rows-text.ts';

/** Places and sizes that forward and backward have in common. */
export interface GeneOperands {
  readonly queries: View;
  readonly keys: View;
  readonly base: View;
  readonly mix: View;
  readonly bias: View;
  readonly reader: View;
  readonly head: View;
  readonly side: number;
  readonly tokens: number;
  readonly width: number;
  readonly gated: number;
}

/** What follows the rows, [bias | reader | head], in one piece: one binding instead of three. */
export function gatherEnds({ bias, reader, head, width, gated }: GeneOperands, ends: View): Shader {
  const count = 3 * gated + width;
  return {
    label: 'geneEnds',
    operands: {
      bias: reads(bias),
      reader: reads(reader),
      head: reads(head),
      ends: writes(ends),
    },
    ints: { count, gated },
    lanes: 64,
    groups: Math.ceil(count / 64),
    body: `let at = group * 64u + lane;
if (at >= p.count) { return; }
var value = 0.0;
if (at < 2u * p.gated) { value = bias_at(at); }
else if (at < 3u * p.gated) { value = reader_at(at - 2u * p.gated); }
else { value = head_at(at - 3u * p.gated); }
ends_put(at, value);`,
  };
}

/** Numbers that `gatherEnds` writes. */
export function endsCount({ gated, width }: GeneOperands): number {
  return 3 * gated + width;
}

/** Operands of the rows. */
export function rowOperands({ queries, keys, base, mix }: GeneOperands, ends: View) {
  return {
    queries: reads(queries, true),
    keys: reads(keys, true),
    base: reads(base),
    mix: reads(mix),
    ends: reads(ends),
  };
}

/** Parameters of the rows. */
export function rowParameters({ side, tokens, width, gated }: GeneOperands) {
  return {
    ints: { side, tokens, width, gated, head: 3 * gated },
    floats: { scale: 1 / Math.sqrt(width), share: 1 / width },
  };
}

/** Logits of genes. */
export const geneLogits: GpuKernel<'geneLogits'> = (call, tools) => {
  const { cells, genes, geneBias } = call;
  const ends = tools.scratch(endsCount(call));
  const blocks = Math.ceil(genes / ROW_GENES);
  const { ints, floats } = rowParameters(call);
  return [
    gatherEnds(call, ends),
    {
      label: 'geneLogits',
      operands: {
        ...rowOperands(call, ends),
        ...(geneBias == null ? {} : { geneBias: reads(geneBias) }),
        logits: writes(call.logits),
      },
      ints: { ...ints, genes, blocks },
      floats,
      lanes: ROW_LANES,
      groups: cells * blocks,
      head: rowHead(call),
      body: `let cell = group / p.blocks;
let first = (group % p.blocks) * ${ROW_GENES}u;
let most = p.genes - 1u;
${rowStart(call)}
${eachGated(
  eachFour(
    (q) => `{ let u = a${q} * scale${q} + moreA;
dot${q} += u * sigmoids(u) * (b_${q} * scale${q} + moreB) * reader; }`,
  ),
)}
${addFours((q) => `dot${q}`)}
if (lane < ${ROW_GENES}u && first + lane < p.genes) {
  let logit = room[(lane >> 2u) * ${ROW_LANES}u][lane & 3u];
  logits_put(cell * p.genes + first + lane, logit${geneBias == null ? '' : ' + geneBias_at(first + lane)'});
}`,
    },
  ];
};
