/** @file What a guidance weight means in one word. */
import { formatDecimal } from '../../state/format.ts';

/** ignored (0), weakened (below 1), as learnt (1), exaggerated (above 1). */
export function weightWord(weight: number): string {
  if (weight <= 0) return 'ignored';
  if (weight < 1) return 'weakened';
  return weight > 1 ? 'exaggerated' : 'as learnt';
}

/** The number and its word, as a screen reader says it: "1.8, exaggerated". */
export function weightText(weight: number): string {
  return `${formatDecimal(weight, 1)}, ${weightWord(weight)}`;
}
