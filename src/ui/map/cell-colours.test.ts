import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countCategories,
  drawOrder,
  gatherPositions,
  paintCategories,
  paintNumbers,
  paintPlain,
} from './cell-colours.ts';

describe('drawing order', () => {
  it('draws every placed, shown cell once, missing values first', () => {
    const cells = fc.array(
      fc.record({ code: fc.integer({ min: -1, max: 3 }), placed: fc.boolean() }),
      { maxLength: 130 },
    );
    const masks = fc.array(fc.constantFrom(0, 1), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(cells, masks, (list, mask) => {
        const positions = new Float32Array(list.flatMap(({ placed }) => [placed ? 1 : NaN, 2]));
        const codes = Int32Array.from(list, ({ code }) => code);
        const order = [...drawOrder(positions, codes, Uint8Array.from(mask))];
        const wanted = list.flatMap(({ code, placed }, cell) =>
          placed && (code < 0 || mask[code] === 1) ? [cell] : [],
        );
        expect([...order].sort((a, b) => a - b)).toEqual(wanted);
        const missing = order.map((cell) => codes[cell] < 0);
        expect(missing).toEqual([...missing].sort((a, b) => Number(b) - Number(a)));
      }),
    );
  });

  it.each([0, 1, 2, 3, 63, 64, 1000])('covers %i cells without codes', (count) => {
    const order = drawOrder(new Float32Array(2 * count), null, null);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  it('mixes cells, so that a sorted file does not stack its categories', () => {
    const order = drawOrder(new Float32Array(2000), null, null);
    const firstHalf = [...order.subarray(0, 500)].filter((cell) => cell < 500).length;
    expect(firstHalf).toBeGreaterThan(200);
    expect(firstHalf).toBeLessThan(300);
  });
});

describe('attributes', () => {
  it('gathers positions with a third coordinate', () => {
    const positions = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect([...gatherPositions(positions, Uint32Array.of(2, 0))]).toEqual([5, 6, 0, 1, 2, 0]);
    expect([...gatherPositions(positions, null)]).toEqual([1, 2, 0, 3, 4, 0, 5, 6, 0]);
  });

  it('paints categories; codes outside the table are missing', () => {
    const table = Uint32Array.of(0x01020304, 0x05060708, 0xffffffff);
    const bytes = paintCategories(Int32Array.of(1, -1, 0, 2, 99), null, table);
    expect([...new Uint32Array(bytes.buffer)]).toEqual([
      0x05060708, 0xffffffff, 0x01020304, 0xffffffff, 0xffffffff,
    ]);
  });

  it('paints numbers clamped to their range; missing ones apart', () => {
    const table = Uint32Array.from({ length: 256 }, (_, index) => index);
    const values = Float32Array.of(-5, 10, 15, 20, 99, Number.NaN);
    const bytes = paintNumbers(values, null, { low: 10, high: 20 }, table, 777);
    expect([...new Uint32Array(bytes.buffer)]).toEqual([0, 0, 128, 255, 255, 777]);
  });

  it('paints one colour', () => {
    expect([...new Uint32Array(paintPlain(3, 5).buffer)]).toEqual([5, 5, 5]);
  });

  it('counts categories and missing values', () => {
    expect([...countCategories(Int32Array.of(0, 2, 2, -1, 7), 3)]).toEqual([1, 0, 2, 2]);
  });
});
