/** @file The work of scLDM that is timed: autoencoder steps of sizes S and M, flow steps of size S, and sampling with guidance. */
import { presentDevice } from '../../src/engine/compute.ts';
import type { ComputeDevice } from '../../src/engine/compute-device.ts';
import { createConfig } from '../../src/models/scldm/config.ts';
import type { ModelSize } from '../../src/protocol/model.ts';
import { geneShares } from '../../src/models/scldm/gene-shares.ts';
import { initialAutoencoder, initialDenoiser } from '../../src/models/scldm/initial-weights.ts';
import { learnAutoencoder, learnFlow } from '../../src/models/scldm/plan/learners.ts';
import { Velocity } from '../../src/models/scldm/plan/runtimes.ts';
import { flowDims } from '../../src/models/scldm/shapes.ts';
import { separateConditions } from '../../src/models/flow/flow-choice.ts';
import { sampleCells } from '../../src/models/flow/sample.ts';
import { memorySource } from '../../src/numerics/csr-source.ts';
import { csrFromDense, type CsrMatrix } from '../../src/numerics/csr.ts';
import { createRandom } from '../../src/numerics/random.ts';
import { clock } from './tasks.ts';

const CATEGORIES = 8;
const CELLS = 2110;

/** Cells of 2,000 genes of which 600 are expressed, about. */
export function denseCells(cells: number): CsrMatrix {
  const random = createRandom(9);
  const dense = Float32Array.from({ length: cells * 2000 }, () =>
    random.uniform() < 0.3 ? 1 + random.integer(3) : 0,
  );
  return csrFromDense(cells, 2000, dense);
}

function device(): ComputeDevice {
  const own = presentDevice();
  if (own === null) throw new Error('no device was started');
  return own;
}

/** What the transformer works in: every token of the latents, as the original does, or their principal components, as our recipe does. */
export type FlowSpace = 'tokens' | 'components';

/** The recommended configuration, with the transformer in a space. */
function configOf(genes: number, size: ModelSize = 'S', space: FlowSpace = 'tokens') {
  const config = createConfig({
    recipe: 'recommended',
    size,
    genes,
    trainingCells: CELLS,
    categories: [CATEGORIES],
    mostExpressed: 1,
    autoencoderSteps: null,
    flowSteps: null,
  });
  if (space === 'components') return config;
  const { architecture } = config;
  const { tokens, channels } = architecture.autoencoder;
  const denoiser = { ...architecture.denoiser, tokens };
  return {
    ...config,
    architecture: { ...architecture, latentDim: tokens * channels, denoiser },
  };
}

/** Steps before the first that counts: with several threads a program tries both ways first, unless one step is all that is timed. */
function warmUp(steps: number): number {
  return steps > 1 && device().threads > 1 ? 6 : 1;
}

const seconds = (since: number): number => (clock() - since) / 1000;

/** What the PyTorch loop is told of an autoencoder of a size. */
export function autoencoderSizes(genes: number, size: ModelSize) {
  const { width, gated, tokens, channels, layers, heads } = configOf(genes, size).architecture.autoencoder; // prettier-ignore
  return { genes, width, gated, tokens, channels, layers, heads };
}

/** Autoencoder steps that learn from every gene: cells per second. */
export function setAutoencoderRate(
  counts: CsrMatrix,
  batch: number,
  steps: number,
  size: ModelSize,
) {
  const { architecture, autoencoder } = configOf(counts.cols, size);
  const shape = architecture.autoencoder;
  const source = memorySource(counts);
  const all = Uint32Array.from({ length: counts.rows }, (_, i) => i);
  const bias = geneShares(source, all);
  const learner = learnAutoencoder(device(), {
    shape,
    recipe: { ...autoencoder, genesPerStep: null },
    initial: initialAutoencoder(shape, createRandom(1), autoencoder.logTheta, bias),
    counts: source,
    rows: batch,
  });
  const random = createRandom(2);
  let row = 0;
  const step = (): Promise<void> => {
    const cells = random.permutation(counts.rows).subarray(0, batch);
    learner.step(cells, 1e-3, { seed: 3, stream: 1, row: row++ });
    return learner.settle();
  };
  let warm = warmUp(steps);
  return async (): Promise<number> => {
    for (; warm > 0; warm--) await step();
    const start = clock();
    for (let i = 0; i < steps; i++) await step();
    await learner.takeLoss();
    return (steps * batch) / seconds(start);
  };
}

/** Flow steps on cached latents: steps per second. */
export function transformerRate(batch: number, steps: number, space: FlowSpace) {
  const { architecture, flow } = configOf(100, 'S', space);
  const shape = architecture.denoiser;
  const random = createRandom(4);
  const codes = [Int32Array.from({ length: CELLS }, () => random.integer(CATEGORIES))];
  const learner = learnFlow(device(), {
    shape,
    recipe: { ...flow, batch },
    initial: initialDenoiser(shape, createRandom(5)),
    latents: Float32Array.from({ length: CELLS * flowDims(shape) }, () => random.normal()),
    codes,
  });
  let row = 0;
  const step = (): Promise<void> => {
    const cells = Uint32Array.from({ length: batch }, () => random.integer(CELLS));
    const times = Float64Array.from(cells, (_, i) => i / batch);
    const conditions = separateConditions(cells, new Uint32Array(batch).fill(1), times);
    learner.step({ ...conditions, noise: { seed: 6, stream: 1, row: row++ } }, 1e-3);
    return learner.settle();
  };
  let warm = warmUp(steps);
  return async (): Promise<number> => {
    for (; warm > 0; warm--) await step();
    const start = clock();
    for (let i = 0; i < steps; i++) await step();
    await learner.takeLoss();
    return steps / seconds(start);
  };
}

/** Latents at a weight of 2, Heun: cells per second. */
export function guidedRate(cells: number, steps: number, space: FlowSpace) {
  const { architecture } = configOf(100, 'S', space);
  const shape = architecture.denoiser;
  const network = new Velocity(device(), shape, initialDenoiser(shape, createRandom(7)));
  const model = {
    recipe: 'recommended',
    architecture,
    attributes: [
      { name: 'a', categories: ['0', '1', '2', '3', '4', '5', '6', '7'], cells: Array<number>(8).fill(100) }, // prettier-ignore
    ],
    combinations: Array.from({ length: CATEGORIES }, (_, i) => ({ codes: [i], cells: 100 })),
    library: { mean: 7.6, sd: 0.4, min: 6.2, max: 9.7, byCategory: [] },
  } as const;
  return async (): Promise<number> => {
    const start = clock();
    await sampleCells(
      model,
      network,
      {
        cells,
        seed: 1,
        guidance: [{ attribute: 'a', value: '1', weight: 2 }],
        library: { mode: 'chosen' },
        solver: { method: 'heun', steps },
        frames: 0,
      },
      null,
    );
    return cells / seconds(start);
  };
}
