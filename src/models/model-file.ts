/**
 * @file The model file (`*.cellsmith`): a zip of `manifest.json` (checked), `source-genes.json` and `verdict.json` (if known) and `weights.safetensors`.
 *
 * The page and the command line read and write the same file. Arrays are float32; positions are int32.
 */
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import type { NamedArray } from '../engine/named-array.ts';
import { readSafetensors, writeSafetensors, type StoredTensor } from '../numerics/safetensors.ts';
import { StudioError } from '../protocol/errors.ts';
import { blocksOf } from './decoding/blocks.ts';
import { formatOf, NewerFormatError, parseManifest, type Manifest } from './model-manifest.ts';
import { readVerdict, writeVerdict } from './stored-verdict.ts';
import type { TrainedModel } from './trained-model.ts';
import { checkUnzipped } from './zip-check.ts';

const MANIFEST = 'manifest.json';
const WEIGHTS = 'weights.safetensors';
const SOURCE_GENES = 'source-genes.json';
const VERDICT = 'verdict.json';

/** Prefixes of the arrays in the weights file. */
const AUTOENCODER = 'autoencoder/';
const FLOW = 'flow/';
const CALIBRATION = 'calibration/';

/** Writes a model as file bytes. Nothing is compressed: weights do not shrink, and storing them is fast. */
export function writeModelFile(model: TrainedModel): Uint8Array {
  const { info, genes, cells, body, verdict } = model;
  const { library } = body;
  const calibration = ('calibration' in body ? body.calibration : undefined) ?? [];
  const has = {
    tables: calibration.length > 0 || inComponents(body.autoencoder),
    controlMeans: body.autoencoder.some(({ name }) => name === 'control_means'),
  };
  const manifest: Omit<Manifest, 'family'> = {
    format: formatOf(info, library, has),
    info: { ...info, combinations: undefined } as unknown as Manifest['info'],
    genes: [...genes.names],
    architecture: structuredClone(body.architecture) as Manifest['architecture'],
    combinations: body.combinations.map((c) => [...c.codes, c.cells]),
    library: structuredClone(library) as Manifest['library'],
  };
  const tensors: Record<string, Pick<StoredTensor, 'shape' | 'data'>> = {
    'genes/index': { shape: [genes.index.length], data: genes.index },
    'cells/index': { shape: [cells.index.length], data: cells.index },
    'cells/held_out': { shape: [cells.heldOut.length], data: cells.heldOut },
    'whitening/mean': { shape: [body.whitening.mean.length], data: body.whitening.mean },
    'whitening/sd': { shape: [body.whitening.sd.length], data: body.whitening.sd },
  };
  for (const [prefix, arrays] of [
    [AUTOENCODER, body.autoencoder],
    [FLOW, body.flow],
    [CALIBRATION, calibration],
  ] as const) {
    for (const a of arrays) tensors[prefix + a.name] = { shape: a.shape, data: a.values };
  }
  const files = {
    [MANIFEST]: strToU8(JSON.stringify(manifest, null, 1)),
    ...(genes.sourceNames === null
      ? {}
      : { [SOURCE_GENES]: strToU8(JSON.stringify(genes.sourceNames)) }),
    ...(verdict === undefined ? {} : { [VERDICT]: strToU8(writeVerdict(verdict)) }),
    [WEIGHTS]: writeSafetensors(tensors),
  };
  // A fixed date: equal models give equal bytes.
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) });
}

/** Whether the flow works in components of the autoencoder's latents, or counts are drawn with offsets by context: such arrays lie among its own. */
function inComponents(autoencoder: readonly NamedArray[]): boolean {
  return autoencoder.some(
    ({ name }) => name.startsWith('components.') || name === 'context_offset',
  );
}

/** Size in bytes of a model's file. */
export function modelFileSize(model: TrainedModel): number {
  return writeModelFile(model).length;
}

/** Reads a model from file bytes. Error: bad-model. */
export function readModelFile(bytes: Uint8Array): TrainedModel {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof NewerFormatError) throw newerModel(error.message);
    throw badModel(error instanceof Error ? error.message : String(error));
  }
}

function read(bytes: Uint8Array): TrainedModel {
  const files = unzipSync(bytes);
  checkUnzipped(bytes, files);
  const manifest = parseManifest(strFromU8(required(files, MANIFEST)));
  const { tensors } = readSafetensors(required(files, WEIGHTS).slice());
  const sourceNames =
    SOURCE_GENES in files ? (JSON.parse(strFromU8(files[SOURCE_GENES])) as string[]) : null;
  const verdict =
    VERDICT in files ? readVerdict(strFromU8(files[VERDICT]), manifest.info.id) : null;
  const combinations = manifest.combinations.map((row) => ({
    codes: row.slice(0, -1),
    cells: row[row.length - 1],
  }));
  const { info, architecture } = manifest;
  const index = int32(tensors, 'genes/index');
  if (manifest.genes.length !== architecture.genes || index.length !== architecture.genes) {
    throw new RangeError('the genes do not fit the network');
  }
  return {
    info: { ...info, combinations: tabulate(info, combinations) },
    genes: { names: manifest.genes, index, sourceNames },
    cells: {
      index: int32(tensors, 'cells/index'),
      heldOut: Uint8Array.from(required(tensors, 'cells/held_out').data),
    },
    body: {
      ...bodyOf(manifest, arraysOf(tensors, CALIBRATION)),
      recipe: info.recipe,
      attributes: info.attributes,
      combinations,
      whitening: {
        mean: float32(tensors, 'whitening/mean'),
        sd: float32(tensors, 'whitening/sd'),
      },
      library: manifest['library'],
      autoencoder: arraysOf(tensors, AUTOENCODER),
      flow: arraysOf(tensors, FLOW),
    },
    ...(verdict === null ? {} : { verdict }),
  };
}

/** What only one kind of model has. */
function bodyOf(manifest: Manifest, calibration: readonly NamedArray[]) {
  const { family, architecture, info } = manifest;
  if (family === 'cfgen') {
    blocksOf(architecture);
    checkCalibration(calibration, architecture);
    return { family, architecture, ...(calibration.length > 0 ? { calibration } : {}) };
  }
  if (family === 'scdfm') {
    if (info.screen === undefined) throw new RangeError('the screen is missing');
    return { family, architecture, screen: info.screen };
  }
  checkCalibration(calibration, architecture);
  const offsets = calibration.length > 0 ? { calibration } : {};
  return { family, architecture, size: info.size ?? 'S', ...offsets };
}

/** Throws where offsets by category do not fit the model's attributes and genes. */
function checkCalibration(
  calibration: readonly NamedArray[],
  { categories, genes }: { readonly categories: readonly number[]; readonly genes: number },
): void {
  for (const { name, values } of calibration) {
    if (values.length !== categories[Number(name)] * genes) {
      throw new RangeError('the offsets do not fit the categories');
    }
  }
}

function tabulate(
  info: Manifest['info'],
  combinations: readonly { codes: readonly number[]; cells: number }[],
): number[] | null {
  const sizes = info.attributes.map((a) => a.categories.length);
  const total = sizes.reduce((a, b) => a * b, 1);
  if (total > 100_000) return null;
  const table = new Array<number>(total).fill(0);
  for (const { codes, cells } of combinations) {
    if (codes.includes(-1)) continue;
    table[codes.reduce((at, code, a) => at * sizes[a] + code, 0)] = cells;
  }
  return table;
}

function required<T>(record: Readonly<Record<string, T>>, name: string): T {
  if (!(name in record)) throw new RangeError(`${name} is missing`);
  return record[name];
}

function int32(tensors: Readonly<Record<string, StoredTensor>>, name: string): Int32Array {
  return Int32Array.from(required(tensors, name).data);
}

function float32(tensors: Readonly<Record<string, StoredTensor>>, name: string): Float32Array {
  return Float32Array.from(required(tensors, name).data);
}

function arraysOf(tensors: Readonly<Record<string, StoredTensor>>, prefix: string): NamedArray[] {
  return Object.entries(tensors)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, tensor]) => ({
      name: name.slice(prefix.length),
      shape: tensor.shape,
      values: Float32Array.from(tensor.data),
    }));
}

/** The error for bytes that are no model of ours. */
export function badModel(cause: string): StudioError {
  return new StudioError(
    'bad-model',
    'This is not a model file that Cellsmith can read.',
    'It may be damaged. Save the model again where it was trained, and open that file.',
    { cause },
  );
}

function newerModel(cause: string): StudioError {
  return new StudioError(
    'bad-model',
    'This model was saved by a newer version of Cellsmith.',
    'Reload the page to get the newest version (or update the command line), and open the file again.',
    { cause },
  );
}
