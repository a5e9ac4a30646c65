/** @file Real cells carried to noise and back by a trained model: their counts, their categories in the model's terms, the latents before and after. */
import { rowSums, type CsrMatrix } from '../numerics/csr.ts';
import type { ModelApi } from '../protocol/api.ts';
import type { CategoryColumn } from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import { didYouMean } from '../protocol/nearest-word.ts';
import type {
  ModelAttribute,
  ModelInfo,
  SolverSettings,
  TransportEvent,
  TransportRequest,
  TransportResult,
} from '../protocol/model.ts';

/** Real cells as the model sees them. */
export interface LabelledCells {
  /** Over the model's genes, in the model's order. */
  readonly counts: CsrMatrix;
  /** Category of each cell in each of the model's attributes, in the model's numbering; −1 where the cell has none. */
  readonly codes: Readonly<Record<string, Int32Array>>;
}

/** How the flow is followed, and with what weights. */
export interface CarrySettings {
  readonly weightsToNoise: Readonly<Record<string, number>>;
  readonly weightsToCells: Readonly<Record<string, number>>;
  readonly library: TransportRequest['library'];
  readonly solver: SolverSettings;
  readonly seed: number;
}

/** Both ways as learnt, ten steps of the classical Runge–Kutta method. */
export const plainCarry: CarrySettings = {
  weightsToNoise: {},
  weightsToCells: {},
  library: 'kept',
  solver: { method: 'rk4', steps: 10 },
  seed: 0,
};

/** Latents of cells before and after. */
export interface CarriedCells {
  /** Whitened, [cells, latentDim]. */
  readonly before: Float32Array;
  /** Natural log of the cells' own library sizes, [cells]. */
  readonly logLibrary: Float32Array;
  readonly result: TransportResult;
}

/**
 * Translates a file's columns into the model's categories.
 *
 * @param columns by name, over the same cells as the counts
 * Errors: bad-attribute for a column that is missing, bad-request for a value that the model never saw.
 */
export function labelCells(
  info: ModelInfo,
  counts: CsrMatrix,
  columns: Readonly<Record<string, CategoryColumn>>,
): LabelledCells {
  const codes = info.attributes.map((attribute): [string, Int32Array] => {
    if (!Object.hasOwn(columns, attribute.name)) throw missingColumn(attribute.name);
    return [attribute.name, translate(attribute, columns[attribute.name])];
  });
  return { counts, codes: Object.fromEntries(codes) };
}

function translate({ name, categories }: ModelAttribute, column: CategoryColumn): Int32Array {
  const table = column.categories.map((category) => categories.indexOf(category));
  return column.codes.map((code) => {
    if (code < 0) return -1;
    if (table[code] >= 0) return table[code];
    throw new StudioError(
      'bad-request',
      `The model does not know ${name} ${column.categories[code]}.`,
      'It was not among the training cells. Leave such cells out, or train with them.',
      { attribute: name, value: column.categories[code] },
    );
  });
}

function missingColumn(name: string): StudioError {
  return new StudioError(
    'bad-attribute',
    `obs['${name}'] is missing.`,
    `The model is steered by ${name}, but the file has no such column of categories.`,
    { attribute: name },
  );
}

/** Position of an attribute of the model. Error: bad-attribute. */
export function requireAttribute(info: ModelInfo, name: string): number {
  const index = info.attributes.findIndex((attribute) => attribute.name === name);
  if (index >= 0) return index;
  const known = info.attributes.map((attribute) => attribute.name);
  throw new StudioError(
    'bad-attribute',
    `The model was not trained with ${name}.`,
    known.length === 0
      ? 'It has no attributes. Train a model with this column as an attribute.'
      : `Its attributes are ${known.join(', ')}.${didYouMean(name, known) || ` Choose one of them, or train a model with ${name}.`}`,
    { attribute: name },
  );
}

/** Position of a category in an attribute of the model. Error: bad-request. */
export function requireCategory(attribute: ModelAttribute, value: string): number {
  const index = attribute.categories.indexOf(value);
  if (index >= 0) return index;
  throw new StudioError(
    'bad-request',
    `The model does not know ${attribute.name} ${value}.`,
    `Its values are ${attribute.categories.slice(0, 12).join(', ')}${attribute.categories.length > 12 ? ' and more' : ''}.${didYouMean(value, attribute.categories)}`,
    { attribute: attribute.name, value },
  );
}

/** Natural logs of library sizes; a cell without counts counts as having one. */
export function logLibraries(counts: CsrMatrix): Float32Array {
  return Float32Array.from(rowSums(counts), (sum) => Math.log(Math.max(1, sum)));
}

/** Encodes cells and carries them 1 → 0 → 1. Errors: those of `encode` and `transport`. */
export async function carryCells(
  service: ModelApi,
  cells: LabelledCells,
  to: Pick<TransportRequest, 'to' | 'average'>,
  settings: CarrySettings,
  onEvent?: (event: TransportEvent) => void,
): Promise<CarriedCells> {
  const before = await service.encode(cells.counts);
  const logLibrary = logLibraries(cells.counts);
  const request = { latents: before, logLibrary, from: cells.codes, ...to, ...settings };
  const result = await service.transport(request, onEvent);
  return { before, logLibrary, result };
}
