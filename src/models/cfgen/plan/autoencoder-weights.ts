/** @file The autoencoder's arrays in the device's memory, by the names that the plain version gives them. */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { ParameterArena, type ArraySpec } from '../../../engine/plan/parameter-arena.ts';
import { blocksOf, JOINT, type Block } from '../../decoding/blocks.ts';
import type { AutoencoderShape } from '../shapes.ts';

/** One Linear with, if hidden, the batch normalisation behind it. */
export interface LayerSpec {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly hidden: boolean;
  /** Whether its input is the sparse counts. */
  readonly sparse: boolean;
}

/** Layers of both halves of one block of features, in order. */
export interface BlockLayers {
  readonly block: Block;
  readonly encoder: readonly LayerSpec[];
  readonly decoder: readonly LayerSpec[];
}

/** All layers of an autoencoder. */
export interface LayerSpecs {
  readonly blocks: readonly BlockLayers[];
  /** Where several blocks meet. */
  readonly joint: LayerSpec | null;
}

/** The layers of an autoencoder. Widths of hidden layers are at least 4. */
export function layerSpecs(shape: AutoencoderShape): LayerSpecs {
  const { latentDim } = shape;
  const blocks = blocksOf(shape).map((block) => ({
    block,
    encoder: half(block.encoder, block.encoderWidths, true),
    decoder: half(block.decoder, block.decoderWidths, false),
  }));
  const inputs = blocks.length * latentDim;
  const plain = { hidden: false, sparse: false };
  const joint = blocks.length > 1 ? { name: JOINT, inputs, outputs: latentDim, ...plain } : null;
  return { blocks, joint };
}

function half(name: string, widths: readonly number[], encodes: boolean): LayerSpec[] {
  const last = widths.length - 2;
  return Array.from({ length: last + 1 }, (_, i) => ({
    name: `${name}.${i}`,
    inputs: widths[i],
    outputs: widths[i + 1],
    hidden: i < last,
    sparse: encodes && i === 0,
  }));
}

/** Learnable arrays and running statistics. */
export class AutoencoderWeights {
  readonly shape: AutoencoderShape;
  readonly layers: LayerSpecs;
  readonly arena: ParameterArena;
  readonly running: ParameterArena;
  readonly #device: ComputeDevice;

  constructor(device: ComputeDevice, shape: AutoencoderShape) {
    this.#device = device;
    this.shape = shape;
    this.layers = layerSpecs(shape);
    const { blocks, joint } = this.layers;
    const all = [
      ...blocks.flatMap((b) => b.encoder),
      ...(joint === null ? [] : [joint]),
      ...blocks.flatMap((b) => b.decoder),
    ];
    const theta: ArraySpec[] = blocks
      .filter(({ block }) => block.likelihood === 'negative-binomial')
      .map(({ block }) => ({ name: 'log_theta', shape: [block.features] }));
    this.arena = new ParameterArena(device, [...theta, ...all.flatMap(learnable)]);
    this.running = new ParameterArena(
      device,
      all
        .filter((l) => l.hidden)
        .flatMap((l) => [
          { name: `${l.name}.norm.running_mean`, shape: [l.outputs] },
          { name: `${l.name}.norm.running_var`, shape: [l.outputs] },
        ]),
    );
  }

  /** Where a learnable array lies. */
  value(name: string): View {
    return this.arena.value(name);
  }

  /** Copies of all arrays. */
  async read(): Promise<NamedArray[]> {
    const [learnt, running] = await Promise.all([this.arena.read(), this.running.read()]);
    return [...learnt, ...running];
  }

  /** Overwrites all arrays. Error: RangeError if one is missing or has another size. */
  write(arrays: readonly NamedArray[]): void {
    this.arena.write(arrays);
    this.running.write(arrays);
  }

  dispose(): void {
    this.#device.free(this.arena.values, this.running.values);
  }
}

function learnable(layer: LayerSpec): ArraySpec[] {
  const { name, inputs, outputs } = layer;
  const dense: ArraySpec[] = [
    {
      name: `${name}.weight`,
      shape: [inputs, outputs],
      layout: layer.sparse ? 'panels' : 'plain',
    },
    { name: `${name}.bias`, shape: [outputs] },
  ];
  if (!layer.hidden) return dense;
  return [
    ...dense,
    { name: `${name}.norm.weight`, shape: [outputs] },
    { name: `${name}.norm.bias`, shape: [outputs] },
  ];
}
