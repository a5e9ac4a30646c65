/** @file Test helper: the original program's autoencoder arrays (PyTorch names, [out, in]) as ours ([in, out]). */
import type { NamedArray } from '../../../../engine/named-array.ts';
import type { ArraySpec } from '../../../../engine/plan/parameter-arena.ts';
import type { Fixture } from '../../../../numerics/testing/fixture.ts';

/** Reads arrays of one stage (`w`, `grad`, `after5`, …) of a fixture. */
export class OriginalArrays {
  readonly #fixture: Fixture;

  constructor(fixture: Fixture) {
    this.#fixture = fixture;
  }

  /** One of our autoencoder arrays. */
  autoencoder(stage: string, spec: ArraySpec): Float64Array {
    const get = (name: string): Float64Array => this.#fixture.values(`${stage}/${name}`);
    const turned = (name: string): Float64Array => this.transposed(`${stage}/${name}`);
    const { name } = spec;
    if (name === 'log_theta') return get('decoder_head.theta.weight').subarray(1);
    if (name === 'head') return get('decoder_head.params.weight');
    if (name === 'inducing') return get('encoder.ca_layer.inducing_points');
    if (name === 'genes') {
      const table = get('input_layer.gene_embedding.weight');
      return padLast(table, spec.shape[1], spec.shape[0]);
    }
    if (name.startsWith('mix.')) return this.#mix(stage, name, spec);
    if (name === 'encoder.latent.weight') return turned('encoder.encoder_latent_input.0.weight');
    if (name === 'decoder.latent.weight') return turned('decoder.decoder_latent_input.1.weight');
    const [half, layer, ...rest] = name.split('.');
    const cross = half === 'encoder' ? 'encoder.ca_layer' : 'decoder.decoder_cross_attention';
    const original = layer === 'cross' ? cross : `${half}.${half}_layers.${layer}`;
    return this.#block(stage, original, rest.join('.'));
  }

  /** One of our velocity arrays. @param attributes names of the label tables in order */
  denoiser(stage: string, spec: ArraySpec, attributes: readonly string[]): Float64Array {
    const { name } = spec;
    const label = /^label\.(\d+)$/.exec(name);
    if (label !== null) {
      return this.#fixture.values(`${stage}/class_embeddings.${attributes[+label[1]]}.weight`);
    }
    const [layer, part] = [name.slice(0, name.lastIndexOf('.')), name.split('.').at(-1)];
    if (layer === 'modulation') return this.#modulation(stage, part === 'weight', spec);
    const block = /^block\.(\d+)\.(.*)$/.exec(layer);
    const original =
      block === null
        ? { 'time.0': 't_embedder.mlp.0', 'time.1': 't_embedder.mlp.2', input: 'input_proj', output: 'final_layer.linear' }[layer]! // prettier-ignore
        : `blocks.${block[1]}.${{ 'attention.qkv': 'attn.c_attn', 'attention.out': 'attn.c_proj', 'gated.out': 'mlp.c_proj', 'gated.in': 'mlp' }[block[2]]!}`; // prettier-ignore
    const at = `${stage}/${original}`;
    if (layer.endsWith('gated.in')) return this.beside(`${at}.w1.weight`, `${at}.w2.weight`);
    if (part === 'bias') return this.#fixture.values(`${at}.bias`);
    const turned = this.transposed(`${at}.weight`);
    // The original's features are cosines first, ours sines.
    return layer === 'time.0' ? swapHalves(turned) : turned;
  }

  /** The blocks' six vectors side by side, and the two of the end. */
  #modulation(stage: string, weight: boolean, { shape }: ArraySpec): Float64Array {
    const width = weight ? shape[0] : 1;
    const columns = shape[shape.length - 1];
    const out = new Float64Array(width * columns);
    let from = 0;
    for (let i = 0; from < columns; i++) {
      const block = `${stage}/blocks.${i}.adaln_modulation.1`;
      const exists = `${block}.weight` in this.#fixture.tensors;
      const name = exists ? block : `${stage}/final_layer.adaln_modulation.1`;
      const own = weight ? this.transposed(`${name}.weight`) : this.#fixture.values(`${name}.bias`);
      const count = own.length / width;
      for (let r = 0; r < width; r++) {
        out.set(own.subarray(r * count, (r + 1) * count), r * columns + from);
      }
      from += count;
    }
    return out;
  }

  /** A matrix [out, in] as [in, out]. */
  transposed(name: string): Float64Array {
    const values = this.#fixture.values(name);
    const [rows, cols] = this.#fixture.tensors[name].shape;
    return values.map((_, i) => values[(i % rows) * cols + Math.floor(i / rows)]);
  }

  /** Columns of `[a; b]`, [out, in] each, as one [in, 2 out]. */
  beside(first: string, second: string): Float64Array {
    const inputs = this.#fixture.tensors[first].shape[1];
    const [a, b] = [this.transposed(first), this.transposed(second)];
    const width = a.length / inputs;
    const out = new Float64Array(2 * a.length);
    for (let i = 0; i < inputs; i++) {
      out.set(a.subarray(i * width, (i + 1) * width), 2 * i * width);
      out.set(b.subarray(i * width, (i + 1) * width), (2 * i + 1) * width);
    }
    return out;
  }

  #block(stage: string, original: string, part: string): Float64Array {
    const at = `${stage}/${original}`;
    const norms: Record<string, string> = {
      'attention.norm': 'ln_1',
      'gated.norm': 'ln_2',
      keys: 'ln_1',
      queries: 'ln_1q',
    };
    const norm = /^(.*)\.(gain|shift)$/.exec(part);
    if (norm !== null) {
      return this.#fixture.values(
        `${at}.${norms[norm[1]]}.${norm[2] === 'gain' ? 'weight' : 'bias'}`,
      );
    }
    if (part === 'gated.in.weight')
      return this.beside(`${at}.mlp.w1.weight`, `${at}.mlp.w2.weight`);
    const matrices: Record<string, string> = {
      'attention.qkv.weight': 'attn.c_attn.weight',
      'attention.out.weight': 'attn.c_proj.weight',
      'kv.weight': 'attn.c_attn.weight',
      'q.weight': 'attn.c_attn_q.weight',
      'out.weight': 'attn.c_proj.weight',
      'gated.out.weight': 'mlp.c_proj.weight',
    };
    return this.transposed(`${at}.${matrices[part]}`);
  }

  /** The map of [gene; count repeated]: its second half enters only as sums over its columns. */
  #mix(stage: string, name: string, { shape }: ArraySpec): Float64Array {
    const original = `${stage}/input_layer.projection.mix`;
    if (name === 'mix.bias') return this.#fixture.values(`${original}.bias`);
    const width = shape[shape.length - 1];
    const turned = this.transposed(`${original}.weight`);
    if (name === 'mix.weight') return turned.subarray(0, width * width);
    const second = turned.subarray(width * width);
    // Every entry of a row has the row sum's gradient.
    if (stage === 'grad') return second.subarray(0, width);
    return Float64Array.from({ length: width }, (_, out) => {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += second[i * width + out];
      return sum;
    });
  }
}

function swapHalves(values: Float64Array): Float64Array {
  const half = values.length / 2;
  return values.map((_, i) => values[(i + half) % values.length]);
}

/** The padding's row, the original's first, as the last one or left out. */
function padLast(table: Float64Array, width: number, rows: number): Float64Array {
  const out = new Float64Array(rows * width);
  out.set(table.subarray(width, Math.min(table.length, width + out.length)));
  if (table.length === out.length) out.set(table.subarray(0, width), out.length - width);
  return out;
}

/** Arrays by name, as float32. */
export function namedArrays(
  specs: readonly ArraySpec[],
  values: (spec: ArraySpec) => Float64Array,
): NamedArray[] {
  return specs.map((spec) => ({
    name: spec.name,
    shape: spec.shape,
    values: Float32Array.from(values(spec)),
  }));
}
