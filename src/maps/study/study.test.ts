import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csrFromDense, selectColumns } from '../../numerics/csr.ts';
import { createRandom } from '../../numerics/random.ts';
import { densityContours } from './contours.ts';
import { densityOf } from './describe.ts';
import { adjustPValues, rankSum } from './rank-sum.ts';
import { StudyService } from './study-service.ts';

interface Ranked {
  readonly names: number[];
  readonly scores: (number | null)[];
  readonly pvals: (number | null)[];
  readonly pvals_adj: (number | null)[];
  readonly logfoldchanges: number[];
}
interface Stored {
  readonly cells: number;
  readonly genes: number;
  readonly counts: number[];
  readonly group: number[];
  readonly plain: Ranked;
  readonly tie: Ranked;
}

/**
 * Counts, and the result of scanpy's rank_genes_groups(method='wilcoxon') with and without tie_correct on log1p(CP10k) computed in double
 * and stored in single precision: normalised in single precision, equal values would become unequal by rounding.
 */
const stored = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/markers/wilcoxon.json'), 'utf8'),
) as Stored;
const { cells, genes } = stored;
const counts = csrFromDense(cells, genes, stored.counts);
const rowsOf = (value: number): Int32Array =>
  Int32Array.from(stored.group.keys()).filter((row) => stored.group[row] === value);
const inside = { kind: 'real', rows: rowsOf(1) } as const;
const outside = { kind: 'real', rows: rowsOf(0) } as const;

async function loaded(): Promise<StudyService> {
  const service = new StudyService();
  await service.load({ real: structuredClone(counts), synthetic: null, geneIndex: null });
  return service;
}

describe('markers against scanpy', () => {
  it.each([false, true])('has its scores, p values and folds, tie correction %s', async (tie) => {
    const expected = tie ? stored.tie : stored.plain;
    const service = await loaded();
    const table = await service.markers({
      cells: inside,
      others: outside,
      tieCorrect: tie,
      most: genes,
    });
    expect([table.tested, table.cells, table.others]).toEqual([genes, inside.rows.length, cells - inside.rows.length]); // prettier-ignore
    const found = new Map(table.up.map((row) => [row.gene, row]));
    expected.names.forEach((gene, at) => {
      const row = found.get(gene)!;
      // scanpy keeps scores in single precision
      expect(row.score).toBeCloseTo(expected.scores[at] ?? 0, 5);
      expect(row.pValue / (expected.pvals[at] ?? 1)).toBeCloseTo(1, 4);
      expect(row.adjusted / (expected.pvals_adj[at] ?? 1)).toBeCloseTo(1, 4);
      expect(row.logFold).toBeCloseTo(expected.logfoldchanges[at], 4);
    });
    const strong = expected.names.filter((_, at) => Math.abs(expected.scores[at] ?? 0) > 0.5);
    const order = table.up.map(({ gene }) => gene).filter((gene) => strong.includes(gene));
    expect(order).toEqual(strong);
    expect(table.down[0].gene).toBe(table.up.at(-1)!.gene);
  });

  it('counts the shares of cells exactly', async () => {
    const service = await loaded();
    const { up } = await service.markers({ cells: inside, others: outside, tieCorrect: false, most: 3 }); // prettier-ignore
    for (const { gene, fraction, otherFraction } of up) {
      const share = (rows: Int32Array): number =>
        rows.filter((row) => stored.counts[row * genes + gene] > 0).length / rows.length;
      expect(fraction).toBe(share(inside.rows));
      expect(otherFraction).toBe(share(outside.rows));
    }
  });

  it('compares kinds over the genes that both have, each normalised over those alone', async () => {
    const service = new StudyService();
    const geneIndex = Int32Array.of(3, 5, 8, 30);
    const synthetic = selectColumns(counts, geneIndex);
    await service.load({ real: structuredClone(counts), synthetic, geneIndex });
    const rows = Int32Array.from({ length: cells }, (_, row) => row);
    const table = await service.markers({
      cells: { kind: 'synthetic', rows },
      others: { kind: 'real', rows },
      tieCorrect: true,
      most: 9,
    });
    // the same counts on both sides: no gene differs
    expect(table.tested).toBe(4);
    for (const row of table.up) expect([row.score, row.pValue, row.logFold]).toEqual([0, 1, 0]);
  });

  it('refuses empty sides, unknown cells and unknown genes in words', async () => {
    const service = await loaded();
    const none = { kind: 'real', rows: new Int32Array(0) } as const;
    const ask = { others: outside, tieCorrect: false, most: 1 };
    await expect(service.markers({ ...ask, cells: none })).rejects.toThrow('at least 1 cell');
    const far = { kind: 'real', rows: Int32Array.of(cells) } as const;
    await expect(service.markers({ ...ask, cells: far })).rejects.toThrow('Select them again');
    await expect(service.describe({ genes: [genes], sets: [inside], shared: false })).rejects.toThrow('one of its genes'); // prettier-ignore
    await expect(service.joint(0, () => undefined)).rejects.toThrow('no synthetic cells');
  });
});

describe('rank sums', () => {
  it('agree with ranks given by hand', () => {
    // 0 0 0 | 1 2 2 5; first set {0, 2, 5}: ranks 2, 5.5, 7 → 14.5, mean 12, variance 3·4·8/12
    const { score } = rankSum(Float32Array.of(2, 5), 3, Float32Array.of(1, 2), 4, false);
    expect(score).toBeCloseTo(2.5 / Math.sqrt(8), 12);
    const { score: corrected } = rankSum(Float32Array.of(2, 5), 3, Float32Array.of(1, 2), 4, true);
    expect(corrected).toBeCloseTo(2.5 / Math.sqrt(8 * (1 - (24 + 6) / (7 * 48))), 12);
  });

  it('adjust p values as by hand, monotone and at most 1', () => {
    const adjusted = adjustPValues(Float64Array.of(0.01, 0.9, 0.03, 0.02, 1));
    [0.05, 1, 0.05, 0.05, 1].forEach((value, i) => expect(adjusted[i]).toBeCloseTo(value, 14));
    expect(adjustPValues(new Float64Array(0))).toHaveLength(0);
  });
});

describe('descriptions', () => {
  it('have mean, share and quartiles of the log-normalised values', async () => {
    const service = await loaded();
    const [[facts]] = await service.describe({ genes: [5], sets: [inside], shared: false });
    const [values] = await service.values({ genes: [5], sets: [inside], shared: false });
    const totals = (row: number): number =>
      stored.counts.slice(row * genes, (row + 1) * genes).reduce((sum, own) => sum + own, 0);
    const expected = Array.from(inside.rows, (row) =>
      Math.log1p(totals(row) > 0 ? (stored.counts[row * genes + 5] * 1e4) / totals(row) : 0),
    ).sort((a, b) => a - b);
    expect([...values].sort((a, b) => a - b).map((v, i) => Math.abs(v - expected[i]) < 1e-5)).not.toContain(false); // prettier-ignore
    expect(facts.mean).toBeCloseTo(expected.reduce((a, b) => a + b, 0) / expected.length, 5);
    expect(facts.high).toBeCloseTo(expected.at(-1)!, 5);
    expect(facts.cells).toBe(inside.rows.length);
  });

  it('densities have area 1 and follow a normal distribution', () => {
    const random = createRandom(3);
    const sorted = Float32Array.from({ length: 5000 }, () => random.normal()).sort();
    const density = densityOf(sorted, 0);
    const span = sorted[4999] - sorted[0];
    let area = 0;
    density.forEach((value, p) => {
      area += ((p === 0 || p === 47 ? 0.5 : 1) * value * span) / 47;
    });
    expect(area).toBeCloseTo(1, 3);
    const middle = density[Math.round((-sorted[0] / span) * 47)];
    expect(Math.abs(middle - 0.3989)).toBeLessThan(0.03);
    expect(densityOf(Float32Array.of(1, 1, 1), 1)).toHaveLength(0);
  });

  it('moments are those of the counts', async () => {
    const service = await loaded();
    const { realMean, realVariance, syntheticMean } = await service.moments();
    const column = (gene: number): number[] =>
      Array.from({ length: cells }, (_, row) => stored.counts[row * genes + gene]);
    for (const gene of [0, 7, 40]) {
      const own = column(gene);
      const mean = own.reduce((a, b) => a + b, 0) / cells;
      const variance = own.reduce((a, b) => a + (b - mean) ** 2, 0) / (cells - 1);
      expect(realMean[gene]).toBeCloseTo(mean, 4);
      expect(Math.abs(realVariance[gene] - variance)).toBeLessThanOrEqual(1e-5 * variance);
    }
    expect(syntheticMean.every(Number.isNaN)).toBe(true);
  });
});

describe('contours', () => {
  it('of a round cloud are closed circles about its middle, the outer line outside', () => {
    const random = createRandom(8);
    const positions = Float32Array.from(
      { length: 40_000 },
      (_, i) => 3 * random.normal() + (i % 2 === 0 ? 10 : -4),
    );
    const codes = new Int32Array(20_000);
    const lines = densityContours({ positions, codes, categories: 2, levels: 3 });
    expect(lines.map(({ category, level }) => [category, level])).toEqual([[0, 0], [0, 1], [0, 2]]); // prettier-ignore
    const reach = lines.map(({ points, starts }) => {
      const longest = [...starts, points.length / 2]
        .map((end, i, all) => [all[i - 1] ?? 0, end])
        .sort((a, b) => b[1] - b[0] - (a[1] - a[0]))[0];
      const [from, to] = longest;
      expect([points[2 * from], points[2 * from + 1]]).toEqual([points[2 * to - 2], points[2 * to - 1]]); // prettier-ignore
      let sum = 0;
      for (let p = from; p < to; p++) sum += Math.hypot(points[2 * p] - 10, points[2 * p + 1] + 4);
      return sum / (to - from);
    });
    // exp(−r²/2σ²) = 0.08 at r = 2.25 σ; the blur widens it a little
    expect(reach[0]).toBeGreaterThan(6.2);
    expect(reach[0]).toBeLessThan(7.6);
    expect(reach[0]).toBeGreaterThan(reach[1]);
    expect(reach[1]).toBeGreaterThan(reach[2]);
  });

  it('leaves out cells without a place and groups of fewer than 5', () => {
    const positions = new Float32Array(20).fill(Number.NaN);
    expect(densityContours({ positions, codes: new Int32Array(10), categories: 1, levels: 3 })).toEqual([]); // prettier-ignore
    positions.set([1, 2, 3, 4]);
    expect(densityContours({ positions, codes: new Int32Array(10), categories: 1, levels: 3 })).toEqual([]); // prettier-ignore
  });
});

describe('a joint map', () => {
  it('mixes equal cells and keeps apart unlike ones', async () => {
    const random = createRandom(4);
    const draw = (n: number, shift: number) =>
      csrFromDense(
        n,
        30,
        Float32Array.from({ length: n * 30 }, (_, i) =>
          Math.floor(6 * random.uniform() + (i % 30 < 15 ? shift : 12 - shift)),
        ),
      );
    const geneIndex = Int32Array.from({ length: 30 }, (_, gene) => gene);
    const mixing = async (shift: number) => {
      const service = new StudyService();
      await service.load({ real: draw(120, 2), synthetic: draw(80, shift), geneIndex });
      let frames = 0;
      const result = await service.joint(1, () => (frames += 1));
      expect(frames).toBeGreaterThan(0);
      expect([result.real.length, result.synthetic.length]).toEqual([240, 160]);
      expect([...result.real, ...result.synthetic].every(Number.isFinite)).toBe(true);
      return result;
    };
    const alike = await mixing(2);
    expect(alike.expected).toBeCloseTo(120 / 199, 12);
    expect(Math.abs(alike.realNearSynthetic - alike.expected)).toBeLessThan(0.12);
    expect((await mixing(10)).realNearSynthetic).toBeLessThan(0.05);
  });
});
