/** @file The velocity of one request: where cells begin, and which conditions the network is asked for. */
import type { ComputeDevice } from '../../engine/compute-device.ts';
import { carryOnDevice } from '../flow/carry-field.ts';
import type { Carrier, FieldQuestion, FieldRuntime } from '../backend.ts';
import { guidedConditions } from '../flow/guided-conditions.ts';
import type { NetworkWeights } from '../tape/tape.ts';
import type { CarryOver } from './carry-over.ts';
import { meanOfContext, type ScdfmModel, type StateArrays } from './model.ts';
import { seenTokens } from './plan/gene-encoder.ts';
import { FieldPlan, type ScreenConditions } from './plan/field-plan.ts';
import { perturbationOf, type PlannedRequest } from './request.ts';
import type { MemberTokens } from './tokens.ts';
import { membersOf } from '../../protocol/screen-labels.ts';

/** What a field computes with. */
export interface FieldParts {
  readonly device: ComputeDevice;
  readonly weights: NetworkWeights;
  readonly model: ScdfmModel;
  readonly arrays: StateArrays;
  readonly tokens: MemberTokens;
  /** Standard deviation of the noise on control cells. */
  readonly startNoise: number;
}

/** Moves the cells of one planned request. */
export class ScreenField implements FieldRuntime {
  readonly shape: { readonly dims: number };
  readonly #parts: FieldParts;
  readonly #planned: PlannedRequest;
  readonly #composed: boolean;
  readonly #carryOver: CarryOver;
  #from = 0;

  constructor(parts: FieldParts, planned: PlannedRequest, carryOver: CarryOver) {
    this.shape = { dims: parts.model.architecture.latentDim };
    this.#parts = parts;
    this.#planned = planned;
    this.#composed = planned.request.composed ?? false;
    this.#carryOver = carryOver;
  }

  /** States at t = 0 of the cells from … on. */
  begin(noise: Float32Array, from: number): Float32Array {
    this.#from = from;
    const { start } = this.#parts.model.screen;
    if (start === 'gaussian') return noise;
    const share = start === 'control' ? 0 : this.#parts.startNoise;
    return this.#controls(noise.length / this.shape.dims).map((v, k) => v + share * noise[k]);
  }

  carry<Result>(
    question: FieldQuestion,
    work: <State>(carrier: Carrier<State>) => Promise<Result>,
  ): Promise<Result> {
    const { device, weights, model } = this.#parts;
    const { network } = model.architecture;
    const count = question.groupOf.length * this.shape.dims;
    const field = new FieldPlan(device, weights, network, this.#conditions(question));
    return carryOnDevice(device, count, field, work);
  }

  /** Control cells that the cells that are carried now begin at, [cells, dims]. */
  #controls(cells: number): Float32Array {
    const { dims } = this.shape;
    const { controls } = this.#parts.arrays;
    const out = new Float32Array(cells * dims);
    for (let i = 0; i < cells; i++) {
      const cell = this.#planned.controlOf[this.#from + i];
      out.set(controls.subarray(cell * dims, (cell + 1) * dims), i * dims);
    }
    return out;
  }

  /** What the network is shown of control cells, [cells, dims]: the mean of those of a cell's context, in older models the one that it begins at. */
  #shown(cells: number): Float32Array {
    const { dims } = this.shape;
    const { model, arrays } = this.#parts;
    const { controlMeans, controlCodes } = arrays;
    if (controlMeans === null) return this.#controls(cells);
    const { attributes, screen } = model;
    const at = attributes.findIndex(({ name }) => name === screen.context);
    const out = new Float32Array(cells * dims);
    for (let i = 0; i < cells; i++) {
      const cell = this.#planned.controlOf[this.#from + i];
      const context = at < 0 ? -1 : controlCodes[cell * attributes.length + at];
      out.set(meanOfContext(controlMeans, dims, context), i * dims);
    }
    return out;
  }

  /** What stands for a set in a context where training never saw it. */
  #carried(own: ShownSet): readonly SetShare[] {
    const { attributes, screen } = this.#parts.model;
    const others = attributes.filter(({ name }) => name !== screen.attribute);
    const at = others.findIndex(({ name }) => name === screen.context);
    if (at < 0) return [{ ...own, share: 1 }];
    const near = this.#carryOver.shares(own.members, own.contexts[at]);
    if (near.length === 0) return [{ ...own, share: 1 }];
    return near.map(([context, share]) => ({
      members: own.members,
      contexts: own.contexts.with(at, context),
      share,
    }));
  }

  #conditions(question: FieldQuestion): ScreenConditions {
    const { model, tokens } = this.#parts;
    const at = perturbationOf(model);
    const guided = guidedConditions(question);
    const { categories } = model.attributes[at];
    const membersAt = (code: number): readonly string[] => {
      if (code < 0) return [];
      if (code === categories.length) return this.#planned.asked;
      return membersOf(categories[code], model.screen);
    };
    const plain = guided.conditions.map((codes) => ({
      members: membersAt(codes[at]),
      contexts: codes.filter((_, a) => a !== at),
    }));
    const asked = { ...guided, list: plain };
    const composed = this.#composed ? mixed(asked, composition) : asked;
    const whole = mixed(composed, (own) => this.#carried(own));
    const { members: width, tier } = model.architecture.network;
    const sets = new Float32Array(whole.list.length * (width + 1));
    whole.list.forEach(({ members }, k) => sets.set(tokens.weights(members), k * (width + 1)));
    const others = model.attributes.filter((_, a) => a !== at);
    const context = others.findIndex(({ name }) => name === model.screen.context);
    const { dims } = this.shape;
    const beyond = new Float32Array(whole.list.length * dims);
    whole.list.forEach(({ members, contexts }, k) => {
      const known = tokens.beyond(members, contexts[context] ?? -1);
      if (known !== null) beyond.set(known, k * dims);
    });
    return {
      cells: guided.cells,
      branches: whole.branches,
      sets,
      contexts: whole.list.map(({ contexts }) => contexts),
      count: whole.list.length,
      conditionOf: whole.conditionOf,
      coefficients: whole.coefficients,
      beyond: tier === 'fast' ? null : beyond,
      controls: tier === 'fast' ? null : this.#shown(guided.cells),
      seen: tier === 'fast' ? [] : seenTokens(model.screen.graph, width + 1),
    };
  }
}

interface ShownSet {
  readonly members: readonly string[];
  readonly contexts: readonly number[];
}

/** A condition's share in another one's velocity. */
interface SetShare extends ShownSet {
  readonly share: number;
}

/** Conditions of branches side by side, and their shares. */
type Mixture = Pick<ScreenConditions, 'cells' | 'branches' | 'conditionOf' | 'coefficients'> & {
  readonly list: readonly ShownSet[];
};

/** A set of several perturbations as control and what each of them alone adds to it: v(control) + Σ [v(one) − v(control)]. Source: methods/scdfm §4.2. */
function composition(own: ShownSet): SetShare[] {
  if (own.members.length < 2) return [{ ...own, share: 1 }];
  const ones = own.members.map((member) => ({ ...own, members: [member], share: 1 }));
  return [{ ...own, members: [], share: 1 - own.members.length }, ...ones];
}

/** The same mixture with every condition replaced by the shares of others that it is made of. */
function mixed(whole: Mixture, sharesOf: (own: ShownSet) => readonly SetShare[]): Mixture {
  const shares = whole.list.map(sharesOf);
  const most = Math.max(...shares.map(({ length }) => length));
  if (most === 1) return whole;
  const { cells, branches, conditionOf, coefficients } = whole;
  const firsts = shares.map((_, k) => shares.slice(0, k).reduce((sum, own) => sum + own.length, 0));
  const rows = branches * most * cells;
  const [conditions, factors] = [new Uint32Array(rows), new Float32Array(rows)];
  for (let b = 0; b < branches; b++) {
    for (let p = 0; p < most; p++) {
      for (let i = 0; i < cells; i++) {
        const from = b * cells + i;
        const condition = conditionOf[from];
        const own = shares[condition][p];
        const to = (b * most + p) * cells + i;
        conditions[to] = firsts[condition] + (own === undefined ? 0 : p);
        factors[to] = own === undefined ? 0 : own.share * coefficients[from];
      }
    }
  }
  const list = shares.flat();
  return { cells, branches: branches * most, conditionOf: conditions, coefficients: factors, list };
}
