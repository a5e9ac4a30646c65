/** @file What a sampling request asks for, worked out per cell: categories, guidance group, whether it was ever seen. */
import { uniformAt } from '../../numerics/random.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { SampleRequest } from '../../protocol/model.ts';
import type { SampledModel } from './sampled-model.ts';
import {
  additiveGuidance,
  jointGuidance,
  sharedGuidance,
  type GuidanceBranch,
} from './guidance.ts';
import type { Combination } from '../training/split.ts';

/** Stream of the uniform numbers that draw categories. */
const CATEGORY_STREAM = 4;

/** What a request is checked against. */
export type RequestedModel = Pick<
  SampledModel,
  'recipe' | 'attributes' | 'combinations' | 'labelsTogether'
>;

/** A request resolved for every cell. */
export interface ResolvedRequest {
  /** Category per cell for each attribute, −1 where it is ignored; null where it is ignored for all cells. */
  readonly codes: readonly (Int32Array | null)[];
  readonly groups: readonly (readonly GuidanceBranch[])[];
  readonly groupOf: Uint16Array;
  /** Some cell's combination has no training cell. */
  readonly extrapolated: boolean;
}

/** Checks a request against a model and works it out. Error: bad-request. */
export function resolveRequest(model: RequestedModel, request: SampleRequest): ResolvedRequest {
  check(request);
  const weights = model.attributes.map((attribute) => termWeight(request, attribute.name));
  for (const term of request.guidance) attributeIndex(model, term.attribute);
  const codes =
    request.codes === undefined
      ? drawnCodes(model, request, weights)
      : givenCodes(model, request, request.codes);
  return groupCells(model, weights, codes, request.cells);
}

function badRequest(message: string): StudioError {
  return new StudioError('bad-request', 'These cells cannot be generated.', message);
}

function check(request: SampleRequest): void {
  const { cells, seed, library, solver, frames, first = 0 } = request;
  if (!Number.isInteger(cells) || cells < 1) {
    throw badRequest('The number of cells must be a whole number of at least 1.');
  }
  if (!Number.isInteger(first) || first < 0) {
    throw badRequest('The number of the first cell must be a whole number of at least 0.');
  }
  if (!Number.isInteger(seed) || seed < 0) {
    throw badRequest('The seed must be a whole number of at least 0.');
  }
  if (library.mode === 'fixed' && !(library.value >= 1 && library.value < 1e9)) {
    throw badRequest('A fixed library size must lie between 1 and a billion counts.');
  }
  const effort = solver.method === 'dopri5' ? solver.tolerance > 0 : solver.steps >= 1;
  if (!effort) throw badRequest('The solver needs at least one step, or a tolerance above 0.');
  if (frames === 1 || frames < 0) throw badRequest('A flow is shown in at least two frames.');
  for (const { attribute, weight } of request.guidance) {
    if (!Number.isFinite(weight) || weight < 0) {
      throw badRequest(`The guidance weight of ${attribute} must be a number of at least 0.`);
    }
  }
}

/** An attribute that is not mentioned is as learnt: every category, weight 1. */
function termWeight(request: SampleRequest, name: string): number {
  return request.guidance.find((term) => term.attribute === name)?.weight ?? 1;
}

function attributeIndex(model: RequestedModel, name: string): number {
  const index = model.attributes.findIndex((attribute) => attribute.name === name);
  if (index < 0) throw badRequest(`The model does not know the attribute ${name}.`);
  return index;
}

function givenCodes(
  model: RequestedModel,
  request: SampleRequest,
  given: Readonly<Record<string, Int32Array>>,
): (Int32Array | null)[] {
  for (const name of Object.keys(given)) attributeIndex(model, name);
  return model.attributes.map((attribute) => {
    const codes = given[attribute.name];
    if (codes === undefined || termWeight(request, attribute.name) === 0) return null;
    if (codes.length !== request.cells) {
      throw badRequest(`The categories of ${attribute.name} are not one for each cell.`);
    }
    if (codes.some((code) => code < -1 || code >= attribute.categories.length)) {
      throw badRequest(`A category of ${attribute.name} is not one of the model's.`);
    }
    return codes.slice();
  });
}

/** Fixed values as asked; the others drawn together from the training combinations that have the fixed values. */
function drawnCodes(
  model: RequestedModel,
  request: SampleRequest,
  weights: readonly number[],
): (Int32Array | null)[] {
  const fixed = model.attributes.map((attribute, a) => {
    const value = request.guidance.find((term) => term.attribute === attribute.name)?.value ?? null;
    if (weights[a] === 0 || value === null) return -1;
    const code = attribute.categories.indexOf(value);
    if (code < 0) throw badRequest(`${attribute.name} has no value ${value} in this model.`);
    return code;
  });
  const codes = weights.map((w) => (w === 0 ? null : new Int32Array(request.cells)));
  const draw = combinationDraw(model, fixed);
  const first = request.first ?? 0;
  for (let i = 0; i < request.cells; i++) {
    const chosen = draw(uniformAt(request.seed, CATEGORY_STREAM, first + i));
    codes.forEach((own, a) => {
      if (own !== null) own[i] = fixed[a] >= 0 ? fixed[a] : chosen[a];
    });
  }
  return codes;
}

/** Turns a uniform number into the categories of one cell, given the fixed ones (−1: free). */
function combinationDraw(
  model: RequestedModel,
  fixed: readonly number[],
): (u: number) => readonly number[] {
  const fits = (c: Combination): boolean =>
    fixed.every((code, a) => code < 0 || c.codes[a] === code);
  const possible = model.combinations.filter(fits);
  if (possible.length > 0) {
    const sums = cumulative(possible.map((c) => c.cells));
    return (u) => possible[pick(sums, u)].codes;
  }
  const marginals = model.attributes.map((attribute) => cumulative(attribute.cells));
  return (u) => {
    let rest = u;
    return marginals.map((sums) => {
      const code = pick(sums, rest);
      const from = code === 0 ? 0 : sums[code - 1];
      const total = sums[sums.length - 1];
      // What is left of the number inside its interval serves as the next one.
      rest = (rest * total - from) / (sums[code] - from);
      return code;
    });
  };
}

function cumulative(cells: readonly number[]): number[] {
  let sum = 0;
  return cells.map((n) => (sum += n));
}

function pick(sums: readonly number[], u: number): number {
  const at = u * sums[sums.length - 1];
  const index = sums.findIndex((sum) => at < sum);
  return index < 0 ? sums.length - 1 : index;
}

/** Cells with the same ignored attributes and the same kind of guidance form a group. */
function groupCells(
  model: RequestedModel,
  weights: readonly number[],
  codes: readonly (Int32Array | null)[],
  cells: number,
): ResolvedRequest {
  const seen = new Map<string, boolean>();
  const groups: (readonly GuidanceBranch[])[] = [];
  const groupIndex = new Map<string, number>();
  const groupOf = new Uint16Array(cells);
  let extrapolated = false;
  for (let i = 0; i < cells; i++) {
    const own = codes.map((all) => (all === null ? -1 : all[i]));
    const key = own.join();
    let known = seen.get(key);
    if (known === undefined) {
      known = model.combinations.some((c) =>
        own.every((code, a) => code < 0 || c.codes[a] === code),
      );
      seen.set(key, known);
    }
    if (!known) extrapolated = true;
    const guidance = guidanceOf(model, known);
    const active = own.map((code, a) => (code < 0 ? 0 : weights[a]));
    const groupKey = `${guidance} ${active.join()}`;
    let group = groupIndex.get(groupKey);
    if (group === undefined) {
      group = groups.length;
      groupIndex.set(groupKey, group);
      groups.push(guidances[guidance](active));
    }
    groupOf[i] = group;
  }
  return { codes, groups, groupOf, extrapolated };
}

const guidances = { joint: jointGuidance, shared: sharedGuidance, additive: additiveGuidance };

/** How cells are guided. @param known whether training cells have their labels together */
function guidanceOf(
  { labelsTogether = false, recipe }: RequestedModel,
  known: boolean,
): keyof typeof guidances {
  if (labelsTogether) return 'joint';
  return known && recipe === 'recommended' ? 'shared' : 'additive';
}
