/** @file The velocity transformer's arrays: names, shapes, and the two tables that are never learnt. */
import type { ArraySpec } from '../../../engine/plan/parameter-arena.ts';
import type { DenoiserShape } from '../shapes.ts';
import { gatedSpecs } from '../../tape/layers.ts';

/** Numbers that a time becomes: sines, then cosines. */
export const TIME_FEATURES = 256;

/** Name of an attribute's label rows; the last row is for "not shown". */
export function labelName(attribute: number): string {
  return `label.${attribute}`;
}

/** Columns of what modulates a cell: six vectors a block, two at the end. */
export function modulationWidth({ layers, width }: DenoiserShape): number {
  return (6 * layers + 2) * width;
}

/** All learnable arrays. */
export function denoiserSpecs(shape: DenoiserShape): ArraySpec[] {
  const { width, channels, gated, layers, library, categories } = shape;
  const dense = (name: string, inputs: number, outputs: number): ArraySpec[] => [
    { name: `${name}.weight`, shape: [inputs, outputs] },
    { name: `${name}.bias`, shape: [outputs] },
  ];
  return [
    ...dense('time.0', TIME_FEATURES, width),
    ...dense('time.1', width, width),
    ...dense('input', channels, width),
    ...(library ? [...dense('library.in', 1, width), ...dense('library.out', width, 1)] : []),
    ...Array.from({ length: layers }, (_, i) => [
      ...dense(`block.${i}.attention.qkv`, width, 3 * width),
      ...dense(`block.${i}.attention.out`, width, width),
      ...gatedSpecs(`block.${i}.gated`, width, gated),
    ]).flat(),
    ...dense('modulation', width, modulationWidth(shape)),
    ...dense('output', width, channels),
    ...categories.map((n, a) => ({ name: labelName(a), shape: [n + 1, width] })),
  ];
}

/** Turns per unit of time of the time features: 10000^(−j / half) / 2π; raw times in [0, 1]. Source: methods/scldm §2.1. */
export function timeSpeeds(half = TIME_FEATURES / 2): Float64Array {
  return Float64Array.from({ length: half }, (_, j) => 10_000 ** (-j / half) / (2 * Math.PI));
}

/** Positions of tokens, [tokens, width]: sines of token · 10000^(−j / half), then cosines. */
export function positions({
  tokens,
  width,
}: Pick<DenoiserShape, 'tokens' | 'width'>): Float32Array {
  const half = width / 2;
  return Float32Array.from({ length: tokens * width }, (_, i) => {
    const [token, j] = [Math.floor(i / width), i % width];
    const angle = token * 10_000 ** (-(j % half) / half);
    return j < half ? Math.sin(angle) : Math.cos(angle);
  });
}
