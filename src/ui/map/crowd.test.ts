import { describe, expect, it } from 'vitest';
import { clearOf, crowdOf } from './crowd.ts';

describe('crowd', () => {
  it('counts marked squares as a plain loop over them does', () => {
    // more than 5,000 cells mark one square each
    const n = 5001;
    const xy = Float32Array.from({ length: 2 * n }, (_, i) => ((i * 7919) % 104_729) / 104_729);
    const crowd = crowdOf(xy);
    const [xs, ys] = [0, 1].map((axis) => xy.filter((_, i) => i % 2 === axis));
    const [lowX, highX, lowY, highY] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]; // prettier-ignore
    const square = (value: number, low: number, high: number): number =>
      Math.min(191, Math.floor(((value - low) / (high - low)) * 192));
    const marked = new Set(
      Array.from(xs, (x, i) => 192 * square(ys[i], lowY, highY) + square(x, lowX, highX)),
    );
    // the middle quarter: 96 × 96 squares from 48 on
    const inside = (at: number): boolean => at >= 48 && at < 144;
    const expected = [...marked].filter((at) => inside(at % 192) && inside(Math.floor(at / 192)));
    const part = (share: number, low: number, high: number): number =>
      low + share * (high - low) + 1e-7;
    const share = crowd?.(part(0.25, lowX, highX), part(0.25, lowY, highY), part(0.75, lowX, highX), part(0.75, lowY, highY)) ?? 0; // prettier-ignore
    expect(share * 96 * 96).toBeCloseTo(expected.length, 0);
  });

  it('is 0 where nothing lies, also outside, and absent without cells', () => {
    const crowd = crowdOf(Float32Array.of(0, 0, 10, 10, Number.NaN, 3));
    expect(crowd?.(4, 4, 6, 6)).toBe(0);
    expect(crowd?.(20, 20, 30, 30)).toBe(0);
    expect(crowd?.(-1, -1, 1, 1)).toBeGreaterThan(0);
    expect(crowdOf(new Float32Array(0))).toBeNull();
  });
});

describe('the cost of a name’s place', () => {
  const crowd = crowdOf(Float32Array.of(0, 0, 10, 10));
  const view = { x: 5, y: 5, zoom: 3, width: 300, height: 200 };
  const places = [[150, 30], [150, 175], [150, 195], [20, 100], [280, 100]] as const; // prettier-ignore

  it.each(places)('is high at %d, %d: legend, note or outside', (x, y) => {
    if (!crowd) throw new Error('no crowd');
    const cost = clearOf(crowd, view, { top: 36, noted: true });
    expect(cost(x, y, 80, 16)).toBeGreaterThan(cost(150, 60, 80, 16) + 100);
  });
});
