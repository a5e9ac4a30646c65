/** @file Verdicts on genes with peaks and on peaks alone: what is judged by what, in which words, and that genes alone stay as they were. */
import { expect, it } from 'vitest';
import { csrFromDense, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import type { JudgeRequest } from '../protocol/judge.ts';
import { judgeKinds } from './judge-kinds.ts';
import { peakWords } from './peak-words.ts';

const [genes, peaks] = [24, 40];
const modalities = [
  { name: 'rna', features: genes, likelihood: 'negative-binomial' as const },
  { name: 'atac', features: peaks, likelihood: 'bernoulli' as const },
];

/** Two kinds of cells: even genes and peaks belong to one, odd ones to the other. @param share of the peaks that is there */
function cellsOf(rows: number, seed: number, share = 1): CsrMatrix {
  const random = createRandom(seed);
  const dense = Array.from({ length: rows }, (_, i) => [
    ...Array.from({ length: genes }, (__, g) => random.poisson(g % 2 === i % 2 ? 6 : 1)),
    ...Array.from({ length: peaks }, (__, p) =>
      random.uniform() < share * (p % 2 === i % 2 ? 0.6 : 0.1) ? 2 : 0,
    ),
  ]);
  return csrFromDense(rows, genes + peaks, dense.flat());
}

function requestOf(share = 1): JudgeRequest {
  const names = Array.from({ length: genes + peaks }, (_, f) =>
    f < genes ? `gene${f}` : `chr1:${1000 * f}-${1000 * f + 300}`,
  );
  return {
    key: 'k',
    heldOut: cellsOf(80, 1),
    training: cellsOf(170, 2),
    synthetic: cellsOf(80, 3, share),
    attributes: [],
    seed: 1,
    mostCells: 80,
    mostTransport: 30,
    stoppedEarly: false,
    kinds: { modalities, names, places: names.map((_, f) => `chr1:${1000 * f}-${1000 * f + 300}`) },
  };
}

it('judges genes by genes and peaks by peaks, with what ties them', async () => {
  const shares: number[] = [];
  const verdict = await judgeKinds(requestOf(0.5), ({ share, verdict: own }) => {
    shares.push(share);
    if (own) expect(own.complete).toBe(false);
  }, null); // prettier-ignore
  expect(verdict.complete).toBe(true);
  expect(verdict.genes).toBe(genes);
  expect([...shares].sort((a, b) => a - b)).toEqual(shares);
  const { peaks: part } = verdict;
  expect(part?.verdict.peaks).toBe(peaks);
  // Counts of peaks are there or not, whatever they are.
  expect(part?.verdict.synthetic.peaksRatio).toBeGreaterThan(0.4);
  expect(part?.verdict.synthetic.peaksRatio).toBeLessThan(0.6);
  expect(part?.sentences.join(' ')).toMatch(/fewer peaks than a real one.*ties genes to the peaks/);
  expect(part?.headline).toBe('Unlike real cells by their peaks');
  expect(part?.together?.pairs).toBeGreaterThan(100);
  expect(verdict.checks.find(({ id }) => id === 'zeros')?.inside).toBe(true);
});

it('says everything by peaks where there are no genes', async () => {
  const all = requestOf();
  const only = (counts: CsrMatrix): CsrMatrix => {
    const dense = new Float32Array(counts.rows * peaks);
    for (let r = 0; r < counts.rows; r++) {
      for (let e = counts.indptr[r]; e < counts.indptr[r + 1]; e++) {
        const peak = counts.indices[e] - genes;
        if (peak >= 0) dense[r * peaks + peak] = counts.values[e];
      }
    }
    return csrFromDense(counts.rows, peaks, dense);
  };
  const verdict = await judgeKinds(
    {
      ...all,
      heldOut: only(all.heldOut),
      training: only(all.training),
      synthetic: only(all.synthetic),
      kinds: { modalities: modalities.slice(1), names: all.kinds?.names.slice(genes) ?? [], places: null }, // prettier-ignore
    },
    () => undefined,
    null,
  );
  expect([verdict.checks.length, verdict.genes, verdict.decided]).toEqual([0, 0, false]);
  expect(verdict.headline).toBe(verdict.peaks?.headline);
  expect(verdict.headline).toMatch(/^(Close to|Near) real cells by their peaks$/);
  expect(verdict.peaks?.together).toBeNull();
});

it.each([
  [0.09, 0.1, 'Close to real cells by their peaks', '0.90 times'],
  [0.29, 0.1, 'Near real cells by their peaks', '2.9 times'],
  [2.8, 0.1, 'Unlike real cells by their peaks', '28 times'],
])('energy %d against %d is: %s', (energy, floor, headline, times) => {
  const measures = {
    energy: 0,
    toldApart: 0.5,
    precision: 1,
    recall: 1,
    density: 1,
    coverage: 1,
    peaksPerCell: 0,
    peaksRatio: 1,
    frequencyCorrelation: 1,
    frequencyError: 0,
  };
  const words = peakWords(
    {
      cells: { heldOut: 9, training: 9, synthetic: 9, compared: 9 },
      peaks: 1234,
      components: 3,
      depthLeftOut: true,
      synthetic: { ...measures, energy },
      floor: { ...measures, energy: floor },
      notes: [],
    },
    null,
  );
  expect(words.headline).toBe(headline);
  expect(words.sentences[0]).toContain(`By 1,234 peaks they lie ${times} as far`);
  expect(words.sentences[1]).toBe('A cell has as many peaks as a real one.');
});
