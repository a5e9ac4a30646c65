/** @file Marker genes: chosen by Welch's t, found again in cells of the same law, lost in shuffled ones. */
import { describe, expect, it } from 'vitest';
import { simulateData, TYPE_GENES } from '../models/testing/simulated-data.ts';
import { logNormalise } from '../maps/log-counts.ts';
import { csrFromDense, csrToDense, selectRows } from '../numerics/csr.ts';
import { mean, variance } from '../numerics/statistics.ts';
import { chooseMarkers, findMarkers } from './markers.ts';

const GENES = 80;

describe('markers', () => {
  it('are the genes that were raised, in the order of Welch’s t', async () => {
    const { counts, attributes } = simulateData(400, GENES, 3);
    const log = await logNormalise(counts);
    const [type] = attributes;
    const panel = chooseMarkers(log, type.codes, 2);
    expect(panel.categories).toHaveLength(2);
    for (const { code, genes, folds } of panel.categories) {
      const raised = Array.from({ length: TYPE_GENES }, (_, k) => code * TYPE_GENES + k);
      expect([...genes.slice(0, TYPE_GENES)].sort((a, b) => a - b)).toEqual(raised);
      // Welch's t and the fold change of every marker from their formulas, on dense columns.
      const dense = csrToDense(log);
      const side = (g: number, inside: boolean) =>
        [...type.codes.keys()]
          .filter((i) => (type.codes[i] === code) === inside)
          .map((i) => dense[i * GENES + g]);
      const t = Array.from(genes, (g, k) => {
        const [own, rest] = [side(g, true), side(g, false)];
        expect(folds[k]).toBeCloseTo(mean(own) - mean(rest), 6);
        const spread = variance(own) / own.length + variance(rest) / rest.length;
        return (mean(own) - mean(rest)) / Math.sqrt(spread);
      });
      expect(t).toEqual([...t].sort((a, b) => b - a));
    }
    expect([...panel.panel]).toEqual([...panel.panel].sort((a, b) => a - b));
  });

  it('are found again in other cells of the same law, and lost when types are mixed up', async () => {
    const { counts, attributes } = simulateData(1200, GENES, 5);
    const half = (from: number) => Array.from({ length: 600 }, (_, i) => from + i);
    const [a, b] = await Promise.all(
      [0, 600].map((from) => logNormalise(selectRows(counts, half(from)))),
    );
    const codes = attributes[0].codes;
    const panel = chooseMarkers(a, codes.slice(0, 600), 2);
    const again = findMarkers(panel, b, codes.slice(600), 2);
    expect(again?.folds).toBeGreaterThan(0.95);
    const found = again?.marks.reduce((x, y) => x + y, 0) ?? 0;
    expect(found).toBeGreaterThanOrEqual(2 * TYPE_GENES);
    const mixed = findMarkers(panel, b, codes.slice(0, 600), 2);
    expect(mixed?.folds).toBeLessThan(0.6);
    expect(mixed?.marks.reduce((x, y) => x + y, 0)).toBeLessThan(found);
  });

  it('need 10 cells inside and outside a category', () => {
    const log = csrFromDense(14, 2, new Float32Array(28).fill(1));
    const codes = [...Array<number>(9).fill(0), ...Array<number>(5).fill(1)];
    const panel = chooseMarkers(log, codes, 2);
    expect(panel.categories).toEqual([]);
    expect(findMarkers(panel, log, codes, 2)).toBeNull();
  });
});
