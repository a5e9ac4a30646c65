/** @file AdamW's two forms against the definition in float64, with every option in use. */
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import { createAdamW } from './adamw.ts';
import { ADAMW_DEFAULTS, type AdamWOptions } from '../plan/adamw-options.ts';
import * as host from './host.ts';
import { createParameter, type Parameter } from './parameters.ts';
import { largestDifference, startTestDevice } from '../testing/device.ts';

const SHAPES = [[3, 5], [7], [1], [4, 2]];
const STEPS = 12;
const RATE = 0.02;
const options: AdamWOptions = { ...ADAMW_DEFAULTS, weightDecay: 0.1, average: 0.95, clipNorm: 0.8 };
const random = createRandom(5);
const draw = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const starts = SHAPES.map((shape) => draw(size(shape)));
/** Third parameter: without a gradient in every third step when steps are skipped. */
const gradients = Array.from({ length: STEPS }, () => SHAPES.map((shape) => draw(size(shape))));

function createParameters(): Parameter[] {
  return SHAPES.map((shape, i) =>
    createParameter(`p${i}`, shape, starts[i], {
      rate: i === 1 ? 5 : 1,
      decay: i !== 1,
      ...(i === 3 ? { bounds: [-0.5, 0.5] as const } : {}),
    }),
  );
}

function missing(step: number, i: number, skips: boolean): boolean {
  return skips && i === 2 && step % 3 === 1;
}

interface Expected {
  readonly values: Float64Array[];
  readonly averages: Float64Array[];
}

function reference(skips: boolean): Expected {
  const values = starts.map((p) => Float64Array.from(p));
  const averages = starts.map((p) => Float64Array.from(p));
  const m = values.map((p) => new Float64Array(p.length));
  const v = values.map((p) => new Float64Array(p.length));
  const count = values.map(() => 0);
  for (let step = 0; step < STEPS; step++) {
    let squares = 0;
    gradients[step].forEach((g, i) => {
      if (!missing(step, i, skips)) for (const x of g) squares += x * x;
    });
    const scale = Math.min(1, 0.8 / (Math.sqrt(squares) + 1e-6));
    values.forEach((p, i) => {
      if (missing(step, i, skips)) return;
      count[i]++;
      const rate = RATE * (i === 1 ? 5 : 1);
      const decay = Math.min(0.95, (1 + count[i]) / (10 + count[i]));
      for (let k = 0; k < p.length; k++) {
        const g = gradients[step][i][k] * scale;
        m[i][k] = 0.9 * m[i][k] + 0.1 * g;
        v[i][k] = 0.999 * v[i][k] + 0.001 * g * g;
        if (i !== 1) p[k] *= 1 - rate * 0.1;
        const mean = m[i][k] / (1 - 0.9 ** count[i]);
        p[k] -= (rate * mean) / (Math.sqrt(v[i][k] / (1 - 0.999 ** count[i])) + 1e-8);
        if (i === 3) p[k] = Math.min(0.5, Math.max(-0.5, p[k]));
        averages[i][k] += (1 - decay) * (p[k] - averages[i][k]);
      }
    });
  }
  return { values, averages };
}

describe.each([
  ['in host memory', true],
  ['in whole-tensor operations', false],
])('AdamW %s', (_name, inHost) => {
  beforeAll(() => startTestDevice());
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([false, true])('follows the definition (skips: %s)', async (skips) => {
    if (!inHost) vi.spyOn(host, 'hasHostMemory').mockReturnValue(false);
    const parameters = createParameters();
    const adamw = createAdamW(parameters, { ...options, skips });
    for (let step = 0; step < STEPS; step++) {
      const own = gradients[step].map((g, i) =>
        missing(step, i, skips) ? null : tf.tensor<tf.Rank>(g, SHAPES[i]),
      );
      adamw.step(own, RATE);
      for (const g of own) g?.dispose();
    }
    const expected = reference(skips);
    const averages = await adamw.averages();
    for (const [i, p] of parameters.entries()) {
      expect(p.tensor.shape).toEqual(SHAPES[i]);
      expect(largestDifference(await p.tensor.data(), expected.values[i])).toBeLessThan(2e-6);
      expect(averages[i].name).toBe(p.name);
      expect(largestDifference(averages[i].values, expected.averages[i])).toBeLessThan(2e-6);
    }
    adamw.dispose();
  });

  it('leaves no tensors behind', () => {
    if (!inHost) vi.spyOn(host, 'hasHostMemory').mockReturnValue(false);
    const parameters = createParameters();
    const before = tf.memory().numTensors;
    const adamw = createAdamW(parameters, options);
    for (let step = 0; step < 3; step++) {
      const own = gradients[step].map((g, i) => tf.tensor<tf.Rank>(g, SHAPES[i]));
      adamw.step(own, RATE);
      tf.dispose(own);
    }
    adamw.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
