/** @file Speed of the engine on this machine, each figure beside its baselines of the same run. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { selectDevice } from '../../src/engine/backend.ts';
import { presentDevice } from '../../src/engine/compute.ts';
import { nodeCpuHost } from '../../src/engine/cpu/node-host.ts';
import { startTensors } from '../../src/engine/tensors/start.ts';
import type { CfgenBackend } from '../../src/models/cfgen/backend.ts';
import { createPlanBackend } from '../../src/models/cfgen/plan/plan-backend.ts';
import { tensorBackend } from '../../src/models/cfgen/tensors/tensor-backend.ts';
import { csrToDense } from '../../src/numerics/csr.ts';
import { openNodeGpu } from '../../src/tasks/node-service.ts';
import { readBenchData, type BenchData } from './data.ts';
import { compareRates, rounded, type BenchName, type Figure } from './figures.ts';
import { hasTorch, scratch, startTorch, type Baseline, type TorchKind } from './pytorch.ts';
import { PAD_SIZES, screenRate } from './scdfm.ts';
import {
  autoencoderSizes,
  denseCells,
  guidedRate,
  setAutoencoderRate,
  transformerRate,
} from './scldm.ts';
import { trainingFigures } from './training.ts';
import {
  autoencoderRate,
  flowRate,
  geneBias,
  samplingRate,
  sliderFigures,
  useProcessorTime,
} from './tasks.ts';

/** What is measured and how. */
export interface BenchSettings {
  readonly names: readonly BenchName[];
  readonly device: 'cpu' | 'webgpu';
  readonly threads: number;
  readonly rounds: number;
  /** One thread, in the processor's time: for machines that are shared. */
  readonly processorTime: boolean;
  /** As little work as shows that everything runs. */
  readonly short: boolean;
}

/** Measures; tells of each figure as it is there. Error: device-lost if the device cannot be had. */
export async function runBench(
  settings: BenchSettings,
  onFigures: (figures: readonly Figure[]) => void,
): Promise<Figure[]> {
  const bench = await Bench.start(settings);
  const all: Figure[] = [];
  for (const name of settings.names) {
    const figures = await bench.run(name);
    onFigures(figures);
    all.push(...figures);
  }
  return all;
}

class Bench {
  readonly #settings: BenchSettings;
  readonly #threads: number;
  readonly #plans: CfgenBackend;
  readonly #data: BenchData;
  readonly #torch = hasTorch();

  private constructor(settings: BenchSettings, plans: CfgenBackend, data: BenchData) {
    this.#settings = settings;
    this.#threads = settings.processorTime ? 1 : settings.threads;
    this.#plans = plans;
    this.#data = data;
    if (!this.#torch) {
      console.error('left out: the PyTorch baselines (CELLSMITH_TORCH_PYTHON has no torch)');
    }
  }

  static async start(settings: BenchSettings): Promise<Bench> {
    if (settings.processorTime) useProcessorTime();
    await startTensors();
    const threads = settings.processorTime ? 1 : settings.threads;
    await selectDevice(settings.device, { cpuHost: nodeCpuHost(threads), openGpu: openNodeGpu });
    const device = presentDevice();
    if (device === null) throw new Error('no device was started');
    return new Bench(settings, createPlanBackend(device), await readBenchData(settings.short));
  }

  async run(name: BenchName): Promise<Figure[]> {
    switch (name) {
      case 'autoencoder':
        return this.#autoencoder();
      case 'flow':
        return [...(await this.#flow(64)), ...(await this.#flow(128))];
      case 'sample':
        return this.#sample();
      case 'slider':
        return sliderFigures(this.#plans, this.#place, this.#settings.short ? 5 : 25);
      case 'training':
        return trainingFigures(this.#data, this.#place, this.#settings.short);
      case 'scldm':
        return this.#scldm();
      case 'scdfm':
        return this.#scdfm();
    }
  }

  get #place(): { readonly device: string; readonly threads: number } {
    return { device: this.#settings.device, threads: this.#threads };
  }

  async #autoencoder(): Promise<Figure[]> {
    const { counts, name } = this.#data;
    const { short } = this.#settings;
    const genes = counts.cols;
    const file = join(scratch, 'counts.f32');
    if (this.#torch) writeFileSync(file, csrToDense(counts));
    const config = { genes, counts: file, batch: 256, warmup: 2, repeats: short ? 1 : 4 };
    const baselines = [
      ...(await this.#torchBaselines('autoencoder', config)),
      stock((backend) => autoencoderRate(backend, counts, short ? 1 : 2)),
    ];
    const ours = autoencoderRate(this.#plans, counts, short ? 1 : 8);
    const goal = this.#settings.device === 'cpu' ? 2 : 1;
    const figure = `autoencoder training, ${name} (${genes}), batch 256`;
    return this.#compare(figure, 'cells/s', goal, ours, baselines);
  }

  async #flow(hidden: number): Promise<Figure[]> {
    const { short } = this.#settings;
    const config = { dims: 51, hidden, embedding: 100, cells: 2110, batch: 256 };
    const baselines = [
      ...(await this.#torchBaselines('flow', { ...config, warmup: 40, repeats: short ? 10 : 100 })),
      stock((backend) => flowRate(backend, hidden, short ? 5 : 20)),
    ];
    const ours = flowRate(this.#plans, hidden, short ? 20 : 200);
    const goal = this.#settings.device === 'cpu' ? 4 : 2;
    const figure = `flow training on cached latents, batch 256, H ${hidden}, E 100`;
    return this.#compare(figure, 'steps/s', goal, ours, baselines);
  }

  async #sample(): Promise<Figure[]> {
    const { counts } = this.#data;
    const { short, device } = this.#settings;
    const bias = join(scratch, 'bias.f32');
    writeFileSync(bias, geneBias(counts));
    const cells = short ? 300 : 10_000;
    const shape = { genes: counts.cols, bias, cells, dims: 51, hidden: 128, embedding: 100 };
    const config = { ...shape, steps: 20, mean: 7.6, sd: 0.4, warmup: 1, repeats: 1 };
    const baselines = await this.#torchBaselines('sample', config);
    const ours = samplingRate(this.#plans, counts, cells);
    const figure = `sampling noise → sparse counts, ${cells} cells, one attribute, RK4 20 steps, H 128`;
    return this.#compare(figure, 'cells/s', device === 'cpu' ? 3 : 1, ours, baselines);
  }

  async #scldm(): Promise<Figure[]> {
    const { short } = this.#settings;
    const counts = denseCells(short ? 64 : 512);
    const genes = counts.cols;
    const file = join(scratch, 'scldm-counts.f32');
    if (this.#torch) writeFileSync(file, csrToDense(counts));
    const autoencoder = { counts: file, batch: 64, warmup: 1, repeats: short ? 1 : 2 };
    const flow = { cells: 2110, batch: 128, warmup: 1, repeats: short ? 1 : 6 };
    const cells = short ? 50 : 1000;
    const sample = { cells, steps: short ? 2 : 10, warmup: 0, repeats: 1 };
    const autoencoders: Figure[] = [];
    for (const size of ['S', 'M'] as const) {
      const config = { ...autoencoder, ...autoencoderSizes(genes, size) };
      const figure = `scLDM autoencoder ${size}, ${genes} genes, ~600 expressed, batch 64`;
      const ours = setAutoencoderRate(counts, 64, autoencoder.repeats, size);
      const baselines = await this.#torchBaselines('scldm-autoencoder', config);
      autoencoders.push(...(await this.#compare(figure, 'cells/s', 2, ours, baselines)));
    }
    const flows: Figure[] = [];
    for (const space of ['tokens', 'components'] as const) {
      const as = space === 'tokens' ? '' : ', in components (PyTorch: in tokens)';
      flows.push(
        ...(await this.#compare(
          `scLDM flow S, batch 128${as}`,
          'steps/s',
          2,
          transformerRate(128, flow.repeats, space),
          await this.#torchBaselines('scldm-flow', flow),
        )),
        ...(await this.#compare(
          `scLDM sampling S, ${cells} latents, weight 2, Heun ${sample.steps} steps${as}`,
          'cells/s',
          3,
          guidedRate(cells, sample.steps, space),
          await this.#torchBaselines('scldm-sample', sample),
        )),
      );
    }
    return [...autoencoders, ...flows, ...this.#stepMemory()];
  }

  async #scdfm(): Promise<Figure[]> {
    const { short } = this.#settings;
    const genes = short ? 32 : PAD_SIZES.genes;
    const repeats = short ? 1 : 3;
    const fast = screenRate('fast', 50, 26, short ? 5 : 50);
    const pad: Figure[] = [];
    for (const masked of [true, false]) {
      const sees = masked ? 'over the gene graph' : 'every gene sees every gene';
      const figure = `scDFM PAD-lite step, ${genes} genes, width 64, 4 × 16 cells, ${sees}`;
      const config = { ...PAD_SIZES, genes, masked: Number(masked), warmup: 1, repeats };
      const ours = screenRate('pad-lite', genes, genes, repeats, masked);
      const baselines = await this.#torchBaselines('scdfm-pad', config);
      pad.push(...(await this.#compare(figure, 'steps/s', 2, ours, baselines)));
    }
    return [
      ...pad,
      ...(await this.#compare('scDFM fast step, 50 components, 4 × 16 cells', 'steps/s', 25, fast, [])), // prettier-ignore
    ];
  }

  /** Most memory of the process of a step of size G; the device's own is the low end of the spread. */
  #stepMemory(): Figure[] {
    if (this.#settings.device !== 'cpu') return [];
    const script = join(import.meta.dirname, 'scldm-memory.ts');
    const genes = this.#settings.short ? 1000 : 17_000;
    const args = ['--import', 'tsx', script, String(this.#threads), String(genes)];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const { peak, device } = JSON.parse(stdout) as { peak: number; device: number };
    const alone = { baseline: null, baselineName: null, ratio: null, ...this.#place };
    const figure = `scLDM autoencoder G, ${genes} genes, a sixth expressed, batch 64: most memory`;
    const spread = [rounded(device), rounded(peak)] as const;
    return [{ figure, unit: 'MB', ours: rounded(peak), goal: 1500, spread, ...alone }];
  }

  #compare(
    figure: string,
    unit: string,
    goal: number,
    measure: () => Promise<number>,
    baselines: readonly Baseline[],
  ): Promise<Figure[]> {
    const { processorTime, rounds } = this.#settings;
    const per = processorTime ? `${unit} of processor time` : unit;
    return compareRates({ figure, unit: per, goal, ...this.#place }, rounds, measure, baselines);
  }

  /** PyTorch on one thread and on as many as ours; on the GPU for the GPU. */
  async #torchBaselines(
    kind: TorchKind,
    config: Readonly<Record<string, number | string>>,
  ): Promise<Baseline[]> {
    if (!this.#torch) return [];
    const { device, processorTime } = this.#settings;
    const clock = processorTime ? 'process' : 'wall';
    if (device === 'webgpu')
      return [await startTorch(kind, { ...config, threads: 1, clock, device: 'cuda' })];
    const counts = [...new Set([1, this.#threads])];
    return Promise.all(
      counts.map((threads) => startTorch(kind, { ...config, threads, clock, device: 'cpu' })),
    );
  }
}

function stock(measure: (backend: CfgenBackend) => () => Promise<number>): Baseline {
  const run = measure(tensorBackend);
  return { name: 'plain tfjs (WebAssembly), 1 thread', measure: run, stop: () => undefined };
}
