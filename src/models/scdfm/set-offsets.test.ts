/** @file Offsets by perturbation: sums over members, and the mean that cells of a set have beyond their components. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import { memorySource } from '../../numerics/csr-source.ts';
import { csrFromDense } from '../../numerics/csr.ts';
import type { Components } from './components.ts';
import { SCALE } from './expression.ts';
import type { ScdfmModel } from './model.ts';
import { readScreen } from './screen.ts';
import { memberOffsets, offsetsBySet } from './set-offsets.ts';

const screen = { attribute: 'guide', control: 'none', separator: '+', members: ['A', 'B', 'C'] };

describe('offsets of a set', () => {
  const categories = ['none', 'A', 'B+A', 'C', 'A+C'];
  const model = { attributes: [{ name: 'guide', categories }], screen } as unknown as ScdfmModel;
  const memberOffset = Float32Array.of(1, 2, 10, 20);
  const offset = new Float32Array(2);

  it('are the sums of its members’, where they have any', () => {
    const of = offsetsBySet(model, { memberOffset, offset });
    const rows = [0, 1, 2, 3, 4].map((code) => of(code) && Array.from(of(code) as Float32Array));
    expect(rows).toEqual([null, [1, 2], [11, 22], null, [1, 2]]);
    expect([of(-1), of(5)]).toEqual([null, null]);
  });

  it('are not there in models without them', () => {
    expect(offsetsBySet(model, { memberOffset: null, offset })(1)).toBeNull();
  });
});

describe('fitted offsets', () => {
  // Two genes, no spread along the only component: every difference of means is left to the offsets.
  const perSet = 200;
  const labels = ['none', 'A', 'B', 'A+B'];
  const levels = [3, 4, 2.5, 3.5];
  const codes = Int32Array.from({ length: 4 * perSet }, (_, i) => i % 4);
  const dense = Float32Array.from({ length: 8 * perSet }, (_, k) => {
    const count = (SCALE * Math.expm1(levels[codes[k >> 1]])) / SCALE;
    return Math.round(k % 2 === 0 ? count : SCALE - count);
  });
  const counts = memorySource(csrFromDense(4 * perSet, 2, dense));
  const attributes = [{ name: 'guide', categories: labels, codes }];
  const settings = {
    attribute: 'guide',
    control: 'none',
    separator: '+',
    context: null,
    tier: 'fast',
    start: 'noisy-control',
    mmdWeight: 0.5,
    genes: null,
  } as const;
  const all = Uint32Array.from(codes.keys());
  const components: Components = {
    genes: 2,
    dims: 1,
    mean: Float32Array.of(3, Math.log1p(SCALE)),
    loadings: new Float32Array(2),
  };

  it('are what each member adds to the mean log expression', () => {
    const rows = memberOffsets({
      counts,
      screen: readScreen(settings, attributes, all),
      components,
      contextOffset: new Float32Array(2),
      random: createRandom(1),
    });
    // Of 1 for A and −0.5 for B a little is left to chance: ten cells without an effect stand beside each member's own.
    expect(rows[0]).toBeGreaterThan(0.9);
    expect(rows[0]).toBeLessThan(1.02);
    expect(rows[2]).toBeGreaterThan(-0.52);
    expect(rows[2]).toBeLessThan(-0.45);
    expect(rows[0] + rows[2]).toBeCloseTo(0.5, 1);
  });
});
