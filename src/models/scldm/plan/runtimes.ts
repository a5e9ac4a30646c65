/** @file scLDM's trained networks in use on a device. */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import { encodeBlocks } from '../../decoding/encode-blocks.ts';
import { carryOnDevice } from '../../flow/carry-field.ts';
import type { CsrSource } from '../../../numerics/csr-source.ts';
import type { Carrier, DrawBlock, DrawnBlock, FieldQuestion, FieldRuntime } from '../../backend.ts';
import { BLOCK } from '../../flow/sampled-model.ts';
import { guidedConditions } from '../../flow/guided-conditions.ts';
import { flowDims, latentDims, type AutoencoderShape, type DenoiserShape } from '../shapes.ts';
import { autoencoderSpecs } from './autoencoder-arrays.ts';
import { denoiserSpecs } from './denoiser-arrays.ts';
import { FieldPlan } from './field-plan.ts';
import { DecodePlan, EncodePlan } from './half-plans.ts';
import { NetworkWeights } from '../../tape/tape.ts';

/** A trained set autoencoder. */
export class SetAutoencoder {
  readonly #device: ComputeDevice;
  readonly #shape: AutoencoderShape;
  readonly #weights: NetworkWeights;
  readonly #tables: readonly (Float32Array | null)[];
  #decoder: DecodePlan | null = null;

  /** @param tables offsets of log expression by category, per attribute [categories, genes] or null; only `draw` knows them */
  constructor(
    device: ComputeDevice,
    shape: AutoencoderShape,
    arrays: readonly NamedArray[],
    tables: readonly (Float32Array | null)[] = [],
  ) {
    this.#tables = tables;
    this.#device = device;
    this.#shape = shape;
    this.#weights = new NetworkWeights(device, autoencoderSpecs(shape));
    this.#weights.arena.write(arrays);
  }

  /** Latents before whitening, [cells, dims]. */
  encode(counts: CsrSource, breathe: () => Promise<void>): Promise<Float32Array> {
    const rows = Math.min(BLOCK, counts.rows);
    const plan = new EncodePlan(this.#device, this.#weights, this.#shape, counts, rows);
    return encodeBlocks(counts.rows, latentDims(this.#shape), plan, breathe);
  }

  /** Shares of genes of at most BLOCK cells, [cells, genes]. @param latents not whitened */
  shares(latents: Float32Array): Promise<Float32Array> {
    return this.#started().shares(latents);
  }

  /** Counts of at most BLOCK cells. */
  readonly draw = (block: DrawBlock): Promise<DrawnBlock> => this.#started().draw(block);

  dispose(): void {
    this.#decoder?.dispose();
    this.#weights.dispose();
  }

  #started(): DecodePlan {
    this.#decoder ??= new DecodePlan(this.#device, this.#weights, this.#shape, BLOCK, this.#tables);
    return this.#decoder;
  }
}

/** A trained velocity transformer. */
export class Velocity implements FieldRuntime {
  readonly shape: { readonly dims: number };
  readonly #device: ComputeDevice;
  readonly #own: DenoiserShape;
  readonly #weights: NetworkWeights;

  constructor(device: ComputeDevice, shape: DenoiserShape, arrays: readonly NamedArray[]) {
    this.#device = device;
    this.#own = shape;
    this.shape = { dims: flowDims(shape) };
    this.#weights = new NetworkWeights(device, denoiserSpecs(shape));
    this.#weights.arena.write(arrays);
  }

  /** Overwrites the weights. */
  write(arrays: readonly NamedArray[]): void {
    this.#weights.arena.write(arrays);
  }

  carry<Result>(
    question: FieldQuestion,
    work: <State>(carrier: Carrier<State>) => Promise<Result>,
  ): Promise<Result> {
    const count = question.groupOf.length * this.shape.dims;
    const asked = guidedConditions(question);
    const field = new FieldPlan(this.#device, this.#weights, this.#own, asked);
    return carryOnDevice(this.#device, count, field, work);
  }

  dispose(): void {
    this.#weights.dispose();
  }
}
