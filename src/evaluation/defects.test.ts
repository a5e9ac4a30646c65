/** @file Simulated defects of random strength: each is caught by the measures meant for it, and only where it should be. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { csrFromDense, csrToDense, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { simulateData } from '../models/testing/simulated-data.ts';
import type { TrainingData } from '../protocol/dataset.ts';
import type { JudgeRequest, MeasureName, Verdict } from '../protocol/judge.ts';
import { Judgement } from './judge.ts';

const GENES = 60;
const TRAINING = 700;
const HELD_OUT = 150;

let world: TrainingData;
const span = (from: number, n: number) => Array.from({ length: n }, (_, i) => from + i);
const real = span(TRAINING + HELD_OUT, HELD_OUT);

beforeAll(() => {
  world = simulateData(TRAINING + 2 * HELD_OUT, GENES, 23);
});

const codesOf = (rows: readonly number[]) =>
  world.attributes.map(({ codes }) => Int32Array.from(rows, (row) => codes[row]));

function judge(
  synthetic: CsrMatrix,
  codes: readonly Int32Array[],
  change: Partial<JudgeRequest> = {},
): Promise<Verdict> {
  const [training, heldOut] = [span(0, TRAINING), span(TRAINING, HELD_OUT)];
  const request = {
    key: '',
    heldOut: selectRows(world.counts, heldOut),
    training: selectRows(world.counts, training),
    synthetic,
    attributes: world.attributes.map(({ name, categories }, a) => ({
      name,
      categories,
      heldOut: codesOf(heldOut)[a],
      training: codesOf(training)[a],
      synthetic: codes[a],
    })),
    seed: 3,
    mostCells: 2000,
    mostTransport: 1000,
    stoppedEarly: false,
    ...change,
  };
  return new Judgement(request, () => undefined, null).run();
}

/** Real cells whose counts were changed. */
function broken(change: (dense: Float32Array) => void): Promise<Verdict> {
  const dense = csrToDense(selectRows(world.counts, real));
  change(dense);
  return judge(csrFromDense(HELD_OUT, GENES, dense), codesOf(real));
}

/** Whether a measure lies above (or below) what real cells show. */
const above = (verdict: Verdict, name: MeasureName): boolean =>
  (verdict.measures[name] ?? 0) > (verdict.floor[name]?.high ?? Infinity);
const below = (verdict: Verdict, name: MeasureName): boolean =>
  (verdict.measures[name] ?? 0) < (verdict.floor[name]?.low ?? -Infinity);
const outside = (verdict: Verdict, id: string): boolean =>
  verdict.checks.some((check) => check.id === id && !check.inside);

const seeds = fc.nat(10_000);
const runs = { numRuns: 3, seed: 7 };

describe('a defect of random strength', () => {
  it('in the library size shows in the library size, with its direction', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.3, max: 0.7, noNaN: true }),
        seeds,
        async (kept, seed) => {
          const random = createRandom(seed);
          const verdict = await broken((dense) => {
            dense.forEach((count, k) => {
              let left = 0;
              for (let c = 0; c < count; c++) if (random.uniform() < kept) left++;
              dense[k] = left;
            });
          });
          expect(outside(verdict, 'library')).toBe(true);
          // Thinning moves the mean of log sizes by log(kept), besides how the two samples differ.
          const { libraryShift } = verdict.measures;
          expect(Math.abs((libraryShift ?? 0) - Math.log(kept))).toBeLessThan(0.15);
          expect(verdict.numbers).toMatch(/library sizes are too small/i);
          expect(verdict.measures.detectedShift).toBeLessThan(0);
          expect(outside(verdict, 'copies')).toBe(false);
        },
      ),
      runs,
    );
  });

  it('of genes drawn independently shows in correlations, markers and recognition, not in each gene', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const random = createRandom(seed);
        const verdict = await broken((dense) => {
          for (let g = 0; g < GENES; g++) {
            const order = random.permutation(HELD_OUT);
            const column = span(0, HELD_OUT).map((i) => dense[i * GENES + g]);
            order.forEach((from, i) => (dense[i * GENES + g] = column[from]));
          }
        });
        expect(above(verdict, 'geneCorrelation')).toBe(true);
        expect(above(verdict, 'markerCorrelation')).toBe(true);
        expect(below(verdict, 'markers')).toBe(true);
        expect(below(verdict, 'markerFolds')).toBe(true);
        expect(outside(verdict, 'hits')).toBe(true);
        expect(verdict.hits.type.synthetic).toBeLessThan(verdict.hits.type.real - 0.2);
        // Each gene on its own is as it was.
        expect(above(verdict, 'zeroFraction')).toBe(false);
      }),
      runs,
    );
  });

  it('of copied cells shows as copies, exact or with a little noise', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.15, max: 1, noNaN: true }),
        seeds,
        async (share, seed) => {
          const random = createRandom(seed);
          const rows = real.map((row, i) =>
            i < share * HELD_OUT ? random.integer(TRAINING) : row,
          );
          const verdict = await judge(selectRows(world.counts, rows), codesOf(rows));
          expect(outside(verdict, 'copies')).toBe(true);
          expect(verdict.measures.exactCopies).toBeCloseTo(
            Math.ceil(share * HELD_OUT) / HELD_OUT,
            6,
          );
          expect(above(verdict, 'nearTraining')).toBe(true);
          expect(verdict.headline).toBe('Copies of the training cells');
          const [low, high] = verdict.intervals.exactCopies ?? [1, 0];
          expect(low).toBeLessThanOrEqual(verdict.measures.exactCopies ?? 2);
          expect(high).toBeGreaterThanOrEqual(verdict.measures.exactCopies ?? -1);
        },
      ),
      runs,
    );
  });

  it('of few modes shows in recall, coverage and spread', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 3, max: 12 }), seeds, async (modes, seed) => {
        const random = createRandom(seed);
        // Every cell is one of a few new real cells of its kind, with counts drawn anew around it.
        const codes = codesOf(real);
        const kinds = real.map((_, i) => codes.map((own) => own[i]).join());
        const verdict = await broken((dense) => {
          const old = dense.slice();
          for (let i = 0; i < HELD_OUT; i++) {
            const like = span(0, HELD_OUT)
              .filter((j) => kinds[j] === kinds[i])
              .slice(0, modes);
            const from = like[random.integer(like.length)];
            for (let g = 0; g < GENES; g++) {
              const count = old[from * GENES + g] + (random.uniform() < 0.05 ? 1 : 0);
              dense[i * GENES + g] = count;
            }
          }
        });
        expect(below(verdict, 'recall')).toBe(true);
        expect(outside(verdict, 'coverage')).toBe(true);
        expect(below(verdict, 'diversity')).toBe(true);
      }),
      runs,
    );
  });

  it('of one type shows in that type alone', async () => {
    const codes = codesOf(real);
    const verdict = await broken((dense) => {
      // Cells of type b that are "on" have their state genes at the level of "off".
      for (let i = 0; i < HELD_OUT; i++) {
        if (codes[0][i] !== 1 || codes[1][i] !== 1) continue;
        for (let g = 16; g < 24; g++) dense[i * GENES + g] = Math.round(dense[i * GENES + g] / 8);
      }
    });
    const of = (attribute: string, value: string) => {
      const found = verdict.groups.find((g) => g.attribute === attribute && g.value === value);
      if (!found) throw new Error(`no group ${value}`);
      return found;
    };
    const wrong = of('type × state', 'b × on');
    expect(wrong.measures.energy).toBeGreaterThan(3 * (wrong.floor.energy?.high ?? Infinity));
    expect(wrong.measures.hits).toBeLessThan(wrong.floor.hits?.low ?? 0);
    expect(wrong.intervals.energy?.[0]).toBeGreaterThan(wrong.floor.energy?.high ?? Infinity);
    const fine = of('type × state', 'a × on');
    expect(fine.measures.energy).toBeLessThan(2 * (fine.floor.energy?.high ?? 0));
    expect(verdict.weakest).toMatch(/^Weakest: b/);
    // Every group has its numbers of cells and the same measures as the whole.
    expect(wrong.heldOut).toBeGreaterThanOrEqual(10);
    for (const name of [
      'wasserstein2',
      'mmdMedian',
      'zeros',
      'logLibrary',
      'geneCorrelation',
      'toldApart',
      'recall',
    ] as const) {
      expect(wrong.measures[name], name).toBeDefined();
      expect(wrong.intervals[name], name).toBeDefined();
      expect(wrong.floor[name], name).toBeDefined();
    }
    expect(wrong.baselines.classNb?.energy).toBeGreaterThan(0);
    expect(wrong.baselines.copies?.copies).toBe(1);
  });
});

describe('combinations without a training cell', () => {
  it('are left out of the verdict and set against simple guesses', async () => {
    const hidden = (row: number) =>
      world.attributes[0].codes[row] === 1 && world.attributes[1].codes[row] === 1;
    const training = span(0, TRAINING).filter((row) => !hidden(row));
    // The hidden cells of the training span are held out instead.
    const heldOut = [...span(TRAINING, HELD_OUT), ...span(0, TRAINING).filter(hidden)];
    const rows = real;
    const attributes = world.attributes.map(({ name, categories }, a) => ({
      name,
      categories,
      heldOut: codesOf(heldOut)[a],
      training: codesOf(training)[a],
      synthetic: codesOf(rows)[a],
    }));
    const verdict = await judge(selectRows(world.counts, rows), codesOf(rows), {
      heldOut: selectRows(world.counts, heldOut),
      training: selectRows(world.counts, training),
      attributes,
    });
    expect(verdict.cells.heldOut).toBe(heldOut.filter((row) => !hidden(row)).length);
    expect(verdict.unseen.map(({ value }) => value)).toEqual(['b × on']);
    const [result] = verdict.unseen;
    expect(result.heldOut).toBe(heldOut.filter(hidden).length);
    // The synthetic cells are real ones here: they sit on the floor, which no guess reaches; moving cells beats leaving them.
    expect(result.energy).toBeLessThan(1.5 * result.floor.high);
    expect(result.nearest).toBeGreaterThan(2 * result.floor.high);
    expect(result.shifted).toBeLessThan(result.nearest ?? 0);
    expect(verdict.groups.map(({ value }) => value)).not.toContain('b × on');
  });
});
