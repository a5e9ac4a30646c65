/** @file What the map shows, in sentences: its categories, their cells, and where the synthetic ones lie. The picture's description. */
import { formatDecimal, formatNumber } from '../../state/format.ts';
import { countCategories } from './cell-colours.ts';
import type { CategoryColouring, Colouring, NumberColouring } from './colouring.ts';

/** Categories named of each kind. */
const named = 4;
/** Multiples of the usual distance between real cells that count as far. */
const farFrom = 3;

/**
 * Two or three sentences for assistive technology, longer than the picture's name.
 *
 * @param distance distance of each shown synthetic cell to the nearest real one, in multiples of the usual; null without any
 */
export function mapSummary(colouring: Colouring, distance: Float32Array | null): string {
  const parts =
    colouring.kind === 'categories'
      ? categoryParts(colouring)
      : colouring.kind === 'numbers'
        ? numberParts(colouring)
        : [];
  return [...parts, ...distanceParts(distance)].join(' ');
}

function categoryParts({ name, categories, codes, synthetic, shown }: CategoryColouring): string[] {
  const hidden = shown.reduce((sum, own) => sum + (own === 1 ? 0 : 1), 0);
  const off = hidden > 0 ? `, ${formatNumber(hidden)} of them hidden` : '';
  return [
    `${formatNumber(categories.length)} values of ${name}${off}.`,
    `Real cells: ${largest(categories, codes)}.`,
    ...(synthetic ? [`Synthetic cells: ${largest(categories, synthetic)}.`] : []),
  ];
}

function largest(categories: readonly string[], codes: Int32Array): string {
  const counts = countCategories(codes, categories.length);
  const present = categories
    .map((name, code) => ({ name, cells: counts[code] }))
    .filter(({ cells }) => cells > 0)
    .sort((a, b) => b.cells - a.cells);
  const rest = present.length - named;
  const first = present.slice(0, named).map(({ name, cells }) => `${name} ${formatNumber(cells)}`);
  if (present.length === 0) return 'none with a value';
  return first.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function numberParts({ title, unit, real, synthetic }: NumberColouring): string[] {
  const middles = [
    real ? `real median ${formatDecimal(median(real), 2)}` : null,
    synthetic ? `synthetic median ${formatDecimal(median(synthetic), 2)}` : null,
  ].filter((text) => text !== null);
  return middles.length === 0
    ? []
    : [`${title}${unit === '' ? '' : `, ${unit}`}: ${middles.join(', ')}.`];
}

function distanceParts(distance: Float32Array | null): string[] {
  if (!distance || distance.length === 0) return [];
  const far = distance.reduce((sum, own) => sum + (own > farFrom ? 1 : 0), 0);
  const many = far === 0 ? 'none lies' : `${formatNumber(far)} ${far === 1 ? 'lies' : 'lie'}`;
  return [
    `Synthetic cells lie ${formatDecimal(median(distance), 1)} times the usual distance from the nearest real cell; ${many} beyond ${farFrom} times.`,
  ];
}

function median(values: Float32Array): number {
  const sorted = values.filter((value) => Number.isFinite(value)).sort();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
