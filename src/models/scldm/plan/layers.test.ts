/** @file Single layers on a tape against the original's modules: results, and gradients of input and weights. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import type { ArraySpec } from '../../../engine/plan/parameter-arena.ts';
import { largest, largestDifference } from '../../../engine/testing/device.ts';
import { loadFixture } from '../../../numerics/testing/fixture.ts';
import {
  blockSpecs,
  gatedSpecs,
  normSpecs,
  recordBlock,
  recordGatedLayer,
  recordNorm,
  recordPlainNorm,
  recordSelfAttention,
  type Layer,
} from '../../tape/layers.ts';
import { NetworkWeights, Pool, Tape } from '../../tape/tape.ts';
import { namedArrays, OriginalArrays } from './testing/original-arrays.ts';

const fixture = loadFixture('scldm', 'blocks', join(import.meta.dirname, '../../fixtures'));
const originals = new OriginalArrays(fixture);
const [width, gated] = [12, 32];
const tokens = { cells: 6, tokens: 5, heads: 3 };

/** Where our array's values are: a plain one, one to be turned, or two side by side. */
type Source = string | readonly [turned: string] | readonly [first: string, second: string];

interface Case {
  readonly name: string;
  readonly specs: readonly ArraySpec[];
  readonly sources: Readonly<Record<string, Source>>;
  readonly record: (tape: Tape, x: Matrix) => Layer;
}

const attentionSources = {
  'a.qkv.weight': ['c_attn.weight'],
  'a.out.weight': ['c_proj.weight'],
} as const;

const cases: readonly Case[] = [
  { name: 'layernorm_noaffine', specs: [], sources: {}, record: recordPlainNorm },
  {
    name: 'layernorm',
    specs: normSpecs('n', width),
    sources: { 'n.gain': 'weight', 'n.shift': 'bias' },
    record: (tape, x) => recordNorm(tape, 'n', x),
  },
  {
    name: 'mlp_swiglu',
    specs: gatedSpecs('m', width, gated),
    sources: { 'm.in.weight': ['w1.weight', 'w2.weight'], 'm.out.weight': ['c_proj.weight'] },
    record: (tape, x) => recordGatedLayer(tape, 'm', x, null),
  },
  {
    name: 'self_attention',
    specs: [
      { name: 'a.qkv.weight', shape: [width, 3 * width] },
      { name: 'a.out.weight', shape: [width, width] },
    ],
    sources: attentionSources,
    record: (tape, x) => recordSelfAttention(tape, 'a', x, tokens),
  },
  {
    name: 'self_attention_bias',
    specs: [
      { name: 'a.qkv.weight', shape: [width, 3 * width] },
      { name: 'a.qkv.bias', shape: [3 * width] },
      { name: 'a.out.weight', shape: [width, width] },
      { name: 'a.out.bias', shape: [width] },
    ],
    sources: { ...attentionSources, 'a.qkv.bias': 'c_attn.bias', 'a.out.bias': 'c_proj.bias' },
    record: (tape, x) => recordSelfAttention(tape, 'a', x, tokens, { bias: true }),
  },
  {
    name: 'block',
    specs: blockSpecs('b', width, gated),
    sources: {
      'b.attention.norm.gain': 'ln_1.weight',
      'b.attention.norm.shift': 'ln_1.bias',
      'b.attention.qkv.weight': ['attn.c_attn.weight'],
      'b.attention.out.weight': ['attn.c_proj.weight'],
      'b.gated.norm.gain': 'ln_2.weight',
      'b.gated.norm.shift': 'ln_2.bias',
      'b.gated.in.weight': ['mlp.w1.weight', 'mlp.w2.weight'],
      'b.gated.out.weight': ['mlp.c_proj.weight'],
    },
    record: (tape, x) => recordBlock(tape, 'b', x, tokens),
  },
];

function valuesOf(at: string, source: Source): Float64Array {
  if (typeof source === 'string') return fixture.values(`${at}/${source}`);
  const [first, second] = source;
  if (second === undefined) return originals.transposed(`${at}/${first}`);
  return originals.beside(`${at}/${first}`, `${at}/${second}`);
}

describe('a layer', () => {
  let device: ComputeDevice;

  beforeAll(async () => {
    device = await startTestCpu(2);
  });

  afterAll(() => device.dispose());

  it.each(cases)('$name is that of the original', async ({ name, specs, sources, record }) => {
    const { shape } = fixture.tensors[`${name}/in/x`];
    const columns = shape[shape.length - 1];
    const input = fixture.values(`${name}/in/x`);
    const rows = input.length / columns;
    // A vector that no layer uses, so that there is always something to learn.
    const all = [...specs, { name: 'unused', shape: [4] }];
    const weights = new NetworkWeights(device, all);
    weights.arena.write(
      namedArrays(all, (spec) =>
        spec.name === 'unused' ? new Float64Array(4) : valuesOf(`${name}/w`, sources[spec.name]),
      ),
    );
    const pool = new Pool(device);
    const gradients = pool.fixed(weights.arena.size);
    const tape = new Tape(device, weights, pool, gradients);
    const [x, cot] = [0, 1].map(() => matrix(pool.fixed(input.length), rows, columns));
    device.write(x.view, input);
    device.write(cot.view, fixture.values(`${name}/cot`));
    const layer = record(tape, x);
    const dx = layer.backward(cot);
    device.perform(tape.recorder);
    const check = (own: Float32Array, expected: Float64Array, what: string): void => {
      expect(largestDifference(own, expected) / largest(expected), what).toBeLessThan(2e-6);
    };
    check(await device.read(layer.out.view), fixture.values(`${name}/out`), 'out');
    check(await device.read(dx.view), fixture.values(`${name}/grad_in/x`), 'input');
    for (const { name: own, values } of await weights.arena.read(gradients)) {
      if (own === 'unused') continue;
      const stage = `${name}/grad_w`;
      const stored = Object.keys(fixture.tensors).some((key) => key.startsWith(stage));
      if (stored) check(values, valuesOf(stage, sources[own]), own);
    }
    pool.dispose();
    weights.dispose();
  });
});
