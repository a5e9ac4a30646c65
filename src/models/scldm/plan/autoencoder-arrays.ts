/** @file The autoencoder's learnable arrays: names and shapes, matrices as [in, out]. */
import type { ArraySpec } from '../../../engine/plan/parameter-arena.ts';
import type { AutoencoderShape } from '../shapes.ts';
import { blockSpecs, gatedSpecs, normSpecs } from '../../tape/layers.ts';

/** Rows of the gene table: one a gene, and a last one for padding where padding is seen. */
export function tableRows({ genes, context }: AutoencoderShape): number {
  return genes + (context === null ? 0 : 1);
}

function crossSpecs(name: string, width: number, gated: number): ArraySpec[] {
  return [
    ...normSpecs(`${name}.keys`, width),
    ...normSpecs(`${name}.queries`, width),
    { name: `${name}.kv.weight`, shape: [width, 2 * width] },
    { name: `${name}.q.weight`, shape: [width, width] },
    { name: `${name}.out.weight`, shape: [width, width] },
    ...normSpecs(`${name}.gated.norm`, width),
    ...gatedSpecs(`${name}.gated`, width, gated),
  ];
}

/** All arrays of an autoencoder. `log_theta` comes first, so that it can be trained at a rate of its own. */
export function autoencoderSpecs(shape: AutoencoderShape): ArraySpec[] {
  const { genes, width, tokens, channels, gated, layers } = shape;
  const blocks = (half: string): ArraySpec[] =>
    Array.from({ length: layers }, (_, i) => blockSpecs(`${half}.${i}`, width, gated)).flat();
  return [
    { name: 'log_theta', shape: [genes] },
    ...(shape.geneBias ? [{ name: 'gene_bias', shape: [genes] }] : []),
    { name: 'genes', shape: [tableRows(shape), width] },
    ...(shape.counts === 'projconcat'
      ? [
          { name: 'mix.weight', shape: [width, width] },
          { name: 'mix.count', shape: [width] },
          { name: 'mix.bias', shape: [width] },
        ]
      : []),
    { name: 'inducing', shape: [tokens, width] },
    ...crossSpecs('encoder.cross', width, gated),
    ...blocks('encoder'),
    { name: 'encoder.latent.weight', shape: [width, channels] },
    { name: 'decoder.latent.weight', shape: [channels, width] },
    ...blocks('decoder'),
    ...crossSpecs('decoder.cross', width, gated),
    { name: 'head', shape: [width] },
  ];
}
