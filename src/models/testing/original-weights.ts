/** @file Test helper: the original program's weights (PyTorch names, [out, in]) as ours ([in, out]), and back. */
import type { NamedArray } from '../../engine/named-array.ts';
import type { Fixture } from '../../numerics/testing/fixture.ts';

/** Our name and whether the original stores the matrix transposed. */
export interface NameMap {
  readonly ours: string;
  readonly original: string;
}

const AUTOENCODER_LAYERS = 3;

/** Names of a unimodal autoencoder with two hidden layers. */
export function autoencoderNames(): NameMap[] {
  const names: NameMap[] = [{ ours: 'log_theta', original: 'theta' }];
  for (const half of ['encoder', 'decoder']) {
    for (let i = 0; i < AUTOENCODER_LAYERS; i++) {
      const bare = i === AUTOENCODER_LAYERS - 1;
      const layer = `${half}.rna.net.${i}${bare ? '' : '.0'}`;
      for (const part of ['weight', 'bias']) {
        names.push({ ours: `${half}.${i}.${part}`, original: `${layer}.${part}` });
      }
      if (bare) continue;
      for (const part of ['weight', 'bias', 'running_mean', 'running_var']) {
        names.push({
          ours: `${half}.${i}.norm.${part}`,
          original: `${half}.rna.net.${i}.1.${part}`,
        });
      }
    }
  }
  return names;
}

/** Names of a velocity network with three blocks and these attributes. */
export function velocityNames(attributes: readonly string[]): NameMap[] {
  const layers: [string, string][] = [
    ['time.0', 'time_embedder.0'],
    ['time.1', 'time_embedder.2'],
    ['input', 'net_in'],
    ['output', 'net_out.1'],
  ];
  for (let i = 0; i < 3; i++) {
    layers.push([`block.${i}.net1`, `blocks.${i}.net1.1`]);
    layers.push([`block.${i}.condition`, `blocks.${i}.cond_proj.1`]);
    layers.push([`block.${i}.net2`, `blocks.${i}.net2.1`]);
  }
  const names = layers.flatMap(([ours, original]) =>
    ['weight', 'bias'].map((part) => ({
      ours: `${ours}.${part}`,
      original: `${original}.${part}`,
    })),
  );
  attributes.forEach((name, a) => names.push({ ours: `label.${a}`, original: `label.${name}` }));
  return names;
}

/** Values `<stage>.<original name>` of a fixture in our layout; label tables keep theirs. */
export function originalValues(fixture: Fixture, stage: string, name: NameMap): Float64Array {
  const key = `${stage}.${name.original}`;
  const values = fixture.values(key);
  const shape = fixture.tensors[key].shape;
  if (shape.length !== 2 || name.ours.startsWith('label.')) return values;
  const [rows, cols] = shape;
  return values.map((_, i) => values[(i % rows) * cols + Math.floor(i / rows)]);
}

/** All `init.*` values as arrays for `writeParameters`; only label tables tell their shape. */
export function initialArrays(fixture: Fixture, names: readonly NameMap[]): NamedArray[] {
  return names.map((name) => ({
    name: name.ours,
    shape: name.ours.startsWith('label.') ? fixture.tensors[`init.${name.original}`].shape : [],
    values: Float32Array.from(originalValues(fixture, 'init', name)),
  }));
}
