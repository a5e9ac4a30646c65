import { describe, expect, it } from 'vitest';
import { combineMasks, countMarked, insidePolygon, markedRows, pointsInside } from './lasso.ts';

/** The even–odd rule by winding: an independent test by angles would fail on self-crossing lines, so rays in another direction are used. */
function insideByVerticalRay(polygon: Float32Array, x: number, y: number): boolean {
  let crossings = 0;
  for (let i = 0, j = polygon.length - 2; i < polygon.length; j = i, i += 2) {
    const [ax, ay, bx, by] = [polygon[i], polygon[i + 1], polygon[j], polygon[j + 1]];
    if (ax > x === bx > x) continue;
    if (ay + ((x - ax) * (by - ay)) / (bx - ax) > y) crossings += 1;
  }
  return crossings % 2 === 1;
}

let state = 7;
const random = (): number => {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
};

describe('a lasso', () => {
  it('finds exactly the points inside, for a hand-drawn line that crosses itself', () => {
    const corners = 240;
    const polygon = Float32Array.from({ length: 2 * corners }, (_, at) => {
      const turn = (2 * Math.PI * 2 * (at >> 1)) / corners;
      const reach = 3 + 1.7 * Math.sin(2.5 * turn) + 0.2 * random();
      return at % 2 === 0 ? 100 + reach * Math.cos(turn) : -50 + 0.2 * reach * Math.sin(turn);
    });
    const positions = Float32Array.from({ length: 200_000 }, (_, at) =>
      at % 2 === 0 ? 94 + 12 * random() : -51.2 + 2.4 * random(),
    );
    const mask = pointsInside(positions, polygon);
    let wrong = 0;
    for (let p = 0; p < mask.length; p += 1)
      if ((mask[p] === 1) !== insideByVerticalRay(polygon, positions[2 * p], positions[2 * p + 1]))
        wrong += 1;
    expect(wrong).toBe(0);
    expect(countMarked(mask)).toBeGreaterThan(20_000);
  });

  it('leaves out points without a place, and lines that enclose nothing', () => {
    const square = Float32Array.of(0, 0, 1, 0, 1, 1, 0, 1);
    const positions = Float32Array.of(0.5, 0.5, NaN, 0.5, 0.5, Infinity, 2, 0.5, 0.25, 0.999);
    expect([...pointsInside(positions, square)]).toEqual([1, 0, 0, 0, 1]);
    expect([...pointsInside(positions, square.slice(0, 4))]).toEqual([0, 0, 0, 0, 0]);
    expect(countMarked(pointsInside(positions, Float32Array.of(3, 3, 3, 3, 3, 3)))).toBe(0);
    expect(pointsInside(new Float32Array(0), square)).toHaveLength(0);
    expect(insidePolygon(square, 0.5, 0.5)).toBe(true);
  });

  it('adds and subtracts', () => {
    const before = Uint8Array.of(1, 1, 0, 0);
    const next = Uint8Array.of(0, 1, 1, 0);
    expect([...combineMasks(before, next, 'replace')]).toEqual([0, 1, 1, 0]);
    expect([...combineMasks(before, next, 'add')]).toEqual([1, 1, 1, 0]);
    expect([...combineMasks(before, next, 'subtract')]).toEqual([1, 0, 0, 0]);
    expect([...combineMasks(null, next, 'subtract')]).toEqual([0, 0, 0, 0]);
    expect([...markedRows(next)]).toEqual([1, 2]);
  });
});
