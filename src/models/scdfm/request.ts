/** @file A sampling request for a screen's model: what each cell is asked to be, and the control cell that it begins from. */
import { createRandom, uniformAt } from '../../numerics/random.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { SampleRequest } from '../../protocol/model.ts';
import { keyOfMembers, membersOf } from '../../protocol/screen-labels.ts';
import type { SampledModel } from '../flow/sampled-model.ts';
import type { Combination } from '../training/split.ts';
import type { CarryOver } from './carry-over.ts';
import type { ScdfmModel, StateArrays } from './model.ts';

/** Streams of the choice of control cells and of perturbations. */
const CONTROL_STREAM = 51;
const LABEL_STREAM = 52;

/** A request with everything decided that depends on the screen. */
export interface PlannedRequest {
  /** With codes for every attribute. The code after the perturbation column's last stands for a set that has no value of its own. */
  readonly request: SampleRequest;
  /** The model with that one more value. */
  readonly model: SampledModel;
  /** The members behind it. */
  readonly asked: readonly string[];
  /** Kept control cell of each cell, [cells]. */
  readonly controlOf: Uint32Array;
  /** Some cell is asked to have its set in a context where training never saw it, but elsewhere. */
  readonly carried: boolean;
}

/** Which attribute is the perturbation. */
export function perturbationOf(model: Pick<ScdfmModel, 'attributes' | 'screen'>): number {
  return model.attributes.findIndex((a) => a.name === model.screen.attribute);
}

/** Decides codes and control cells; cell i's depend on (seed, first + i) and the order alone. Error: bad-request. */
export function planRequest(
  model: ScdfmModel,
  arrays: StateArrays,
  request: SampleRequest,
  carryOver: CarryOver,
): PlannedRequest {
  const at = perturbationOf(model);
  const controlOf = chooseControls(model, arrays, request);
  const { asked, code } = askedSet(model, request);
  const attributes = model.attributes.length;
  const codes = model.attributes.map(({ name, categories }, a) => {
    const given = request.codes?.[name];
    if (given !== undefined && !(a === at && request.perturbation !== undefined)) return given;
    if (request.codes !== undefined && a !== at) return new Int32Array(request.cells).fill(-1);
    if (a === at) {
      if (code !== null) return new Int32Array(request.cells).fill(code);
      if (request.codes !== undefined) return new Int32Array(request.cells).fill(-1);
      return drawLabels(model, request);
    }
    const wanted = fixedCode(request, name, categories);
    return Int32Array.from(controlOf, (cell) =>
      wanted >= 0 ? wanted : arrays.controlCodes[cell * attributes + a],
    );
  });
  const carried = carriedCombinations(model, asked, codes, carryOver);
  return {
    request: {
      ...request,
      guidance: request.guidance.map((term) => ({ ...term })),
      codes: Object.fromEntries(model.attributes.map(({ name }, a) => [name, codes[a]])),
    },
    model: { ...withOneMore(model, at), combinations: [...model.combinations, ...carried] },
    asked,
    controlOf,
    carried: carried.length > 0,
  };
}

/** What cells are asked to be that is carried over from other contexts: it counts as seen, so that the flow is asked for all of it at once. */
function carriedCombinations(
  { attributes, screen }: ScdfmModel,
  asked: readonly string[],
  codes: readonly Int32Array[],
  carryOver: CarryOver,
): Combination[] {
  const at = attributes.findIndex(({ name }) => name === screen.attribute);
  const context = attributes.findIndex(({ name }) => name === screen.context);
  if (context < 0) return [];
  const { categories } = attributes[at];
  const found: Combination[] = [];
  const looked = new Set<string>();
  for (let i = 0; i < codes[at].length; i++) {
    const own = codes.map((all) => all[i]);
    const key = own.join();
    if (looked.has(key)) continue;
    looked.add(key);
    if (own[at] < 0) continue;
    const members = own[at] < categories.length ? membersOf(categories[own[at]], screen) : asked;
    if (carryOver.isCarried(members, own[context])) found.push({ codes: own, cells: 0 });
  }
  return found;
}

/** The fixed category of an attribute, −1 without one. */
function fixedCode(
  { guidance }: SampleRequest,
  name: string,
  categories: readonly string[],
): number {
  const term = guidance.find(({ attribute }) => attribute === name);
  if (term === undefined || term.value === null || term.weight === 0) return -1;
  const code = categories.indexOf(term.value);
  if (code < 0) throw noValue(name, term.value);
  return code;
}

/** The set that all cells are asked to have: its value where the column has one, else one past the last; null: not one set for all. */
function askedSet(
  model: ScdfmModel,
  request: SampleRequest,
): { asked: readonly string[]; code: number | null } {
  const { categories, name } = model.attributes[perturbationOf(model)];
  if (request.perturbation === undefined) {
    const code = fixedCode(request, name, categories);
    return { asked: [], code: code < 0 ? null : code };
  }
  const key = keyOfMembers(request.perturbation);
  const known = categories.findIndex(
    (label) => keyOfMembers(membersOf(label, model.screen)) === key,
  );
  return { asked: request.perturbation, code: known < 0 ? categories.length : known };
}

/** Perturbations as often as in the training cells that have the fixed values. */
function drawLabels(model: ScdfmModel, request: SampleRequest): Int32Array {
  const at = perturbationOf(model);
  const fixed = model.attributes.map(({ name, categories }, a) =>
    a === at ? -1 : fixedCode(request, name, categories),
  );
  const fits = model.combinations.filter(({ codes }) =>
    fixed.every((code, a) => code < 0 || codes[a] === code),
  );
  const from = fits.length > 0 ? fits : model.combinations;
  const total = from.reduce((sum, { cells }) => sum + cells, 0);
  const first = request.first ?? 0;
  return Int32Array.from({ length: request.cells }, (_, i) => {
    let rest = uniformAt(request.seed, LABEL_STREAM, first + i) * total;
    const chosen = from.find(({ cells }) => (rest -= cells) < 0) ?? from[from.length - 1];
    return chosen.codes[at];
  });
}

/** A kept control cell for each: of its own values where there are some, else of its context, else any; each once before one comes again. */
function chooseControls(
  model: ScdfmModel,
  arrays: StateArrays,
  request: SampleRequest,
): Uint32Array {
  const { attributes, screen } = model;
  const at = perturbationOf(model);
  const others = attributes.flatMap((a, k) => (k === at ? [] : [{ ...a, k }]));
  const width = attributes.length;
  const kept = arrays.controlCells.length;
  const orders = new Map<string, Uint32Array>();
  const orderOf = (wanted: readonly number[]): Uint32Array => {
    const key = wanted.join();
    const known = orders.get(key);
    if (known !== undefined) return known;
    const matching = (only: (name: string) => boolean): number[] =>
      Array.from({ length: kept }, (_, cell) => cell).filter((cell) =>
        others.every(
          ({ name, k }, o) =>
            wanted[o] < 0 || !only(name) || arrays.controlCodes[cell * width + k] === wanted[o],
        ),
      );
    const best = [() => true, (name: string) => name === screen.context, () => false]
      .map(matching)
      .find(({ length }) => length > 0) as number[];
    const order = createRandom(request.seed, CONTROL_STREAM).permutation(best.length);
    const own = order.map((k) => best[k]);
    orders.set(key, own);
    return own;
  };
  const fixed = others.map(({ name, categories }) => fixedCode(request, name, categories));
  const first = request.first ?? 0;
  return Uint32Array.from({ length: request.cells }, (_, i) => {
    const wanted = others.map(({ name }, o) => request.codes?.[name]?.[i] ?? fixed[o]);
    const order = orderOf(request.codes === undefined ? fixed : wanted);
    return order[(first + i) % order.length];
  });
}

/** The model with one more value of the perturbation column, which no training cell has. */
function withOneMore(model: ScdfmModel, at: number): SampledModel {
  const { library: learnt } = model;
  return {
    recipe: model.recipe,
    combinations: model.combinations,
    architecture: model.architecture,
    attributes: model.attributes.map((own, a) =>
      a === at ? { ...own, categories: [...own.categories, ''], cells: [...own.cells, 0] } : own,
    ),
    library: {
      ...learnt,
      byCategory: learnt.byCategory.map((own, a) =>
        a === at ? { mean: [...own.mean, learnt.mean], sd: [...own.sd, learnt.sd] } : own,
      ),
    },
  };
}

function noValue(name: string, value: string): StudioError {
  return new StudioError(
    'bad-request',
    'These cells cannot be generated.',
    `${name} has no value ${value} in this model.`,
    { attribute: name, value },
  );
}
