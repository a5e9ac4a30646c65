/** @file `cellsmith train FILE`: reads counts, trains a model, writes the model file. */
import { nodeBackend, openNodeCountsAgain } from '../src/data/h5-node.ts';
import { IoService } from '../src/data/io-service.ts';
import type { DiskTrainingData, SelectionRequest, TrainingData } from '../src/protocol/dataset.ts';
import type { ModelId, ModelInfo, ModelSize, TrainSettings } from '../src/protocol/model.ts';
import type { ScreenSettings } from '../src/protocol/perturb.ts';
import { startNodeService } from '../src/tasks/node-service.ts';
import { deviceOption, readModelBytes, requireCounts, requireFile } from './file-and-device.ts';
import {
  modalityOptions,
  readJoined,
  readModalities,
  type WantedModality,
} from './modality-options.ts';
import { UsageError, type Options, type OptionRules } from './options.ts';
import { onInterrupt } from './interrupt.ts';
import { ProgressLine } from './progress-line.ts';
import {
  clearScreen,
  readScreenOptions,
  screenOptions,
  withScreenColumns,
} from './screen-options.ts';
import { groupsIn, readHeldOut, readSplit, splitOptions } from './split-option.ts';
import { writeWhole } from './whole-file.ts';

/** Options of the command. */
export const trainRules: OptionRules = {
  values: [
    '--attributes',
    '--out',
    '--genes',
    '--min-cells',
    '--model',
    '--size',
    '--minutes',
    '--from',
    '--seed',
    '--device',
    ...splitOptions,
    '--epochs',
    '--steps',
    ...modalityOptions,
    ...screenOptions,
  ],
  switches: ['--faithful', '--counts-on-disk'],
};

/** What the command prints: the model's description and where it was written. */
export type TrainReport = ModelInfo & { readonly out: string; readonly notes?: readonly string[] };

/** Runs the command. Errors: those of opening, selecting and training. */
export async function runTrain(options: Options): Promise<TrainReport> {
  const path = requireFile(options.single('file'));
  const out = options.required('--out');
  const selection = readSelection(options);
  const asked = readSettings(options, selection.attributes);
  const by = asked.split?.by ?? null;
  const onDisk = options.has('--counts-on-disk');
  const modalities = readModalities(options);
  if (modalities !== null && asked.model !== 'cfgen') {
    throw new UsageError('--modalities belongs to --model cfgen.');
  }
  const read = await (modalities === null
    ? readData(path, selection, { by, onDisk, screen: asked.screen, options })
    : readParts(path, modalities, { selection, onDisk }, by));
  const { data, splitGroups, sourceShape, sourceGenes, drop, notes = [], screen } = read;
  const settings = screen === undefined ? asked : { ...asked, screen };
  for (const note of notes) process.stderr.write(`${note}\n`);
  const { service } = await startNodeService(deviceOption(options), openNodeCountsAgain);
  const from = options.text('--from');
  if (from !== null) await service.load(readModelBytes(from));
  const line = new ProgressLine();
  const release = stopOnInterrupt(() => void service.stop());
  const info = await service
    .train(
      {
        data,
        settings,
        sourceShape,
        sourceGenes,
        previewCells: 0,
        ...(splitGroups ? { splitGroups } : {}),
      },
      (event) => line.show(event),
    )
    .finally(release)
    .finally(drop);
  line.end();
  await writeWhole(out, await service.save());
  return { ...info, out, ...(notes.length > 0 ? { notes } : {}) };
}

/** Ctrl-C ends the training and keeps the best model so far; a second one ends the program. */
function stopOnInterrupt(stop: () => void): () => void {
  const release = onInterrupt(() => {
    release();
    process.stderr.write('\nStopping; the best model so far is kept. Ctrl-C again ends at once.\n');
    stop();
  });
  return release;
}

interface ReadData {
  readonly data: TrainingData | DiskTrainingData;
  readonly sourceShape: readonly [number, number];
  readonly sourceGenes: readonly string[];
  readonly splitGroups: Int32Array | undefined;
  /** Deletes the copy on disk, if there is one. */
  readonly drop: () => Promise<void>;
  readonly notes?: readonly string[];
  /** The screen as its column's values show it. */
  readonly screen?: ScreenSettings | undefined;
}

async function readParts(
  path: string,
  modalities: readonly WantedModality[],
  how: { readonly selection: SelectionRequest; readonly onDisk: boolean },
  by: string | null,
): Promise<ReadData> {
  const io = new IoService(nodeBackend());
  try {
    const { data, loaded, notes } = await readJoined(io, path, modalities, how);
    const splitGroups = groupsIn({ path, columns: loaded.categorical }, by, data.cellIndex);
    const sourceShape = [loaded.nObs, loaded.varNames.length] as const;
    const sourceGenes = loaded.varNames;
    return { data, splitGroups, sourceShape, sourceGenes, drop: dropOf(io, data), notes };
  } finally {
    await io.close();
  }
}

/** Deletes the counts of a training that are on disk. */
function dropOf(io: IoService, { counts }: TrainingData | DiskTrainingData): () => Promise<void> {
  return async () => {
    if (!('indptr' in counts)) await io.dropFromDisk(counts);
  };
}

/** Genes that are held in memory while all are copied to disk; the fewer, the less memory. */
const heldGenes = 100;

/** Counts that do not fit into memory, or are not wanted there, go to a file of the temporary folder. */
async function readData(
  path: string,
  asked: SelectionRequest,
  how: {
    readonly by: string | null;
    readonly onDisk: boolean;
    readonly screen: ScreenSettings | undefined;
    readonly options: Options;
  },
): Promise<ReadData> {
  const io = new IoService(nodeBackend());
  try {
    const summary = await io.open({ path });
    const where = requireCounts(summary);
    const { estimate } = summary;
    const { selection, screen, notes } =
      how.screen === undefined
        ? { selection: asked, screen: how.screen, notes: [] }
        : clearScreen(how.screen, asked, summary.obs, how.options);
    const { by } = how;
    const onDisk = how.onDisk || (estimate !== null && estimate.bytes > estimate.allowed);
    const loaded = await io.load(where, undefined, onDisk ? { genes: heldGenes } : {});
    const data = await (onDisk ? io.selectOnDisk(selection) : io.select(selection));
    const splitGroups = groupsIn({ path, columns: loaded.categorical }, by, data.cellIndex);
    const sourceShape = [loaded.nObs, loaded.fileGenes] as const;
    const sourceGenes = ('fileGenes' in data ? data.fileGenes : null) ?? loaded.varNames;
    return { data, splitGroups, sourceShape, sourceGenes, drop: dropOf(io, data), notes, screen };
  } finally {
    await io.close();
  }
}

function readSettings(options: Options, attributes: readonly string[]): TrainSettings {
  const model = readModel(options.text('--model') ?? 'cfgen');
  const size = readSize(options.text('--size'));
  const minutes = options.whole('--minutes', 1);
  const goOn = options.text('--from') !== null;
  const screen = readScreenOptions(options);
  if ((model === 'scdfm') !== (screen !== null)) {
    throw new UsageError('--model scdfm and --perturbation COLUMN belong together.');
  }
  if (model !== 'scldm' && (size !== null || minutes !== null || goOn)) {
    throw new UsageError('--size, --minutes and --from belong to --model scldm.');
  }
  return {
    model,
    ...(size === null ? {} : { size }),
    ...(minutes === null ? {} : { minutes }),
    ...(goOn ? { goOn } : {}),
    recipe: options.has('--faithful') ? 'faithful' : 'recommended',
    seed: options.whole('--seed', 0) ?? 0,
    maxEpochs: options.whole('--epochs', 1),
    flowSteps: options.whole('--steps', 1),
    heldOut: readHeldOut(options),
    split: readSplit(options, attributes),
    ...(screen === null ? {} : { screen }),
  };
}

function readModel(text: string): ModelId {
  if (text === 'cfgen' || text === 'scldm' || text === 'scdfm') return text;
  throw new UsageError(`There is no model "${text}"; there are cfgen, scldm and scdfm.`);
}

function readSize(text: string | null): ModelSize | null {
  if (text === null || text === 'S' || text === 'M' || text === 'G') return text;
  throw new UsageError('--size takes S, M or G.');
}

function readSelection(options: Options): SelectionRequest {
  const named = (options.text('--attributes') ?? '').split(',').filter((name) => name !== '');
  const attributes = withScreenColumns(named, readScreenOptions(options));
  return {
    attributes,
    countsMin: null,
    countsMax: null,
    genesMin: null,
    genesMax: null,
    mitoMax: null,
    minCells: options.whole('--min-cells', 0) ?? 3,
    genes: readGenes(options.text('--genes') ?? 'all'),
    leftOut: {},
    keepUnlabelled: attributes,
  };
}

function readGenes(text: string): SelectionRequest['genes'] {
  if (text === 'all') return 'all';
  const hvg = /^hvg:(\d+)$/.exec(text);
  if (hvg === null || Number(hvg[1]) < 1) {
    throw new UsageError('--genes takes "all" or "hvg:" and a number.');
  }
  return { hvg: Number(hvg[1]) };
}
