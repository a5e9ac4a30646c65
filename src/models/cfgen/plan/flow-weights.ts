/** @file The velocity network's arrays in the device's memory, by the names that the plain version gives them. */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import { ParameterArena, type ArraySpec } from '../../../engine/plan/parameter-arena.ts';
import type { VelocityShape } from '../shapes.ts';

/** Learnable arrays of a velocity network, label tables last. */
export class FlowWeights {
  readonly shape: VelocityShape;
  readonly arena: ParameterArena;
  readonly #device: ComputeDevice;

  constructor(device: ComputeDevice, shape: VelocityShape) {
    const { dims, hidden, embedding, blocks, categories } = shape;
    const dense = (name: string, inputs: number, outputs: number): ArraySpec[] => [
      { name: `${name}.weight`, shape: [inputs, outputs] },
      { name: `${name}.bias`, shape: [outputs] },
    ];
    this.#device = device;
    this.shape = shape;
    this.arena = new ParameterArena(device, [
      ...dense('time.0', embedding, embedding),
      ...dense('time.1', embedding, embedding),
      ...dense('input', dims, hidden),
      ...Array.from({ length: blocks }, (_, i) => [
        ...dense(`block.${i}.net1`, hidden, hidden),
        ...dense(`block.${i}.condition`, embedding, hidden),
        ...dense(`block.${i}.net2`, hidden, hidden),
      ]).flat(),
      ...dense('output', hidden, dims),
      ...categories.map((n, a) => ({ name: tableName(a), shape: [n, embedding] })),
    ]);
  }

  /** The weight of a layer, [in, out]. */
  weight(name: string): Matrix {
    const [inputs, outputs] = this.sizes(name);
    return matrix(this.arena.value(`${name}.weight`), inputs, outputs);
  }

  /** The bias of a layer. */
  bias(name: string): View {
    return this.arena.value(`${name}.bias`);
  }

  /** Inputs and outputs of a layer. */
  sizes(name: string): readonly [number, number] {
    const { dims, hidden, embedding } = this.shape;
    if (name.startsWith('time')) return [embedding, embedding];
    if (name === 'input') return [dims, hidden];
    if (name === 'output') return [hidden, dims];
    return [name.endsWith('condition') ? embedding : hidden, hidden];
  }

  dispose(): void {
    this.#device.free(this.arena.values);
  }
}

/** Name of the label rows of an attribute. */
export function tableName(attribute: number): string {
  return `label.${attribute}`;
}

/** Turns per unit of time of the sinusoidal features, float64 [embedding / 2]: 1000 ω_k / 2π, ω_k from 1 down to 1e-4. */
export function featureSpeeds(embedding: number): Float64Array {
  const half = embedding / 2;
  return Float64Array.from(
    { length: half },
    (_, k) => (1000 * 10 ** ((-4 * k) / Math.max(1, half - 1))) / (2 * Math.PI),
  );
}
