/** @file From the picture to what the GPU needs: drawing order, positions and colours as binary attributes. */
import { useMemo } from 'react';
import type { CategoryColouring, Colouring, NumberColouring, PlainColouring } from './colouring.ts';
import {
  drawOrder,
  gatherPositions,
  paintCategories,
  paintNumbers,
  paintPlain,
} from './cell-colours.ts';
import { packColour, sequenceTable } from './colour-scale.ts';
import { parseColour, type Rgb } from './oklab.ts';
import type { MapPoints, RealPoints, SyntheticPoints } from './point-layers.ts';
import type { SequenceName } from '../../state/explore.ts';
import type { ThemeTokens } from './theme-tokens.ts';
import type { MapPicture, SyntheticPlaces } from './use-map-picture.ts';

/** Above this number synthetic cells jump instead of gliding. */
export const glideLimit = 50_000;
/** Share of its opacity that a category keeps while another is pointed at. */
const fadedShare = 0.15;
/** The same for cells outside the selection. */
const unselectedShare = 0.22;

/** What of the page's state the points depend on beside the picture. */
export interface PointChoices {
  readonly showReal: boolean;
  readonly showSynthetic: boolean;
  /** Category under the pointer in the legend; the others fade. */
  readonly focus: number | null;
  readonly reducedMotion: boolean;
  /** 1 for selected cells; null: nothing is selected. */
  readonly selected: SelectionMasks | null;
  /** Colours of numbers. */
  readonly sequence: SequenceName;
}

/** Which cells are selected, one byte a cell of each kind; null: none of that kind. */
export interface SelectionMasks {
  readonly real: Uint8Array | null;
  readonly synthetic: Uint8Array | null;
}

/** Fades the cells that are not selected, in place. @param drawn cell of each colour, or null for all in order */
export function fadeOthers(
  colours: Uint8Array,
  drawn: Uint32Array | null,
  mask: Uint8Array | null,
): Uint8Array {
  for (let at = 0, alpha = 3; alpha < colours.length; at += 1, alpha += 4) {
    const inside = mask !== null && mask[drawn ? drawn[at] : at] === 1;
    colours[alpha] = inside
      ? Math.min(255, colours[alpha] * 1.7)
      : colours[alpha] * unselectedShare;
  }
  return colours;
}

/** Points ready to draw. */
export interface DrawnPoints {
  readonly points: MapPoints;
}

/** Opacity of real cells, 0–1: muted under synthetic ones; a little stronger where the colour is the message. */
export function realOpacity(dark: boolean, numbers: boolean): number {
  if (numbers) return dark ? 0.9 : 0.72;
  return dark ? 0.6 : 0.42;
}

/** Packed colours of categories (last: missing) at an alpha 0–255; all but the focus fade; hidden ones vanish if asked. */
export function categoryTable(
  colours: readonly Rgb[],
  missing: Rgb,
  alpha: number,
  focus: number | null,
  shown: Uint8Array | null,
): Uint32Array {
  const share = (code: number): number => {
    if (shown && code < shown.length && shown[code] === 0) return 0;
    return focus === null || focus === code ? 1 : fadedShare;
  };
  return Uint32Array.from({ length: colours.length + 1 }, (_, code) =>
    packColour(colours[code] ?? missing, alpha * share(code)),
  );
}

/** What the colours of real cells depend on. */
export type RealColouring =
  | Pick<CategoryColouring, 'kind' | 'codes' | 'colours'>
  | Pick<NumberColouring, 'kind' | 'real' | 'range'>
  | PlainColouring;

/** Real cells as attributes. */
export function paintReal(
  order: Uint32Array,
  colouring: RealColouring,
  tokens: ThemeTokens,
  focus: number | null,
  sequence: SequenceName = 'house',
): Uint8Array {
  const alpha = 255 * realOpacity(tokens.dark, colouring.kind === 'numbers');
  if (colouring.kind === 'categories') {
    const colours = colouring.colours.map(parseColour);
    const table = categoryTable(colours, tokens.lineStrong, alpha, focus, null);
    return paintCategories(colouring.codes, order, table);
  }
  const plain = packColour(tokens.lineStrong, alpha);
  if (colouring.kind === 'plain' || !colouring.real) return paintPlain(order.length, plain);
  const table = sequenceTable(tokens.dark, alpha, sequence);
  return paintNumbers(colouring.real, order, colouring.range, table, plain);
}

/** Colours of synthetic cells: fill, ring, and 1 or 0 for shown or hidden. */
export interface SyntheticPaint {
  readonly fill: Uint8Array;
  readonly ring: Uint8Array;
  readonly shown: Float32Array;
}

/** Synthetic cells as attributes; a column the model does not know leaves them in plain ink. */
export function paintSynthetic(
  count: number,
  colouring: Colouring,
  tokens: ThemeTokens,
  focus: number | null,
  sequence: SequenceName = 'house',
): SyntheticPaint {
  const plain = packColour(tokens.ink3, 255);
  const shown = new Float32Array(count).fill(1);
  const ring = (): Uint8Array => paintPlain(count, packColour(tokens.ring, 255));
  if (colouring.kind === 'categories' && colouring.synthetic?.length === count) {
    const { synthetic: codes, shown: visible } = colouring;
    const colours = colouring.colours.map(parseColour);
    const rings = colours.map(() => tokens.ring);
    for (let cell = 0; cell < count; cell += 1)
      if (codes[cell] >= 0 && visible[codes[cell]] === 0) shown[cell] = 0;
    return {
      fill: paintCategories(codes, null, categoryTable(colours, tokens.ink3, 255, focus, visible)),
      ring: paintCategories(codes, null, categoryTable(rings, tokens.ring, 255, focus, visible)),
      shown,
    };
  }
  if (colouring.kind === 'numbers' && colouring.synthetic?.length === count) {
    const table = sequenceTable(tokens.dark, 255, sequence);
    const fill = paintNumbers(colouring.synthetic, null, colouring.range, table, plain);
    return { fill, ring: ring(), shown };
  }
  return { fill: paintPlain(count, plain), ring: ring(), shown };
}

/** The same object as long as real cells keep their colours, whatever happens to synthetic ones. */
function useRealColouring(colouring: Colouring): RealColouring {
  const { kind } = colouring;
  const codes = kind === 'categories' ? colouring.codes : null;
  const colours = kind === 'categories' ? colouring.colours.join(' ') : '';
  const real = kind === 'numbers' ? colouring.real : null;
  const low = kind === 'numbers' ? colouring.range.low : 0;
  const high = kind === 'numbers' ? colouring.range.high : 1;
  return useMemo((): RealColouring => {
    if (codes) return { kind: 'categories', codes, colours: colours.split(' ') };
    return kind === 'numbers' ? { kind, real, range: { low, high } } : { kind: 'plain' };
  }, [kind, codes, colours, real, low, high]);
}

function useReal(
  picture: MapPicture,
  tokens: ThemeTokens,
  choices: PointChoices,
): RealPoints | null {
  const { real, colouring } = picture;
  const usable = choices.showReal && real !== null;
  const codes = colouring.kind === 'categories' ? colouring.codes : null;
  const visible = colouring.kind === 'categories' ? colouring.shown.join('') : '';
  const order = useMemo(
    () =>
      usable ? drawOrder(real, codes, visible ? Uint8Array.from(visible, Number) : null) : null,
    [usable, real, codes, visible],
  );
  const painted = useRealColouring(colouring);
  const positions = useMemo(
    () => (order && real ? { value: gatherPositions(real, order), size: 3 } : null),
    [order, real],
  );
  const { focus, selected, sequence } = choices;
  const fill = useMemo(() => {
    if (!order) return null;
    const value = paintReal(order, painted, tokens, focus, sequence);
    if (selected) fadeOthers(value, order, selected.real);
    return { value, size: 4, normalized: true };
  }, [order, painted, tokens, focus, selected, sequence]);
  return useMemo(
    () => (order && positions && fill ? { count: order.length, positions, fill } : null),
    [order, positions, fill],
  );
}

function useSynthetic(
  synthetic: SyntheticPlaces | null,
  colouring: Colouring,
  tokens: ThemeTokens,
  choices: PointChoices,
): SyntheticPoints | null {
  const places = choices.showSynthetic ? (synthetic?.places ?? null) : null;
  const count = places ? places.length / 2 : 0;
  const { focus, reducedMotion, selected, sequence } = choices;
  const positions = useMemo(
    () => (places ? { value: gatherPositions(places, null), size: 3 } : null),
    [places],
  );
  const paint = useMemo(() => {
    const { fill, ring, shown } = paintSynthetic(count, colouring, tokens, focus, sequence);
    if (selected) for (const colours of [fill, ring]) fadeOthers(colours, null, selected.synthetic);
    return {
      fill: { value: fill, size: 4, normalized: true },
      ring: { value: ring, size: 4, normalized: true },
      shown: { value: shown, size: 1 },
    };
  }, [count, colouring, tokens, focus, selected, sequence]);
  return useMemo(() => {
    if (!positions || !synthetic) return null;
    return {
      count,
      positions,
      ...paint,
      identity: synthetic.identity,
      glide: synthetic.flow === null && !reducedMotion && count <= glideLimit,
      gap: colouring.kind === 'numbers' && colouring.synthetic !== null,
    };
  }, [positions, paint, synthetic, count, reducedMotion, colouring]);
}

/** Prepares the points; each array is rebuilt only when what it shows changed. */
export function usePoints(
  picture: MapPicture,
  tokens: ThemeTokens,
  choices: PointChoices,
): DrawnPoints {
  const real = useReal(picture, tokens, choices);
  const synthetic = useSynthetic(picture.synthetic, picture.colouring, tokens, choices);
  const halo = tokens.halo;
  return useMemo(() => ({ points: { real, synthetic, halo } }), [real, synthetic, halo]);
}
