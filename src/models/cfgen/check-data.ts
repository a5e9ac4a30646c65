/** @file What must hold of counts before a model is trained on them. */
import { rowSums } from '../../numerics/csr.ts';
import type { TrainingData } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';

/** Fewer cells than this teach nothing. */
export const LEAST_CELLS = 20;

const LEAST_GENES = 2;
const NAMED_CELLS = 5;

/** Errors: too-few-cells, too-few-genes, bad-values, bad-attribute. */
export function checkTrainingData(data: TrainingData): void {
  const { rows, cols, values } = data.counts;
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
  const bad = values.findIndex((value) => !(value >= 0 && Number.isInteger(value)));
  if (bad >= 0) {
    throw new StudioError(
      'bad-values',
      'The values to train on are not counts.',
      'They must be whole numbers of at least 0. Choose a matrix of raw counts in the file.',
      { value: values[bad] },
    );
  }
  for (const attribute of data.attributes) {
    const limit = attribute.categories.length;
    if (attribute.codes.some((code) => code < 0 || code >= limit)) {
      throw new StudioError(
        'bad-attribute',
        `${attribute.name} is missing for some cells.`,
        'Every cell to train on needs a value of each chosen attribute. Leave such cells out.',
        { attribute: attribute.name },
      );
    }
  }
}

/** Names the cells with the most counts, by their position in the source file. */
export function largestCells(data: TrainingData): string {
  const sums = rowSums(data.counts);
  const order = Array.from(sums.keys()).sort((a, b) => sums[b] - sums[a]);
  return order
    .slice(0, NAMED_CELLS)
    .map((cell) => {
      const counts = Math.round(sums[cell]).toLocaleString('en-GB');
      return `cell ${(data.cellIndex[cell] + 1).toLocaleString('en-GB')} (${counts} counts)`;
    })
    .join(', ');
}
