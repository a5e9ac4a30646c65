/** @file Test helper: the original program's arrays (PyTorch names, [out, in]) as PAD-lite's ([in, out], tokens in the order of a step). */
import type { NamedArray } from '../../../../engine/named-array.ts';
import type { Fixture } from '../../../../numerics/testing/fixture.ts';
import type { PadShape } from '../../shapes.ts';
import { blockName, padSpecs } from '../pad-arrays.ts';

type Values = Float64Array;

/** The arrays of one stage (`w`, `grad`). @param order vocabulary number of each token */
export function originalPad(
  fixture: Fixture,
  stage: string,
  shape: PadShape,
  order: readonly number[],
): NamedArray[] {
  const { width: d, layers } = shape;
  const get = (name: string): Values => fixture.values(`${stage}/${name}`);
  const turned = (name: string): Values => turn(get(name), fixture.tensors[`${stage}/${name}`].shape); // prettier-ignore
  const found = new Map<string, Values>();
  const linear = (ours: string, theirs: string): void => {
    found.set(`${ours}.weight`, turned(`${theirs}.weight`));
    found.set(`${ours}.bias`, get(`${theirs}.bias`));
  };
  const norm = (ours: string, theirs: string): void => {
    found.set(`${ours}.gain`, get(`${theirs}.weight`));
    found.set(`${ours}.shift`, get(`${theirs}.bias`));
  };
  const table = get('encoder.embedding.weight');
  found.set('genes.weight', join(order.map((id) => table.subarray(id * d, (id + 1) * d))));
  const look = 'encoder.perturbation_interaction';
  norm('genes.norm', 'encoder.enc_norm');
  norm('genes.query.norm', `${look}.norm1`);
  norm('genes.mlp.norm', `${look}.norm2`);
  linear('genes.out', `${look}.cross_attn.out_proj`);
  linear('genes.mlp.0', `${look}.linear1`);
  linear('genes.mlp.1', `${look}.linear2`);
  const [inWeight, inBias] = ['weight', 'bias'].map((p) => get(`${look}.cross_attn.in_proj_${p}`));
  ['query', 'key', 'value'].forEach((name, k) => {
    found.set(`genes.${name}.weight`, turn(inWeight.subarray(k * d * d, (k + 1) * d * d), [d, d]));
    found.set(`genes.${name}.bias`, inBias.subarray(k * d, (k + 1) * d));
  });
  for (const [ours, theirs] of [
    ['state', 'value_encoder_1'],
    ['control', 'value_encoder_2'],
  ]) {
    // prettier-ignore
    linear(`${ours}.0`, `${theirs}.linear1`);
    linear(`${ours}.1`, `${theirs}.linear2`);
    norm(`${ours}.norm`, `${theirs}.norm`);
  }
  const fusion = halves(turned('fusion_layer.0.weight'));
  found.set('fusion.0.weight', fusion[0]);
  found.set('fusion.control.weight', fusion[1]);
  found.set('fusion.0.bias', get('fusion_layer.0.bias'));
  linear('fusion.1', 'fusion_layer.2');
  norm('fusion.norm', 'fusion_layer.3');
  linear('time.0', 't_embedder.mlp.0');
  // The original's features are cosines first, ours sines.
  found.set('time.0.weight', join(halves(found.get('time.0.weight') as Values).reverse()));
  linear('time.1', 't_embedder.mlp.2');
  const each = Array.from({ length: layers }, (_, i) => i);
  const blocks = each.flatMap((i) => [`blocks.${i}.diff_self_attn`, `blocks.${i}.diff_cross_attn`]);
  const modulations = blocks.map((name) => `${name}.adaLN_modulation.1`);
  found.set('modulation.weight', beside(modulations.map((n) => turned(`${n}.weight`)), d)); // prettier-ignore
  found.set('modulation.bias', join(modulations.map((n) => get(`${n}.bias`))));
  const genes = each.map((i) => `gene_adaLN.${i}.adaLN_modulation.1`);
  found.set('genes.modulation.weight', beside(genes.map((n) => turned(`${n}.weight`)), d)); // prettier-ignore
  found.set('genes.modulation.bias', join(genes.map((n) => get(`${n}.bias`))));
  const withSets = [...each.map((i) => `adapter_layer.${i}.0`), 'final_layer.fc.0'];
  const split = withSets.map((n) => halves(turned(`${n}.weight`)));
  found.set('set.weight', beside(split.map(([, own]) => own), d)); // prettier-ignore
  found.set('set.bias', join(withSets.map((n) => get(`${n}.bias`))));
  each.forEach((i) => {
    norm(`layer.${i}.gene.norm`, `gene_adaLN.${i}.norm`);
    found.set(`layer.${i}.adapter.0.weight`, split[i][0]);
    linear(`layer.${i}.adapter.1`, `adapter_layer.${i}.3`);
    (['self', 'control'] as const).forEach((wiring, k) => {
      const [ours, theirs] = [blockName(i, wiring), blocks[2 * i + k]];
      for (const part of ['q_proj_1', 'q_proj_2', 'k_proj_1', 'k_proj_2', 'v_proj', 'out_proj']) {
        const own = part.replace(/_proj_?/u, '');
        found.set(`${ours}.${own}.weight`, turned(`${theirs}.attn.${part}.weight`));
      }
      const vectors = ['q1', 'k1', 'q2', 'k2'].map((v) => get(`${theirs}.attn.lambda_${v}`));
      found.set(`${ours}.lambda`, join(vectors));
      found.set(`${ours}.gain`, get(`${theirs}.attn.subln.weight`));
      linear(`${ours}.mlp.0`, `${theirs}.mlp.fc1`);
      linear(`${ours}.mlp.1`, `${theirs}.mlp.fc2`);
    });
  });
  found.set('output.0.weight', split[layers][0]);
  linear('output.1', 'final_layer.fc.2');
  linear('output.2', 'final_layer.fc.4');
  return padSpecs(shape).map(({ name, shape: size }) => {
    const values = found.get(name);
    if (values === undefined) throw new RangeError(`no original of ${name}`);
    return { name, shape: size, values: Float32Array.from(values) };
  });
}

/** [rows, columns] turned. */
function turn(values: Values, [rows, columns]: readonly number[]): Values {
  return Float64Array.from(
    { length: rows * columns },
    (_, k) => values[(k % rows) * columns + Math.floor(k / rows)],
  );
}

function halves(values: Values): Values[] {
  const middle = values.length / 2;
  return [values.subarray(0, middle), values.subarray(middle)];
}

function join(parts: readonly Values[]): Values {
  return Float64Array.from(parts.flatMap((part) => Array.from(part)));
}

/** Matrices of the same number of rows side by side. */
function beside(parts: readonly Values[], rows: number): Values {
  const lines = Array.from({ length: rows }, (_, r) =>
    parts.map((part) => {
      const width = part.length / rows;
      return part.subarray(r * width, (r + 1) * width);
    }),
  );
  return join(lines.flat());
}
