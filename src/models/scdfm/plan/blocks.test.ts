/** @file The blocks of PAD-lite one by one against the original program: both wirings of attention, a whole block, the gene encoder with each row's own mask. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CpuDevice } from '../../../engine/cpu/device.ts';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import type { ArraySpec } from '../../../engine/plan/parameter-arena.ts';
import { largest, largestDifference } from '../../../engine/testing/device.ts';
import { loadFixture } from '../../../numerics/testing/fixture.ts';
import { NetworkWeights, Pool, Tape } from '../../tape/tape.ts';
import { setWeights } from '../sets.ts';
import { recordDifferentialAttention, recordDifferentialBlock, type BlockShape } from './differential-block.ts'; // prettier-ignore
import { recordGeneEncoder } from './gene-encoder.ts';
import { graphLists } from './graph-attention.ts';
import { blockSpecs, padSpecs } from './pad-arrays.ts';
import { CONTROL, ORIGINAL_SHAPE, VOCABULARY } from './testing/original-step.ts';

const fixture = loadFixture('scdfm', 'blocks', join(import.meta.dirname, '../../fixtures'));
const [cells, tokens, width, heads] = [8, 13, 24, 3];
const rows = cells * tokens;
const shape: BlockShape = { cells, tokens, heads, layer: 1, wiring: 'self', graph: null };

/** What the original calls the arrays of a block. */
const THEIRS: Readonly<Record<string, string>> = {
  q1: 'q_proj_1',
  q2: 'q_proj_2',
  k1: 'k_proj_1',
  k2: 'k_proj_2',
  v: 'v_proj',
  out: 'out_proj',
};

/** An array of a block, [in, out], from the original's, [out, in]. @param stage `w` or `grad_w` @param own `b.q1.weight` */
function original(group: string, stage: string, own: string): Float64Array {
  const at = (name: string): string => `${group}/${stage}/${name}`;
  const attention = group === 'diff_block' ? 'attn.' : '';
  const [, part, kind] = own.split('.');
  if (part === 'lambda') {
    const vectors = ['q1', 'k1', 'q2', 'k2'].map((v) => fixture.values(at(`${attention}lambda_${v}`))); // prettier-ignore
    return Float64Array.from(vectors.flatMap((v) => Array.from(v)));
  }
  if (part === 'gain') return fixture.values(at(`${attention}subln.weight`));
  if (part !== 'mlp') return turned(at(`${attention}${THEIRS[part]}.${kind}`));
  const name = at(`mlp.fc${Number(kind) + 1}.${own.split('.')[3]}`);
  return own.endsWith('bias') ? fixture.values(name) : turned(name);
}

/** A matrix with rows and columns exchanged. */
function turned(name: string): Float64Array {
  const [r, c] = fixture.tensors[name].shape;
  const values = fixture.values(name);
  return values.map((_, k) => values[(k % r) * c + Math.floor(k / r)]);
}

let device: CpuDevice;
let pool: Pool;

beforeAll(async () => {
  device = await startTestCpu(1);
  pool = new Pool(device);
});
afterAll(() => {
  pool.dispose();
  device.dispose();
});

/** A network of some arrays, and a tape with room for their gradients. */
function network(specs: readonly ArraySpec[], valuesOf: (name: string) => Float64Array) {
  const weights = new NetworkWeights(device, specs);
  weights.arena.write(
    specs.map(({ name, shape: size }) => ({
      name,
      shape: size,
      values: Float32Array.from(valuesOf(name)),
    })),
  );
  const gradients = pool.fixed(weights.arena.size);
  const tape = new Tape(device, weights, pool, gradients);
  return { weights, tape, read: () => weights.arena.read(gradients) };
}

function given(name: string, count: number, columns = width): Matrix {
  const out = matrix(pool.fixed(count * columns), count, columns);
  device.write(out.view, Float32Array.from(fixture.values(name)));
  return out;
}

async function expectLike(own: Matrix, name: string): Promise<void> {
  const expected = fixture.values(name);
  const found = await device.read(own.view);
  expect(largestDifference(found, expected) / largest(expected), name).toBeLessThan(1e-5);
}

const blockArrays = blockSpecs('b', { width, heads, ratio: 4 });
const attentionArrays = blockArrays.filter(({ name }) => !name.includes('.mlp.'));

describe.each(['self', 'control'] as const)('differential attention, %s wiring', (wiring) => {
  const group = `diff_attention/${wiring}_wiring_depth1`;

  it.each([false, true])(
    'has the results and slopes of the original; over lists: %s',
    async (overLists) => {
      const { weights, tape, read } = network(attentionArrays, (name) => original(group, 'w', name)); // prettier-ignore
      const everyone = Array.from({ length: tokens }, () => [...Array(tokens).keys()]);
      const graph = overLists ? graphLists(tape, everyone, tokens) : null;
      const y = given(`${group}/in/y`, rows);
      const reference = given(`${group}/in/ref`, rows);
      const recorded = recordDifferentialAttention(tape, 'b', y, reference, { ...shape, wiring, graph }); // prettier-ignore
      const { dY, dReference } = recorded.backward(given(`${group}/cot`, rows));
      device.perform(tape.recorder);
      await expectLike(recorded.out, `${group}/out`);
      await expectLike(dY, `${group}/grad_in/y`);
      await expectLike(dReference, `${group}/grad_in/ref`);
      for (const { name, values } of await read()) {
        const expected = original(group, 'grad_w', name);
        expect(largestDifference(values, expected) / largest(expected), name).toBeLessThan(1e-4);
      }
      weights.dispose();
    },
  );
});

describe('a block of differential attention', () => {
  it('has the results and slopes of the original', async () => {
    const group = 'diff_block';
    const { weights, tape, read } = network(blockArrays, (name) => original(group, 'w', name));
    const condition = matrix(pool.fixed(cells * 6 * width), cells, 6 * width);
    device.write(condition.view, modulation());
    const dCondition = matrix(pool.fixed(cells * 6 * width), cells, 6 * width);
    const y = given(`${group}/in/y`, rows);
    const control = given(`${group}/in/ref`, rows);
    const recorded = recordDifferentialBlock(tape, 'b', y, control, condition, 0, { ...shape, wiring: 'control' }); // prettier-ignore
    const { dY, dReference } = recorded.backward(given(`${group}/cot`, rows), dCondition);
    device.perform(tape.recorder);
    await expectLike(recorded.out, `${group}/out`);
    await expectLike(dY, `${group}/grad_in/y`);
    await expectLike(dReference as Matrix, `${group}/grad_in/ref`);
    for (const { name, values } of await read()) {
      const expected = original(group, 'grad_w', name);
      expect(largestDifference(values, expected) / largest(expected), name).toBeLessThan(1e-4);
    }
    const bias = fixture.values(`${group}/grad_w/adaLN_modulation.1.bias`);
    const sums = (await device.read(dCondition.view)).reduce(
      (sum, value, k) => {
        sum[k % (6 * width)] += value;
        return sum;
      },
      new Float64Array(6 * width),
    );
    expect(largestDifference(sums, bias) / largest(bias)).toBeLessThan(1e-4);
    weights.dispose();
  });

  /** The six vectors of each cell: a linear map of SiLU of its time. */
  function modulation(): Float32Array {
    const tau = fixture.values('diff_block/in/tau').map((x) => x / (1 + Math.exp(-x)));
    const weight = fixture.values('diff_block/w/adaLN_modulation.1.weight');
    const bias = fixture.values('diff_block/w/adaLN_modulation.1.bias');
    return Float32Array.from({ length: cells * 6 * width }, (_, k) => {
      const [cell, column] = [Math.floor(k / (6 * width)), k % (6 * width)];
      let sum = bias[column];
      for (let d = 0; d < width; d++) sum += weight[column * width + d] * tau[cell * width + d];
      return sum;
    });
  }
});

describe('the gene encoder', () => {
  const look = 'perturbation_interaction';
  const arrays = padSpecs(ORIGINAL_SHAPE).filter(
    ({ name }) =>
    ['genes.weight', 'genes.norm', 'genes.query', 'genes.key', 'genes.value', 'genes.out', 'genes.mlp'].some((own) => name.startsWith(own)), // prettier-ignore
  );
  const mask = fixture.values('gene_encoder/mask');
  const every = Array.from({ length: VOCABULARY }, (_, id) => id);
  const seen = every.map((id) => every.filter((other) => mask[id * VOCABULARY + other] === 0));

  /** One of our arrays from the original's; tokens are in the order of the vocabulary. */
  function encoderArray(stage: string, own: string): Float64Array {
    const at = (name: string): string => `gene_encoder/${stage}/${name}`;
    if (own === 'genes.weight') {
      return fixture.values(at('embedding.weight')).subarray(0, VOCABULARY * width);
    }
    const norms: Readonly<Record<string, string>> = { 'genes.norm': 'enc_norm', 'genes.query.norm': `${look}.norm1`, 'genes.mlp.norm': `${look}.norm2` }; // prettier-ignore
    const layers: Readonly<Record<string, string>> = { 'genes.out': `${look}.cross_attn.out_proj`, 'genes.mlp.0': `${look}.linear1`, 'genes.mlp.1': `${look}.linear2` }; // prettier-ignore
    const dot = own.lastIndexOf('.');
    const [name, kind] = [own.slice(0, dot), own.slice(dot + 1)];
    if (name in norms) return fixture.values(at(`${norms[name]}.${kind === 'gain' ? 'weight' : 'bias'}`)); // prettier-ignore
    if (name in layers) return kind === 'bias' ? fixture.values(at(`${layers[name]}.bias`)) : turned(at(`${layers[name]}.weight`)); // prettier-ignore
    const k = ['genes.query', 'genes.key', 'genes.value'].indexOf(name);
    if (kind === 'bias') return fixture.values(at(`${look}.cross_attn.in_proj_bias`)).subarray(k * width, (k + 1) * width); // prettier-ignore
    const all = turned(at(`${look}.cross_attn.in_proj_weight`));
    return Float64Array.from({ length: width * width }, (_, e) => all[Math.floor(e / width) * 3 * width + k * width + (e % width)]); // prettier-ignore
  }

  const record = () => {
    const own = network(arrays, (name) => encoderArray('w', name));
    return { ...own, encoder: recordGeneEncoder(own.tape, seen, ORIGINAL_SHAPE.graphHeads) };
  };

  it('gives each gene what the original gives it, with its slopes', async () => {
    const { weights, tape, read, encoder } = record();
    const ids = Array.from(fixture.values('gene_encoder/ids'));
    const dOut = matrix(pool.fixed(VOCABULARY * width), VOCABULARY, width);
    const slopes = new Float32Array(VOCABULARY * width);
    const cot = fixture.values('gene_encoder/cot');
    ids.forEach((id, r) => slopes.set(cot.subarray(r * width, (r + 1) * width), id * width));
    device.write(dOut.view, slopes);
    encoder.backward(dOut);
    device.perform(tape.recorder);
    const found = await device.read(encoder.out.view);
    const own = ids.flatMap((id) => Array.from(found.subarray(id * width, (id + 1) * width)));
    const expected = fixture.values('gene_encoder/out');
    expect(largestDifference(own, expected) / largest(expected)).toBeLessThan(1e-5);
    // What no softmax can feel has a slope of 0 but for rounding.
    for (const { name, values } of (await read()).filter((a) => a.name !== 'genes.key.bias')) {
      const slope = encoderArray('grad_w', name);
      expect(largestDifference(values, slope) / largest(slope), name).toBeLessThan(1e-4);
    }
    weights.dispose();
  });

  it('gives each set of a batch what its own mask shows it, not what the first row’s does', async () => {
    const { weights, tape, encoder } = record();
    device.perform(tape.recorder);
    const rowsOfGenes = await device.read(encoder.out.view);
    weights.dispose();
    /** The perturbation's embedding: the mean over two places, by the weights of a set. */
    const embedded = (pair: readonly number[]): Float64Array => {
      // The set's weights have control last; the vocabulary has it among the others.
      const members = pair.filter((id) => id !== CONTROL).map((id) => [[id, 1] as const]);
      const shares = setWeights(members, VOCABULARY, 'mean');
      shares[CONTROL] = shares[VOCABULARY];
      return Float64Array.from({ length: width }, (_, d) =>
        every.reduce((sum, id) => sum + shares[id] * rowsOfGenes[id * width + d], 0),
      );
    };
    const pairsOf = (name: string): number[][] => {
      const ids = Array.from(fixture.values(`perturbation/${name}_ids`));
      return Array.from({ length: ids.length / 2 }, (_, p) => ids.slice(2 * p, 2 * p + 2));
    };
    const near = (name: string, of: string): number => {
      const found = pairsOf(of).flatMap((pair) => Array.from(embedded(pair)));
      return largestDifference(found, fixture.values(`perturbation/${name}`));
    };
    for (const name of ['single_with_control', 'double', 'double_swapped']) {
      expect(near(name, name), name).toBeLessThan(1e-5);
    }
    expect(near('batch_bug_correct', 'batch_bug')).toBeLessThan(1e-5);
    expect(near('batch_bug_original', 'batch_bug')).toBeGreaterThan(0.01);
  });
});
