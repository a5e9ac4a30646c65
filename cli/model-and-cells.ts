/** @file What the commands share that take a model and a file of real cells: both are opened, genes matched, categories translated. */
import { nodeBackend } from '../src/data/h5-node.ts';
import { IoService } from '../src/data/io-service.ts';
import type { CsrMatrix } from '../src/numerics/csr.ts';
import type { ModelApi } from '../src/protocol/api.ts';
import type { LoadedData, WriteColumn } from '../src/protocol/dataset.ts';
import type { ModelInfo, SolverSettings } from '../src/protocol/model.ts';
import { matchGenes } from '../src/tasks/encode.ts';
import { requireGenesAlone } from '../src/tasks/genes-alone.ts';
import { startNodeService } from '../src/tasks/node-service.ts';
import {
  labelCells,
  plainCarry,
  type CarrySettings,
  type LabelledCells,
} from '../src/tasks/transport.ts';
import { deviceOption, readModelBytes, requireCounts, requireFile } from './file-and-device.ts';
import { UsageError, type Options } from './options.ts';

/** A started model and a file's counts in its genes. */
export interface ModelAndCounts {
  readonly service: ModelApi;
  readonly info: ModelInfo;
  readonly genes: readonly string[];
  readonly loaded: LoadedData;
  readonly counts: CsrMatrix;
  /** Genes of the model that the file lacks; they count as 0. */
  readonly missingGenes: number;
  readonly missing: readonly string[];
}

/** The same with each cell's values of the model's attributes. */
export interface ModelAndCells extends ModelAndCounts {
  readonly cells: LabelledCells;
}

/** Opens MODEL FILE, whose cells must have the model's attributes. Errors: bad-attribute, bad-request, and those of openModelAndCounts. */
export async function openModelAndCells(options: Options): Promise<ModelAndCells> {
  const opened = await openModelAndCounts(options);
  const { info, counts, loaded } = opened;
  return { ...opened, cells: labelCells(info, counts, loaded.categorical) };
}

/** Opens MODEL FILE. @param needed least share of the model's genes that the file must have. Errors: bad-model, no-gene, and those of opening. */
export async function openModelAndCounts(
  options: Options,
  needed?: number,
): Promise<ModelAndCounts> {
  if (options.positional.length !== 2) throw new UsageError('A model file and a file are needed.');
  const [model, path] = options.positional.map(requireFile);
  const { service } = await startNodeService(deviceOption(options));
  const info = await service.load(readModelBytes(model));
  requireGenesAlone(info);
  const { names } = await service.genes();
  return { service, info, genes: names, ...(await readCounts(path, names, needed)) };
}

/** Another file's counts in the genes of a model that is open already. Errors: no-gene, and those of opening. */
export async function openReference(opened: ModelAndCounts, path: string): Promise<ModelAndCounts> {
  return { ...opened, ...(await readCounts(requireFile(path), opened.genes)) };
}

async function readCounts(path: string, names: readonly string[], needed?: number) {
  const io = new IoService(nodeBackend());
  try {
    const loaded = await io.load(requireCounts(await io.open({ path })));
    const { counts, missing } = matchGenes(await io.counts(), loaded.varNames, names, needed);
    return { loaded, counts, missing, missingGenes: missing.length };
  } finally {
    await io.close();
  }
}

/** All columns of the file's cells, or of some of them. */
export function columnsOf(
  { categorical, numeric }: LoadedData,
  rows: Int32Array | null = null,
): Record<string, WriteColumn> {
  const words = Object.entries(categorical).map(
    ([name, { categories, codes }]): [string, WriteColumn] => [
      name,
      { kind: 'categorical', categories, codes: rows === null ? codes : rows.map((i) => codes[i]) },
    ],
  );
  const numbers = Object.entries(numeric).map(([name, values]): [string, WriteColumn] => [
    name,
    { kind: 'number', values: rows === null ? values : Float32Array.from(rows, (i) => values[i]) },
  ]);
  return Object.fromEntries([...words, ...numbers]);
}

export { modelProvenance } from '../src/tasks/cells-file.ts';

/** Options of `readCarry`. */
export const carryOptions = ['--weights', '--weights-to-noise', '--library', '--solver', '--seed'];

/** Weights, solver, library and seed of a transport. */
export function readCarry(options: Options): CarrySettings {
  const { library: plain } = plainCarry;
  const library = options.text('--library') ?? plain;
  if (library !== 'kept' && library !== 'carried') {
    throw new UsageError(`--library takes kept or carried, not "${library}".`);
  }
  return {
    weightsToNoise: readWeights('--weights-to-noise', options),
    weightsToCells: readWeights('--weights', options),
    library,
    solver: readSolver(options.text('--solver')),
    seed: options.whole('--seed', 0) ?? plainCarry.seed,
  };
}

/** `a=1,b=2` as weights by attribute. */
export function readWeights(option: string, options: Options): Record<string, number> {
  const weights: Record<string, number> = {};
  for (const text of options.all(option).flatMap((list) => list.split(','))) {
    const [name, value] = splitPair(option, text);
    const weight = Number(value);
    if (value === '' || !(weight >= 0 && weight <= 20)) {
      throw new UsageError(`${option} takes weights between 0 and 20, not "${value}".`);
    }
    weights[name] = weight;
  }
  return weights;
}

/** NAME=VALUE as two strings; the name ends at the first equals sign. */
export function splitPair(option: string, text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new UsageError(`${option} takes NAME=VALUE, not "${text}".`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** The --solver option; ten steps of rk4 when left out. */
export function readSolver(text: string | null): SolverSettings {
  if (text === null) return plainCarry.solver;
  const [method, effort] = text.split(':');
  const number = Number(effort);
  if (method === 'dopri5' && number > 0) return { method, tolerance: number };
  const known = method === 'rk4' || method === 'heun' || method === 'ab3';
  if (known && Number.isInteger(number) && number >= 1) return { method, steps: number };
  throw new UsageError('--solver takes rk4:STEPS, heun:STEPS, ab3:STEPS or dopri5:TOLERANCE.');
}
