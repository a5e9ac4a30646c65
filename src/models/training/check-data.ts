/** @file What must hold of counts before a model is trained on them. */
import type { CsrSource } from '../../numerics/csr-source.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { SourceData } from './training-data.ts';

/** Fewer cells than this teach nothing. */
export const LEAST_CELLS = 20;

const LEAST_GENES = 2;
const NAMED_CELLS = 5;
const CELLS_AT_ONCE = 1024;

/** Errors: too-few-cells, too-few-genes, bad-values, bad-attribute. */
export function checkTrainingData(data: SourceData): void {
  const { rows, cols } = data.counts;
  if (rows < LEAST_CELLS) {
    throw new StudioError(
      'too-few-cells',
      `Only ${rows} cells are left to train on.`,
      `A model needs at least ${LEAST_CELLS} cells. Widen the limits or keep more categories.`,
      { cells: rows },
    );
  }
  if (cols < LEAST_GENES) {
    throw new StudioError(
      'too-few-genes',
      `Only ${cols} genes are left to train on.`,
      `A model needs at least ${LEAST_GENES} genes. Lower the number of cells a gene must be seen in.`,
      { genes: cols },
    );
  }
  const bad = findBadValue(data.counts);
  if (bad !== null) {
    throw new StudioError(
      'bad-values',
      'The values to train on are not counts.',
      'They must be whole numbers of at least 0. Choose a matrix of raw counts in the file.',
      { value: bad },
    );
  }
  checkModalities(data);
  for (const attribute of data.attributes) {
    const limit = attribute.categories.length;
    // −1 is a cell that is not labelled: it is trained on without showing this attribute.
    const outside = attribute.codes.some((code) => code < -1 || code >= limit);
    if (outside || !attribute.codes.some((code) => code >= 0)) {
      throw new StudioError(
        'bad-attribute',
        outside
          ? `${attribute.name} has values that it does not name.`
          : `No cell has a value of ${attribute.name}.`,
        'An attribute needs cells that are labelled with its categories. Do not use this one, or correct it in the file.',
        { attribute: attribute.name },
      );
    }
  }
}

/** Features that are there or not must be 0 or 1; the modalities must be the columns. Error: bad-values. */
function checkModalities({ counts, modalities = [] }: SourceData): void {
  const features = modalities.reduce((sum, m) => sum + m.features, 0);
  if (modalities.length > 0 && features !== counts.cols) {
    throw new StudioError(
      'bad-values',
      'The kinds of features do not fit the counts.',
      `They are ${features} features together, the counts have ${counts.cols}. Choose the data again.`,
      { features, columns: counts.cols },
    );
  }
  let from = 0;
  for (const { name, features: own, likelihood } of modalities) {
    const to = from + own;
    const bad = likelihood === 'bernoulli' ? findAbove(counts, from, to) : null;
    from = to;
    if (bad === null) continue;
    throw new StudioError(
      'bad-values',
      `The values of ${name} are not 0 and 1.`,
      `A Bernoulli model only knows whether a feature is there. Reduce the values to 0 and 1, or use --likelihood ${name}=poisson.`,
      { modality: name, value: bad },
    );
  }
}

/** The first value above 1 in some columns, or null. */
function findAbove(counts: CsrSource, from: number, to: number): number | null {
  for (let at = 0; at < counts.rows; at += CELLS_AT_ONCE) {
    const length = Math.min(CELLS_AT_ONCE, counts.rows - at);
    const { indices, values } = counts.readRows(Uint32Array.from({ length }, (_, i) => at + i));
    const bad = values.find((value, k) => value > 1 && indices[k] >= from && indices[k] < to);
    if (bad !== undefined) return bad;
  }
  return null;
}

/** The first value that is not a count, or null. */
function findBadValue(counts: CsrSource): number | null {
  for (let from = 0; from < counts.rows; from += CELLS_AT_ONCE) {
    const length = Math.min(CELLS_AT_ONCE, counts.rows - from);
    const { values } = counts.readRows(Uint32Array.from({ length }, (_, i) => from + i));
    const bad = values.find((value) => !(value >= 0 && Number.isInteger(value)));
    if (bad !== undefined) return bad;
  }
  return null;
}

/** Names the cells with the most counts, by their position in the source file. */
export function largestCells(data: SourceData): string {
  const { sums } = data.counts;
  const order = Array.from(sums.keys()).sort((a, b) => sums[b] - sums[a]);
  return order
    .slice(0, NAMED_CELLS)
    .map((cell) => {
      const counts = Math.round(sums[cell]).toLocaleString('en-GB');
      return `cell ${(data.cellIndex[cell] + 1).toLocaleString('en-GB')} (${counts} counts)`;
    })
    .join(', ');
}
