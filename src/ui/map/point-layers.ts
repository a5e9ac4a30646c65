/** @file The two deck.gl layers of the map: real cells muted, synthetic cells crisp; binary attributes only. Both are always there. */
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

const inPixels = { radiusUnits: 'pixels', lineWidthUnits: 'pixels', pickable: false } as const;

/**
 * One point that nobody sees. A layer without cells draws it, so that shaders and pipelines are made with the first
 * picture: making them later halts the page until the GPU has caught up.
 */
const unseen = {
  positions: { value: new Float32Array(3), size: 3 },
  colour: { value: new Uint8Array(4), size: 4, normalized: true },
  shown: { value: new Float32Array(1), size: 1 },
} as const;

const noReal: RealPoints = { count: 1, positions: unseen.positions, fill: unseen.colour };

const noSynthetic: SyntheticPoints = {
  count: 1,
  positions: unseen.positions,
  fill: unseen.colour,
  ring: unseen.colour,
  shown: unseen.shown,
  identity: '',
  glide: false,
  gap: false,
};

/** The layer of real cells; null: none of them. */
export function realLayer(real: RealPoints | null, sizes: PointSizes): Layer {
  const points = real ?? noReal;
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

/**
 * The layer of synthetic cells; null: none of them.
 *
 * @param places where the cells are now while they glide, [3·count]; null: at their positions
 */
export function syntheticLayer(
  synthetic: SyntheticPoints | null,
  sizes: PointSizes,
  halo: Rgb,
  places: Float32Array | null = null,
): Layer {
  const points = synthetic ?? noSynthetic;
  const moved = places !== null && places !== points.positions.value;
  return new RingedLayer({
    id: 'synthetic',
    data: {
      length: points.count,
      attributes: {
        getPosition: moved ? { value: places, size: 3 } : points.positions,
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
  });
}
