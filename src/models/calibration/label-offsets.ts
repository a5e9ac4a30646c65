/**
 * @file Calibration of the decoder by labels: offsets of log expression for which generated cells have the training cells' mean composition,
 * in all cells and in every category.
 *
 * Counts are summed over the cells of each combination of labels, in training cells and as expected of generated ones. All cells, then the
 * categories of one attribute after the other, are brought to the training cells' sums in turn (raking, Deming & Stephan 1940); log ratios
 * are shrunk where counts or cells are few.
 */

/** Counts that are added on both sides of a ratio. */
const ADDED_COUNTS = 20;

/** A category's log ratio counts by n / (n + 10) where n cells show it. */
const ADDED_CELLS = 10;

/** Rounds over all cells and all attributes; more than one changes something only where attributes go together. */
const ROUNDS = 4;

/** Offsets of more than this (natural log) are cut. */
const MOST = 3;

/** The cells of one combination of labels. */
export interface LabelledSums {
  /** Category per attribute; −1 where the cells show none. */
  readonly codes: readonly number[];
  /** Training cells. */
  readonly cells: number;
  /** Their counts per gene, and the counts expected of generated cells, in any unit. */
  readonly observed: Float64Array;
  readonly expected: Float64Array;
}

/** Offsets of log expression before they are brought to shares again. */
export interface LabelOffsets {
  /** Of all cells, [genes]. */
  readonly all: Float32Array;
  /** Of every category, per attribute [categories, genes]. */
  readonly tables: readonly Float32Array[];
}

/** Offsets under which the expected sums of all groups meet the observed ones. @param categories how many there are, per attribute */
export function rakeOffsets(
  groups: readonly LabelledSums[],
  categories: readonly number[],
  genes: number,
): LabelOffsets {
  const all = new Float32Array(genes);
  const tables = categories.map((count) => new Float32Array(count * genes));
  const present = groups.filter(({ observed, expected }) => sum(observed) > 0 && sum(expected) > 0);
  const fits = present.map(({ observed, expected }) => ({ observed, fitted: expected.slice() }));
  const shown = categories.map((count, a) =>
    Array.from({ length: count }, (_, code) =>
      [...present.keys()].filter((k) => present[k].codes[a] === code),
    ),
  );
  for (let round = 0; round < ROUNDS; round++) {
    move(all, fits);
    tables.forEach(
      (table, a) =>
      shown[a].forEach((own, code) => move(rowOf(table, code, genes), own.map((k) => fits[k]))), // prettier-ignore
    );
  }
  tables.forEach((table, a) =>
    shown[a].forEach((own, code) => {
      const cells = own.reduce((total, k) => total + present[k].cells, 0);
      const row = rowOf(table, code, genes);
      row.forEach((offset, g) => (row[g] = (offset * cells) / (cells + ADDED_CELLS)));
    }),
  );
  return { all, tables };
}

function rowOf(table: Float32Array, code: number, genes: number): Float32Array {
  return table.subarray(code * genes, (code + 1) * genes);
}

/** Observed sums of a group, and the expected ones under the offsets so far. */
interface Fit {
  readonly observed: Float64Array;
  readonly fitted: Float64Array;
}

/** Adds to `offsets` what some groups' sums lack together, and moves the groups along. */
function move(offsets: Float32Array, own: readonly Fit[]): void {
  for (const { observed, fitted } of own) scaleTo(fitted, sum(observed));
  for (let g = 0; g < offsets.length; g++) {
    let [there, here] = [ADDED_COUNTS, ADDED_COUNTS];
    for (const { observed, fitted } of own) {
      there += observed[g];
      here += fitted[g];
    }
    const moved = Math.max(-MOST, Math.min(MOST, offsets[g] + Math.log(there / here)));
    const factor = Math.exp(moved - offsets[g]);
    for (const { fitted } of own) fitted[g] *= factor;
    offsets[g] = moved;
  }
}

function scaleTo(values: Float64Array, total: number): void {
  const factor = total / sum(values);
  values.forEach((value, g) => (values[g] = value * factor));
}

function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
