/** @file First values of both networks: the original's distributions, with our seeded numbers. Source: methods/scldm §1.5, §2.1. */
import { normalValues, uniformValues } from '../../engine/init.ts';
import type { NamedArray } from '../../engine/named-array.ts';
import type { ArraySpec } from '../../engine/plan/parameter-arena.ts';
import type { Random } from '../../numerics/random.ts';
import { autoencoderSpecs } from './plan/autoencoder-arrays.ts';
import { denoiserSpecs } from './plan/denoiser-arrays.ts';
import type { AutoencoderShape, DenoiserShape } from './shapes.ts';

/** Standard deviation of label rows and of the time's two maps. */
const SMALL = 0.02;

function sizeOf({ shape }: ArraySpec): number {
  return shape.reduce((a, b) => a * b, 1);
}

/**
 * Values of an untrained autoencoder: gene vectors and pooling queries from N(0, 1), maps uniform within 1/√inputs, norms 1 and 0.
 *
 * @param geneBias log of the genes' shares of all counts, where the decoder has numbers per gene
 */
export function initialAutoencoder(
  shape: AutoencoderShape,
  random: Random,
  logTheta: number,
  geneBias: Float32Array | null,
): NamedArray[] {
  const fill = (spec: ArraySpec): Float32Array => {
    const count = sizeOf(spec);
    const { name } = spec;
    if (name === 'log_theta') return new Float32Array(count).fill(logTheta);
    if (name === 'gene_bias') return geneBias ?? new Float32Array(count);
    if (name === 'genes' || name === 'inducing') return normalValues(count, random);
    if (name.endsWith('.gain')) return new Float32Array(count).fill(1);
    if (name.endsWith('.shift')) return new Float32Array(count);
    const inputs = { head: shape.width, 'mix.bias': 2 * shape.width }[name] ?? spec.shape[0];
    // What multiplies a count is a sum of `width` weights of the original; this is their distribution's width.
    if (name === 'mix.count') return normalValues(count, random).map((v) => v / Math.sqrt(6));
    return uniformValues(count, 1 / Math.sqrt(inputs), random);
  };
  return named(autoencoderSpecs(shape), fill);
}

/** Values of an untrained velocity transformer: what modulates and what comes last are 0, so velocities begin at 0. */
export function initialDenoiser(shape: DenoiserShape, random: Random): NamedArray[] {
  const fill = (spec: ArraySpec): Float32Array => {
    const count = sizeOf(spec);
    const { name } = spec;
    if (name.startsWith('label.')) return normalValues(count, random).map((v) => v * SMALL);
    const zero = /^(modulation|output|library\.out)\./.test(name) || name.endsWith('.bias');
    if (zero) return new Float32Array(count);
    if (name.startsWith('time.')) return normalValues(count, random).map((v) => v * SMALL);
    const [inputs, outputs] = spec.shape;
    // Two maps lie side by side in the gate, three in queries, keys and values; the original draws the latter as one.
    const own = name.includes('gated.in') ? outputs / 2 : outputs;
    return uniformValues(count, Math.sqrt(6 / (inputs + own)), random);
  };
  return named(denoiserSpecs(shape), fill);
}

function named(specs: readonly ArraySpec[], fill: (spec: ArraySpec) => Float32Array): NamedArray[] {
  return specs.map((spec) => ({ name: spec.name, shape: spec.shape, values: fill(spec) }));
}
