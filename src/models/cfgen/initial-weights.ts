/** @file First values of both networks, drawn in the order in which the plain networks draw theirs. */
import { cutNormalValues, normalValues, uniformValues } from '../../engine/init.ts';
import type { NamedArray } from '../../engine/named-array.ts';
import type { Random } from '../../numerics/random.ts';
import { blocksOf, JOINT } from '../decoding/blocks.ts';
import type { AutoencoderShape } from './shapes.ts';
import type { VelocityShape } from './shapes.ts';

/** Values of an untrained autoencoder, running statistics included. @param logTheta null: from N(0, 1) */
export function initialAutoencoder(
  shape: AutoencoderShape,
  random: Random,
  logTheta: number | null,
): NamedArray[] {
  const blocks = blocksOf(shape);
  const { latentDim } = shape;
  const layer = (i: number): string => `.${i}`;
  const halves = [
    ...blocks.flatMap((b) => initialHalf((i) => b.encoder + layer(i), b.encoderWidths, random)),
    ...(blocks.length > 1
      ? initialHalf(() => JOINT, [blocks.length * latentDim, latentDim], random)
      : []),
    ...blocks.flatMap((b) => initialHalf((i) => b.decoder + layer(i), b.decoderWidths, random)),
  ];
  const counted = blocks.filter((block) => block.likelihood === 'negative-binomial');
  const thetas = counted.map(({ features }) => ({
    name: 'log_theta',
    shape: [features],
    values: Float32Array.from({ length: features }, () => logTheta ?? random.normal()),
  }));
  return [...thetas, ...halves];
}

function initialHalf(
  nameOf: (layer: number) => string,
  widths: readonly number[],
  random: Random,
): NamedArray[] {
  const last = widths.length - 2;
  return Array.from({ length: last + 1 }, (_, i) => {
    const [inputs, outputs] = [widths[i], widths[i + 1]];
    const layer = nameOf(i);
    const bound = 1 / Math.sqrt(inputs);
    const vector = (part: string, values: Float32Array): NamedArray => ({
      name: `${layer}.${part}`,
      shape: [outputs],
      values,
    });
    const filled = (part: string, value: number): NamedArray =>
      vector(part, new Float32Array(outputs).fill(value));
    const weight = uniformValues(inputs * outputs, bound, random);
    const dense = [
      { name: `${layer}.weight`, shape: [inputs, outputs], values: weight },
      vector('bias', uniformValues(outputs, bound, random)),
    ];
    if (i === last) return dense;
    return [
      ...dense,
      filled('norm.weight', 1),
      filled('norm.bias', 0),
      filled('norm.running_mean', 0),
      filled('norm.running_var', 1),
    ];
  }).flat();
}

/** Values of an untrained velocity network: every second layer of a block 0, biases 0, label rows from N(0, 1). */
export function initialVelocity(shape: VelocityShape, random: Random): NamedArray[] {
  const { dims, hidden, embedding, blocks, categories } = shape;
  const affine = (name: string, inputs: number, outputs: number, zero = false): NamedArray[] => [
    {
      name: `${name}.weight`,
      shape: [inputs, outputs],
      values: zero
        ? new Float32Array(inputs * outputs)
        : cutNormalValues(inputs * outputs, inputs, random),
    },
    { name: `${name}.bias`, shape: [outputs], values: new Float32Array(outputs) },
  ];
  return [
    ...affine('time.0', embedding, embedding),
    ...affine('time.1', embedding, embedding),
    ...affine('input', dims, hidden),
    ...Array.from({ length: blocks }, (_, i) => [
      ...affine(`block.${i}.net1`, hidden, hidden),
      ...affine(`block.${i}.condition`, embedding, hidden),
      ...affine(`block.${i}.net2`, hidden, hidden, true),
    ]).flat(),
    ...affine('output', hidden, dims),
    ...categories.map((n, a) => ({
      name: `label.${a}`,
      shape: [n, embedding],
      values: normalValues(n * embedding, random),
    })),
  ];
}
