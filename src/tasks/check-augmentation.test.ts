/** @file The check of augmentation: intervals against scipy, and cells whose worth is known. */
import { describe, expect, it } from 'vitest';
import { csrFromDense, emptyCsr, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import { codeOf } from '../models/testing/requests.ts';
import { checkAugmentation, wilson } from './check-augmentation.ts';

const GENES = 60;

/** Cells of three classes; class 2 differs from class 1 in many genes, each a little. */
function draw(codes: readonly number[], seed: number): CsrMatrix {
  const random = createRandom(seed);
  const dense = codes.flatMap((code) =>
    Array.from({ length: GENES }, (_, g) => {
      const up = code === 0 ? g < 20 : code === 2 ? g >= 20 && g < 40 : g >= 40;
      return random.negativeBinomial(up ? 3 : 2, 4);
    }),
  );
  return csrFromDense(codes.length, GENES, dense);
}

const repeat = (...sizes: number[]): number[] =>
  sizes.flatMap((n, code) => Array<number>(n).fill(code));
const training = repeat(80, 80, 4);
const heldOut = repeat(40, 40, 60);
const classes = ['x', 'y', 'rare'];

function request(synthetic: CsrMatrix) {
  return {
    training: draw(training, 1),
    trainingCodes: Int32Array.from(training),
    heldOut: draw(heldOut, 2),
    heldOutCodes: Int32Array.from(heldOut),
    synthetic,
    syntheticCodes: new Int32Array(synthetic.rows).fill(2),
    classes,
    seed: 0,
  };
}

describe('Wilson’s interval', () => {
  // scipy.stats.binomtest(k, n).proportion_ci(0.9, 'wilson')
  it.each([
    [8, 10, 0.5407928056874879, 0.9314420122624679],
    [0, 7, 0, 0.27876269545254206],
    [20, 20, 0.8808421626390355, 1],
  ])('%i of %i', (k, n, low, high) => {
    const { value, interval } = wilson(Array.from({ length: n }, (_, i) => (i < k ? 1 : 0)));
    expect(value).toBe(k / n);
    expect(interval[0]).toBeCloseTo(low, 9);
    expect(interval[1]).toBeCloseTo(high, 9);
  });
});

describe('the check', () => {
  it('sees that cells of the true distribution help more than copies of four cells', async () => {
    const found = await checkAugmentation(request(draw(Array<number>(80).fill(2), 3)));
    const [rare] = found.classes;
    expect(rare).toMatchObject({ name: 'rare', trainingCells: 4, heldOutCells: 60 });
    expect(rare.synthetic.value).toBeGreaterThan(rare.oversampled.value);
    expect(found.gain.value).toBeCloseTo(rare.synthetic.value - rare.oversampled.value, 12);
    expect(found.verdict).toBe('helps');
    expect(found.summary).toMatch(/^Synthetic cells help/);
  });

  it('sees through recall that other classes pay for', async () => {
    // Cells of class x called rare: more rare cells are found, and with them cells of x.
    const wrong = draw(Array<number>(80).fill(0), 4);
    const found = await checkAugmentation(request(wrong));
    expect(found.verdict).toBe('at the cost of others');
    expect(found.others?.interval[1]).toBeLessThan(0);
    expect(found.summary).toMatch(/only move errors/);
  });

  it('says that cells which hide a class hurt', async () => {
    // Twenty real rare cells are enough; hundreds of empty ones under their name teach the wrong thing.
    const given = request(csrFromDense(400, GENES, new Float32Array(400 * GENES)));
    const codes = repeat(80, 80, 20);
    const enough = {
      ...given,
      training: draw(codes, 1),
      trainingCodes: Int32Array.from(codes),
    };
    const found = await checkAugmentation(enough);
    expect(found.verdict).toBe('hurts');
    expect(found.gain.interval[1]).toBeLessThan(0);
  });

  it('claims nothing for what changes nothing', async () => {
    const real = request(emptyCsr(0, GENES));
    const rows = Array.from({ length: 4 }, (_, i) => 160 + i);
    const same = csrFromDense(
      4,
      GENES,
      rows.flatMap((r) => {
        const row = new Float32Array(GENES);
        const { indptr, indices, values } = real.training;
        for (let e = indptr[r]; e < indptr[r + 1]; e++) row[indices[e]] = values[e];
        return [...row];
      }),
    );
    const found = await checkAugmentation(request(same));
    expect(found.verdict).toBe('no difference seen');
    expect(found.summary).toMatch(/do not help measurably/);
  });

  it('refuses a class without held-out cells', async () => {
    const given = request(draw([2, 2], 5));
    const none = { ...given, heldOutCodes: given.heldOutCodes.map((c) => (c === 2 ? -1 : c)) };
    const code = await checkAugmentation(none).then(() => 'none', codeOf);
    expect(code).toBe('too-few-cells');
  });
});
