import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundsOf,
  fitPadding,
  fitView,
  panBy,
  project,
  unproject,
  zoomBy,
  zoomLimits,
} from './view-fit.ts';
import { createViewport } from './viewport.ts';

const number = fc.double({ min: -1000, max: 1000, noNaN: true });
const size = fc.record({
  width: fc.integer({ min: 320, max: 2000 }),
  height: fc.integer({ min: 240, max: 1200 }),
});

describe('bounds', () => {
  it('skips cells without a place', () => {
    const xy = Float32Array.of(1, 2, Number.NaN, 5, -3, 8, 4, Number.NaN);
    expect(boundsOf([xy])).toEqual({ minX: -3, maxX: 1, minY: 2, maxY: 8 });
    expect(boundsOf([new Float32Array(0), Float32Array.of(Number.NaN, 1)])).toBeNull();
  });
});

describe('fit', () => {
  it('puts every corner inside the padding and touches it on one axis', () => {
    fc.assert(
      fc.property(
        number,
        number,
        fc.double({ min: 0.01, max: 500, noNaN: true }),
        size,
        fc.integer({ min: 0, max: 400 }),
        (x, y, span, window, legend) => {
          const bounds = { minX: x, maxX: x + span, minY: y, maxY: y + span * 0.7 };
          const pad = fitPadding(window.width, window.height, legend);
          const view = { ...fitView(bounds, window, pad), ...window };
          const [left, bottom] = project(view, bounds.minX, bounds.minY);
          const [right, top] = project(view, bounds.maxX, bounds.maxY);
          const close = 0.01;
          expect(left).toBeGreaterThanOrEqual(pad.left - close);
          expect(right).toBeLessThanOrEqual(window.width - pad.right + close);
          expect(top).toBeGreaterThanOrEqual(pad.top - close);
          expect(bottom).toBeLessThanOrEqual(window.height - pad.bottom + close);
          const free = window.width - pad.left - pad.right - (right - left);
          const freeY = window.height - pad.top - pad.bottom - (bottom - top);
          expect(Math.min(free, freeY)).toBeLessThan(0.05);
        },
      ),
    );
  });

  it('centres a single point and leaves the legend free', () => {
    const window = { width: 1000, height: 700 };
    const pad = fitPadding(1000, 700, 280);
    expect(pad.left).toBe(300);
    const view = { ...fitView({ minX: 2, maxX: 2, minY: 3, maxY: 3 }, window, pad), ...window };
    const [px, py] = project(view, 2, 3);
    expect(px).toBeCloseTo(300 + (1000 - 300 - pad.right) / 2, 6);
    expect(py).toBeCloseTo(pad.top + (700 - pad.top - pad.bottom) / 2, 6);
  });

  it('never gives the legend more than half and nothing on a phone', () => {
    expect(fitPadding(800, 700, 600).left).toBeCloseTo(400, 6);
    expect(fitPadding(390, 500, 250).left).toBe(28);
  });
});

describe('projection', () => {
  it('is undone by unproject; y points up', () => {
    fc.assert(
      fc.property(number, number, fc.double({ min: -3, max: 10, noNaN: true }), (x, y, zoom) => {
        const view = { x: 1, y: -2, zoom, width: 900, height: 600 };
        const [px, py] = project(view, x, y);
        const [backX, backY] = unproject(view, px, py);
        expect(backX).toBeCloseTo(x, 6);
        expect(backY).toBeCloseTo(y, 6);
      }),
    );
    const view = { x: 0, y: 0, zoom: 1, width: 100, height: 100 };
    expect(project(view, 10, 10)).toEqual([70, 30]);
  });

  it('pans by pixels', () => {
    const view = { x: 0, y: 0, zoom: 2, width: 100, height: 100 };
    expect(panBy(view, 8, 4)).toEqual({ x: 2, y: -1, zoom: 2 });
  });
});

describe('zoom', () => {
  it('stays between 0.5 and 40 times the fit', () => {
    const { min, max } = zoomLimits(3);
    expect(2 ** (min - 3)).toBeCloseTo(0.5, 12);
    expect(2 ** (max - 3)).toBeCloseTo(40, 9);
    const view = { x: 0, y: 0, zoom: 3, width: 10, height: 10 };
    expect(zoomBy(view, 3, 1e6).zoom).toBe(max);
    expect(zoomBy(view, 3, 1e-6).zoom).toBe(min);
    expect(zoomBy(view, 3, 2).zoom).toBeCloseTo(4, 12);
  });

  it('is clamped by the viewport, which knows whether a person moved it', () => {
    const viewport = createViewport();
    let calls = 0;
    const stop = viewport.subscribe(() => (calls += 1));
    viewport.resize(800, 600);
    viewport.resize(800, 600);
    viewport.fit({ x: 1, y: 2, zoom: 5 });
    expect(viewport.get()).toMatchObject({ fitZoom: 5, touched: false, width: 800 });
    viewport.move({ x: 1, y: 2, zoom: 50 });
    expect(viewport.get().zoom).toBeCloseTo(5 + Math.log2(40), 9);
    expect(viewport.get().touched).toBe(true);
    expect(calls).toBe(3);
    stop();
    viewport.fit({ x: 0, y: 0, zoom: 0 });
    expect(calls).toBe(3);
  });
});
