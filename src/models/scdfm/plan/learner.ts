/** @file Training of a velocity network: forward on the device, losses beside it, backward and the optimiser's step on the device. */
import { ADAMW_DEFAULTS } from '../../../engine/plan/adamw-options.ts';
import { AdamWPlan, type AdamWGroup } from '../../../engine/plan/adamw-plan.ts';
import type { ComputeDevice, Program } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import { Recorder } from '../../../engine/plan/recorder.ts';
import { NetworkWeights, Pool, Tape } from '../../tape/tape.ts';
import type { FlowBatch } from '../batches.ts';
import type { ScdfmRecipe } from '../config.ts';
import { flowLoss, type FlowLoss } from '../loss.ts';
import type { VelocityShape } from '../shapes.ts';
import { dropoutWords, type Dropout } from './dropout.ts';
import type { SeenTokens } from './gene-encoder.ts';
import { networkSpecs, recordNetwork } from './network.ts';

/** What a learner is made for. */
export interface LearnerSpec {
  readonly shape: VelocityShape;
  readonly recipe: Pick<
    ScdfmRecipe,
    'conditions' | 'cellsEach' | 'mmdWeight' | 'clipNorm' | 'average'
  > &
    Partial<Pick<ScdfmRecipe, 'networkDropout' | 'shift'>>;
  readonly initial: readonly NamedArray[];
  /** Weights of the tokens for each category of the perturbation column, [members + 1]; null where its members are not known. */
  readonly sets: readonly (Float32Array | null)[];
  /** What is known of a category of the perturbation column in a context beyond its members' shifts, [dims]; null: nothing (pad-lite). */
  readonly beyond?: (label: number, context: number) => Float32Array | null;
  /** Which attribute is the context; −1 or left out: none. */
  readonly context?: number;
  /** Which attribute is the perturbation. */
  readonly perturbation: number;
  /** Tokens that each token sees (pad-lite). */
  readonly seen: SeenTokens;
  /** What dropout is drawn from. */
  readonly seed?: number;
}

/** A network that learns. */
export class ScreenLearner {
  readonly #device: ComputeDevice;
  readonly #spec: LearnerSpec;
  readonly #weights: NetworkWeights;
  readonly #pool: Pool;
  readonly #adamw: AdamWPlan;
  readonly #x: Matrix;
  readonly #controls: Matrix;
  readonly #times: View;
  readonly #sets: Matrix;
  readonly #codes: readonly View[];
  readonly #beyond: Matrix | null;
  readonly #velocity: Matrix;
  readonly #slopes: Matrix;
  readonly #forward: Program;
  /** The forward pass without dropout, where there is any, and where its velocities come to lie. */
  readonly #plain: Program;
  readonly #plainVelocity: Matrix;
  readonly #dropout: Dropout | null;
  #steps = 0;
  readonly #backward: Program;

  constructor(device: ComputeDevice, spec: LearnerSpec) {
    const { shape, recipe, initial } = spec;
    const rows = recipe.conditions * recipe.cellsEach;
    this.#device = device;
    this.#spec = spec;
    this.#weights = new NetworkWeights(device, networkSpecs(shape));
    this.#weights.arena.write(initial);
    const pool = new Pool(device);
    this.#pool = pool;
    const dense = (columns: number): Matrix => matrix(pool.fixed(rows * columns), rows, columns);
    this.#x = dense(shape.dims);
    this.#controls = dense(shape.dims);
    this.#slopes = dense(shape.dims);
    this.#times = pool.wide(rows);
    this.#sets = dense(shape.members + 1);
    this.#codes = shape.contexts.map(() => pool.fixed(rows));
    const isTold = shape.tier === 'pad-lite' && shape.shifted === true && spec.beyond !== undefined;
    this.#beyond = isTold ? dense(shape.dims) : null;
    const { clipNorm, average } = recipe;
    const options = { ...ADAMW_DEFAULTS, weightDecay: 0, clipNorm, average };
    this.#adamw = new AdamWPlan(device, this.#weights.arena, this.#groups(), options);
    const rate = shape.tier === 'pad-lite' ? (recipe.networkDropout ?? 0) : 0;
    this.#dropout = rate > 0 ? { rate, key: pool.fixed(4), site: 0 } : null;
    const places = {
      count: rows,
      times: this.#times,
      sets: this.#sets,
      codes: this.#codes,
      beyond: this.#beyond,
    };
    const record = (tape: Tape, dropout: Dropout | null) => {
      const network = recordNetwork(tape, shape, spec.seen, dropout);
      const condition = network.condition(places);
      const velocity = network.velocity(this.#x, this.#controls, condition.out);
      return { network, condition, velocity };
    };
    const tape = new Tape(device, this.#weights, pool, this.#adamw.gradients);
    const { network, condition, velocity } = record(tape, this.#dropout);
    this.#velocity = velocity.out;
    const ahead = tape.recorder.calls.length;
    condition.backward(velocity.backward(this.#slopes));
    network.finish();
    this.#adamw.record(tape.recorder);
    this.#forward = device.compile(someCalls(tape.recorder, 0, ahead));
    this.#backward = device.compile(someCalls(tape.recorder, ahead, tape.recorder.calls.length));
    this.#plain = this.#forward;
    this.#plainVelocity = this.#velocity;
    if (this.#dropout === null) return;
    const plain = new Tape(device, this.#weights, pool);
    this.#plainVelocity = record(plain, null).velocity.out;
    this.#plain = device.compile(plain.recorder);
  }

  /** One optimiser step; the loss of the batch before it. */
  async step(batch: FlowBatch, rate: number): Promise<FlowLoss> {
    if (this.#dropout !== null) {
      const words = dropoutWords(this.#spec.seed ?? 0, this.#steps++);
      this.#device.writeWords(this.#dropout.key, words);
    }
    const found = await this.#lossOf(batch, this.#forward, this.#velocity);
    this.#device.write(this.#slopes.view, found.gradient);
    this.#adamw.prepare(rate);
    this.#backward.run();
    return found;
  }

  /** Loss of a batch, nothing dropped. */
  evaluate(batch: FlowBatch): Promise<FlowLoss> {
    return this.#lossOf(batch, this.#plain, this.#plainVelocity);
  }

  async #lossOf(batch: FlowBatch, forward: Program, place: Matrix): Promise<FlowLoss> {
    this.#load(batch);
    forward.run();
    const velocity = await this.#device.read(place.view);
    const { shape, recipe } = this.#spec;
    return flowLoss({ ...batch, velocity, dims: shape.dims }, recipe.mmdWeight);
  }

  /** Gradients of the last step, by the parameters' names. */
  gradients(): Promise<NamedArray[]> {
    return this.#weights.arena.read(this.#adamw.gradients);
  }

  /** The network that would be kept now. */
  averages(): Promise<NamedArray[]> {
    return this.#adamw.averages();
  }

  /** Copies of all arrays as they are now. */
  read(): Promise<NamedArray[]> {
    return this.#weights.arena.read();
  }

  /** Overwrites all arrays and starts the optimiser anew. */
  restart(arrays: readonly NamedArray[]): void {
    this.#weights.arena.write(arrays);
    this.#adamw.restart();
  }

  settle(): Promise<void> {
    return this.#device.settle();
  }

  dispose(): void {
    if (this.#plain !== this.#forward) this.#plain.dispose();
    this.#forward.dispose();
    this.#backward.dispose();
    this.#adamw.dispose();
    this.#pool.dispose();
    this.#weights.dispose();
  }

  /** What the optimiser moves: everything but the shifts, where these are not learnt. */
  #groups(): AdamWGroup[] {
    const { arena } = this.#weights;
    const { shape, recipe } = this.#spec;
    const isLearnt = recipe.shift === undefined || recipe.shift === 'learnt';
    const isShifted = shape.tier === 'fast' || shape.shifted === true;
    if (!isShifted || isLearnt) return [{ from: 0, to: arena.size }];
    const { from, to } = arena.range('shift.weight');
    const groups = [
      { from: 0, to: from },
      { from, to, rate: 0 },
      { from: to, to: arena.size },
    ];
    return groups.filter((group) => group.from < group.to);
  }

  #load({ states, controls, times, groups, labels, shown }: FlowBatch): void {
    const device = this.#device;
    const { shape, sets, perturbation } = this.#spec;
    device.write(this.#x.view, states);
    if (shape.tier === 'pad-lite') device.write(this.#controls.view, controls);
    device.writeWide(this.#times, times);
    const weights = new Float32Array(this.#sets.rows * this.#sets.columns);
    let row = 0;
    groups.forEach((rows, k) => {
      const own = sets[labels[k]];
      if (own === null) throw new RangeError('a condition without a known set');
      for (let r = 0; r < rows; r++) weights.set(own, row++ * this.#sets.columns);
    });
    device.write(this.#sets.view, weights);
    this.#loadBeyond(labels, groups, shown);
    const others = shown.filter((_, a) => a !== perturbation);
    others.forEach((codes, k) => {
      const nothing = shape.contexts[k];
      device.writeWords(
        this.#codes[k],
        codes.map((code) => (code < 0 ? nothing : code)),
      );
    });
  }

  /** What is known of each row's set in the context that it shows. */
  #loadBeyond(
    labels: readonly number[],
    groups: readonly number[],
    shown: readonly Int32Array[],
  ): void {
    const { beyond, context = -1, shape } = this.#spec;
    if (beyond === undefined || this.#beyond === null) return;
    const values = new Float32Array(this.#beyond.rows * shape.dims);
    let row = 0;
    groups.forEach((rows, k) => {
      for (let r = 0; r < rows; r++, row++) {
        const known = beyond(labels[k], context < 0 ? -1 : shown[context][row]);
        if (known !== null) values.set(known, row * shape.dims);
      }
    });
    this.#device.write(this.#beyond.view, values);
  }
}

/** Some of the recorded calls, to be a program of their own. */
function someCalls(all: Recorder, from: number, to: number): Recorder {
  const some = new Recorder();
  some.calls.push(...all.calls.slice(from, to));
  return some;
}
