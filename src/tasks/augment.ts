/** @file More cells of rare kinds: synthetic cells whose other attributes are drawn from the real cells of the kind, or spread evenly. */
import { stackRows, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import type { ModelApi } from '../protocol/api.ts';
import type { Combination } from '../protocol/apply.ts';
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
  /** Combinations of values to add instead of kinds, `cells` of each; then `values` and `fill` are not looked at. */
  readonly combinations?: readonly Combination[] | undefined;
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
  const plan = request.combinations
    ? planCombinations(info, cells, { ...request, combinations: request.combinations }, rows)
    : planAugmentation(info, cells, request, rows);
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

/**
 * Categories of cells of given combinations. What a combination leaves open is drawn from real cells with as many of its values as there are
 * cells with: all of them, the first one, or none. Errors: bad-attribute, bad-request.
 */
export function planCombinations(
  info: ModelInfo,
  cells: LabelledCells,
  request: Pick<AugmentRequest, 'cells' | 'seed'> & {
    readonly combinations: readonly Combination[];
  },
  rows: Int32Array | null,
): AugmentPlan {
  const { cells: each, seed, combinations } = request;
  if (combinations.length === 0) throw badRequest('No combination is given.');
  const random = createRandom(seed, TEMPLATE_STREAM);
  const usable = rows ?? Int32Array.from({ length: cells.counts.rows }, (_, i) => i);
  if (usable.length === 0) throw badRequest('The file has no real cell to be like.');
  const asked = combinations.map((values) =>
    Object.entries(values).map(([name, value]) => ({
      name,
      code: requireCategory(info.attributes[requireAttribute(info, name)], value),
    })),
  );
  const like = (wanted: (typeof asked)[number]): Int32Array =>
    usable.filter((i) => wanted.every(({ name, code }) => cells.codes[name][i] === code));
  const exact = asked.map(like);
  const pools = asked.map((wanted, k) => [exact[k], like(wanted.slice(0, 1)), usable].find((pool) => pool.length > 0) ?? usable); // prettier-ignore
  const kindOf = Int32Array.from({ length: each * asked.length }, (_, i) => Math.floor(i / each));
  const chosen = kindOf.map((kind) => pools[kind][random.integer(pools[kind].length)]);
  const codes = Object.fromEntries(
    info.attributes.map(({ name }) => [
      name,
      kindOf.map((kind, i) => {
        const own = asked[kind].find((wanted) => wanted.name === name);
        return own ? own.code : cells.codes[name][chosen[i]];
      }),
    ]),
  );
  return { codes, kindOf, templates: exact.map((pool) => pool.length) };
}

/**
 * Pairs of values of two attributes that fewer than `fewer` training cells have, with their numbers. Error: bad-request, for a model
 * without a table of combinations.
 */
export function rareCombinations(
  info: ModelInfo,
  names: readonly [string, string],
  fewer: number,
): readonly { readonly values: Combination; readonly cells: number }[] {
  const [first, second] = names.map((name) => requireAttribute(info, name));
  if (first === second) throw badRequest('Two attributes are needed.');
  const { attributes, combinations } = info;
  if (combinations === null) {
    throw badRequest('The model has too many combinations to count. Ask for kinds.');
  }
  const strides = attributes.map((_, a) =>
    attributes.slice(a + 1).reduce((n, { categories }) => n * categories.length, 1),
  );
  const [down, across] = [attributes[first], attributes[second]];
  const counts = new Float64Array(down.categories.length * across.categories.length);
  combinations.forEach((cells, at) => {
    const code = (a: number): number => Math.floor(at / strides[a]) % attributes[a].categories.length; // prettier-ignore
    counts[code(first) * across.categories.length + code(second)] += cells;
  });
  return down.categories
    .flatMap((one, d) =>
      across.categories.map((other, a) => ({
        values: { [down.name]: one, [across.name]: other },
        cells: counts[d * across.categories.length + a],
      })),
    )
    .filter(({ cells }) => cells < fewer);
}

function badRequest(message: string): StudioError {
  return new StudioError('bad-request', 'These cells cannot be added.', message);
}

/** Real cells first, added ones after them. */
export function withAdded(real: CsrMatrix, added: CsrMatrix): CsrMatrix {
  return stackRows(real, added);
}
