/** @file AdamW inside a plan: one pass for the gradients' norm, one for the step, over flat vectors. */
import type { AdamWOptions } from './adamw-options.ts';
import { part, type ComputeDevice } from '../compute-device.ts';
import type { View } from '../kernels/list.ts';
import type { NamedArray } from '../named-array.ts';
import type { ParameterArena } from './parameter-arena.ts';
import { Recorder } from './recorder.ts';

/** Numbers of one partial sum of squares. */
const CHUNK = 16_384;

const SETTINGS = 16;

/** Neighbouring arrays that are treated alike: numbers `from` … `to` of the arena, both multiples of the device's alignment. */
export interface AdamWGroup {
  readonly from: number;
  readonly to: number;
  /** Multiplies the learning rate. */
  readonly rate?: number;
  readonly decay?: boolean;
  readonly bounds?: readonly [number, number] | null;
}

/** The optimiser's vectors and constants on the device. */
export class AdamWPlan {
  /** Gradients, to be written by the plan before the optimiser's calls; same places as the arena. */
  readonly gradients: View;
  readonly #device: ComputeDevice;
  readonly #arena: ParameterArena;
  readonly #groups: readonly AdamWGroup[];
  readonly #options: AdamWOptions;
  readonly #m: View;
  readonly #v: View;
  readonly #average: View | null;
  readonly #settings: View;
  readonly #partial: View;
  readonly #chunks: number;
  readonly #steps: number[];

  constructor(
    device: ComputeDevice,
    arena: ParameterArena,
    groups: readonly AdamWGroup[],
    options: AdamWOptions,
  ) {
    this.#device = device;
    this.#arena = arena;
    this.#groups = groups;
    this.#options = options;
    this.gradients = device.allocate(arena.size);
    this.#m = device.allocate(arena.size);
    this.#v = device.allocate(arena.size);
    this.#average = options.average === null ? null : device.allocate(arena.size);
    this.#settings = device.allocate(groups.length * SETTINGS);
    this.#chunks = Math.ceil(arena.size / CHUNK);
    this.#partial = device.allocateWide(this.#chunks);
    this.#steps = groups.map(() => 0);
    this.restart();
  }

  /** Forgets moments, steps and the average, which starts again at the present parameters. */
  restart(): void {
    this.#steps.fill(0);
    const zeros = new Float32Array(this.#arena.size);
    this.#device.write(this.#m, zeros);
    this.#device.write(this.#v, zeros);
    if (this.#average === null) return;
    const recorder = new Recorder();
    const count = this.#arena.size;
    recorder.call('copy', { from: this.#arena.values, to: this.#average, count });
    this.#device.perform(recorder);
  }

  /** Records the norm and the step. */
  record(recorder: Recorder): void {
    recorder.call('sumSquares', {
      g: this.gradients,
      count: this.#arena.size,
      partial: this.#partial,
    });
    this.#groups.forEach(({ from, to }, i) => {
      const range = (vector: View): View => part(vector, from, to - from);
      recorder.call('adamw', {
        p: range(this.#arena.values),
        g: range(this.gradients),
        m: range(this.#m),
        v: range(this.#v),
        average: this.#average === null ? null : range(this.#average),
        count: to - from,
        settings: part(this.#settings, i * SETTINGS, SETTINGS),
        partial: this.#partial,
        chunks: this.#chunks,
      });
    });
  }

  /**
   * Sets the numbers of the next step.
   *
   * @param active which groups take part; the others stand still with their moments and their own step counter
   */
  prepare(learningRate: number, active: readonly boolean[] | null = null): void {
    const { beta1, beta2, epsilon, weightDecay, clipNorm, average } = this.#options;
    const settings = new Float32Array(this.#groups.length * SETTINGS);
    this.#groups.forEach((group, i) => {
      const takesPart = active === null || active[i];
      if (takesPart) this.#steps[i]++;
      const step = Math.max(1, this.#steps[i]);
      const rate = learningRate * (group.rate ?? 1);
      const averageDecay = average === null ? 1 : Math.min(average, (1 + step) / (10 + step));
      settings.set(
        [
          rate / (1 - beta1 ** step),
          1 / Math.sqrt(1 - beta2 ** step),
          group.decay === false ? 1 : 1 - rate * weightDecay,
          clipNorm ?? 0,
          beta1,
          1 - beta1,
          beta2,
          1 - beta2,
          epsilon,
          group.bounds?.[0] ?? -3e38,
          group.bounds?.[1] ?? 3e38,
          1 - averageDecay,
          takesPart ? 1 : 0,
        ],
        i * SETTINGS,
      );
    });
    this.#device.write(this.#settings, settings);
  }

  /** The averaged parameters, or the parameters themselves when no average is kept. */
  averages(): Promise<NamedArray[]> {
    return this.#arena.read(this.#average ?? this.#arena.values);
  }

  dispose(): void {
    this.#device.free(this.gradients, this.#m, this.#v, this.#settings, this.#partial);
    if (this.#average !== null) this.#device.free(this.#average);
  }
}
