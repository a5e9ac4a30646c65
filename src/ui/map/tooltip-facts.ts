/** @file What the tooltip says about one cell. */
import { floatArray, intArray } from '../../state/array-registry.ts';
import { columnOf } from '../../state/data-view.ts';
import { formatDecimal, formatNumber } from '../../state/format.ts';
import type { StudioState } from '../../state/types.ts';
import type { Colouring } from './colouring.ts';

/** One cell on the map. */
export interface CellRef {
  readonly kind: 'real' | 'synthetic';
  readonly index: number;
}

/** A name and a value. */
export interface CellFact {
  readonly name: string;
  readonly value: string;
}

/** Title and facts of a cell. */
export interface CellFacts {
  readonly title: string;
  readonly facts: readonly CellFact[];
}

const mostAttributes = 4;

function valueText(value: number): string {
  if (!Number.isFinite(value)) return 'no value';
  if (Math.abs(value) >= 100) return formatNumber(value);
  return Number.isInteger(value) ? formatNumber(value) : formatDecimal(value, 2);
}

function colouredNumber(colouring: Colouring, { kind, index }: CellRef): CellFact[] {
  if (colouring.kind !== 'numbers') return [];
  const values = kind === 'real' ? colouring.real : colouring.synthetic;
  return values ? [{ name: colouring.title, value: valueText(values[index]) }] : [];
}

/** Facts of a real or synthetic cell: who it is, its values, the coloured number, its distance to the nearest real cell. */
export function cellFacts(
  cell: CellRef,
  { data, choices, synthetic }: Pick<StudioState, 'data' | 'choices' | 'synthetic'>,
  colouring: Colouring,
): CellFacts {
  const coloured = colouring.kind === 'categories' ? [colouring.name] : [];
  const names = [...new Set([...coloured, ...choices.attributes])].slice(0, mostAttributes);
  const number = String(formatNumber(cell.index + 1));
  if (cell.kind === 'real') {
    const known = data.summary?.obsNames;
    const id = known && known.length === data.summary?.nObs ? known[cell.index] : `cell ${number}`;
    const facts = names.flatMap((name) => {
      const column = columnOf(name, data);
      if (!column) return [];
      return [{ name, value: column.categories[column.codes[cell.index]] ?? 'no value' }];
    });
    return { title: `Real, ${id}`, facts: [...facts, ...colouredNumber(colouring, cell)] };
  }
  const facts = names.flatMap((name) => {
    const categories = columnOf(name, data)?.categories ?? [];
    const asked = categories[intArray(synthetic.asked[name] ?? null)?.[cell.index] ?? -1];
    const seen = categories[intArray(synthetic.recognised[name] ?? null)?.[cell.index] ?? -1];
    if (!asked && !seen) return [];
    if (asked && seen && asked !== seen)
      return [
        { name, value: `${asked}, asked` },
        { name: '', value: `${seen}, recognised` },
      ];
    return [{ name, value: asked ?? `${seen}, recognised` }];
  });
  const distance = floatArray(synthetic.distance)?.[cell.index];
  const far =
    distance === undefined ||
    (colouring.kind === 'numbers' && colouring.synthetic && !colouring.real)
      ? []
      : [{ name: 'Distance to real', value: `${formatDecimal(distance, 1)}× the usual` }];
  return {
    title: `Synthetic, cell ${number}`,
    facts: [...facts, ...colouredNumber(colouring, cell), ...far],
  };
}
