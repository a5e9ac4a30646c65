/** @file PAD-lite's arrays: names, shapes, first values. Source: methods/scdfm §1.7; labelled deviations in `PadShape.gentle`. */
import { normalValues, uniformValues } from '../../../engine/init.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import type { ArraySpec } from '../../../engine/plan/parameter-arena.ts';
import type { Random } from '../../../numerics/random.ts';
import { normSpecs } from '../../tape/layers.ts';
import type { PadShape } from '../shapes.ts';
import { contextSpecs, denseSpecs } from './fast-arrays.ts';

/** Numbers that a time becomes: sines, then cosines. */
export const PAD_TIMES = 256;

/** ε of norms with gain and shift, and of RMS norms. */
export const LEARNT_EPSILON = 1e-5;

/** ε of norms that are modulated. */
export const MODULATED_EPSILON = 1e-6;

/** The part of λ that is not learnt, by layer: 0.8 − 0.6 e^(−0.3 i). */
export function firstLambda(layer: number): number {
  return 0.8 - 0.6 * Math.exp(-0.3 * layer);
}

/** Name of the block of a layer: `self` has its keys from the cell itself, `control` from the control cell. */
export function blockName(layer: number, wiring: 'self' | 'control'): string {
  return `layer.${layer}.${wiring}`;
}

/** Columns of a condition: six vectors for each of two blocks a layer, one for each adapter and one for the output, the set's shift. */
export function conditionWidth({ layers, width, dims, shifted }: PadShape): number {
  return (13 * layers + 1) * width + (shifted === true ? dims : 0);
}

/** All learnable arrays. */
export function padSpecs(shape: PadShape): ArraySpec[] {
  const { width: d, layers, members, contexts, dims, shifted } = shape;
  return [
    { name: 'genes.weight', shape: [members + 1, d] },
    ...normSpecs('genes.norm', d),
    ...normSpecs('genes.query.norm', d),
    ...['query', 'key', 'value', 'out'].flatMap((name) => denseSpecs(`genes.${name}`, d, d)),
    ...normSpecs('genes.mlp.norm', d),
    ...denseSpecs('genes.mlp.0', d, 4 * d),
    ...denseSpecs('genes.mlp.1', 4 * d, d),
    ...['state', 'control'].flatMap((name) => [
      ...denseSpecs(`${name}.0`, 1, d),
      ...denseSpecs(`${name}.1`, d, d),
      ...normSpecs(`${name}.norm`, d),
    ]),
    { name: 'fusion.control.weight', shape: [d, d] },
    ...denseSpecs('fusion.0', d, d),
    ...denseSpecs('fusion.1', d, d),
    ...normSpecs('fusion.norm', d),
    ...denseSpecs('time.0', PAD_TIMES, d),
    ...denseSpecs('time.1', d, d),
    ...denseSpecs('modulation', d, 12 * layers * d),
    ...denseSpecs('set', d, (layers + 1) * d),
    ...denseSpecs('genes.modulation', d, 3 * layers * d),
    ...Array.from({ length: layers }, (_, i) => [
      ...normSpecs(`layer.${i}.gene.norm`, d),
      { name: `layer.${i}.adapter.0.weight`, shape: [d, d] },
      ...denseSpecs(`layer.${i}.adapter.1`, d, d),
      ...blockSpecs(blockName(i, 'self'), shape),
      ...blockSpecs(blockName(i, 'control'), shape),
    ]).flat(),
    { name: 'output.0.weight', shape: [d, d] },
    ...denseSpecs('output.1', d, d),
    ...denseSpecs('output.2', d, 1),
    ...contextSpecs(contexts, d),
    ...(shifted === true ? [{ name: 'shift.weight', shape: [members + 1, dims] }] : []),
  ];
}

/** Arrays of a block of differential attention. */
export function blockSpecs(
  name: string,
  { width: d, heads, ratio }: Pick<PadShape, 'width' | 'heads' | 'ratio'>,
): ArraySpec[] {
  return [
    ...['q1', 'q2', 'k1', 'k2', 'v', 'out'].map((part) => ({
      name: `${name}.${part}.weight`,
      shape: [d, d],
    })),
    { name: `${name}.lambda`, shape: [4, d / heads] },
    { name: `${name}.gain`, shape: [d / heads] },
    ...denseSpecs(`${name}.mlp.0`, d, ratio * d),
    ...denseSpecs(`${name}.mlp.1`, ratio * d, d),
  ];
}

/**
 * Values of an untrained network: Xavier's uniform numbers, tokens from N(0, 1); gentle ones have gates and the last map at 0.
 *
 * @param shifts what each token adds to the velocity, [members + 1, dims]; null: nothing is known
 */
export function initialPad(
  shape: PadShape,
  random: Random,
  shifts: Float32Array | null = null,
): NamedArray[] {
  return padSpecs(shape).map(({ name, shape: size }) => {
    const count = size.reduce((a, b) => a * b, 1);
    if (name === 'shift.weight') {
      return { name, shape: size, values: shifts?.slice() ?? new Float32Array(count) };
    }
    return { name, shape: size, values: firstValues(name, size, count, shape, random) };
  });
}

function firstValues(
  name: string,
  size: readonly number[],
  count: number,
  { gentle, width }: PadShape,
  random: Random,
): Float32Array {
  if (name === 'genes.weight') return normalValues(count, random);
  if (name.startsWith('context.')) return normalValues(count, random).map((v) => 0.1 * v);
  if (name.endsWith('.lambda')) return normalValues(count, random).map((v) => 0.1 * v);
  if (name.endsWith('.gain')) return new Float32Array(count).fill(1);
  if (name.endsWith('.bias') || name.endsWith('.shift')) return new Float32Array(count);
  const isZero = ['output.2.weight', 'modulation.weight', 'genes.modulation.weight'].includes(name);
  if (gentle && isZero) return new Float32Array(count);
  // Maps that lie side by side are drawn as the original draws each.
  const sum = name === 'set.weight' || name.includes('adapter.0') || name === 'output.0.weight';
  const isSplit = sum || name.startsWith('fusion.0') || name.startsWith('fusion.control');
  const outputs = name === 'set.weight' ? width : size[1];
  const inputs = isSplit ? 2 * size[0] : size[0];
  return uniformValues(count, Math.sqrt(6 / (inputs + outputs)), random);
}
