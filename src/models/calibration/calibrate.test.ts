/** @file Calibration by labels: raking against a plain one in float64, shrinking by formula, offsets on shares, and a whole model that is off. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CpuDevice } from '../../engine/cpu/device.ts';
import { startTestCpu } from '../../engine/cpu/testing/devices.ts';
import { memorySource } from '../../numerics/csr-source.ts';
import type { CsrMatrix } from '../../numerics/csr.ts';
import { createRandom } from '../../numerics/random.ts';
import { simulateData } from '../testing/simulated-data.ts';
import type { CfgenBackend } from '../cfgen/backend.ts';
import { calibrate, type CalibrationTask } from './calibrate.ts';
import { rakeOffsets, type LabelledSums } from './label-offsets.ts';
import { offsetShares } from '../decoding/label-tables.ts';
import { createConfig } from '../cfgen/config.ts';
import { decodeCounts } from '../decoding/decode.ts';
import { describeAttribute } from '../training/describe-training.ts';
import { initialAutoencoder, initialVelocity } from '../cfgen/initial-weights.ts';
import { describeLibrary } from '../flow/library.ts';
import { autoencoderShape, CfgenRuntime, velocityShape, type CfgenModel } from '../cfgen/model.ts';
import { type DecodingRuntime } from '../decoding/decoding-runtime.ts';
import { createPlanBackend } from '../cfgen/plan/plan-backend.ts';
import { sampleCells } from '../flow/sample.ts';
import { countCombinations } from '../training/split.ts';

const total = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

/** Random sums of five combinations of 3 × 2 categories over 7 genes. */
function randomGroups(scale: number): LabelledSums[] {
  const random = createRandom(5);
  const sums = (): Float64Array =>
    Float64Array.from({ length: 7 }, () => scale * (0.2 + random.uniform()));
  return [
    [0, 0],
    [0, 1],
    [1, 0],
    [2, 1],
    [-1, 1],
  ].map((codes, k) => ({ codes, cells: 5 + 9 * k, observed: sums(), expected: sums() }));
}

describe('raking', () => {
  it('of one attribute with many counts meets every category, shrunk by n / (n + 10)', () => {
    const groups = randomGroups(1e7).slice(0, 4).map((g, k) => ({ ...g, codes: [k] })); // prettier-ignore
    const { all, tables } = rakeOffsets(groups, [4], 7);
    // The offsets of a category, unshrunk, and those of all cells make up the log ratio of shares, but for one constant.
    for (const [k, { observed, expected, cells }] of groups.entries()) {
      const offsets = Array.from(
        { length: 7 },
        (_, g) => all[g] + (tables[0][k * 7 + g] * (cells + 10)) / cells,
      );
      const ratios = Array.from(observed, (o, g) => Math.log(o / expected[g]));
      const constant = total(ratios.map((r, g) => r - offsets[g])) / 7;
      ratios.forEach((r, g) => expect(offsets[g] + constant).toBeCloseTo(r, 4));
    }
  });

  it('of two attributes is iterative proportional fitting with 20 counts added', () => {
    const groups = randomGroups(60);
    const fitted = groups.map(({ expected }) => Array.from(expected));
    const all = new Array<number>(7).fill(0);
    const tables = [3, 2].map((n) => Array.from({ length: n }, () => new Array<number>(7).fill(0)));
    const fit = (offsets: number[], own: number[]): void => {
      for (const k of own) {
        const factor = total(groups[k].observed) / total(fitted[k]);
        fitted[k] = fitted[k].map((value) => value * factor);
      }
      for (let g = 0; g < 7; g++) {
        const there = 20 + total(own.map((k) => groups[k].observed[g]));
        const here = 20 + total(own.map((k) => fitted[k][g]));
        offsets[g] += Math.log(there / here);
        for (const k of own) fitted[k][g] *= there / here;
      }
    };
    for (let round = 0; round < 4; round++) {
      fit(all, [0, 1, 2, 3, 4]);
      [[0, 1], [2], [3]].forEach((own, code) => fit(tables[0][code], own));
      [[0, 2], [1, 3, 4]].forEach((own, code) => fit(tables[1][code], own)); // prettier-ignore
    }
    const ours = rakeOffsets(groups, [3, 2], 7);
    all.forEach((value, g) => expect(ours.all[g]).toBeCloseTo(value, 5));
    const cells = [[5 + 14, 23, 32], [5 + 23, 14 + 32 + 41]]; // prettier-ignore
    tables.forEach((own, a) =>
      own.forEach((row, code) =>
        row.forEach((value, g) => {
          const n = cells[a][code];
          expect(ours.tables[a][code * 7 + g]).toBeCloseTo((value * n) / (n + 10), 5);
        }),
      ),
    );
  });

  it('cuts what is beyond e³, and leaves alone categories and groups without cells', () => {
    const observed = Float64Array.of(1e6, 1, 0);
    const expected = Float64Array.of(1, 1e6, 0);
    const empty = new Float64Array(3);
    const groups = [
      { codes: [0], cells: 1e9, observed, expected },
      { codes: [1], cells: 0, observed: empty, expected },
    ];
    const { all, tables } = rakeOffsets(groups, [2], 3);
    expect(Array.from(all)).toEqual([3, -3, 0]);
    expect(Array.from(tables[0].subarray(3))).toEqual([0, 0, 0]);
  });
});

describe('offsets on shares', () => {
  it('are a softmax of log shares plus the offsets of the labels shown', () => {
    const shares = Float32Array.of(0.5, 0.3, 0.2);
    const tables = [Float32Array.of(1, 0, -1, 0, 2, 0), null, Float32Array.of(0.5, 0.5, 0)];
    const weights = [0.5 * Math.exp(0.5), 0.3 * Math.exp(2.5), 0.2];
    offsetShares(shares, tables, [1, 0, 0]);
    weights.forEach((w, g) => expect(shares[g]).toBeCloseTo(w / total(weights), 6));
    const before = shares.slice();
    offsetShares(shares, tables, [-1, 0, -1]);
    expect(shares).toEqual(before);
  });
});

describe('a model whose decoder knows nothing', () => {
  const data = simulateData(420, 37, 4);
  const genes = data.counts.cols;
  const codes = data.attributes.map((a) => a.codes);
  let device: CpuDevice;
  let backend: CfgenBackend;
  let untrained: CfgenModel;
  let task: Omit<CalibrationTask, 'runtime'>;
  let model: CfgenModel;
  let runtime: CfgenRuntime;

  beforeAll(async () => {
    device = await startTestCpu(1);
    backend = createPlanBackend(device);
    const { architecture } = createConfig({
      recipe: 'recommended',
      genes,
      trainingCells: 420,
      categories: [2, 2],
      maxEpochs: null,
      flowSteps: null,
    });
    const random = createRandom(2);
    untrained = {
      family: 'cfgen',
      recipe: 'recommended',
      architecture,
      attributes: data.attributes.map(describeAttribute),
      combinations: countCombinations(data.attributes, new Uint8Array(420)),
      whitening: { mean: new Float32Array(50), sd: new Float32Array(50).fill(1) },
      library: describeLibrary(new Float64Array(420).fill(Math.log(300)), data.attributes),
      autoencoder: initialAutoencoder(autoencoderShape(architecture), random, 3),
      flow: initialVelocity(velocityShape(architecture), random),
    };
    const start = new CfgenRuntime(untrained, backend);
    task = {
      counts: memorySource(data.counts),
      codes,
      trainingCells: Uint32Array.from({ length: 400 }, (_, i) => i),
      seed: 3,
      breathe: () => Promise.resolve(),
    };
    model = await calibrate(untrained, { ...task, runtime: start });
    start.dispose();
    runtime = new CfgenRuntime(model, backend);
  });

  afterAll(() => {
    runtime.dispose();
    device.dispose();
  });

  /** Counts of new cells with the labels of the data. */
  async function draw(used: DecodingRuntime) {
    const cells = await sampleCells(model, runtime.velocity, request, null);
    const order = { ...cells, seed: 8, first: 0 };
    return decodeCounts(used, order, () => Promise.resolve());
  }
  /** [cells, genes] */
  function dense({ rows, indptr, indices, values }: CsrMatrix): Float64Array {
    const all = new Float64Array(rows * genes);
    for (let r = 0; r < rows; r++) {
      for (let k = indptr[r]; k < indptr[r + 1]; k++) all[r * genes + indices[k]] = values[k];
    }
    return all;
  }
  const request = {
    cells: 420,
    seed: 8,
    guidance: [],
    library: { mode: 'fixed' as const, value: 5000 },
    solver: { method: 'heun' as const, steps: 4 },
    frames: 0,
    codes: { type: codes[0], state: codes[1] },
  };

  it('has the training cells’ mean shares in every category afterwards', async () => {
    const drawn = await draw(runtime);
    const meansOf = (counts: typeof drawn, attribute: number, code: number): number[] => {
      const sums = new Array<number>(genes).fill(0);
      for (let r = 0; r < 400; r++) {
        if (codes[attribute][r] !== code) continue;
        for (let k = counts.indptr[r]; k < counts.indptr[r + 1]; k++) {
          sums[counts.indices[k]] += counts.values[k];
        }
      }
      const all = total(sums);
      return sums.map((value) => value / all);
    };
    for (const [attribute, code] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]) {
      // prettier-ignore
      const [ours, theirs] = [drawn, data.counts].map((c) => meansOf(c, attribute, code));
      // What is left is the shrinking of large offsets, and the draws.
      ours.forEach((share, g) => expect(Math.abs(Math.log(share / theirs[g]))).toBeLessThan(0.25));
      expect(Math.max(...theirs)).toBeGreaterThan(0.04);
    }
  });

  it('keeps its noise and its genes’ dispersions where cells have dispersions of their own', async () => {
    const start = new CfgenRuntime(untrained, backend);
    const effort = { cells: 420, steps: 4 };
    const ours = await calibrate(untrained, { ...task, effort, runtime: start, widths: [1, 1.05] });
    start.dispose();
    const { library: learnt } = ours;
    expect(learnt.dispersion).toBeDefined();
    expect(learnt.noise).toBeUndefined();
    const thetaOf = ({ autoencoder }: CfgenModel) =>
      autoencoder.find((a) => a.name === 'log_theta');
    expect(thetaOf(ours)).toEqual(thetaOf(untrained));
  });

  it('starts from wider noise where the model says so', async () => {
    const { library: learnt } = untrained;
    // Without weights the velocity is nought, so noise stays where it is.
    const flow = untrained.flow.map((a) => ({ ...a, values: new Float32Array(a.values.length) }));
    const still = new CfgenRuntime({ ...untrained, flow }, backend);
    const wide = { ...untrained, library: { ...learnt, noise: 2 } };
    const chosen = { ...request, library: { mode: 'chosen' as const } };
    const narrow = await sampleCells(untrained, still.velocity, chosen, null);
    const { latents } = await sampleCells(wide, still.velocity, chosen, null);
    still.dispose();
    latents.forEach((value, i) => expect(value).toBeCloseTo(2 * narrow.latents[i], 5));
    expect(narrow.latents.some((value) => value > 1)).toBe(true);
  });

  it('draws the same cells on the device as without its help', async () => {
    const { theta, tables } = runtime;
    const autoencoder = {
      shares: (z: Float32Array) => runtime.autoencoder.shares(z),
      draw: null,
    };
    const plain = { model, theta, tables, autoencoder };
    const [ours, theirs] = [await draw(runtime), await draw(plain)];
    const [a, b] = [dense(ours), dense(theirs)];
    // Shares differ by rounding, which moves a draw now and then.
    expect(a.filter((value, i) => value !== b[i]).length).toBeLessThan(0.01 * a.length);
  });

  it('draws cells with dispersions of their own alike in parts, on the device and without it', async () => {
    const dispersion = { mean: -0.5, slope: 0, centre: 6, spread: 1 };
    const { library: learnt } = model;
    const own = { ...model, library: { ...learnt, dispersion } };
    const { theta, tables, autoencoder } = runtime;
    const cells = await sampleCells(own, runtime.velocity, request, null);
    const work = (used: DecodingRuntime, from: number, to: number) =>
      decodeCounts(
        used,
        {
          latents: cells.latents.subarray(from * 50, to * 50),
          logLibrary: cells.logLibrary.subarray(from, to),
          codes: { type: codes[0].subarray(from, to), state: codes[1].subarray(from, to) },
          seed: 8,
          first: from,
        },
        () => Promise.resolve(),
      );
    const onDevice = { model: own, theta, tables, autoencoder };
    const all = await work(onDevice, 0, 420);
    const some = await work(onDevice, 100, 390);
    expect(dense(some)).toEqual(dense(all).slice(100 * genes, 390 * genes));
    const shares = (z: Float32Array) => autoencoder.shares(z);
    const here = dense(await work({ ...onDevice, autoencoder: { shares, draw: null } }, 0, 420));
    expect(dense(all).filter((value, i) => value !== here[i]).length).toBeLessThan(
      0.01 * here.length,
    );
    // Other draws than without: more dispersion, so more zeros.
    const plain = await work(runtime, 0, 420);
    expect(all.indices.length).toBeLessThan(plain.indices.length);
  });

  it('without labels has the offsets of all cells alone', async () => {
    const shares = await runtime.autoencoder.shares(new Float32Array(50));
    const [z, library] = [new Float32Array(50), Float64Array.of(100)];
    const keys = Uint32Array.of(1, 2);
    const { draw: onDevice } = runtime.autoencoder;
    if (onDevice === null) throw new Error('the device draws no counts');
    const order = { latents: z, library, theta: runtime.theta, keys };
    for (const shown of [[], [-1, -1], [1, 0]]) {
      const drawn = await onDevice({ ...order, codes: shown.map((code) => Int32Array.of(code)) });
      const expected = shares.slice();
      offsetShares(expected, runtime.tables, shown.length > 0 ? shown : [-1, -1]);
      const own = await drawn.shares(0);
      own.forEach((share, g) => expect(share).toBeCloseTo(expected[g], 6));
    }
  });
});
