/** @file Test helper: one set of kernel cases for every device; arrays go in, kernels run, results are held against float64. */
import { createRandom } from '../../../numerics/random.ts';
import type { ComputeDevice } from '../../compute-device.ts';
import { Recorder } from '../../plan/recorder.ts';
import type { KernelArguments, KernelName, View } from '../list.ts';

/** A result and what it should be. */
export interface Outcome {
  readonly name: string;
  readonly values: ArrayLike<number>;
  /** NaN where nothing is known. */
  readonly expected: ArrayLike<number>;
  /** Largest difference allowed, as a share of the largest expected value (at least 1e-3). */
  readonly share: number;
}

/** Something to run on a device. Its arrays and expectations are made once, whatever the number of devices. */
export interface KernelCase {
  readonly name: string;
  /** Kernels that it calls. */
  readonly kernels: readonly KernelName[];
  readonly run: (bench: KernelBench) => Promise<Outcome[]>;
}

/** Gives places in a device's memory and takes them back together. */
export interface PlaceSource {
  floats(values: ArrayLike<number>): View;
  words(values: ArrayLike<number>): View;
  wide(values: ArrayLike<number>): View;
  free(): void;
}

/** Every array in an allocation of its own. */
export function ownPlaces(device: ComputeDevice): PlaceSource {
  const views: View[] = [];
  const keep = (view: View): View => {
    views.push(view);
    return view;
  };
  return {
    floats: (values) => {
      const view = keep(device.allocate(Math.max(1, values.length)));
      device.write(view, values);
      return view;
    },
    words: (values) => {
      const view = keep(device.allocate(Math.max(1, values.length)));
      device.writeWords(view, values);
      return view;
    },
    wide: (values) => {
      const view = keep(device.allocateWide(Math.max(1, values.length)));
      device.writeWide(view, values);
      return view;
    },
    free: () => device.free(...views),
  };
}

/** A device with arrays on it. */
export class KernelBench {
  readonly device: ComputeDevice;
  readonly #places: PlaceSource;

  constructor(device: ComputeDevice, places: PlaceSource = ownPlaces(device)) {
    this.device = device;
    this.#places = places;
  }

  /** A place with these float32 values. */
  put(values: ArrayLike<number>): View {
    return this.#places.floats(values);
  }

  /** A place with these whole numbers. */
  words(values: ArrayLike<number>): View {
    return this.#places.words(values);
  }

  /** A place filled with a number that no kernel leaves behind. */
  blank(count: number): View {
    return this.put(new Float32Array(count).fill(-7777));
  }

  /** A place for wide numbers. */
  wide(count: number): View {
    return this.#places.wide(new Float64Array(count));
  }

  /** Calls one kernel. */
  call<Name extends KernelName>(kernel: Name, values: KernelArguments<Name>): void {
    const recorder = new Recorder();
    recorder.call(kernel, values);
    this.device.perform(recorder);
  }

  /** The numbers at a place. */
  read(view: View): Promise<Float32Array> {
    return this.device.read(view);
  }

  /** Frees everything. */
  dispose(): void {
    this.#places.free();
  }
}

/** Values N(0, 1) · scale, the same for the same seed. */
export function normals(count: number, seed: number, scale = 1): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => scale * random.normal());
}

/** Makes a value when it is first asked for. */
export function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | null = null;
  return () => (made ??= { value: make() }).value;
}

/** How far results are from what they should be, as a share of the largest expected value; Infinity for NaN or another length. */
export function distance(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (values.length !== expected.length) return Infinity;
  let size = 1e-3;
  let gap = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(expected[i])) continue;
    size = Math.max(size, Math.abs(expected[i]));
    const own = Math.abs(values[i] - expected[i]);
    if (Number.isNaN(own)) return Infinity;
    gap = Math.max(gap, own);
  }
  return gap / size;
}

/**
 * Gradients of Σ value(…) · weights by central differences in float64: one vector for each of `at`.
 *
 * @param entries most entries of a vector to look at, spread evenly; the others are NaN
 */
export function slopes(
  value: (...vectors: Float64Array[]) => ArrayLike<number>,
  weights: ArrayLike<number>,
  at: readonly ArrayLike<number>[],
  entries = 60,
): Float64Array[] {
  const vectors = at.map((v) => Float64Array.from(v));
  const total = (): number => {
    const out = value(...vectors);
    let sum = 0;
    for (let i = 0; i < out.length; i++) sum += out[i] * weights[i];
    return sum;
  };
  return vectors.map((vector) => {
    // An odd stride meets every column in turn.
    const stride = Math.max(1, Math.ceil(vector.length / entries)) | 1;
    return vector.map((kept, i) => {
      if (i % stride !== 0) return NaN;
      vector[i] = kept + 1e-5;
      const above = total();
      vector[i] = kept - 1e-5;
      const below = total();
      vector[i] = kept;
      return (above - below) / 2e-5;
    });
  });
}
