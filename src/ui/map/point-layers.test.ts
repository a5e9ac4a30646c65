import { describe, expect, it } from 'vitest';
import { realLayer, syntheticLayer, type MapPoints } from './point-layers.ts';
import { pointSizes } from './point-sizes.ts';

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

  it('take binary attributes only', () => {
    const { synthetic, halo } = points(3, true, 'a');
    const layer = syntheticLayer(synthetic, sizes, halo);
    expect(layer.props.data).toMatchObject({ length: 3 });
    const { attributes } = layer.props.data as unknown as { attributes: object };
    expect(Object.keys(attributes).sort()).toEqual([
      'getFillColor',
      'getLineColor',
      'getLineWidth',
      'getPosition',
      'getRadius',
    ]);
  });

  it('stay the same layers with and without cells, and then draw one point that nobody sees', () => {
    const { real, synthetic, halo } = points(3, true, 'a');
    expect(realLayer(null, sizes).id).toBe(realLayer(real, sizes).id);
    expect(syntheticLayer(null, sizes, halo).id).toBe(syntheticLayer(synthetic, sizes, halo).id);
    const empty = syntheticLayer(null, sizes, halo).props.data as unknown as {
      length: number;
      attributes: Record<string, { value: ArrayLike<number> }>;
    };
    expect(empty.length).toBe(1);
    expect([...Array.from(empty.attributes['getFillColor'].value)]).toEqual([0, 0, 0, 0]);
    expect(empty.attributes['getRadius'].value[0]).toBe(0);
  });

  it('never leave moving to deck.gl, whose transitions read back from the GPU', () => {
    const { synthetic, halo } = points(3, true, 'a');
    const places = Float32Array.of(1, 1, 0, 2, 2, 0, 3, 3, 0);
    const layer = syntheticLayer(synthetic, sizes, halo, places);
    expect(layer.props.transitions).toBeFalsy();
    const { attributes } = layer.props.data as unknown as {
      attributes: { getPosition: { value: Float32Array } };
    };
    expect(attributes.getPosition.value).toBe(places);
  });

  it('are built in well under a frame for 100,000 cells of each kind', () => {
    const many = points(100_000, false, 'a');
    const start = performance.now();
    realLayer(many.real, sizes);
    syntheticLayer(many.synthetic, sizes, many.halo);
    expect(performance.now() - start).toBeLessThan(50);
  });
});
