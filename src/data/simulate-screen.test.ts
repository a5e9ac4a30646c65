/** @file The simulated screen has the changes that its truth states. */
import { describe, expect, it } from 'vitest';
import { csrToDense, isCanonicalCsr } from '../numerics/csr.ts';
import { defaultScreen, simulateScreen } from './simulate-screen.ts';

const settings = { ...defaultScreen, cells: 400, controls: 1200, genes: 61, pathways: 2, perTarget: 2, seed: 3 }; // prettier-ignore
const screen = simulateScreen(settings);
const { truth, labels, label, counts } = screen;

/** Share of each gene in all counts of a label's cells. */
function shares(name: string): Float64Array {
  const dense = csrToDense(counts);
  const sums = new Float64Array(counts.cols);
  label.forEach((code, cell) => {
    if (labels[code] !== name) return;
    for (let g = 0; g < counts.cols; g++) sums[g] += dense[cell * counts.cols + g];
  });
  const total = sums.reduce((a, b) => a + b, 0);
  return sums.map((sum) => sum / total);
}

describe('simulateScreen', () => {
  it('is decided by its seed', () => {
    const small = { ...settings, cells: 5, controls: 9 };
    expect(simulateScreen(small)).toEqual(simulateScreen(small));
    expect(simulateScreen({ ...small, seed: 4 }).counts).not.toEqual(simulateScreen(small).counts);
    expect(() => simulateScreen({ ...small, genes: 19 })).toThrow(RangeError);
  });

  it('has control, every single and every pair', () => {
    expect(isCanonicalCsr(counts)).toBe(true);
    expect(labels).toEqual(['control', 'P1A', 'P1B', 'P2A', 'P2B', 'P1A+P1B', 'P1A+P2A', 'P1A+P2B', 'P1B+P2A', 'P1B+P2B', 'P2A+P2B']); // prettier-ignore
    expect(label.filter((code) => code === 0)).toHaveLength(1200);
    expect(label.filter((code) => code === 6)).toHaveLength(400);
    expect(simulateScreen(defaultScreen).truth.pairs.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['additive', 'buffering', 'synergy']),
    );
  });

  it('has pairs that add up, buffer or do more, as stated', () => {
    const { pairs, change, beyond } = simulateScreen(defaultScreen).truth;
    for (const { label: name, members, kind } of pairs) {
      const [a, b] = members.map((member) => change[member]);
      const extra = change[name].map((value, g) => value - a[g] - b[g]);
      extra.forEach((value, g) => expect(value).toBeCloseTo(beyond[name][g], 12));
      expect(extra.some((value) => Math.abs(value) > 0.1)).toBe(kind !== 'additive');
      if (kind === 'buffering') {
        const strongest = change[name].map((value, g) => Math.abs(value) - Math.max(Math.abs(a[g]), Math.abs(b[g]))); // prettier-ignore
        expect(Math.max(...strongest)).toBeLessThan(1e-12);
      }
    }
  });

  it('draws counts with those changes', () => {
    const control = shares('control');
    for (const name of ['P1A', 'P1A+P1B', 'P1A+P2A']) {
      const own = shares(name);
      const found = own.map((share, g) => Math.log(share / control[g]));
      // Shares add up to 1, so all changes share one shift; genes that nothing moves tell it.
      const still = [...found.keys()].filter((g) => truth.change[name][g] === 0);
      const shift = still.reduce((sum, g) => sum + found[g], 0) / still.length;
      const gaps = found.map((value, g) => Math.abs(value - shift - truth.change[name][g]));
      expect(gaps.reduce((a, b) => a + b, 0) / gaps.length).toBeLessThan(0.1);
      expect(Math.max(...gaps)).toBeLessThan(0.6);
    }
  });
});
