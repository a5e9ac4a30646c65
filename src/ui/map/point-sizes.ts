/** @file How large cells are drawn: fewer cells, larger points; more when zoomed in, on tall maps and for a class room. */

/** Radii and ring width in CSS pixels. */
export interface PointSizes {
  readonly real: number;
  readonly synthetic: number;
  readonly ring: number;
}

const steps = [
  { upTo: 1_000, real: 2.8, synthetic: 3.5, ring: 1.0 },
  { upTo: 3_000, real: 2.0, synthetic: 2.4, ring: 0.8 },
  { upTo: 20_000, real: 1.4, synthetic: 1.7, ring: 0.6 },
  { upTo: 100_000, real: 1.0, synthetic: 1.3, ring: 0.5 },
  { upTo: Infinity, real: 0.7, synthetic: 1.0, ring: 0 },
] as const;

function stepOf(cells: number): (typeof steps)[number] {
  return steps.find(({ upTo }) => cells <= upTo) ?? steps[4];
}

/**
 * Sizes for so many real and synthetic cells; each kind is counted for itself.
 *
 * @param height map height in pixels: below 500 points shrink to 0.85
 * @param zoomedIn doublings since the fit, ≥ 0: each adds 0.4 px
 */
export function pointSizes(
  real: number,
  synthetic: number,
  height: number,
  zoomedIn: number,
  teach: boolean,
): PointSizes {
  const factor = (height > 0 && height < 500 ? 0.85 : 1) * (teach ? 1.3 : 1);
  const more = 0.4 * Math.max(0, zoomedIn);
  const ofSynthetic = stepOf(synthetic);
  return {
    real: stepOf(real).real * factor + more,
    synthetic: ofSynthetic.synthetic * factor + more,
    ring: ofSynthetic.ring * (teach ? 1.3 : 1),
  };
}
