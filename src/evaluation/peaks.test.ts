/** @file Cells by their peaks: TF-IDF by its formula, LSI against a dense decomposition, measures that see what was spoilt. */
import { describe, expect, it } from 'vitest';
import { csrFromDense, csrToDense, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { symmetricEigen } from '../numerics/linear-algebra.ts';
import { createRandom } from '../numerics/random.ts';
import { StudioError } from '../protocol/errors.ts';
import { compareLinks, parsePlace } from './gene-peak-links.ts';
import { fitPeakSpace, placeByPeaks, tfIdf } from './peak-space.ts';
import { judgePeaks } from './peaks.ts';

const peaks = 41;

/** Two kinds of cells with peaks of their own, of very different depths; also a gene that follows peak 0 and one that does not. */
function cellsOf(
  n: number,
  seed: number,
  own = 0.7,
  other = 0.15,
): { peaks: CsrMatrix; genes: CsrMatrix } {
  const random = createRandom(seed);
  const dense: number[] = [];
  const genes: number[] = [];
  for (let i = 0; i < n; i++) {
    const kind = i % 2;
    const depth = 0.3 + 0.7 * random.uniform();
    const row = Array.from({ length: peaks }, (_, p) =>
      Number(random.uniform() < depth * (p % 2 === kind ? own : other)),
    );
    row[peaks - 1] = 1;
    dense.push(...row);
    genes.push(random.poisson(row[0] === 1 ? 6 : 1), random.poisson(4), 20);
  }
  return { peaks: csrFromDense(n, peaks, dense), genes: csrFromDense(n, 3, genes) };
}

describe('the space of peaks', () => {
  it('weights by the formula, with the weights of the fitted cells', async () => {
    const fitted = cellsOf(60, 1).peaks;
    const others = cellsOf(7, 2).peaks;
    const space = await fitPeakSpace(fitted, 0);
    const x = csrToDense(others);
    const f = csrToDense(fitted);
    const expected = x.map((value, i) => {
      const [row, p] = [Math.floor(i / peaks), i % peaks];
      const depth = x.slice(row * peaks, (row + 1) * peaks).reduce((a, b) => a + b, 0);
      let cells = 0;
      for (let r = 0; r < 60; r++) cells += f[r * peaks + p];
      return Math.log1p((1e4 * value) / depth) * Math.log1p(60 / cells);
    });
    csrToDense(tfIdf(others, space)).forEach((v, i) => expect(v).toBeCloseTo(expected[i], 4));
  });

  it('has the directions of a dense decomposition, without the one that is depth', async () => {
    const fitted = cellsOf(90, 3).peaks;
    const space = await fitPeakSpace(fitted, 0);
    expect(space.depthLeftOut).toBe(true);
    const x = Float64Array.from(csrToDense(tfIdf(fitted, space)));
    const width = space.peaks.length;
    const gram = new Float64Array(width * width);
    for (let r = 0; r < 90; r++)
      for (let a = 0; a < width; a++)
        for (let b = 0; b < width; b++) gram[a * width + b] += x[r * width + a] * x[r * width + b];
    const { vectors } = symmetricEigen(gram, width);
    const placed = await placeByPeaks(space, fitted);
    for (let j = 0; j < 3; j++) {
      let dot = 0;
      for (let p = 0; p < width; p++) {
        dot += vectors[p * width + j + 1] * space.directions[p * space.components + j];
      }
      expect(Math.abs(dot)).toBeGreaterThan(0.999);
      let score = 0;
      for (let p = 0; p < width; p++) score += x[p] * space.directions[p * space.components + j];
      expect(placed.values[j]).toBeCloseTo(score, 4);
    }
  });
});

describe('a verdict by peaks', () => {
  it('finds other real cells alike, and cells with independent peaks unlike', async () => {
    const clear = (n: number, seed: number) => cellsOf(n, seed, 0.95, 0.03).peaks;
    const [heldOut, training] = [clear(120, 4), clear(240, 5)];
    const settings = { heldOut, training, seed: 0, mostCells: 3000 };
    const good = await judgePeaks({ ...settings, synthetic: clear(120, 6) });
    expect(good.cells.compared).toBe(120);
    expect(good.synthetic.toldApart).toBeLessThan(0.62);
    expect(good.floor?.toldApart).toBeLessThan(0.62);
    expect(good.synthetic.frequencyCorrelation).toBeGreaterThan(0.8);
    const random = createRandom(7);
    const mixed = csrFromDense(120, peaks, Float32Array.from({ length: 120 * peaks }, () => Number(random.uniform() < 0.3))); // prettier-ignore
    const bad = await judgePeaks({ ...settings, synthetic: mixed });
    expect(bad.synthetic.energy).toBeGreaterThan(1.5 * good.synthetic.energy);
  });

  it('counts peaks per cell', async () => {
    const heldOut = cellsOf(40, 8).peaks;
    const same = await judgePeaks({ heldOut, training: null, synthetic: heldOut, seed: 0, mostCells: 99 }); // prettier-ignore
    expect(same.floor).toBeNull();
    expect(same.synthetic).toMatchObject({ peaksPerCell: 0, frequencyError: 0 });
    expect(same.synthetic.peaksRatio).toBeCloseTo(1, 12);
    const dense = csrToDense(heldOut);
    const without = csrFromDense(
      40,
      peaks,
      dense.map((v, i) => (i % peaks < 2 ? 0 : v)),
    );
    const less = await judgePeaks({ heldOut, training: null, synthetic: without, seed: 0, mostCells: 99 }); // prettier-ignore
    const lost = dense.filter((v, i) => v > 0 && i % peaks < 2).length;
    expect(less.synthetic.frequencyError).toBeCloseTo(lost / 40 / peaks, 12);
    expect(less.synthetic.peaksPerCell).toBeCloseTo(lost / 40, 12);
  });

  it('is refused for a handful of cells', async () => {
    const few = cellsOf(8, 9).peaks;
    const request = { heldOut: few, training: null, synthetic: few, seed: 0, mostCells: 99 };
    await expect(judgePeaks(request)).rejects.toMatchObject({ code: 'too-few-cells' });
    await expect(judgePeaks(request)).rejects.toBeInstanceOf(StudioError);
  });
});

describe('genes and near peaks', () => {
  const far = { chromosome: 'chr2', from: 0, to: 10 };
  const near = { chromosome: 'chr1', from: 100, to: 900 };
  const settings = {
    geneNames: ['tied', 'free', 'rest'],
    peakNames: Array.from({ length: peaks }, (_, p) => `p${p}`),
    genePlaces: [near, near, null],
    peakPlaces: Array.from({ length: peaks }, (_, p) => (p < 12 ? near : far)),
    seed: 0,
  };

  it('keep their ties in cells of the same kind, and lose them when cells are shuffled', () => {
    const heldOut = cellsOf(400, 11);
    const synthetic = cellsOf(400, 12);
    const kept = compareLinks({ ...settings, heldOut, synthetic, training: cellsOf(900, 13) });
    expect(kept?.pairs).toBe(24);
    expect(kept?.strongest[0]).toMatchObject({ gene: 'tied', peak: 'p0' });
    expect(kept?.strongest[0].synthetic).toBeGreaterThan(0.5);
    expect(kept?.synthetic.correlation).toBeGreaterThan(0.8);
    expect(kept?.floor?.correlation).toBeGreaterThan(0.8);
    expect(kept?.untied.correlation).toBeLessThan(0.6);
    const rows = Int32Array.from({ length: 400 }, (_, i) => (i + 7) % 400);
    const torn = { genes: selectRows(synthetic.genes, rows), peaks: synthetic.peaks };
    const lost = compareLinks({ ...settings, heldOut, synthetic: torn, training: null });
    expect(lost?.strongest[0].synthetic).toBeLessThan(0.2);
    expect(lost?.floor).toBeNull();
  });

  it('are not compared without places', () => {
    const both = cellsOf(30, 14);
    const request = { ...settings, genePlaces: [null, null, null], heldOut: both, synthetic: both };
    expect(compareLinks({ ...request, training: null })).toBeNull();
  });

  it.each([
    ['chr1:100-200', { chromosome: 'chr1', from: 100, to: 200 }],
    ['chrX-5-60', { chromosome: 'chrX', from: 5, to: 60 }],
    ['chr1_7_9', { chromosome: 'chr1', from: 7, to: 9 }],
    ['CD4', null],
    ['', null],
  ])('%s is a place or not', (text, expected) => {
    expect(parsePlace(text)).toEqual(expected);
  });
});
