/** @file Draws of several kinds of features have the moments of their distributions, and no neighbour changes them. */
import { expect, it } from 'vitest';
import { blocksOf } from './blocks.ts';
import { drawCell } from './draw-blocks.ts';

const features = 7;
const kinds = ['negative-binomial', 'bernoulli', 'poisson'] as const;
const modalities = kinds.map((likelihood) => ({ name: likelihood, features, likelihood, hidden: [4] })); // prettier-ignore
const blocks = blocksOf({ genes: 3 * features, hidden: [4], latentDim: 2, modalities });
const theta = new Float32Array(features).fill(2);
const shares = Float32Array.from({ length: features }, (_, f) => (f + 1) / 28);
const chances = Float32Array.from({ length: features }, (_, f) => f / 6);
const rates = Float32Array.from({ length: features }, (_, f) => 0.3 * f);
const expected = Float32Array.of(...shares, ...chances, ...rates);
const library = 60;

function draw(cell: number, of = expected): Float32Array {
  const out = { rowIndices: new Uint32Array(21), rowValues: new Float32Array(21) };
  const written = drawCell(blocks, { expected: of, library, seed: 5, cell }, theta, out);
  const row = new Float32Array(21);
  for (let e = 0; e < written; e++) {
    if (e > 0) expect(out.rowIndices[e]).toBeGreaterThan(out.rowIndices[e - 1]);
    row[out.rowIndices[e]] = out.rowValues[e];
  }
  return row;
}

it('means and variances are those of the distributions', () => {
  const n = 4000;
  const rows = Array.from({ length: n }, (_, i) => draw(i));
  for (let f = 0; f < features; f++) {
    const mu = shares[f] * library;
    const wanted = [
      [mu, mu + (mu * mu) / 2],
      [chances[f], chances[f] * (1 - chances[f])],
      [rates[f], rates[f]],
    ];
    wanted.forEach(([mean, variance], k) => {
      const values = rows.map((row) => row[k * features + f]);
      const found = values.reduce((a, b) => a + b, 0) / n;
      expect(Math.abs(found - mean), `${kinds[k]} ${f}`).toBeLessThanOrEqual(5 * Math.sqrt(variance / n) + 1e-6); // prettier-ignore
    });
  }
});

it('a cell is the same whatever is drawn beside it, and no kind of features stays empty', () => {
  const [first, again] = [draw(9), draw(9)];
  expect(again).toEqual(first);
  const none = expected.slice();
  none.fill(1e-30, 0, features);
  none.fill(1e-30, 2 * features);
  const row = draw(9, none);
  expect(row.subarray(features, 2 * features)).toEqual(first.subarray(features, 2 * features));
  expect(row.subarray(0, features).reduce((a, b) => a + b, 0)).toBe(1);
  expect(row.subarray(2 * features).reduce((a, b) => a + b, 0)).toBe(1);
});
