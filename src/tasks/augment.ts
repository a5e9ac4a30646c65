/** @file More cells of rare kinds: synthetic cells whose other attributes are drawn from the real cells of the kind, or spread evenly. */
import { stackRows, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import type { ModelApi } from '../protocol/api.ts';
import { StudioError } from '../protocol/errors.ts';
import type { ModelInfo, SampleResult, SolverSettings } from '../protocol/model.ts';
import { requireAttribute, requireCategory, type LabelledCells } from './transport.ts';

/** Stream of the numbers that draw the cells whose other attributes are taken. */
const TEMPLATE_STREAM = 72;

/** What is wanted. */
export interface AugmentRequest {
  readonly attribute: string;
  /** Kinds of cells to add, each `cells` times. */
  readonly values: readonly string[];
  readonly cells: number;
  /** Attributes spread evenly over all their values instead of as in the real cells, also where no real cell has the combination. */
  readonly fill: readonly string[];
  readonly weights: Readonly<Record<string, number>>;
  readonly solver: SolverSettings;
  readonly seed: number;
}

/** The added cells. */
export interface AugmentedCells {
  readonly sample: SampleResult;
  /** Over the model's genes. */
  readonly counts: CsrMatrix;
  /** Position in the values of each added cell's kind. */
  readonly kindOf: Int32Array;
  /** Real cells of each kind that the other attributes were drawn from. */
  readonly templates: readonly number[];
}

/**
 * Generates the cells. Library sizes are the flow's for these labels, or for models without them the log-normal of the first attribute's
 * category.
 *
 * @param rows real cells that other attributes may be drawn from; null: all
 * Errors: bad-attribute, bad-request (an unknown value, no real cell of a kind, fewer than one cell), cancelled.
 */
export async function augmentCells(
  service: ModelApi,
  info: ModelInfo,
  cells: LabelledCells,
  request: AugmentRequest,
  rows: Int32Array | null = null,
): Promise<AugmentedCells> {
  const plan = planAugmentation(info, cells, request, rows);
  const sample = await service.sample({
    cells: plan.kindOf.length,
    seed: request.seed,
    guidance: Object.entries(request.weights).map(([attribute, weight]) => ({
      attribute,
      value: null,
      weight,
    })),
    library: { mode: 'chosen' },
    solver: request.solver,
    frames: 0,
    codes: plan.codes,
  });
  return { sample, counts: await service.decode(sample.sampleId), ...plan };
}

interface AugmentPlan {
  readonly codes: Readonly<Record<string, Int32Array>>;
  readonly kindOf: Int32Array;
  readonly templates: readonly number[];
}

/** Works out the categories of every added cell. Errors: as augmentCells. */
export function planAugmentation(
  info: ModelInfo,
  cells: LabelledCells,
  { attribute, values, cells: each, fill, seed }: AugmentRequest,
  rows: Int32Array | null,
): AugmentPlan {
  const own = info.attributes[requireAttribute(info, attribute)];
  const wanted = values.map((value) => requireCategory(own, value));
  const spread = fill.map((name) => info.attributes[requireAttribute(info, name)]);
  if (spread.some(({ name }) => name === attribute)) {
    throw badRequest(`${attribute} is given; fill other attributes.`);
  }
  const random = createRandom(seed, TEMPLATE_STREAM);
  const usable = rows ?? Int32Array.from({ length: cells.counts.rows }, (_, i) => i);
  const kindOf = Int32Array.from({ length: each * values.length }, (_, i) => Math.floor(i / each));
  const pools = wanted.map((code) => usable.filter((i) => cells.codes[attribute][i] === code));
  pools.forEach((pool, k) => {
    if (pool.length > 0) return;
    throw badRequest(
      `The file has no real cell of ${attribute} ${values[k]} to take the other attributes from.`,
    );
  });
  const chosen = kindOf.map((kind) => pools[kind][random.integer(pools[kind].length)]);
  const codes = Object.fromEntries(
    info.attributes.map(({ name }) => [name, chosen.map((i) => cells.codes[name][i])]),
  );
  // Filled attributes count through their values like the digits of a number, so every combination comes equally often.
  let width = 1;
  for (const { name, categories } of spread) {
    const step = width;
    codes[name] = codes[name].map((_, i) => Math.floor((i % each) / step) % categories.length);
    width *= categories.length;
  }
  return { codes, kindOf, templates: pools.map((pool) => pool.length) };
}

function badRequest(message: string): StudioError {
  return new StudioError('bad-request', 'These cells cannot be added.', message);
}

/** Real cells first, added ones after them. */
export function withAdded(real: CsrMatrix, added: CsrMatrix): CsrMatrix {
  return stackRows(real, added);
}
