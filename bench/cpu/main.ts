/**
 * @file Speed on this machine's CPU, each figure beside its baselines in the same run. One JSON line per figure.
 *
 * npx tsx bench/cpu/main.ts [--threads 2] [--rounds 7] [--only autoencoder,flow,sample,slider] [--processor-time]
 * With --processor-time everything runs on one thread and is measured in the processor's time, for machines that are shared.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startCpuDevice } from '../../src/engine/compute.ts';
import { nodeCpuHost } from '../../src/engine/cpu/node-host.ts';
import { startTensors } from '../../src/engine/tensors/start.ts';
import type { CfgenBackend } from '../../src/models/cfgen/backend.ts';
import { createPlanBackend } from '../../src/models/cfgen/plan/plan-backend.ts';
import { tensorBackend } from '../../src/models/cfgen/tensors/tensor-backend.ts';
import { csrToDense } from '../../src/numerics/csr.ts';
import { readBenchData, type BenchData } from './data.ts';
import { compareRates, type Figure } from './figures.ts';
import { hasTorch, scratch, startTorch, type Baseline } from './pytorch.ts';
import {
  autoencoderRate,
  flowRate,
  geneBias,
  samplingRate,
  sliderFigures,
  useProcessorTime,
} from './tasks.ts';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: 'autoencoder,flow,sample,slider' },
    'processor-time': { type: 'boolean', default: false },
  },
});
const processorTime = values['processor-time'];
const threads = processorTime ? 1 : Number(values.threads);
const rounds = Number(values.rounds);
const chosen = values.only.split(',');
if (processorTime) useProcessorTime();
const per = (unit: string): string => (processorTime ? `${unit} of processor time` : unit);
const torch = hasTorch();
if (!torch) console.error('left out: the PyTorch baselines (CELLSMITH_TORCH_PYTHON has no torch)');

await startTensors();
const device = await startCpuDevice(nodeCpuHost(threads));
if (device === null) throw new Error('The CPU device does not run here.');
const plans = createPlanBackend(device);

function print(figures: readonly Figure[]): void {
  for (const figure of figures) console.log(JSON.stringify(figure));
}

/** PyTorch on one thread and on as many as ours. */
async function torchBaselines(
  kind: 'autoencoder' | 'flow' | 'sample',
  config: Readonly<Record<string, number | string>>,
): Promise<Baseline[]> {
  if (!torch) return [];
  const counts = [...new Set([1, threads])];
  return Promise.all(
    counts.map((n) =>
      startTorch(kind, { ...config, threads: n, clock: processorTime ? 'process' : 'wall' }),
    ),
  );
}

function stock(measure: (backend: CfgenBackend) => () => number | Promise<number>): Baseline {
  const run = measure(tensorBackend);
  return {
    name: 'plain tfjs (WebAssembly), 1 thread',
    measure: async () => run(),
    stop: () => undefined,
  };
}

async function autoencoder(data: BenchData): Promise<void> {
  const genes = data.counts.cols;
  const counts = join(scratch, 'counts.f32');
  if (torch) writeFileSync(counts, csrToDense(data.counts));
  const config = { genes, counts, batch: 256, warmup: 2, repeats: 4 };
  const baselines = [
    ...(await torchBaselines('autoencoder', config)),
    stock((backend) => autoencoderRate(backend, data.counts, 2)),
  ];
  const ours = { threads, measure: autoencoderRate(plans, data.counts, 8) };
  const name = `autoencoder training, ${data.name} (${genes}), batch 256`;
  print(await compareRates(name, per('cells/s'), 2, rounds, ours, baselines));
}

async function flow(hidden: number): Promise<void> {
  const config = { dims: 51, hidden, embedding: 100, cells: 2110, batch: 256 };
  const baselines = [
    ...(await torchBaselines('flow', { ...config, warmup: 40, repeats: 100 })),
    stock((backend) => flowRate(backend, hidden, 20)),
  ];
  const ours = { threads, measure: flowRate(plans, hidden, 200) };
  const name = `flow training on cached latents, batch 256, H ${hidden}, E 100`;
  print(await compareRates(name, per('steps/s'), 4, rounds, ours, baselines));
}

async function sample(data: BenchData): Promise<void> {
  const genes = data.counts.cols;
  const bias = join(scratch, 'bias.f32');
  writeFileSync(bias, geneBias(data.counts));
  const cells = 2000;
  const shape = { genes, bias, cells, dims: 51, hidden: 128, embedding: 100 };
  const config = { ...shape, steps: 20, mean: 7.6, sd: 0.4, warmup: 1, repeats: 1 };
  const baselines = await torchBaselines('sample', config);
  const ours = { threads, measure: samplingRate(plans, data.counts, cells) };
  const name = `sampling noise → sparse counts, ${cells} cells, one attribute, RK4 20 steps, H 128`;
  print(await compareRates(name, per('cells/s'), 3, Math.min(rounds, 5), ours, baselines));
}

const data = await readBenchData();
if (chosen.includes('autoencoder')) await autoencoder(data);
if (chosen.includes('flow')) for (const hidden of [64, 128]) await flow(hidden);
if (chosen.includes('sample')) await sample(data);
if (chosen.includes('slider')) print(await sliderFigures(plans, threads));
process.exit(0);
