/** @file The traffic light of a check: a glyph, the word that it repeats, and the reason of a green one. */
import type { Check } from '../../protocol/judge.ts';
import type { GlyphKind } from '../controls/Icon.tsx';

/** Glyph and words of each light. */
export const lights: Readonly<Record<Check['light'], { glyph: GlyphKind; word: string }>> = {
  good: { glyph: 'ok', word: 'inside the floor' },
  near: { glyph: 'warn', word: 'just outside the floor' },
  far: { glyph: 'err', word: 'far outside the floor' },
};

/** Why a check is inside: the figure beside that of real cells. */
export function insideWords({ name, shown, floorShown }: Check): string {
  return `${name}: ${shown}, real cells ${floorShown}.`;
}
