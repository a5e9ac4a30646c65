/** @file The two deck.gl layers of the map: real cells muted, synthetic cells crisp; binary attributes only. */
import type { Layer } from '@deck.gl/core';
import { ScatterplotLayer } from '@deck.gl/layers';
import type { Rgb } from './oklab.ts';
import type { PointSizes } from './point-sizes.ts';
import { RingedLayer } from './ringed-layer.ts';

/** A binary attribute; the object is kept as long as its content, so that deck.gl uploads it once. */
export interface PointAttribute<A extends Float32Array | Uint8Array> {
  readonly value: A;
  readonly size: number;
  /** Bytes stand for 0–1. */
  readonly normalized?: boolean;
}

/** Real cells ready to draw, in drawing order. */
export interface RealPoints {
  readonly count: number;
  readonly positions: PointAttribute<Float32Array>;
  readonly fill: PointAttribute<Uint8Array>;
}

/** Synthetic cells ready to draw, in their own order so that each point stays one cell. */
export interface SyntheticPoints {
  readonly count: number;
  readonly positions: PointAttribute<Float32Array>;
  readonly fill: PointAttribute<Uint8Array>;
  readonly ring: PointAttribute<Uint8Array>;
  /** 1 drawn, 0 hidden */
  readonly shown: PointAttribute<Float32Array>;
  /** Cells with the same key glide from place to place; another key starts anew. */
  readonly identity: string;
  /** Glide to new positions. */
  readonly glide: boolean;
  /** Colours come from a sequence: a gap keeps the ring visible on dark fills. */
  readonly gap: boolean;
}

/** What the map draws. */
export interface MapPoints {
  readonly real: RealPoints | null;
  readonly synthetic: SyntheticPoints | null;
  readonly halo: Rgb;
}

/** Milliseconds of a glide (`--glide`). */
export const glideDuration = 200;

/** Value of cubic-bezier(.2, 0, 0, 1) at time t in 0–1, by bisection of its x. */
export function glideEasing(t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  let low = 0;
  let high = 1;
  for (let step = 0; step < 24; step += 1) {
    const u = (low + high) / 2;
    const x = 3 * (1 - u) * (1 - u) * u * 0.2 + u * u * u;
    if (x < t) low = u;
    else high = u;
  }
  const u = (low + high) / 2;
  return 3 * (1 - u) * u * u + u * u * u;
}

const inPixels = { radiusUnits: 'pixels', lineWidthUnits: 'pixels', pickable: false } as const;

function realLayer(points: RealPoints, sizes: PointSizes): Layer {
  return new ScatterplotLayer({
    id: 'real',
    data: {
      length: points.count,
      attributes: { getPosition: points.positions, getFillColor: points.fill },
    },
    ...inPixels,
    stroked: false,
    getRadius: 1,
    radiusScale: sizes.real,
  });
}

function syntheticLayer(points: SyntheticPoints, sizes: PointSizes, halo: Rgb): Layer {
  return new RingedLayer({
    id: `synthetic ${points.identity}${points.glide ? '' : ' still'}`,
    data: {
      length: points.count,
      attributes: {
        getPosition: points.positions,
        getFillColor: points.fill,
        getLineColor: points.ring,
        getRadius: points.shown,
        getLineWidth: points.shown,
      },
    },
    ...inPixels,
    stroked: true,
    filled: true,
    radiusScale: sizes.synthetic,
    lineWidthScale: sizes.ring,
    gapColour: halo,
    gapWidth: points.gap ? Math.min(1, sizes.synthetic * 0.3) : 0,
    ...(points.glide
      ? { transitions: { getPosition: { duration: glideDuration, easing: glideEasing } } }
      : {}),
  });
}

/** Layers in drawing order: real cells, then synthetic ones. */
export function buildLayers(points: MapPoints, sizes: PointSizes): Layer[] {
  const layers: Layer[] = [];
  if (points.real) layers.push(realLayer(points.real, sizes));
  if (points.synthetic) layers.push(syntheticLayer(points.synthetic, sizes, points.halo));
  return layers;
}
