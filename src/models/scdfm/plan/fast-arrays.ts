/** @file The fast velocity's arrays: names, shapes, first values. */
import { normalValues, uniformValues } from '../../../engine/init.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import type { ArraySpec } from '../../../engine/plan/parameter-arena.ts';
import type { Random } from '../../../numerics/random.ts';
import { normSpecs } from '../../tape/layers.ts';
import type { FastShape } from '../shapes.ts';

/** Numbers that a time becomes: sines, then cosines. */
const FAST_TIMES = 32;

const LEAST_TURNS = 0.25;
const MOST_TURNS = 10;

/** Turns per unit of time, from a quarter to ten, evenly spaced in their logarithm. */
export function fastSpeeds(): Float64Array {
  const half = FAST_TIMES / 2;
  return Float64Array.from(
    { length: half },
    (_, j) => LEAST_TURNS * (MOST_TURNS / LEAST_TURNS) ** (j / (half - 1)),
  );
}

/** Name of the label rows of the k-th attribute beside the perturbation. */
export function contextName(k: number): string {
  return `context.${k}`;
}

/** Weight [in, out] and bias of a linear map. */
export function denseSpecs(name: string, inputs: number, outputs: number): ArraySpec[] {
  return [
    { name: `${name}.weight`, shape: [inputs, outputs] },
    { name: `${name}.bias`, shape: [outputs] },
  ];
}

/** Tables of the attributes beside the perturbation; the last row is for "not shown". */
export function contextSpecs(contexts: readonly number[], width: number): ArraySpec[] {
  return contexts.map((n, k) => ({ name: contextName(k), shape: [n + 1, width] }));
}

/** Columns of a condition: factor and shift of each block's norm, and what is added to the velocity. */
export function fastConditionWidth({ blocks, width, dims }: FastShape): number {
  return 2 * blocks * width + dims;
}

/** All learnable arrays. */
export function fastSpecs({
  dims,
  width,
  embedding,
  blocks,
  members,
  contexts,
}: FastShape): ArraySpec[] {
  return [
    ...denseSpecs('time.0', FAST_TIMES, embedding),
    ...denseSpecs('time.1', embedding, embedding),
    { name: 'perturbation.weight', shape: [members + 1, embedding] },
    { name: 'shift.weight', shape: [members + 1, dims] },
    ...denseSpecs('mix.0', embedding, embedding),
    ...denseSpecs('mix.1', embedding, embedding),
    ...denseSpecs('film', embedding, 2 * blocks * width),
    ...denseSpecs('input', dims, width),
    ...Array.from({ length: blocks }, (_, i) => [
      ...denseSpecs(`block.${i}.0`, width, width),
      ...denseSpecs(`block.${i}.1`, width, width),
    ]).flat(),
    ...normSpecs('last', width),
    ...denseSpecs('output', width, dims),
    ...contextSpecs(contexts, embedding),
  ];
}

/**
 * Values of an untrained network: what modulates and what comes last are 0, so velocities begin at the sum of the members' shifts.
 *
 * @param shifts mean change that each member makes alone, [members + 1, dims]; null: none is known
 * @param tokens standard deviation of the perturbations' tokens
 */
export function initialFast(
  shape: FastShape,
  random: Random,
  shifts: Float32Array | null = null,
  tokens = 1,
): NamedArray[] {
  return fastSpecs(shape).map(({ name, shape: size }) => {
    const count = size.reduce((a, b) => a * b, 1);
    const known = name === 'shift.weight' && shifts !== null;
    const values = known ? shifts.slice() : firstValues(name, size, count, random, tokens);
    return { name, shape: size, values };
  });
}

function firstValues(
  name: string,
  size: readonly number[],
  count: number,
  random: Random,
  tokens: number,
): Float32Array {
  if (name === 'perturbation.weight') return normalValues(count, random).map((v) => v * tokens);
  if (name.startsWith('context.')) return normalValues(count, random);
  if (name.endsWith('.gain')) return new Float32Array(count).fill(1);
  const zero = name.endsWith('.bias') || name.endsWith('.shift') || name === 'output.weight';
  if (zero || name === 'film.weight' || name === 'shift.weight') return new Float32Array(count);
  return uniformValues(count, 1 / Math.sqrt(size[0]), random);
}
