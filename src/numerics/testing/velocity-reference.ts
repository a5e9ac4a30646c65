/** @file CFGen's velocity network in float64, written plainly: the oracle of solver tests and of the tensor model. */

import type { StoredTensor } from '../safetensors.ts';

/** Labels of each cell by attribute: category indices, [cells]. */
export type Labels = Readonly<Record<string, ArrayLike<number>>>;

/** Log library sizes of one modality and the range they are scaled by. */
export interface LogLibrary {
  readonly values: ArrayLike<number>;
  readonly min: number;
  readonly max: number;
}

/** The network over a set of weights. */
export interface VelocityReference {
  /** v(x, t) for x [cells, dims] and one time for all or one each; all given labels and libraries are summed into the embedding. */
  forward(
    x: Float64Array,
    t: number | ArrayLike<number>,
    labels?: Labels,
    libraries?: readonly LogLibrary[],
  ): Float64Array;
  /** CFGen's Eq. 8: v∅ + Σ w (v_attribute − v∅). */
  guided(
    x: Float64Array,
    t: number,
    labels: Labels,
    weights: Readonly<Record<string, number>>,
  ): Float64Array;
}

/**
 * Sinusoidal embedding of u: sin, then cos, of 1000 u · 10^(−4k/(K−1)), k = 0 … K − 1, K = size/2.
 *
 * @param size an even number of at least 4
 */
export function embedScalar(u: number, size: number): Float64Array {
  const half = size / 2;
  const out = new Float64Array(size);
  for (let k = 0; k < half; k++) {
    const phase = 1000 * u * 10 ** ((-4 * k) / (half - 1));
    out[k] = Math.sin(phase);
    out[half + k] = Math.cos(phase);
  }
  return out;
}

/** Builds the network from tensors named as the original names them, each with `prefix` in front. */
export function velocityReference(
  tensors: Readonly<Record<string, StoredTensor>>,
  prefix = 'init.',
): VelocityReference {
  const weight = (name: string): StoredTensor => tensors[prefix + name];
  const dims = weight('net_in.weight').shape[1];
  const size = weight('time_embedder.0.weight').shape[0];

  const linear = (name: string, x: Float64Array): Float64Array => {
    const { data, shape } = weight(`${name}.weight`);
    const bias = weight(`${name}.bias`).data;
    return Float64Array.from({ length: shape[0] }, (_, row) => {
      let sum = 0;
      for (let i = 0; i < x.length; i++) sum += data[row * x.length + i] * x[i];
      return sum + bias[row];
    });
  };
  const embed = (name: string, u: number): Float64Array =>
    linear(`${name}.2`, silu(linear(`${name}.0`, embedScalar(u, size))));

  const forwardCell = (x: Float64Array, embedding: Float64Array): Float64Array => {
    let h = linear('net_in', x);
    for (let block = 0; `${prefix}blocks.${block}.net1.1.weight` in tensors; block++) {
      const name = `blocks.${block}`;
      const inner = linear(`${name}.net1.1`, silu(h));
      const conditioned = add(inner, linear(`${name}.cond_proj.1`, silu(embedding)));
      h = add(h, linear(`${name}.net2.1`, silu(conditioned)));
    }
    return linear('net_out.1', silu(h));
  };

  const forward: VelocityReference['forward'] = (x, t, labels = {}, libraries = []) => {
    const out = new Float64Array(x.length);
    for (let cell = 0; cell * dims < x.length; cell++) {
      let embedding = embed('time_embedder', typeof t === 'number' ? t : t[cell]);
      for (const [attribute, codes] of Object.entries(labels)) {
        const start = codes[cell] * size;
        const row = weight(`label.${attribute}`).data.subarray(start, start + size);
        embedding = add(embedding, row);
      }
      for (const { values, min, max } of libraries) {
        const scaled = (values[cell] - min) / (max - min);
        embedding = add(embedding, embed('size_factor_embedder', scaled));
      }
      const start = cell * dims;
      out.set(forwardCell(x.subarray(start, start + dims), embedding), start);
    }
    return out;
  };

  const guided: VelocityReference['guided'] = (x, t, labels, weights) => {
    const free = forward(x, t);
    const out = free.slice();
    for (const [attribute, w] of Object.entries(weights)) {
      const conditioned = forward(x, t, { [attribute]: labels[attribute] });
      for (let i = 0; i < out.length; i++) out[i] += w * (conditioned[i] - free[i]);
    }
    return out;
  };

  return { forward, guided };
}

function silu(x: Float64Array): Float64Array {
  return x.map((value) => value / (1 + Math.exp(-value)));
}

function add(a: Float64Array, b: ArrayLike<number>): Float64Array {
  return a.map((value, i) => value + b[i]);
}
