/** @file The traffic light of a check: a glyph and the word that it repeats. */
import type { Check } from '../../protocol/judge.ts';
import type { GlyphKind } from '../controls/Icon.tsx';

/** Glyph and words of each light. */
export const lights: Readonly<Record<Check['light'], { glyph: GlyphKind; word: string }>> = {
  good: { glyph: 'ok', word: 'inside the floor' },
  near: { glyph: 'warn', word: 'just outside the floor' },
  far: { glyph: 'err', word: 'far outside the floor' },
};
