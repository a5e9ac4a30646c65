/** @file The model worker's service: the device, one model, its training, and the newest samples. */
import { selectDevice, type BackendOptions, type DevicePreference } from '../engine/backend.ts';
import { presentDevice, productSpeed } from '../engine/compute.ts';
import { RunControl } from '../engine/run-control.ts';
import { selectRows, type CsrMatrix } from '../numerics/csr.ts';
import type { ModelApi } from '../protocol/api.ts';
import type { CountsOnDisk, Modality } from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import type { StoredVerdict } from '../protocol/judge.ts';
import { moved } from '../protocol/transport.ts';
import type {
  DeviceReport,
  GeneratedRange,
  ModelInfo,
  SampleRequest,
  SampleResult,
  TrainEvent,
  TrainRequest,
  TransportEvent,
  TransportRequest,
  TransportResult,
} from '../protocol/model.ts';
import type { ComputeDevice } from '../engine/compute-device.ts';
import { modelFileSize, readModelFile, writeModelFile } from './model-file.ts';
import { readyDevice } from './ready-device.ts';
import { modelFamilies } from './registry.ts';
import { copied, eachOf, NO_SAMPLE, SampleStore, type StoredSample } from './sample-store.ts';
import { withOpenCounts, type OpenCounts } from './training/training-data.ts';
import type { ModelRuntime, TrainContext, TrainedModel } from './trained-model.ts';

/** Losses after which the GPU is not tried again. */
const MOST_LOSSES = 1;

/** Time in which the news of a loss follows the first failed call. */
const LOSS_NOTICE_MS = 200;

/** What surrounds a service. */
export type ModelServiceOptions = Pick<BackendOptions, 'cpuHost' | 'openGpu' | 'speed'> & {
  /** Opens counts on disk, for trainings that do not fit into memory. */
  readonly openCounts?: (counts: CountsOnDisk) => Promise<OpenCounts>;
};

/** Implements ModelApi; lives in a worker, or in Node for the command line and tests. */
export class ModelService implements ModelApi {
  readonly #options: ModelServiceOptions;
  readonly #samples = new SampleStore();
  #device: Promise<DeviceReport> | null = null;
  #onDevice: (report: DeviceReport) => void = () => undefined;
  #losses = 0;
  #left: ComputeDevice | null = null;
  #model: TrainedModel | null = null;
  #runtime: ModelRuntime | null = null;
  #checkpoint: TrainedModel | null = null;
  #control: RunControl | null = null;
  #sampling: AbortController | null = null;
  #transporting: AbortController | null = null;
  #generating = new AbortController();

  constructor(options: ModelServiceOptions) {
    this.#options = options;
  }

  init(
    prefer: DevicePreference,
    onDevice: (report: DeviceReport) => void = () => undefined,
  ): Promise<DeviceReport> {
    this.#onDevice = onDevice;
    return this.#select(prefer);
  }

  #select(prefer: DevicePreference): Promise<DeviceReport> {
    let own: ComputeDevice | null = null;
    const onLost = (): void => {
      if (own !== null && presentDevice() === own) void this.#replaceDevice();
    };
    this.#device = selectDevice(prefer, { ...this.#options, onLost }).then((report) => {
      own = presentDevice();
      if (this.#model !== null) this.#adopt(this.#model);
      return report;
    });
    return this.#device;
  }

  async speed(): Promise<number> {
    await this.#ready();
    const { speed = productSpeed } = this.#options;
    return speed(readyDevice());
  }

  async train(request: TrainRequest, onEvent: (event: TrainEvent) => void): Promise<ModelInfo> {
    const device = await this.#ready();
    if (this.#control !== null) throw busy();
    let at = 0;
    const emit = (event: TrainEvent): void => {
      if (event.type === 'progress') at = event.at;
      onEvent(moved(event));
    };
    const control = new RunControl((paused) =>
      emit(paused ? { type: 'paused', at } : { type: 'resumed' }),
    );
    this.#control = control;
    try {
      const context: TrainContext = {
        control,
        device: describeDevice(device),
        present: this.#model,
        renewDevice: () => this.#renewDevice(),
        onEvent: emit,
        onCheckpoint: (checkpoint) => (this.#checkpoint = checkpoint),
        // Previews have no handle: their decoder is not the one that will be kept.
        onPreview: (step, sample) =>
          emit({ type: 'preview', step, sample: { ...sample, sampleId: NO_SAMPLE } }),
      };
      const { openCounts = noDisk } = this.#options;
      const family = modelFamilies[request.settings.model];
      const model = await withOpenCounts(request, openCounts, (open) =>
        family.train(open, context),
      );
      return this.#adopt(model);
    } finally {
      this.#control = null;
      this.#checkpoint = null;
    }
  }

  pause(): Promise<void> {
    this.#control?.pause();
    return Promise.resolve();
  }

  resume(): Promise<void> {
    this.#control?.resume();
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#control?.stop();
    return Promise.resolve();
  }

  async save(): Promise<Uint8Array> {
    await this.#ready();
    return moved(writeModelFile(this.#checkpoint ?? this.#trained()));
  }

  async load(bytes: Uint8Array): Promise<ModelInfo> {
    await this.#ready();
    return this.#adopt(readModelFile(bytes), bytes.length);
  }

  verdict(): Promise<StoredVerdict | null> {
    return Promise.resolve(this.#trained().verdict ?? null);
  }

  keepVerdict(verdict: StoredVerdict): Promise<void> {
    if (this.#model?.info.id === verdict.model) this.#model = { ...this.#model, verdict };
    return Promise.resolve();
  }

  genes(): Promise<{
    readonly names: readonly string[];
    readonly index: Int32Array;
    readonly sourceNames: readonly string[] | null;
  }> {
    const { names, index, sourceNames } = this.#trained().genes;
    return Promise.resolve(moved({ names, index: index.slice(), sourceNames }));
  }

  async encode(counts: CsrMatrix): Promise<Float32Array> {
    await this.#ready();
    const { names } = this.#trained().genes;
    if (counts.cols !== names.length) {
      throw badRequest('The counts do not have the genes of the model.');
    }
    return moved(await this.#started().encode(counts));
  }

  cells(): Promise<{ readonly index: Int32Array; readonly heldOut: Uint8Array }> {
    const { index, heldOut } = this.#trained().cells;
    return Promise.resolve(moved({ index: index.slice(), heldOut: heldOut.slice() }));
  }

  async sample(request: SampleRequest): Promise<SampleResult> {
    await this.#ready();
    this.#sampling?.abort();
    const own = new AbortController();
    this.#sampling = own;
    try {
      const sample = await this.#started().sample(request, own.signal);
      const sampleId = this.#samples.add(copied({ ...sample, seed: request.seed }));
      return moved({ ...sample, sampleId });
    } finally {
      if (this.#sampling === own) this.#sampling = null;
    }
  }

  async generate(request: SampleRequest, withCounts: boolean): Promise<GeneratedRange> {
    await this.#ready();
    const { signal } = this.#generating;
    const runtime = this.#started();
    const sample = await runtime.sample(request, signal);
    const { latents, logLibrary, codes } = sample;
    const { seed, first = 0 } = request;
    const cells = { latents, logLibrary, seed, first, codes };
    const counts = withCounts ? await runtime.decode(cells, signal) : null;
    return moved({ ...sample, counts });
  }

  cancelGenerate(): Promise<void> {
    this.#generating.abort();
    this.#generating = new AbortController();
    return Promise.resolve();
  }

  async transport(
    request: TransportRequest,
    onEvent?: (event: TransportEvent) => void,
  ): Promise<TransportResult> {
    await this.#ready();
    this.#transporting?.abort();
    const own = new AbortController();
    this.#transporting = own;
    try {
      const cells = await this.#started().transport(request, own.signal, onEvent);
      // Without codes: offsets by category make up for what cells from noise lack, and carried cells are real ones.
      const sampleId = this.#samples.add(copied({ ...cells, codes: {}, seed: request.seed }));
      return moved({ ...cells, sampleId });
    } finally {
      if (this.#transporting === own) this.#transporting = null;
    }
  }

  async shares(latents: Float32Array): Promise<Float32Array> {
    await this.#ready();
    const shares = await this.#started().shares?.(latents);
    if (shares === undefined) throw badRequest('This kind of model has no expected counts.');
    return moved(shares);
  }

  async decode(sampleId: number, from?: number, to?: number): Promise<CsrMatrix> {
    const sample = this.#samples.get(sampleId);
    const cells = sample.logLibrary.length;
    if (from === undefined || to === undefined) {
      return moved(cellsOf(await this.#countsOf(sample), 0, cells));
    }
    if (!(from >= 0 && to <= cells && from <= to)) throw badRequest('No such cells.');
    if (sample.counts !== undefined) return moved(cellsOf(await sample.counts, from, to));
    await this.#ready();
    const dims = sample.latents.length / cells;
    const some = {
      latents: sample.latents.subarray(from * dims, to * dims),
      logLibrary: sample.logLibrary.subarray(from, to),
      seed: sample.seed,
      first: from,
      codes: eachOf(sample.codes, (own) => own.subarray(from, to)),
    };
    return moved(await this.#started().decode(some, null));
  }

  async gene(sampleId: number, name: string, scale: 'log' | 'counts'): Promise<Float32Array> {
    const { genes, info } = this.#trained();
    const column = genes.names.indexOf(name);
    if (column < 0) throw noGene(name);
    const counts = await this.#countsOf(this.#samples.get(sampleId));
    return moved(geneColumn(counts, column, scale, info.modalities));
  }

  async #countsOf(sample: StoredSample): Promise<CsrMatrix> {
    await this.#ready();
    const { latents, logLibrary, seed, codes } = sample;
    sample.counts ??= this.#started().decode({ latents, logLibrary, seed, codes, first: 0 }, null);
    return sample.counts;
  }

  /** Puts a model on the device in place of the present one. */
  #adopt(model: TrainedModel, bytes?: number): ModelInfo {
    const family = modelFamilies[model.info.model];
    const runtime = family.start(model);
    this.#runtime?.dispose();
    this.#runtime = runtime;
    this.#model = model;
    this.#samples.clear();
    return { ...model.info, bytes: bytes ?? modelFileSize(model) };
  }

  /** The GPU is gone: another one, or the CPU, takes its place with the model that was in use. Training goes on by itself. */
  #replaceDevice(): Promise<DeviceReport> {
    // One loss can be heard of twice: from the device, and from the training that failed on it.
    if (this.#left !== null && this.#left === presentDevice() && this.#device) return this.#device;
    this.#left = presentDevice();
    this.#sampling?.abort();
    this.#transporting?.abort();
    void this.cancelGenerate();
    this.#runtime = null;
    this.#losses++;
    const again = this.#select(this.#losses > MOST_LOSSES ? 'cpu' : 'auto');
    void again.then((report) => this.#onDevice(report)).catch(() => undefined);
    return again;
  }

  /** For a training whose device failed: waits for the next one; a device that failed without being lost is given up. */
  async #renewDevice(): Promise<void> {
    const failed = presentDevice();
    await new Promise((resolve) => setTimeout(resolve, LOSS_NOTICE_MS));
    if (presentDevice() === failed && failed?.kind === 'webgpu') await this.#replaceDevice();
    else await this.#device;
  }

  #ready(): Promise<DeviceReport> {
    return this.#device ?? this.init('auto');
  }

  #trained(): TrainedModel {
    if (this.#model === null) throw noModel();
    return this.#model;
  }

  #started(): ModelRuntime {
    if (this.#runtime === null) throw noModel();
    return this.#runtime;
  }
}

/** Copies of some of the cells. */
function cellsOf(counts: CsrMatrix, from: number, to: number): CsrMatrix {
  return selectRows(
    counts,
    Uint32Array.from({ length: to - from }, (_, i) => from + i),
  );
}

/** One gene over cells: counts, or log1p of counts per 10,000 of the genes; of another kind of feature 1 where it is there. */
export function geneColumn(
  counts: CsrMatrix,
  column: number,
  scale: 'log' | 'counts',
  modalities: readonly Modality[] = [],
): Float32Array {
  const { rows, indptr, indices, values } = counts;
  const run = runOf(modalities, column, counts.cols);
  const out = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    let own = 0;
    for (let k = indptr[r]; k < indptr[r + 1]; k++) {
      if (indices[k] >= run.from && indices[k] < run.to) sum += values[k];
      if (indices[k] === column) own = values[k];
    }
    if (scale === 'log' && !run.counted) out[r] = Math.min(1, own);
    else out[r] = scale === 'counts' ? own : Math.log1p(sum > 0 ? (own * 1e4) / sum : 0);
  }
  return out;
}

/** The kind of features that a column belongs to; all columns where there is only one. */
function runOf(modalities: readonly Modality[], column: number, cols: number) {
  let from = 0;
  for (const { features, likelihood } of modalities) {
    const to = from + features;
    if (column < to) return { from, to, counted: likelihood === 'negative-binomial' };
    from = to;
  }
  return { from: 0, to: cols, counted: true };
}

function describeDevice(device: DeviceReport): string {
  return device.threads > 1 ? `${device.name}, ${device.threads} threads` : device.name;
}

function noDisk(): Promise<OpenCounts> {
  return Promise.reject(badRequest('Counts on disk cannot be read here.'));
}

function noModel(): StudioError {
  return badRequest('There is no model yet. Train one, or open a model file.');
}

function badRequest(message: string): StudioError {
  return new StudioError('bad-request', 'This cannot be done now.', message);
}

function busy(): StudioError {
  return badRequest('A model is being trained. Stop it first, or wait until it is ready.');
}

function noGene(name: string): StudioError {
  return new StudioError(
    'no-gene',
    `${name} is not a gene of the model.`,
    'The model knows only the genes it was trained on. Choose one of them.',
    { gene: name },
  );
}
