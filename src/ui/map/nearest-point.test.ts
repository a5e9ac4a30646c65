import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestPoint } from './nearest-point.ts';

describe('nearest point', () => {
  const places = Float32Array.of(0, 0, 5, 0, 5, 0, Number.NaN, 1);

  it('finds the nearest within reach; the last one wins a tie', () => {
    expect(nearestPoint(places, null, 0.4, 0, 1)).toBe(0);
    expect(nearestPoint(places, null, 5, 0.2, 1)).toBe(2);
    expect(nearestPoint(places, (index) => index < 2, 5, 0, 1)).toBe(1);
    expect(nearestPoint(places, null, 2.5, 0, 1)).toBe(-1);
  });

  it('looks among drawn points only', () => {
    expect(nearestPoint(places, (index) => index === 0, 5, 0, 1)).toBe(-1);
    expect(nearestPoint(new Float32Array(0), null, 0, 0, 1)).toBe(-1);
  });

  it('agrees with a sort by distance', () => {
    const coordinate = fc.integer({ min: -50, max: 50 });
    fc.assert(
      fc.property(fc.array(fc.tuple(coordinate, coordinate), { minLength: 1 }), (list) => {
        const found = nearestPoint(Float32Array.from(list.flat()), null, 3, 4, 1000);
        const least = Math.min(...list.map(([x, y]) => Math.hypot(x - 3, y - 4)));
        expect(Math.hypot(list[found][0] - 3, list[found][1] - 4)).toBeCloseTo(least, 6);
      }),
    );
  });
});
