/** @file A trained CFGen model: plain data that can be stored, and the same model ready to run on the device. */
import * as tf from '@tensorflow/tfjs-core';
import { writeParameters, type NamedArray } from '../../engine/parameters.ts';
import type { CsrMatrix } from '../../numerics/csr.ts';
import { createRandom } from '../../numerics/random.ts';
import type { ModelAttribute } from '../../protocol/model.ts';
import { Autoencoder } from './autoencoder.ts';
import type { CfgenArchitecture } from './config.ts';
import { CountBatches } from './count-batches.ts';
import type { Combination } from './split.ts';
import { VelocityNetwork } from './velocity.ts';

/** Rows that go through a network at once outside training. */
export const BLOCK = 256;

/** Mean and standard deviation of each latent dimension, by which latents are brought to unit scale. */
export interface Whitening {
  readonly mean: Float32Array;
  readonly sd: Float32Array;
}

/** Log-normal library sizes of the training cells (natural log). */
export interface LibraryModel {
  readonly mean: number;
  readonly sd: number;
  readonly min: number;
  readonly max: number;
  /** Mean and sd per category of each attribute. */
  readonly byCategory: readonly {
    readonly mean: readonly number[];
    readonly sd: readonly number[];
  }[];
}

/** Everything a trained model consists of. */
export interface CfgenModel {
  readonly recipe: 'recommended' | 'faithful';
  readonly architecture: CfgenArchitecture;
  readonly attributes: readonly ModelAttribute[];
  readonly combinations: readonly Combination[];
  readonly whitening: Whitening;
  readonly library: LibraryModel;
  /** Weights and running statistics of the autoencoder. */
  readonly autoencoder: readonly NamedArray[];
  /** Weights of the velocity network. */
  readonly flow: readonly NamedArray[];
}

/** Dimensions in which the flow works: the latent, and log library size if it is generated too. */
export function flowDims(architecture: CfgenArchitecture): number {
  return architecture.latentDim + (architecture.jointLibrary ? 1 : 0);
}

/** A velocity network of the architecture's sizes with random first values. */
export function createVelocity(architecture: CfgenArchitecture, seed: number): VelocityNetwork {
  return new VelocityNetwork(
    {
      dims: flowDims(architecture),
      hidden: architecture.flowHidden,
      embedding: architecture.flowEmbedding,
      blocks: architecture.flowBlocks,
      categories: architecture.categories,
    },
    createRandom(seed, 2),
  );
}

/** A model on the device. */
export class CfgenRuntime {
  readonly model: CfgenModel;
  readonly autoencoder: Autoencoder;
  readonly velocity: VelocityNetwork;
  /** Inverse dispersion of each gene. */
  readonly theta: Float32Array;

  constructor(model: CfgenModel) {
    this.model = model;
    const { genes, hidden, latentDim } = model.architecture;
    this.autoencoder = new Autoencoder({ genes, hidden, latentDim }, createRandom(0), {
      logTheta: 0,
      thetaRate: 1,
      thetaDecays: false,
      thetaBounds: null,
    });
    writeParameters(
      [...this.autoencoder.parameters, ...this.autoencoder.running],
      model.autoencoder,
    );
    this.velocity = createVelocity(model.architecture, 0);
    writeParameters(this.velocity.parameters, model.flow);
    const logTheta = model.autoencoder.find((a) => a.name === 'log_theta') as NamedArray;
    this.theta = logTheta.values.map(Math.exp);
  }

  dispose(): void {
    this.autoencoder.dispose();
    this.velocity.dispose();
  }
}

/** Latents of cells as the encoder gives them, before whitening, [cells, latentDim]. */
export async function encodeCounts(
  autoencoder: Autoencoder,
  counts: CsrMatrix,
  breathe: () => Promise<void>,
): Promise<Float32Array> {
  const { latentDim } = autoencoder.shape;
  const latents = new Float32Array(counts.rows * latentDim);
  const batches = new CountBatches(counts, BLOCK);
  for (let at = 0; at < counts.rows; at += BLOCK) {
    const n = Math.min(BLOCK, counts.rows - at);
    const x = batches.loadInput(Uint32Array.from({ length: n }, (_, i) => at + i));
    const z = tf.tidy(() => autoencoder.encode(x, 'eval'));
    const values = await z.data();
    latents.set(values.subarray(0, n * latentDim), at * latentDim);
    tf.dispose([x, z]);
    await breathe();
  }
  return latents;
}

/** (z − mean) / sd per dimension. */
export function whiten(latents: Float32Array, { mean, sd }: Whitening): Float32Array {
  const dims = mean.length;
  return latents.map((value, i) => (value - mean[i % dims]) / sd[i % dims]);
}

/** Whitened · sd + mean per dimension. */
export function unwhiten(latents: Float32Array, { mean, sd }: Whitening): Float32Array {
  const dims = mean.length;
  return latents.map((value, i) => value * sd[i % dims] + mean[i % dims]);
}
