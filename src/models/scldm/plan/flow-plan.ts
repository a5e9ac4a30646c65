/** @file The flow's training step and evaluation as replayed plans on a device; latents stay there. */
import { ADAMW_DEFAULTS } from '../../../engine/plan/adamw-options.ts';
import type { ComputeDevice, Program } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import { AdamWPlan } from '../../../engine/plan/adamw-plan.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import type { FlowChoice, NoiseKey } from '../../backend.ts';
import type { FlowRecipe } from '../../recipes.ts';
import { flowDims, type DenoiserShape } from '../shapes.ts';
import { recordDenoiser, recordModulation } from './denoiser.ts';
import { Pool, Tape, type NetworkWeights } from '../../tape/tape.ts';

/** Norm that gradients are clipped to. */
const CLIP_NORM = 10;

/** What a plan is made for. */
export interface FlowPlanOptions {
  readonly shape: DenoiserShape;
  readonly recipe: Pick<FlowRecipe, 'batch' | 'sigma' | 'weightDecay' | 'average'>;
  /** Flow targets of all cells, [cells, dims]. */
  readonly latents: Float32Array;
  /** Category of each cell, per attribute. */
  readonly codes: readonly Int32Array[];
}

/** One batch, `recipe.batch` long, with its noise [cells, dims] or where that comes from. */
export type FlowBatch = Omit<FlowChoice, 'noise'> & { readonly noise: NoiseKey | Float32Array };

/** Trains the weights it is given, in place. */
export class FlowPlan {
  readonly #device: ComputeDevice;
  readonly #weights: NetworkWeights;
  readonly #options: FlowPlanOptions;
  readonly #pool: Pool;
  readonly #adamw: AdamWPlan;
  readonly #latents: View;
  readonly #key: View;
  readonly #noise: Matrix;
  readonly #times: View;
  readonly #cells: View;
  /** Label row of each cell, per attribute. */
  readonly #codes: readonly View[];
  readonly #partial: View;
  readonly #loss: View;
  readonly #total: View;
  readonly #programs = new Map<string, Program>();
  #summed = 0;

  constructor(device: ComputeDevice, weights: NetworkWeights, options: FlowPlanOptions) {
    const { shape, recipe, latents, codes } = options;
    const { batch: rows } = recipe;
    const dims = flowDims(shape);
    const pool = new Pool(device);
    this.#device = device;
    this.#weights = weights;
    this.#options = options;
    this.#pool = pool;
    this.#latents = pool.fixed(latents.length);
    device.write(this.#latents, latents);
    this.#key = pool.fixed(4);
    // Normals are written sixteen at a time.
    this.#noise = matrix(pool.fixed(Math.ceil((rows * dims) / 16) * 16), rows, dims);
    this.#times = pool.wide(rows);
    this.#cells = pool.fixed(rows);
    this.#codes = codes.map(() => pool.fixed(rows));
    this.#partial = pool.wide(Math.ceil(rows / 16));
    this.#loss = pool.fixed(1);
    this.#total = pool.wide(1);
    this.#adamw = new AdamWPlan(device, weights.arena, [{ from: 0, to: weights.arena.size }], {
      ...ADAMW_DEFAULTS,
      clipNorm: CLIP_NORM,
      weightDecay: recipe.weightDecay,
      average: recipe.average,
    });
  }

  /** One optimiser step. */
  step(batch: FlowBatch, learningRate: number): void {
    this.#load(batch);
    this.#adamw.prepare(learningRate);
    this.#program(batch, true).run();
    this.#summed++;
  }

  /** Mean loss of the steps since the last call. */
  async takeLoss(): Promise<number> {
    const summed = this.#summed;
    this.#summed = 0;
    const read = this.#device.readWide(this.#total);
    this.#device.writeWide(this.#total, [0]);
    return (await read)[0] / summed;
  }

  /** Loss of a batch. */
  async evaluate(batch: FlowBatch): Promise<number> {
    this.#load(batch);
    this.#program(batch, false).run();
    return (await this.#device.read(this.#loss))[0];
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
    this.#device.writeWide(this.#total, [0]);
    this.#summed = 0;
  }

  dispose(): void {
    for (const program of this.#programs.values()) program.dispose();
    this.#adamw.dispose();
    this.#pool.dispose();
  }

  #load({ cells, conditionOf, times, masks, labelled, noise }: FlowBatch): void {
    const device = this.#device;
    const { codes, shape } = this.#options;
    device.writeWords(this.#cells, cells);
    device.writeWide(
      this.#times,
      Float64Array.from(conditionOf, (c) => times[c]),
    );
    codes.forEach((own, a) => {
      const rows = Uint32Array.from(conditionOf, (c) =>
        (masks[c] & (1 << a)) !== 0 ? own[labelled[c]] : shape.categories[a],
      );
      device.writeWords(this.#codes[a], rows);
    });
    if (noise instanceof Float32Array) {
      device.write(this.#noise.view, noise);
      return;
    }
    const { seed, stream, row } = noise;
    device.writeWords(this.#key, [seed >>> 0, Math.floor(seed / 2 ** 32), stream, row]);
  }

  #program({ noise }: FlowBatch, learns: boolean): Program {
    const draws = !(noise instanceof Float32Array);
    const key = `${learns} ${draws}`;
    const program = this.#programs.get(key) ?? this.#record(learns, draws);
    this.#programs.set(key, program);
    return program;
  }

  #record(learns: boolean, draws: boolean): Program {
    const tape = new Tape(this.#device, this.#weights, this.#pool, this.#adamw.gradients);
    const { recorder } = tape;
    const { shape } = this.#options;
    const { rows, columns: dims, view: noise } = this.#noise;
    const [x, target, d] = [0, 1, 2].map(() => tape.dense(rows, dims));
    if (draws) recorder.call('rowNormals', { out: noise, count: rows * dims, key: this.#key });
    recorder.call('pathPoint', {
      latents: this.#latents,
      cells: this.#cells,
      noise,
      times: this.#times,
      x: x.view,
      target: target.view,
      rows,
      dims,
      sigma: this.#options.recipe.sigma,
    });
    const places = { count: rows, times: this.#times, codes: this.#codes };
    const modulation = recordModulation(tape, shape, places);
    const denoising = recordDenoiser(tape, shape, x, modulation.out);
    recorder.call('squaredError', {
      v: denoising.velocity.view,
      target: target.view,
      d: learns ? d.view : null,
      partial: this.#partial,
      rows,
      columns: dims,
    });
    recorder.call('sumPartials', {
      partial: this.#partial,
      count: Math.ceil(rows / 16),
      out: this.#loss,
      scale: 1 / (rows * dims),
      total: learns ? this.#total : null,
    });
    if (learns) {
      modulation.backward(denoising.backward(d));
      this.#adamw.record(recorder);
    }
    return this.#device.compile(recorder);
  }
}
