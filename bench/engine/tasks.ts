/** @file The work that is timed: the product's own learners, sampler and decoder on a given backend. */
import type { CfgenBackend } from '../../src/models/cfgen/backend.ts';
import { createConfig, type CfgenConfig } from '../../src/models/cfgen/config.ts';
import { shareConditions } from '../../src/models/flow/flow-choice.ts';
import { decodeCounts } from '../../src/models/decoding/decode.ts';
import { initialAutoencoder, initialVelocity } from '../../src/models/cfgen/initial-weights.ts';
import {
  autoencoderShape,
  CfgenRuntime,
  velocityShape,
  type CfgenModel,
} from '../../src/models/cfgen/model.ts';
import { sampleCells } from '../../src/models/flow/sample.ts';
import { startBias } from '../../src/models/cfgen/train-autoencoder.ts';
import { memorySource } from '../../src/numerics/csr-source.ts';
import type { CsrMatrix } from '../../src/numerics/csr.ts';
import { createRandom } from '../../src/numerics/random.ts';
import { rounded, type Figure } from './figures.ts';

const BATCH = 256;

/** Milliseconds now: of the wall's clock, or of the processor's time that this process took. */
let now = (): number => performance.now();

/** On a shared machine the processor's time is steadier; it tells nothing about threads, so it goes with one. */
export function useProcessorTime(): void {
  now = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
}

/** Milliseconds by the clock in use. */
export function clock(): number {
  return now();
}

const seconds = (since: number): number => (now() - since) / 1000;

function config(genes: number, hidden: number, categories: readonly number[]): CfgenConfig {
  const sizes = { genes, trainingCells: 2110, categories, maxEpochs: null, flowSteps: null };
  const made = createConfig({ recipe: 'recommended', ...sizes });
  return { ...made, architecture: { ...made.architecture, flowHidden: hidden } };
}

/** Autoencoder training steps of the recommended recipe: cells per second. */
export function autoencoderRate(backend: CfgenBackend, counts: CsrMatrix, steps: number) {
  const { architecture, autoencoder: recipe } = config(counts.cols, 128, [8]);
  const shape = autoencoderShape(architecture);
  const initial = initialAutoencoder(shape, createRandom(1), recipe.logTheta);
  const learner = backend.learnAutoencoder({
    shape,
    recipe,
    initial,
    counts: memorySource(counts),
    rows: BATCH,
  });
  const random = createRandom(2);
  let row = 0;
  const step = (): Promise<void> => {
    const cells = random.permutation(counts.rows).subarray(0, BATCH);
    learner.step(cells, 1e-3, { seed: 3, stream: 1, row: row++ });
    return learner.settle();
  };
  let warm = 2;
  return async (): Promise<number> => {
    for (; warm > 0; warm--) await step();
    const start = now();
    for (let i = 0; i < steps; i++) await step();
    await learner.takeLoss();
    return (steps * BATCH) / seconds(start);
  };
}

/** Flow training steps of the recommended recipe: steps per second. */
export function flowRate(backend: CfgenBackend, hidden: number, steps: number) {
  const cells = 2110;
  const { architecture, flow } = config(100, hidden, [8]);
  const shape = velocityShape(architecture);
  const random = createRandom(4);
  const codes = [Int32Array.from({ length: cells }, () => random.integer(8))];
  const learner = backend.learnFlow({
    shape,
    recipe: flow,
    initial: initialVelocity(shape, createRandom(5)),
    latents: Float32Array.from({ length: cells * shape.dims }, () => random.normal()),
    codes,
  });
  let row = 0;
  const step = (): Promise<void> => {
    const some = Uint32Array.from({ length: BATCH }, () => random.integer(cells));
    const masks = Uint32Array.from({ length: BATCH }, () => (random.uniform() < 0.2 ? 0 : 1));
    const conditions = shareConditions(some, masks, codes, flow.shareTimes, random);
    learner.step({ ...conditions, noise: { seed: 6, stream: 1, row: row++ } }, 1e-3);
    return learner.settle();
  };
  let warm = 10;
  return async (): Promise<number> => {
    for (; warm > 0; warm--) await step();
    const start = now();
    for (let i = 0; i < steps; i++) await step();
    await learner.takeLoss();
    return steps / seconds(start);
  };
}

/** The decoder's last bias: log shares of the genes. */
export function geneBias(counts: CsrMatrix): Float32Array {
  const shape = { genes: counts.cols, hidden: [512, 256], latentDim: 50 };
  const cells = Uint32Array.from({ length: counts.rows }, (_, i) => i);
  const name = 'decoder.2.bias';
  const arrays = startBias(
    initialAutoencoder(shape, createRandom(1), 3),
    name,
    memorySource(counts),
    cells,
  );
  return arrays.find((a) => a.name === name)!.values;
}

/** An untrained model with the data's gene shares, so that as many counts are drawn as in real cells. */
function createModel(counts: CsrMatrix, categories: readonly number[]): CfgenModel {
  const { architecture } = config(counts.cols, 128, categories);
  const { latentDim } = architecture;
  const bias = geneBias(counts);
  const arrays = initialAutoencoder(autoencoderShape(architecture), createRandom(1), 3);
  return {
    family: 'cfgen',
    recipe: 'recommended',
    architecture,
    attributes: categories.map((n, a) => ({
      name: `attribute ${a}`,
      categories: Array.from({ length: n }, (_, i) => `${i}`),
      cells: new Array<number>(n).fill(100),
    })),
    combinations: Array.from({ length: categories.reduce((a, b) => a * b, 1) }, (_, i) => ({
      codes: categories.length === 1 ? [i] : [Math.floor(i / categories[1]), i % categories[1]],
      cells: 50,
    })),
    whitening: { mean: new Float32Array(latentDim), sd: new Float32Array(latentDim).fill(1) },
    library: { mean: 7.6, sd: 0.4, min: 6.2, max: 9.7, byCategory: [] },
    autoencoder: arrays.map((a) => (a.name === 'decoder.2.bias' ? { ...a, values: bias } : a)),
    flow: initialVelocity(velocityShape(architecture), createRandom(2)),
  };
}

const whole = { seed: 1, library: { mode: 'chosen' }, frames: 0 } as const;

/** Noise → latents → sparse counts: cells per second. */
export function samplingRate(backend: CfgenBackend, counts: CsrMatrix, cells: number) {
  const model = createModel(counts, [8]);
  const runtime = new CfgenRuntime(model, backend);
  const guidance = [{ attribute: 'attribute 0', value: '1', weight: 1 }];
  const solver = { method: 'rk4', steps: 20 } as const;
  return async (): Promise<number> => {
    const start = now();
    const request = { ...whole, cells, guidance, solver };
    const { latents, logLibrary } = await sampleCells(model, runtime.velocity, request, null);
    const order = { latents, logLibrary, seed: 1, first: 0 };
    await decodeCounts(runtime, order, () => Promise.resolve());
    return cells / seconds(start);
  };
}

/** Milliseconds for 2,000 latents with two attributes, as a slider asks for them: Adams–Bashforth, 8 steps. */
export async function sliderFigures(
  backend: CfgenBackend,
  place: Pick<Figure, 'device' | 'threads'>,
  repeats: number,
): Promise<Figure[]> {
  const tiny = { rows: 1, cols: 40, indptr: Uint32Array.of(0, 1), values: Float32Array.of(1) };
  const model = createModel({ ...tiny, indices: Uint32Array.of(0) }, [8, 2]);
  const runtime = new CfgenRuntime(model, backend);
  const solver = { method: 'ab3', steps: 8 } as const;
  const figures: Figure[] = [];
  for (const [weight, branches] of [
    [1, 'one branch'],
    [1.7, 'four branches'],
  ] as const) {
    const times: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const guidance = [
        { attribute: 'attribute 0', value: '1', weight },
        { attribute: 'attribute 1', value: '0', weight: 1 },
      ];
      const start = now();
      const request = { ...whole, cells: 2000, guidance, solver };
      await sampleCells(model, runtime.velocity, request, null);
      if (i >= 3) times.push(seconds(start) * 1000);
    }
    times.sort((a, b) => a - b);
    figures.push({
      figure: `slider, 2000 latents, two attributes, weights ${weight} and 1 (${branches}), p95`,
      unit: 'ms',
      ours: rounded(times[Math.floor(times.length * 0.95)]),
      baseline: null,
      baselineName: null,
      ratio: null,
      goal: place.device === 'cpu' ? 100 : 16,
      ...place,
      spread: [rounded(times[0]), rounded(times[times.length - 1])],
    });
  }
  return figures;
}
