/**
 * @file What layers are recorded on: a recorder, weights and gradients by name, and working memory.
 *
 * A layer records its forward pass at once and returns a function that records its backward pass. Programs of the same network
 * take their memory from one pool in the same order, so that smaller ones lie in the place of the largest.
 */
import { part, type ComputeDevice } from '../../engine/compute-device.ts';
import type { View } from '../../engine/kernels/list.ts';
import { matrix, type Matrix } from '../../engine/plan/layers.ts';
import { ParameterArena, type ArraySpec } from '../../engine/plan/parameter-arena.ts';
import { Recorder } from '../../engine/plan/recorder.ts';

/** Learnable arrays of one network. */
export class NetworkWeights {
  readonly arena: ParameterArena;
  readonly #device: ComputeDevice;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;

  constructor(device: ComputeDevice, specs: readonly ArraySpec[]) {
    this.#device = device;
    this.#shapes = new Map(specs.map(({ name, shape }) => [name, shape]));
    this.arena = new ParameterArena(device, specs);
  }

  /** An array of the arena, or its part of another vector of the same size, as a matrix; vectors are one row. */
  matrix(name: string, vector: View = this.arena.values): Matrix {
    const shape = this.#shapes.get(name);
    if (shape === undefined) throw new RangeError(`no array ${name}`);
    const [rows, columns] = shape.length === 1 ? [1, shape[0]] : shape;
    return matrix(this.arena.of(vector, name), rows, columns);
  }

  dispose(): void {
    this.#device.free(this.arena.values);
  }
}

/** Working memory that several programs use one after the other. */
export class Pool {
  readonly #device: ComputeDevice;
  readonly #views: View[][] = [];
  readonly #fixed: View[] = [];

  constructor(device: ComputeDevice) {
    this.#device = device;
  }

  /** The k-th place, at least so large; another one where it was first asked for with less. */
  take(k: number, count: number): View {
    const places = (this.#views[k] ??= []);
    let place = places.find((view) => view.bytes >= count * 4);
    if (place === undefined) places.push((place = this.#device.allocate(count)));
    return part(place, 0, count);
  }

  /** A place of its own, all 0. */
  fixed(count: number): View {
    const view = this.#device.allocate(count);
    this.#fixed.push(view);
    return view;
  }

  /** Whole numbers that never change. */
  words(values: ArrayLike<number>): View {
    const view = this.fixed(values.length);
    this.#device.writeWords(view, values);
    return view;
  }

  /** A place for wide numbers of its own. */
  wide(count: number): View {
    const view = this.#device.allocateWide(count);
    this.#fixed.push(view);
    return view;
  }

  dispose(): void {
    this.#device.free(...this.#views.flat(), ...this.#fixed);
  }
}

/** One program in the making. */
export class Tape {
  readonly recorder = new Recorder();
  readonly device: ComputeDevice;
  readonly weights: NetworkWeights;
  readonly pool: Pool;
  readonly #gradients: View | null;
  /** Number of the next place in the pool; set back, what follows overwrites what lay there. */
  place = 0;

  /** @param gradients where gradients go, a vector like the arena; null where nothing is learnt */
  constructor(
    device: ComputeDevice,
    weights: NetworkWeights,
    pool: Pool,
    gradients: View | null = null,
  ) {
    this.device = device;
    this.weights = weights;
    this.pool = pool;
    this.#gradients = gradients;
  }

  /** Working memory for a matrix; its content is not defined. */
  dense(rows: number, columns: number): Matrix {
    return matrix(this.pool.take(this.place++, rows * columns), rows, columns);
  }

  /** A weight, [in, out]. */
  weight(name: string): Matrix {
    return this.weights.matrix(name);
  }

  /** The gradient of a weight. */
  gradient(name: string): Matrix {
    if (this.#gradients === null) throw new RangeError('nothing is learnt here');
    return this.weights.matrix(name, this.#gradients);
  }
}

/** Some rows of a matrix. */
export function rowsOf(whole: Matrix, from: number, rows: number): Matrix {
  const view = part(whole.view, from * whole.stride, (rows - 1) * whole.stride + whole.columns);
  return { ...whole, view, rows };
}
