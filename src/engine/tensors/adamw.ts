/**
 * @file AdamW with clipping by the global norm, decoupled decay and an exponential average of the parameters.
 *
 * In host memory one loop per parameter does everything. On a GPU all parameters live in one flat vector, so that a
 * step is some twenty operations however many parameters there are.
 */
import type { AdamWOptions } from '../plan/adamw-options.ts';
import * as tf from '@tensorflow/tfjs-core';
import { hasHostMemory, hostTensor, hostView } from './host.ts';
import { replaceTensor, type Parameter } from './parameters.ts';
import type { NamedArray } from '../named-array.ts';

/** An optimiser over a fixed list of parameters. */
export interface AdamW {
  /** One step. Gradients come in the parameters' order and stay the caller's. */
  step(gradients: readonly (tf.Tensor | null)[], learningRate: number): void;
  /** The averaged parameters, or the parameters themselves when no average is kept. */
  averages(): Promise<NamedArray[]>;
  dispose(): void;
}

/** Makes the optimiser that suits the present backend. */
export function createAdamW(parameters: readonly Parameter[], options: AdamWOptions): AdamW {
  if (hasHostMemory()) return new HostAdamW(parameters, options);
  if (options.skips)
    return new DeviceAdamW(
      parameters.map((p) => [p]),
      options,
    );
  return new DeviceAdamW([parameters], options);
}

/** Early averages forget faster, else the first random values would linger in short runs. */
function averageDecay(limit: number, step: number): number {
  return Math.min(limit, (1 + step) / (10 + step));
}

interface HostState {
  steps: number;
  readonly m: Float32Array;
  readonly v: Float32Array;
  readonly average: Float32Array | null;
}

class HostAdamW implements AdamW {
  readonly #parameters: readonly Parameter[];
  readonly #options: AdamWOptions;
  readonly #states: HostState[];

  constructor(parameters: readonly Parameter[], options: AdamWOptions) {
    this.#parameters = parameters;
    this.#options = options;
    this.#states = parameters.map((p) => ({
      steps: 0,
      m: new Float32Array(p.tensor.size),
      v: new Float32Array(p.tensor.size),
      average: options.average === null ? null : view(p.tensor).slice(),
    }));
  }

  step(gradients: readonly (tf.Tensor | null)[], learningRate: number): void {
    const scale = this.#clipScale(gradients);
    this.#parameters.forEach((p, i) => {
      const gradient = gradients[i];
      if (gradient !== null) this.#update(p, gradient, this.#states[i], learningRate, scale);
    });
  }

  averages(): Promise<NamedArray[]> {
    const arrays = this.#parameters.map((p, i) => ({
      name: p.name,
      shape: p.shape,
      values: (this.#states[i].average ?? view(p.tensor)).slice(),
    }));
    return Promise.resolve(arrays);
  }

  dispose(): void {
    this.#states.length = 0;
  }

  #clipScale(gradients: readonly (tf.Tensor | null)[]): number {
    if (this.#options.clipNorm === null) return 1;
    let sum = 0;
    for (const gradient of gradients) {
      if (gradient === null) continue;
      const g = view(gradient);
      for (let i = 0; i < g.length; i++) sum += g[i] * g[i];
    }
    return Math.min(1, this.#options.clipNorm / (Math.sqrt(sum) + 1e-6));
  }

  #update(
    parameter: Parameter,
    gradient: tf.Tensor,
    state: HostState,
    learningRate: number,
    scale: number,
  ): void {
    const { beta1, beta2, epsilon, weightDecay, average } = this.#options;
    state.steps++;
    const rate = learningRate * parameter.rate;
    const keep = parameter.decay ? 1 - rate * weightDecay : 1;
    const stepSize = rate / (1 - beta1 ** state.steps);
    const root = 1 / Math.sqrt(1 - beta2 ** state.steps);
    // A fresh tensor each time: the WebAssembly backend keeps packed copies of matrices by tensor, never looking again.
    const next = hostTensor([...parameter.shape]);
    const g = view(gradient);
    const old = view(parameter.tensor);
    const p = view(next);
    const { m, v } = state;
    for (let i = 0; i < p.length; i++) {
      const gi = g[i] * scale;
      const mi = beta1 * m[i] + (1 - beta1) * gi;
      const vi = beta2 * v[i] + (1 - beta2) * gi * gi;
      m[i] = mi;
      v[i] = vi;
      p[i] = old[i] * keep - (stepSize * mi) / (Math.sqrt(vi) * root + epsilon);
    }
    if (parameter.bounds !== null) clamp(p, parameter.bounds);
    if (average !== null && state.average !== null) {
      follow(state.average, p, averageDecay(average, state.steps));
    }
    replaceTensor(parameter, next);
  }
}

function clamp(values: Float32Array, [low, high]: readonly [number, number]): void {
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.min(high, Math.max(low, values[i]));
  }
}

function follow(average: Float32Array, values: Float32Array, decay: number): void {
  for (let i = 0; i < values.length; i++) average[i] += (1 - decay) * (values[i] - average[i]);
}

function view(tensor: tf.Tensor): Float32Array {
  const values = hostView(tensor);
  if (values === null) throw new Error('parameter without host memory');
  return values;
}

interface Group {
  readonly parameters: readonly Parameter[];
  readonly sizes: number[];
  /** Rate and decay factors, element by element: a flat vector. */
  readonly rate: tf.Tensor;
  readonly decay: tf.Tensor;
  readonly low: tf.Tensor;
  readonly high: tf.Tensor;
  steps: number;
  m: { tensor: tf.Tensor };
  v: { tensor: tf.Tensor };
  average: { tensor: tf.Tensor } | null;
}

/** Each group of parameters is one flat vector on the device. */
class DeviceAdamW implements AdamW {
  readonly #options: AdamWOptions;
  readonly #groups: Group[];

  constructor(groups: readonly (readonly Parameter[])[], options: AdamWOptions) {
    this.#options = options;
    this.#groups = groups.map((parameters) => createGroup(parameters, options));
  }

  step(gradients: readonly (tf.Tensor | null)[], learningRate: number): void {
    tf.tidy(() => {
      const flat: (tf.Tensor | null)[] = [];
      let at = 0;
      for (const group of this.#groups) {
        const part = gradients.slice(at, at + group.parameters.length);
        at += group.parameters.length;
        const present = part.filter((g) => g !== null);
        flat.push(present.length === part.length ? flatten(present) : null);
      }
      const scale = this.#clipScale(flat.filter((g) => g !== null));
      flat.forEach((g, i) => {
        if (g !== null) this.#update(this.#groups[i], tf.mul(g, scale), learningRate);
      });
    });
  }

  async averages(): Promise<NamedArray[]> {
    const all: NamedArray[] = [];
    for (const group of this.#groups) {
      const source =
        group.average?.tensor ?? tf.tidy(() => flatten(group.parameters.map((p) => p.tensor)));
      const values = await source.data<'float32'>();
      if (group.average === null) source.dispose();
      let at = 0;
      group.parameters.forEach((p, i) => {
        all.push({ name: p.name, shape: p.shape, values: values.slice(at, at + group.sizes[i]) });
        at += group.sizes[i];
      });
    }
    return all;
  }

  dispose(): void {
    for (const g of this.#groups) {
      tf.dispose([g.rate, g.decay, g.low, g.high, g.m.tensor, g.v.tensor]);
      g.average?.tensor.dispose();
    }
  }

  #clipScale(flat: readonly tf.Tensor[]): tf.Tensor {
    const limit = this.#options.clipNorm;
    if (limit === null) return tf.scalar(1);
    const squares = tf.addN(flat.map((g) => tf.sum(tf.square(g))));
    const norm = tf.add(tf.sqrt(squares), tf.scalar(1e-6));
    return tf.minimum(tf.scalar(1), tf.div(tf.scalar(limit), norm));
  }

  #update(group: Group, g: tf.Tensor, learningRate: number): void {
    const { beta1, beta2, epsilon, weightDecay, average } = this.#options;
    group.steps++;
    const m = blend(group.m.tensor, g, beta1);
    const v = blend(group.v.tensor, tf.square(g), beta2);
    const size = tf.scalar(learningRate / (1 - beta1 ** group.steps));
    const root = tf.scalar(1 / Math.sqrt(1 - beta2 ** group.steps));
    const change = tf.div(
      tf.mul(tf.mul(m, group.rate), size),
      tf.add(tf.mul(tf.sqrt(v), root), tf.scalar(epsilon)),
    );
    const p = flatten(group.parameters.map((q) => q.tensor));
    const kept = tf.sub(p, tf.mul(p, tf.mul(group.decay, tf.scalar(learningRate * weightDecay))));
    const next = tf.maximum(tf.minimum(tf.sub(kept, change), group.high), group.low);
    replaceTensor(group.m, m);
    replaceTensor(group.v, v);
    if (average !== null && group.average !== null) {
      const decay = averageDecay(average, group.steps);
      replaceTensor(group.average, blend(group.average.tensor, next, decay));
    }
    const parts = group.sizes.length === 1 ? [next] : tf.split(next, group.sizes);
    group.parameters.forEach((q, i) => replaceTensor(q, tf.reshape(parts[i], [...q.shape])));
  }
}

function blend(old: tf.Tensor, now: tf.Tensor, share: number): tf.Tensor {
  return tf.add(tf.mul(old, tf.scalar(share)), tf.mul(now, tf.scalar(1 - share)));
}

function flatten(tensors: readonly tf.Tensor[]): tf.Tensor {
  const flat = tensors.map((t) => tf.reshape(t, [t.size]));
  return flat.length === 1 ? flat[0] : tf.concat(flat);
}

function createGroup(parameters: readonly Parameter[], options: AdamWOptions): Group {
  const sizes = parameters.map((p) => p.tensor.size);
  const total = sizes.reduce((a, b) => a + b, 0);
  const fill = (value: (p: Parameter) => number): tf.Tensor => {
    const values = new Float32Array(total);
    let at = 0;
    parameters.forEach((p, i) => {
      values.fill(value(p), at, at + sizes[i]);
      at += sizes[i];
    });
    return tf.keep(tf.tensor(values));
  };
  const zeros = (): { tensor: tf.Tensor } => ({ tensor: tf.keep(tf.zeros([total])) });
  const start = (): tf.Tensor =>
    tf.keep(tf.tidy(() => tf.clone(flatten(parameters.map((p) => p.tensor)))));
  return {
    parameters,
    sizes,
    rate: fill((p) => p.rate),
    decay: fill((p) => (p.decay ? p.rate : 0)),
    low: fill((p) => p.bounds?.[0] ?? -3e38),
    high: fill((p) => p.bounds?.[1] ?? 3e38),
    steps: 0,
    m: zeros(),
    v: zeros(),
    average: options.average === null ? null : { tensor: start() },
  };
}
