/** @file The flow's training step and evaluation as replayed plans on a device; latents and categories stay there. */
import { ADAMW_DEFAULTS } from '../../../engine/plan/adamw-options.ts';
import type { ComputeDevice, Program } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import { AdamWPlan, type AdamWGroup } from '../../../engine/plan/adamw-plan.ts';
import { Recorder } from '../../../engine/plan/recorder.ts';
import type { NoiseKey } from '../backend.ts';
import type { FlowRecipe } from '../config.ts';
import { FlowBuffers } from './flow-buffers.ts';
import { FlowNetwork } from './flow-network.ts';
import { tableName, type FlowWeights } from './flow-weights.ts';

/** What a plan is made for. */
export interface FlowPlanOptions {
  readonly recipe: Pick<FlowRecipe, 'batch' | 'sigma' | 'weightDecay' | 'average' | 'perBatch'>;
  /** Flow targets of all cells, [cells, dims]. */
  readonly latents: Float32Array;
  /** Category of each cell, per attribute. */
  readonly codes: readonly Int32Array[];
}

/** One batch, `recipe.batch` long. */
export interface FlowBatchChoice {
  readonly cells: Uint32Array;
  /** One bit per attribute that the cell shows. */
  readonly masks: Uint32Array;
  readonly times: Float64Array;
  /** Noise [cells, dims], or where it comes from. */
  readonly noise: NoiseKey | Float32Array;
}

/** Trains the weights it is given, in place. */
export class FlowPlan {
  readonly #device: ComputeDevice;
  readonly #weights: FlowWeights;
  readonly #options: FlowPlanOptions;
  readonly #buffers: FlowBuffers;
  readonly #latents: View;
  readonly #codes: readonly View[];
  readonly #adamw: AdamWPlan;
  readonly #noise: Program;
  readonly #train: Program;
  readonly #evaluate: Program;
  #summed = 0;

  constructor(device: ComputeDevice, weights: FlowWeights, options: FlowPlanOptions) {
    const { recipe, latents, codes } = options;
    this.#device = device;
    this.#weights = weights;
    this.#options = options;
    this.#buffers = new FlowBuffers(device, weights, recipe.batch);
    this.#latents = device.allocate(latents.length);
    device.write(this.#latents, latents);
    this.#codes = codes.map((all) => {
      const view = device.allocate(all.length);
      device.writeWords(view, all);
      return view;
    });
    this.#adamw = new AdamWPlan(device, weights.arena, optimiserGroups(weights, recipe.perBatch), {
      ...ADAMW_DEFAULTS,
      weightDecay: recipe.weightDecay,
      average: recipe.average,
    });
    const network = new FlowNetwork(weights, this.#buffers, this.#codes);
    this.#noise = this.#recordNoise();
    this.#train = this.#record(network, true);
    this.#evaluate = this.#record(network, false);
  }

  /** One optimiser step. */
  step(batch: FlowBatchChoice, learningRate: number): void {
    this.#load(batch);
    this.#adamw.prepare(learningRate, this.#active(batch));
    this.#train.run();
    this.#summed++;
  }

  /** Mean loss of the steps since the last call. */
  async takeLoss(): Promise<number> {
    const { total } = this.#buffers;
    const summed = this.#summed;
    this.#summed = 0;
    const read = this.#device.readWide(total);
    this.#device.writeWide(total, [0]);
    return (await read)[0] / summed;
  }

  /** Loss of a batch. */
  async evaluate(batch: FlowBatchChoice): Promise<number> {
    this.#load(batch);
    this.#evaluate.run();
    return (await this.#device.read(this.#buffers.loss))[0];
  }

  /** Gradients of the last step, by the parameters' names. */
  gradients(): Promise<NamedArray[]> {
    return this.#weights.arena.read(this.#adamw.gradients);
  }

  /** The network that would be kept now. */
  averages(): Promise<NamedArray[]> {
    return this.#adamw.averages();
  }

  /** Starts the optimiser anew, after the weights were overwritten. */
  restart(): void {
    this.#adamw.restart();
    this.#device.writeWide(this.#buffers.total, [0]);
    this.#summed = 0;
  }

  dispose(): void {
    for (const program of [this.#noise, this.#train, this.#evaluate]) program.dispose();
    this.#adamw.dispose();
    this.#buffers.dispose();
    this.#device.free(this.#latents, ...this.#codes);
  }

  #load({ cells, masks, times, noise }: FlowBatchChoice): void {
    const buffers = this.#buffers;
    this.#device.writeWords(buffers.cells, cells);
    this.#device.writeWords(buffers.masks, masks);
    this.#device.writeWide(buffers.times, times);
    if (noise instanceof Float32Array) {
      this.#device.write(buffers.noise.view, noise);
      return;
    }
    const { seed, stream, row } = noise;
    const key = [seed >>> 0, Math.floor(seed / 2 ** 32), stream, row];
    this.#device.writeWords(buffers.key, key);
    this.#noise.run();
  }

  /** With one condition for the whole batch, tables that are not shown stand still. */
  #active({ masks }: FlowBatchChoice): readonly boolean[] | null {
    if (!this.#options.recipe.perBatch) return null;
    return [true, ...this.#codes.map((_, a) => (masks[0] & (1 << a)) !== 0)];
  }

  #recordNoise(): Program {
    const recorder = new Recorder();
    const { noise, key, rows } = this.#buffers;
    recorder.call('rowNormals', { out: noise.view, count: rows * noise.columns, key });
    return this.#device.compile(recorder);
  }

  #record(network: FlowNetwork, learns: boolean): Program {
    const recorder = new Recorder();
    const { rows, cells, noise, times, x, target, partial, loss, total } = this.#buffers;
    const dims = x.columns;
    recorder.call('pathPoint', {
      latents: this.#latents,
      cells,
      noise: noise.view,
      times,
      x: x.view,
      target: target.view,
      rows,
      dims,
      sigma: this.#options.recipe.sigma,
    });
    network.recordForward(recorder);
    const d = learns ? this.#buffers.dense(dims) : null;
    recorder.call('squaredError', {
      v: network.velocity.view,
      target: target.view,
      d: d?.view ?? null,
      partial,
      rows,
      columns: dims,
    });
    recorder.call('sumPartials', {
      partial,
      count: Math.ceil(rows / 16),
      out: loss,
      scale: 1 / (rows * dims),
      total: learns ? total : null,
    });
    if (d !== null) {
      const { arena } = this.#weights;
      network.recordBackward(recorder, d, (name) => arena.of(this.#adamw.gradients, name));
      this.#adamw.record(recorder);
    }
    return this.#device.compile(recorder);
  }
}

/** All arrays alike; or, where whole tables may sit out a step, each table by itself. */
function optimiserGroups({ arena, shape }: FlowWeights, perBatch: boolean): AdamWGroup[] {
  if (!perBatch) return [{ from: 0, to: arena.size }];
  const tables = shape.categories.map((_, a) => arena.range(tableName(a)));
  return [{ from: 0, to: tables[0]?.from ?? arena.size }, ...tables];
}
