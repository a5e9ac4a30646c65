/** @file CFGen as recorded plans on a device: learners, and networks in use. */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import { carryOnDevice } from '../../flow/carry-field.ts';
import type {
  AutoencoderLearner,
  AutoencoderRuntime,
  Carrier,
  DrawBlock,
  DrawnBlock,
  FieldQuestion,
  FlowLearner,
} from '../../backend.ts';
import type {
  AutoencoderTaskSpec,
  CfgenBackend,
  FlowTaskSpec,
  VelocityRuntime,
} from '../backend.ts';
import { AutoencoderPlan } from './autoencoder-plan.ts';
import { AutoencoderWeights } from './autoencoder-weights.ts';
import { columnsSource } from '../../../numerics/csr-source.ts';
import { blocksOf } from '../../decoding/blocks.ts';
import { encodeBlocks } from '../../decoding/encode-blocks.ts';
import { blockSources } from './block-plan.ts';
import { largestBatch } from '../../tape/count-buffers.ts';
import { FieldPlan } from './field-plan.ts';
import { FlowPlan } from './flow-plan.ts';
import { FlowWeights } from './flow-weights.ts';
import { guidedConditions } from '../../flow/guided-conditions.ts';
import { DecodePlan, EncodePlan } from './half-plans.ts';
import { ResidentCounts } from '../../tape/resident-counts.ts';

/** Cells that pass a network in use at once. */
const BLOCK = 256;

/** Plans on one device. */
export function createPlanBackend(device: ComputeDevice): CfgenBackend {
  return {
    learnAutoencoder: (spec) => learnAutoencoder(device, spec),
    learnFlow: (spec) => learnFlow(device, spec),
    startAutoencoder: (shape, arrays, tables = []) => {
      const weights = new AutoencoderWeights(device, shape);
      weights.write(arrays);
      return new PlanAutoencoder(device, weights, tables);
    },
    startVelocity: (shape, arrays) => {
      const weights = new FlowWeights(device, shape);
      weights.arena.write(arrays);
      return new PlanVelocity(device, weights);
    },
  };
}

function learnAutoencoder(device: ComputeDevice, spec: AutoencoderTaskSpec): AutoencoderLearner {
  const { shape, recipe, initial, counts, rows } = spec;
  const weights = new AutoencoderWeights(device, shape);
  weights.write(initial);
  const sources = blockSources(counts, blocksOf(shape), columnsSource);
  const data = sources.map((source) => ({
    entries: largestBatch(source, rows),
    resident: ResidentCounts.place(device, source),
  }));
  const plan = new AutoencoderPlan(device, weights, { rows, data, recipe });
  return {
    step(cells, rate, noise) {
      plan.load(sources, cells);
      plan.step(rate, noise);
    },
    evaluate(cells) {
      plan.load(sources, cells);
      return plan.evaluate();
    },
    settle: () => device.settle(),
    takeLoss: () => plan.takeLoss(),
    read: () => weights.read(),
    restart(arrays) {
      weights.write(arrays);
      plan.restart();
    },
    dispose() {
      plan.dispose();
      for (const { resident } of data) resident?.dispose();
      weights.dispose();
    },
  };
}

function learnFlow(device: ComputeDevice, spec: FlowTaskSpec): FlowLearner {
  const { shape, recipe, initial, latents, codes } = spec;
  const weights = new FlowWeights(device, shape);
  weights.arena.write(initial);
  const plan = new FlowPlan(device, weights, { recipe, latents, codes });
  return {
    step: (batch, rate) => plan.step(batch, rate),
    evaluate: (batch) => plan.evaluate(batch),
    settle: () => device.settle(),
    takeLoss: () => plan.takeLoss(),
    read: () => weights.arena.read(),
    averages: () => plan.averages(),
    restart(arrays) {
      weights.arena.write(arrays);
      plan.restart();
    },
    dispose() {
      plan.dispose();
      weights.dispose();
    },
  };
}

class PlanAutoencoder implements AutoencoderRuntime {
  readonly #device: ComputeDevice;
  readonly #weights: AutoencoderWeights;
  readonly #tables: readonly (Float32Array | null)[];
  #decoder: DecodePlan | null = null;

  constructor(
    device: ComputeDevice,
    weights: AutoencoderWeights,
    tables: readonly (Float32Array | null)[],
  ) {
    this.#device = device;
    this.#weights = weights;
    this.#tables = tables;
    const plain = blocksOf(weights.shape).every((b) => b.likelihood === 'negative-binomial');
    this.draw = plain ? (block) => this.#started().draw(block) : null;
  }

  encode(
    counts: Parameters<AutoencoderRuntime['encode']>[0],
    breathe: () => Promise<void>,
  ): Promise<Float32Array> {
    const { shape } = this.#weights;
    const sources = blockSources(counts, blocksOf(shape), columnsSource);
    const entries = sources.map((source) => largestBatch(source, BLOCK));
    const plan = new EncodePlan(this.#device, this.#weights, BLOCK, entries);
    const encoder = {
      rows: BLOCK,
      encode: (cells: Uint32Array) => plan.encode(sources, cells),
      dispose: () => plan.dispose(),
    };
    return encodeBlocks(counts.rows, shape.latentDim, encoder, breathe);
  }

  shares(latents: Float32Array): Promise<Float32Array> {
    return this.#started().shares(latents);
  }

  readonly draw: ((block: DrawBlock) => Promise<DrawnBlock>) | null;

  #started(): DecodePlan {
    this.#decoder ??= new DecodePlan(this.#device, this.#weights, BLOCK, this.#tables);
    return this.#decoder;
  }

  dispose(): void {
    this.#decoder?.dispose();
    this.#weights.dispose();
  }
}

class PlanVelocity implements VelocityRuntime {
  readonly shape;
  readonly #device: ComputeDevice;
  readonly #weights: FlowWeights;

  constructor(device: ComputeDevice, weights: FlowWeights) {
    this.#device = device;
    this.#weights = weights;
    this.shape = weights.shape;
  }

  write(arrays: Parameters<VelocityRuntime['write']>[0]): void {
    this.#weights.arena.write(arrays);
  }

  carry<Result>(
    question: FieldQuestion,
    work: <State>(carrier: Carrier<State>) => Promise<Result>,
  ): Promise<Result> {
    const count = question.groupOf.length * this.shape.dims;
    const field = new FieldPlan(this.#device, this.#weights, guidedConditions(question));
    return carryOnDevice(this.#device, count, field, work);
  }

  dispose(): void {
    this.#weights.dispose();
  }
}
