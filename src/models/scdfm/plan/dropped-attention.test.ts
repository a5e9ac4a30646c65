/** @file Attention with dropped weights: a float64 attention that drops the same ones, its slopes by finite differences, and how often. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import type { CpuDevice } from '../../../engine/cpu/device.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import { largestDifference } from '../../../engine/testing/device.ts';
import { createRandom } from '../../../numerics/random.ts';
import { NetworkWeights, Pool, Tape } from '../../tape/tape.ts';
import { recordDroppedAttention } from './dropped-attention.ts';
import { dropoutWords, recordDropout } from './dropout.ts';

const [tokens, heads, width] = [7, 3, 2];
const columns = heads * width;
/** A graph with a token alone, and neighbours on both sides. */
const edges = [
  [0, 1],
  [0, 2],
  [1, 3],
  [2, 4],
  [3, 4],
  [4, 5],
];
const seen = Array.from({ length: tokens }, (_, i) =>
  Array.from({ length: tokens }, (_, j) => j).filter(
    (j) => i === j || edges.some(([a, b]) => (a === i && b === j) || (a === j && b === i)),
  ),
);

let device: CpuDevice;
let pool: Pool;
let weights: NetworkWeights;

beforeAll(async () => {
  device = await startTestCpu(1);
  pool = new Pool(device);
  weights = new NetworkWeights(device, []);
});
afterAll(() => {
  pool.dispose();
  weights.dispose();
  device.dispose();
});

const random = createRandom(11);
const numbers = (): Float64Array =>
  Float64Array.from({ length: tokens * columns }, () => Math.fround(random.normal()));
const [q, k, v, dOut] = [numbers(), numbers(), numbers(), numbers()];

function onDevice(values: Float64Array): Matrix {
  const out = matrix(pool.fixed(values.length), tokens, columns);
  device.write(out.view, Float32Array.from(values));
  return out;
}

/** What dropout at a place multiplies the numbers of a head's map with. */
async function factorsAt(site: number, rate: number, key: ReturnType<Pool['fixed']>) {
  const tape = new Tape(device, weights, pool);
  const ones = matrix(pool.fixed(tokens * tokens), tokens, tokens);
  device.write(ones.view, new Float32Array(tokens * tokens).fill(1));
  recordDropout(tape, { rate, key, site }, ones);
  device.perform(tape.recorder);
  return device.read(ones.view);
}

/** Plain loops: Σ_j factor · softmax over what is seen · v. */
function attention(
  [ownQ, ownK, ownV]: readonly Float64Array[],
  factors: readonly Float32Array[],
): Float64Array {
  const out = new Float64Array(tokens * columns);
  for (let h = 0; h < heads; h++) {
    for (let i = 0; i < tokens; i++) {
      const scores = seen[i].map((j) => {
        let sum = 0;
        for (let d = 0; d < width; d++) {
          sum += ownQ[i * columns + h * width + d] * ownK[j * columns + h * width + d];
        }
        return Math.exp(sum / Math.sqrt(width));
      });
      const total = scores.reduce((a, b) => a + b, 0);
      seen[i].forEach((j, s) => {
        const weight = (factors[h][i * tokens + j] * scores[s]) / total;
        for (let d = 0; d < width; d++) {
          out[i * columns + h * width + d] += weight * ownV[j * columns + h * width + d];
        }
      });
    }
  }
  return out;
}

describe.each([0, 0.4])('attention that drops %d of its weights', (rate) => {
  it('is that of plain loops with the same weights dropped, and so are its slopes', async () => {
    const key = pool.fixed(4);
    device.writeWords(key, dropoutWords(3, 5));
    const tape = new Tape(device, weights, pool);
    const dropout = { rate, key, site: 2 };
    const inputs = { q: onDevice(q), k: onDevice(k), v: onDevice(v) };
    const recorded = recordDroppedAttention(tape, dropout, inputs, seen, heads);
    expect(dropout.site).toBe(2 + heads);
    const back = recorded.backward(onDevice(dOut));
    device.perform(tape.recorder);
    const found = await device.read(recorded.out.view);
    const slopes = await Promise.all(
      [back.dq, back.dk, back.dv].map(({ view }) => device.read(view)),
    );
    const factors = await Promise.all(
      Array.from({ length: heads }, (_, h) => factorsAt(2 + h, rate, key)),
    );
    const dropped = factors.flatMap((own) => Array.from(own)).filter((one) => one === 0).length;
    if (rate === 0) expect(dropped).toBe(0);
    else expect(dropped).toBeGreaterThan(20);
    expect(largestDifference(found, attention([q, k, v], factors))).toBeLessThan(1e-5);
    const step = 1e-5;
    const valueAt = (moved: readonly Float64Array[]): number =>
      attention(moved, factors).reduce((sum, value, at) => sum + value * dOut[at], 0);
    slopes.forEach((slope, which) => {
      const expected = slope.map((_, at) => {
        const [up, down] = [step, -step].map((by) =>
          valueAt([q, k, v].map((own, o) => (o === which ? own.with(at, own[at] + by) : own))),
        );
        return (up - down) / (2 * step);
      });
      expect(largestDifference(slope, expected)).toBeLessThan(2e-5);
    });
  });
});
