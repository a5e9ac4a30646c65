import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelAnchors, layoutLabels, leaderStart } from './label-layout.ts';

const box = fc.record({
  x: fc.double({ min: 0, max: 600, noNaN: true }),
  y: fc.double({ min: 0, max: 400, noNaN: true }),
  width: fc.integer({ min: 10, max: 190 }),
  height: fc.constant(17),
});

describe('label layout', () => {
  it('never lets two names overlap', () => {
    fc.assert(
      fc.property(fc.array(box, { maxLength: 40 }), (boxes) => {
        const placed = layoutLabels(boxes);
        expect(placed).toHaveLength(boxes.length);
        placed.forEach((a, i) =>
          placed.slice(0, i).forEach((b, j) => {
            if (!a || !b) return;
            const apartX = Math.abs(a.x - b.x) - (boxes[i].width + boxes[j].width) / 2;
            const apartY = Math.abs(a.y - b.y) - (boxes[i].height + boxes[j].height) / 2;
            expect(Math.max(apartX, apartY)).toBeGreaterThanOrEqual(-1e-9);
          }),
        );
      }),
    );
  });

  it('leaves free names where they are wanted', () => {
    const placed = layoutLabels([
      { x: 50, y: 50, width: 60, height: 17 },
      { x: 300, y: 50, width: 60, height: 17 },
    ]);
    expect(placed).toEqual([
      { x: 50, y: 50, moved: 0 },
      { x: 300, y: 50, moved: 0 },
    ]);
  });

  it('finds the cheapest of the looked-at places, as a plain search over all of them does', () => {
    fc.assert(
      fc.property(box, fc.integer({ min: 1, max: 97 }), (wanted, salt) => {
        const cost = (x: number, y: number): number => 60 * Math.abs(Math.sin(x * salt + y));
        const places = [{ way: 0, x: wanted.x, y: wanted.y }];
        for (let way = 4; way <= 240; way += 4)
          for (let turn = 0, turns = way < 20 ? 8 : 16; turn < turns; turn += 1) {
            const angle = (2 * Math.PI * turn) / turns;
            places.push({ way, x: wanted.x + way * Math.cos(angle), y: wanted.y + way * Math.sin(angle) }); // prettier-ignore
          }
        const least = Math.min(...places.map(({ way, x, y }) => way + cost(x, y)));
        const [spot] = layoutLabels([wanted], cost);
        expect((spot?.moved ?? 0) + cost(spot?.x ?? 0, spot?.y ?? 0)).toBeCloseTo(least, 6);
      }),
    );
  });

  it('keeps the earlier name in place and says how far the later one moved', () => {
    const wanted = { x: 100, y: 100, width: 80, height: 17 };
    const [first, second] = layoutLabels([wanted, wanted]);
    expect(first).toEqual({ x: 100, y: 100, moved: 0 });
    expect(second?.moved).toBeGreaterThanOrEqual(17);
    expect(second?.moved).toBeLessThanOrEqual(24);
  });
});

describe('label layout with costly places', () => {
  it('moves a name off what it would cover, as far as that is worth', () => {
    const wanted = { x: 0, y: 0, width: 40, height: 10 };
    // a disc of 20 px about the wanted centre costs 50 px
    const [spot] = layoutLabels([wanted], (x, y) => (Math.hypot(x, y) < 20 ? 50 : 0));
    expect(spot?.moved).toBeGreaterThanOrEqual(20);
    expect(spot?.moved).toBeLessThanOrEqual(24);
    const [stays] = layoutLabels([wanted], (x, y) => (Math.hypot(x, y) < 70 ? 50 : 0));
    expect(stays?.moved).toBe(0);
  });
});

describe('label anchors', () => {
  it('are the medians of the placed cells, largest category first', () => {
    const codes = Int32Array.of(1, 1, 1, 0, 0, -1, 1);
    const positions = Float32Array.of(1, 10, 9, 30, 2, 20, 5, 5, 7, 9, 100, 100, NaN, 0);
    expect(labelAnchors(positions, codes, 3)).toEqual([
      { category: 1, x: 2, y: 20, cells: 3 },
      { category: 0, x: 6, y: 7, cells: 2 },
    ]);
  });

  it('stay near the true median when only a sample is looked at', () => {
    const count = 30_001;
    const positions = Float32Array.from({ length: 2 * count }, (_, index) => index >> 1);
    const [anchor] = labelAnchors(positions, new Int32Array(count), 1);
    expect(anchor.cells).toBe(count);
    expect(Math.abs(anchor.x - 15_000)).toBeLessThan(40);
  });

  it('are none when the categories all lie on top of each other', () => {
    const n = 3000;
    const positions = Float32Array.from({ length: 2 * n }, (_, i) => Math.sin(i * 12.9898) * 100);
    const mixed = Int32Array.from({ length: n }, (_, cell) => cell % 5);
    expect(labelAnchors(positions, mixed, 5)).toEqual([]);
    const apart = positions.map((value, i) => value / 100 + 40 * mixed[i >> 1]);
    expect(labelAnchors(apart, mixed, 5)).toHaveLength(5);
    // two are enough to lie on top of each other
    const two = mixed.map((code) => code % 2);
    expect(labelAnchors(positions, two, 2)).toEqual([]);
  });

  it('leave out categories under 1 % when there are more than 12', () => {
    const many = Int32Array.from({ length: 1300 }, (_, cell) => cell % 13);
    const codes = Int32Array.from([...many, 13]);
    const anchors = labelAnchors(new Float32Array(2 * codes.length), codes, 14);
    expect(anchors.map(({ category }) => category)).not.toContain(13);
    expect(anchors).toHaveLength(13);
    const few = labelAnchors(
      new Float32Array(402),
      Int32Array.from({ length: 201 }, (_, cell) => Number(cell === 0)),
      2,
    );
    expect(few).toHaveLength(2);
  });
});

describe('leaders', () => {
  it('start on the edge of the name', () => {
    const size = { width: 40, height: 10 };
    expect(leaderStart({ x: 0, y: 0 }, size, { x: 100, y: 0 })).toEqual({ x: 20, y: 0 });
    expect(leaderStart({ x: 0, y: 0 }, size, { x: 0, y: -50 })).toEqual({ x: 0, y: -5 });
    expect(leaderStart({ x: 3, y: 4 }, size, { x: 3, y: 4 })).toEqual({ x: 3, y: 4 });
  });
});
