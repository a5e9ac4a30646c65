/** @file The flow's training step and evaluation as replayed plans on a device; latents and categories stay there. */
import { ADAMW_DEFAULTS } from '../../../engine/plan/adamw-options.ts';
import { part, type ComputeDevice, type Program } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import { AdamWPlan, type AdamWGroup } from '../../../engine/plan/adamw-plan.ts';
import { Recorder } from '../../../engine/plan/recorder.ts';
import type { NoiseKey } from '../../backend.ts';
import type { FlowRecipe } from '../../recipes.ts';
import type { FlowConditions } from '../../flow/flow-choice.ts';
import { FlowBuffers } from './flow-buffers.ts';
import { FlowNetwork } from './flow-network.ts';
import { tableName, type FlowWeights } from './flow-weights.ts';

/** What a plan is made for. */
export interface FlowPlanOptions {
  readonly recipe: Pick<FlowRecipe, 'batch' | 'sigma' | 'weightDecay' | 'average' | 'perBatch'>;
  /** Flow targets of all cells, [cells, dims]. */
  readonly latents: Float32Array;
  /** Category of each cell, per attribute; −1 where it has none, which no mask may show. */
  readonly codes: readonly Int32Array[];
}

/** One batch, `recipe.batch` long, with its noise [cells, dims] or where that comes from. */
export type FlowBatchChoice = FlowConditions & { readonly noise: NoiseKey | Float32Array };

/** Conditions per cell that programs are made for; each batch takes the smallest that has room. */
const ROOMS = [0.3125, 0.375, 0.4375, 0.5, 0.625, 0.75, 1];

/** Trains the weights it is given, in place. */
export class FlowPlan {
  readonly #device: ComputeDevice;
  readonly #weights: FlowWeights;
  readonly #options: FlowPlanOptions;
  readonly #buffers: FlowBuffers;
  readonly #latents: View;
  readonly #codes: readonly View[];
  readonly #adamw: AdamWPlan;
  readonly #network: FlowNetwork;
  /** By the number of conditions that they have room for, whether they learn, and whether they draw the noise. */
  readonly #programs = new Map<string, Program>();
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
    this.#network = new FlowNetwork(weights, this.#buffers, this.#codes);
  }

  /** One optimiser step. */
  step(batch: FlowBatchChoice, learningRate: number): void {
    this.#load(batch);
    this.#adamw.prepare(learningRate, this.#active(batch));
    this.#program(batch, true).run();
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
    this.#program(batch, false).run();
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
    for (const program of this.#programs.values()) program.dispose();
    this.#adamw.dispose();
    this.#buffers.dispose();
    this.#device.free(this.#latents, ...this.#codes);
  }

  #load({ cells, conditionOf, times, masks, labelled, noise }: FlowBatchChoice): void {
    const buffers = this.#buffers;
    this.#device.writeWords(buffers.cells, cells);
    this.#device.writeWords(buffers.conditionOf, conditionOf);
    this.#device.writeWide(
      buffers.times,
      Float64Array.from(conditionOf, (condition) => times[condition]),
    );
    this.#device.writeWide(buffers.conditionTimes, times);
    this.#device.writeWords(buffers.masks, masks);
    this.#device.writeWords(buffers.labelled, labelled);
    // Conditions that are not there show nothing, so that no label's gradient comes from them.
    const rest = part(buffers.masks, times.length, buffers.rows - times.length);
    if (rest.bytes > 0) this.#device.writeWords(rest, new Uint32Array(rest.bytes / 4));
    if (noise instanceof Float32Array) {
      this.#device.write(buffers.noise.view, noise);
      return;
    }
    const { seed, stream, row } = noise;
    const key = [seed >>> 0, Math.floor(seed / 2 ** 32), stream, row];
    this.#device.writeWords(buffers.key, key);
  }

  /** With one condition for the whole batch, tables that no cell shows stand still. */
  #active({ masks }: FlowBatchChoice): readonly boolean[] | null {
    if (!this.#options.recipe.perBatch) return null;
    const shown = masks.reduce((all, mask) => all | mask, 0);
    return [true, ...this.#codes.map((_, a) => (shown & (1 << a)) !== 0)];
  }

  /** The smallest program with room for a batch's conditions. */
  #program({ times, noise }: FlowBatchChoice, learns: boolean): Program {
    const { rows } = this.#buffers;
    const rooms = ROOMS.map((share) => Math.ceil(rows * share));
    const room = rooms.find((r) => r >= times.length) ?? rows;
    const draws = !(noise instanceof Float32Array);
    const key = `${room} ${learns} ${draws}`;
    const program = this.#programs.get(key) ?? this.#record(room, learns, draws);
    this.#programs.set(key, program);
    return program;
  }

  #record(conditions: number, learns: boolean, draws: boolean): Program {
    const recorder = new Recorder();
    const network = this.#network;
    const { rows, cells, noise, key, times, x, target, partial, loss, total } = this.#buffers;
    const dims = x.columns;
    if (draws) recorder.call('rowNormals', { out: noise.view, count: rows * dims, key });
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
    network.recordForward(recorder, conditions);
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
      const gradients = (name: string): View => arena.of(this.#adamw.gradients, name);
      network.recordBackward(recorder, conditions, d, gradients);
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
