/**
 * @file Ablation over the tokens a cell is pooled into: scLDM S trained equally long with 8, 16 and 32, judged by reconstruction.
 *
 * npx tsx bench/quality/tokens.ts --out FOLDER [--set kang] [--steps 300] [--tokens 8,16,32]
 * Writes tokens.json and tokens.svg. A number that is there is not made again.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CpuDevice } from '../../src/engine/cpu/device.ts';
import { nodeCpuHost } from '../../src/engine/cpu/node-host.ts';
import { RunControl } from '../../src/engine/run-control.ts';
import { decodeCounts } from '../../src/models/decoding/decode.ts';
import { Setbacks } from '../../src/models/training/setbacks.ts';
import { holdOut } from '../../src/models/training/split.ts';
import { whiteningOf } from '../../src/models/flow/latent-states.ts';
import { createConfig, type ScldmConfig } from '../../src/models/scldm/config.ts';
import { firstAutoencoder } from '../../src/models/scldm/first-autoencoder.ts';
import { geneChances } from '../../src/models/scldm/gene-chances.ts';
import { geneShares } from '../../src/models/scldm/gene-shares.ts';
import { learnAutoencoder } from '../../src/models/scldm/plan/learners.ts';
import { SetAutoencoder } from '../../src/models/scldm/plan/runtimes.ts';
import { trainAutoencoder } from '../../src/models/scldm/train-autoencoder.ts';
import { memorySource } from '../../src/numerics/csr-source.ts';
import type { CsrMatrix } from '../../src/numerics/csr.ts';
import { createRandom } from '../../src/numerics/random.ts';
import { readSplit, sets, type SplitCells } from './data.ts';
import { reconstruction } from './reconstruction.ts';
import { tokenPlot, type TokenResult } from './token-plot.ts';

const HELD_OUT = 0.1;

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    set: { type: 'string', default: 'kang' },
    steps: { type: 'string', default: '300' },
    tokens: { type: 'string', default: '8,16,32' },
  },
});
if (values.out === undefined) throw new Error('--out FOLDER is missing.');
const folder = values.out;

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function configFor(tokens: number, steps: number, { training }: SplitCells): ScldmConfig {
  const config = createConfig({
    recipe: 'recommended',
    size: 'S',
    genes: training.counts.cols,
    trainingCells: training.counts.rows,
    categories: [],
    mostExpressed: 1,
    autoencoderSteps: steps,
    flowSteps: null,
  });
  const { architecture } = config;
  const { channels } = architecture.autoencoder;
  return {
    ...config,
    architecture: {
      ...architecture,
      latentDim: tokens * channels,
      autoencoder: { ...architecture.autoencoder, tokens },
    },
  };
}

async function train(
  device: CpuDevice,
  config: ScldmConfig,
  { training }: SplitCells,
): ReturnType<typeof trainAutoencoder> {
  const { autoencoder: recipe } = config;
  const shape = config.architecture.autoencoder;
  const counts = memorySource(training.counts as CsrMatrix);
  const heldOut = holdOut(counts.rows, training.attributes, HELD_OUT, 0);
  const every = Uint32Array.from({ length: counts.rows }, (_, i) => i);
  const trainingCells = every.filter((i) => heldOut[i] === 0);
  const initial = firstAutoencoder(shape, recipe, counts, trainingCells, createRandom(0, 1));
  const chances = geneChances(geneShares(counts, trainingCells));
  const rows = recipe.batch;
  const learner = learnAutoencoder(device, { shape, recipe, initial, counts, rows, chances });
  return trainAutoencoder({
    learner,
    relearn: () => Promise.resolve(learner),
    recipe,
    rows,
    genes: counts.cols,
    trainingCells,
    heldOutCells: every.filter((i) => heldOut[i] === 1),
    random: createRandom(0, 1).fork(1),
    control: new RunControl(),
    setbacks: new Setbacks(
      () => undefined,
      () => '',
    ),
    onStep: () => undefined,
    onCheck: (step, own, held) =>
      console.error(`  step ${step}: training ${own.toFixed(1)}, held-out ${held.toFixed(1)}`),
  }).finally(() => learner.dispose());
}

async function measure(tokens: number, steps: number, split: SplitCells): Promise<TokenResult> {
  const device = await CpuDevice.start(nodeCpuHost(1));
  const config = configFor(tokens, steps, split);
  const started = processorSeconds();
  const { arrays, loss } = await train(device, config, split);
  const spent = processorSeconds() - started;
  const { architecture } = config;
  const autoencoder = new SetAutoencoder(device, architecture.autoencoder, arrays);
  const test = memorySource(split.test);
  const latents = await autoencoder.encode(test, () => Promise.resolve());
  const theta = arrays.find(({ name }) => name === 'log_theta')?.values.map(Math.exp);
  const whitening = whiteningOf(latents, architecture.latentDim, new Uint32Array(0), false);
  const runtime = { model: { architecture, whitening }, autoencoder, theta: theta as Float32Array };
  const logLibrary = Float32Array.from(test.sums, Math.log);
  const drawn = await decodeCounts(runtime, { latents, logLibrary, seed: 1, first: 0 }, () =>
    Promise.resolve(),
  );
  autoencoder.dispose();
  device.dispose();
  return { tokens, re: loss, ...reconstruction(split.test, drawn), processorSeconds: spent, steps };
}

mkdirSync(folder, { recursive: true });
const path = join(folder, 'tokens.json');
const results: TokenResult[] = existsSync(path)
  ? (JSON.parse(readFileSync(path, 'utf8')) as TokenResult[])
  : [];
const split = await readSplit(sets[values.set], 0);
const steps = Number(values.steps);
for (const tokens of values.tokens.split(',').map(Number)) {
  if (results.some((row) => row.tokens === tokens && row.steps === steps)) continue;
  const result = await measure(tokens, steps, split);
  console.error(JSON.stringify(result));
  results.push(result);
  writeFileSync(path, JSON.stringify(results, null, 1));
}
const shown = results.filter((row) => row.steps === steps).sort((a, b) => a.tokens - b.tokens);
const title = `scLDM S on ${values.set}, ${steps} steps of the autoencoder, by tokens`;
writeFileSync(join(folder, 'tokens.svg'), tokenPlot(shown, title));
console.table(shown);
process.exit(0);
