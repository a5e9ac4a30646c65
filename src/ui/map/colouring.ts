/** @file What the colours on the map mean: categories of a column, numbers on a sequence, or nothing. */
import { floatArray, intArray } from '../../state/array-registry.ts';
import { coloursOf, columnOf, numbersOf } from '../../state/data-view.ts';
import { isGenes, kindOfFeature, measuredKind } from '../../state/kinds.ts';
import type { StudioState, SyntheticState } from '../../state/types.ts';
import { valueRange, type ValueRange } from './colour-scale.ts';

/** What colours of synthetic cells depend on. */
export type SyntheticCodes = Pick<SyntheticState, 'asked' | 'recognised' | 'distance' | 'hitShare'>;

/** The parts of the state that colours depend on. */
export type ColouringState = Pick<StudioState, 'data' | 'look'> & {
  readonly synthetic: SyntheticCodes;
  readonly view: Pick<StudioState['view'], 'gene' | 'hidden'>;
};

/** Cells coloured by the categories of an obs column. */
export interface CategoryColouring {
  readonly kind: 'categories';
  readonly name: string;
  readonly categories: readonly string[];
  /** #rrggbb, one a category */
  readonly colours: readonly string[];
  /** Real cells, −1 missing. */
  readonly codes: Int32Array;
  /** Synthetic cells, −1 unknown; null when the model does not know the column. */
  readonly synthetic: Int32Array | null;
  /** 1 for each category that is drawn. */
  readonly shown: Uint8Array;
}

/** Cells coloured by a number. */
export interface NumberColouring {
  readonly kind: 'numbers';
  readonly title: string;
  /** Unit or scale, in words; may be empty. */
  readonly unit: string;
  readonly real: Float32Array | null;
  readonly synthetic: Float32Array | null;
  readonly range: ValueRange;
  readonly loading: boolean;
  /** Gene colours can be shown as counts or as logarithms. */
  readonly geneScale: 'log' | 'counts' | null;
}

/** No colour: everything in ink. */
export interface PlainColouring {
  readonly kind: 'plain';
}

/** What the colours on the map mean. */
export type Colouring = CategoryColouring | NumberColouring | PlainColouring;

/** Names of the quality measures, as in the list of colours and the legend. */
export const qualityNames = {
  counts: 'Counts per cell',
  genes: 'Genes per cell',
  mito: 'Mitochondrial counts',
} as const;

/** The same for what the open file's cells are measured by. */
export function qualityName(
  name: keyof typeof qualityNames,
  data: Pick<StudioState['data'], 'summary'>,
): string {
  const kind = measuredKind(data.summary);
  return name === 'genes' && kind && !isGenes(kind) ? 'Peaks per cell' : qualityNames[name];
}

/** Name of the distance colouring. */
export const distanceName = 'Distance to real';

/** Name of the colouring by hit probability. */
export const hitName = 'Hit probability';

const ranges = new WeakMap<Float32Array, ValueRange>();

function rangeOf(values: Float32Array | null): ValueRange {
  if (!values) return { low: 0, high: 1 };
  const known = ranges.get(values);
  if (known) return known;
  const range = valueRange(values);
  ranges.set(values, range);
  return range;
}

function numbers(
  title: string,
  unit: string,
  real: Float32Array | null,
  synthetic: Float32Array | null,
): NumberColouring {
  const range = rangeOf(real ?? synthetic);
  return { kind: 'numbers', title, unit, real, synthetic, range, loading: false, geneScale: null };
}

/** Resolves the chosen colour to arrays; plain when nothing is chosen or the column is gone. */
export function colouringOf(state: ColouringState): Colouring {
  const { colourBy } = state.look;
  if (!colourBy) return { kind: 'plain' };
  if (colourBy.kind === 'distance')
    return numbers(
      distanceName,
      '× the usual distance between real cells',
      null,
      floatArray(state.synthetic.distance),
    );
  if (colourBy.kind === 'hit')
    return {
      ...numbers(
        hitName,
        'share of the 15 nearest training cells that are what was asked',
        null,
        floatArray(state.synthetic.hitShare),
      ),
      range: { low: 0, high: 1 },
    };
  if (colourBy.kind === 'qc') {
    const id = state.data.qc?.[colourBy.name] ?? null;
    const unit = colourBy.name === 'mito' ? 'per cent of all counts' : '';
    return numbers(qualityName(colourBy.name, state.data), unit, floatArray(id), null);
  }
  if (colourBy.kind === 'gene') return geneColouring(colourBy.name, state);
  const column = columnOf(colourBy.name, state.data);
  if (column) return categoryColouring(colourBy.name, state);
  const values = numbersOf(colourBy.name, state.data);
  return values ? numbers(colourBy.name, '', values, null) : { kind: 'plain' };
}

function geneColouring(name: string, { view }: ColouringState): NumberColouring {
  const gene = view.gene?.name === name ? view.gene : null;
  const scale = gene?.scale ?? 'log';
  const peak = !isGenes(kindOfFeature(name));
  const unit = scale === 'counts' ? 'counts' : peak ? 'there or not' : 'log(1 + count per 10,000)';
  const colouring = numbers(
    name,
    unit,
    floatArray(gene?.real ?? null),
    floatArray(gene?.synthetic ?? null),
  );
  return { ...colouring, loading: gene === null || gene.loading, geneScale: scale };
}

function categoryColouring(name: string, state: ColouringState): Colouring {
  const column = columnOf(name, state.data);
  if (!column) return { kind: 'plain' };
  const hidden = new Set(state.view.hidden[name] ?? []);
  return {
    kind: 'categories',
    name,
    categories: column.categories,
    colours: coloursOf(name, state.data),
    codes: column.codes,
    synthetic: askedOrRecognised(name, state.synthetic),
    shown: Uint8Array.from(column.categories, (category) => (hidden.has(category) ? 0 : 1)),
  };
}

/** Codes of synthetic cells: what was asked, where nothing was asked what was recognised; null if the model does not know the column. */
export function askedOrRecognised(name: string, synthetic: SyntheticCodes): Int32Array | null {
  const asked = intArray(synthetic.asked[name] ?? null);
  const recognised = intArray(synthetic.recognised[name] ?? null);
  if (!asked || !recognised || asked.length !== recognised.length) return asked ?? recognised;
  return asked.map((code, cell) => (code >= 0 ? code : recognised[cell]));
}

/** What the colours mean in words, for names and menus. */
export function colourName(colouring: Colouring): string | null {
  if (colouring.kind === 'plain') return null;
  return colouring.kind === 'categories' ? colouring.name : colouring.title;
}
