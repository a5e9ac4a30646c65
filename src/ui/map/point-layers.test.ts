import { describe, expect, it } from 'vitest';
import { buildLayers, glideEasing, type MapPoints } from './point-layers.ts';
import { pointSizes } from './point-sizes.ts';

describe('glide easing', () => {
  // cubic-bezier(.2, 0, 0, 1) evaluated with numpy on a grid of 2,000,001 parameters.
  it.each([
    [0, 0],
    [0.1, 0.15625],
    [0.25, 0.60722],
    [0.5, 0.877834],
    [0.75, 0.97548],
    [1, 1],
  ])('at %f', (t, value) => expect(glideEasing(t)).toBeCloseTo(value, 4));
});

describe('point sizes', () => {
  it.each([
    [700, 300, 2.8, 3.5, 1],
    [1975, 500, 2.0, 3.5, 1],
    [20_000, 3000, 1.4, 2.4, 0.8],
    [100_000, 20_000, 1.0, 1.7, 0.6],
    [100_001, 100_000, 0.7, 1.3, 0.5],
    [0, 200_000, 2.8, 1.0, 0],
  ])('%i real and %i synthetic cells', (real, synthetic, realRadius, radius, ring) => {
    expect(pointSizes(real, synthetic, 700, 0, false)).toEqual({
      real: realRadius,
      synthetic: radius,
      ring,
    });
  });

  it('shrink on low maps, grow in a class room and when zoomed in', () => {
    expect(pointSizes(700, 300, 499, 0, false).real).toBeCloseTo(2.8 * 0.85, 9);
    expect(pointSizes(700, 300, 700, 0, true).synthetic).toBeCloseTo(3.5 * 1.3, 9);
    expect(pointSizes(700, 300, 700, 2, false).real).toBeCloseTo(2.8 + 0.8, 9);
    expect(pointSizes(700, 300, 700, -1, false).real).toBeCloseTo(2.8, 9);
  });
});

function points(count: number, glide: boolean, identity: string): MapPoints {
  const positions = { value: new Float32Array(3 * count), size: 3 };
  const fill = { value: new Uint8Array(4 * count), size: 4, normalized: true };
  const shown = { value: new Float32Array(count).fill(1), size: 1 };
  return {
    real: { count, positions, fill },
    synthetic: { count, positions, fill, ring: fill, shown, identity, glide, gap: true },
    halo: [255, 255, 255],
  };
}

describe('layers', () => {
  const sizes = pointSizes(100_000, 100_000, 700, 0, false);

  it('draw real cells under synthetic ones, from binary attributes only', () => {
    const [real, synthetic] = buildLayers(points(3, true, 'a'), sizes);
    expect(real.id).toBe('real');
    expect(synthetic.props.data).toMatchObject({ length: 3 });
    const { attributes } = synthetic.props.data as unknown as { attributes: object };
    expect(Object.keys(attributes).sort()).toEqual([
      'getFillColor',
      'getLineColor',
      'getLineWidth',
      'getPosition',
      'getRadius',
    ]);
  });

  it('glide only where asked, and start anew for other cells', () => {
    const glides = (value: MapPoints): unknown => buildLayers(value, sizes)[1].props.transitions;
    expect(glides(points(3, true, 'a'))).toMatchObject({ getPosition: { duration: 200 } });
    expect(glides(points(3, false, 'a'))).toBeFalsy();
    const id = (value: MapPoints): string => buildLayers(value, sizes)[1].id;
    expect(id(points(3, true, 'a'))).not.toBe(id(points(3, true, 'b')));
  });

  it('are built in well under a frame for 100,000 cells of each kind', () => {
    const many = points(100_000, false, 'a');
    const start = performance.now();
    buildLayers(many, sizes);
    expect(performance.now() - start).toBeLessThan(50);
  });
});
