/** @file `cellsmith sample MODEL`: generates cells and writes them as .h5ad. */
import { nodeBackend } from '../src/data/h5-node.ts';
import { asCategorical, openH5ad } from '../src/data/h5ad-file.ts';
import { IoService } from '../src/data/io-service.ts';
import { StudioError } from '../src/protocol/errors.ts';
import type {
  GuidanceTerm,
  LibrarySetting,
  ModelInfo,
  SampleRequest,
  SolverSettings,
} from '../src/protocol/model.ts';
import { generateCells, several, writeRanges } from '../src/tasks/generate.ts';
import { startNodeService } from '../src/tasks/node-service.ts';
import { deviceOption, readModelBytes, requireFile } from './file-and-device.ts';
import { requireAttribute, requireCategory } from '../src/tasks/transport.ts';
import { UsageError, type Options, type OptionRules } from './options.ts';
import { writeWhole } from './whole-file.ts';

/** Options of the command. */
export const sampleRules: OptionRules = {
  values: [
    '--cells',
    '--like',
    '--set',
    '--weights',
    '--seed',
    '--out',
    '--library',
    '--solver',
    '--device',
  ],
  switches: [],
};

/** What the command prints. */
export interface SampleReport {
  readonly out: string;
  readonly cells: number;
  readonly genes: number;
  readonly counts: number;
  readonly extrapolated: boolean;
  readonly milliseconds: number;
  readonly evaluations: number;
}

/** From here on cells are generated and written range by range, so that memory never holds them all. */
const manyCells = 20_000;

function tell(cells: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${cells} cells written`);
}

/** Runs the command. Errors: bad-model, bad-request, not-h5ad, file-damaged, export-failed. */
export async function runSample(options: Options): Promise<SampleReport> {
  const path = requireFile(options.single('model file'));
  const out = options.required('--out');
  const cells = options.whole('--cells', 1);
  const like = options.text('--like');
  if ((cells === null) === (like === null)) {
    throw new UsageError('Either --cells or --like is needed.');
  }
  const { service } = await startNodeService(deviceOption(options));
  const info = await service.load(readModelBytes(path));
  if (several(info) && !out.endsWith('.h5mu')) {
    throw new UsageError('The model knows several kinds of features; --out must end with .h5mu.');
  }
  const codes = like === null ? null : await readLike(requireFile(like), info);
  const request: SampleRequest = {
    cells: codes === null ? (cells ?? 0) : codes.cells,
    seed: options.whole('--seed', 0) ?? 0,
    guidance: readGuidance(options, info),
    library: readLibrary(options.text('--library') ?? 'chosen'),
    solver: readSolver(options.text('--solver') ?? 'rk4:20'),
    frames: 0,
    ...(codes === null ? {} : { codes: codes.codes }),
  };
  const io = new IoService(nodeBackend());
  if (request.cells >= manyCells) {
    const { file, milliseconds, ...written } = await writeRanges(service, info, request, io, tell);
    await writeWhole(out, file);
    await io.cancelWrite();
    if (process.stderr.isTTY) process.stderr.write('\n');
    return { out, ...written, milliseconds: Math.round(milliseconds) };
  }
  const { sample, write } = await generateCells(service, info, request);
  await writeWhole(out, await io.write(write));
  return {
    out,
    cells: sample.cells,
    genes: write.allGenes ? write.geneNames.length : info.nGenes,
    counts: write.counts.values.reduce((a, b) => a + b, 0),
    extrapolated: sample.extrapolated,
    milliseconds: Math.round(sample.milliseconds),
    evaluations: sample.evaluations,
  };
}

/** The model's attributes of every cell of a file; its counts are not looked at. A missing value is left open. */
async function readLike(
  path: string,
  info: ModelInfo,
): Promise<{ cells: number; codes: Record<string, Int32Array> }> {
  const file = await openH5ad(await nodeBackend(), { path });
  try {
    const codes: Record<string, Int32Array> = {};
    for (const { name, categories } of info.attributes) {
      const column = file.obs.columns.get(name);
      const own = column === undefined ? null : asCategorical(column);
      if (own === null) {
        throw new StudioError(
          'bad-attribute',
          `obs['${name}'] is missing.`,
          `The model is steered by ${name}, but ${path} has no such column of categories.`,
          { attribute: name },
        );
      }
      const translate = own.categories.map((category) => categories.indexOf(category));
      codes[name] = own.codes.map((code) =>
        code < 0 ? -1 : known(name, own.categories, translate, code),
      );
    }
    return { cells: file.obs.index.length, codes };
  } finally {
    file.h5.close();
  }
}

function known(
  attribute: string,
  categories: readonly string[],
  translate: readonly number[],
  code: number,
): number {
  if (translate[code] >= 0) return translate[code];
  throw new StudioError(
    'bad-request',
    `The model does not know ${attribute} ${categories[code]}.`,
    'It was not among the training cells. Leave such cells out, or train with them.',
    { attribute, value: categories[code] },
  );
}

/** --set a=VALUE[:WEIGHT] fixes a value; --weights a=1,b=2 sets weights alone. */
function readGuidance(options: Options, info: ModelInfo): GuidanceTerm[] {
  const terms = new Map<string, GuidanceTerm>();
  for (const text of options.all('--set')) {
    const [attribute, rest] = splitPair('--set', text);
    const colon = rest.lastIndexOf(':');
    const own = info.attributes[requireAttribute(info, attribute)];
    const whole = colon < 0 || own.categories.includes(rest);
    const value = whole ? rest : rest.slice(0, colon);
    requireCategory(own, value);
    const weight = whole ? 1 : readWeight('--set', rest.slice(colon + 1));
    terms.set(attribute, { attribute, value, weight });
  }
  for (const text of options.all('--weights').flatMap((list) => list.split(','))) {
    const [attribute, weight] = splitPair('--weights', text);
    requireAttribute(info, attribute);
    const value = terms.get(attribute)?.value ?? null;
    terms.set(attribute, { attribute, value, weight: readWeight('--weights', weight) });
  }
  return [...terms.values()];
}

function splitPair(option: string, text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new UsageError(`${option} takes NAME=…, not "${text}".`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function readWeight(option: string, text: string): number {
  const weight = Number(text);
  if (text === '' || !(weight >= 0 && weight <= 20)) {
    throw new UsageError(`${option} takes a weight between 0 and 20, not "${text}".`);
  }
  return weight;
}

function readLibrary(text: string): LibrarySetting {
  if (text === 'chosen' || text === 'all') return { mode: text };
  const value = Number(text);
  if (!(value >= 1)) throw new UsageError('--library takes chosen, all or a number of counts.');
  return { mode: 'fixed', value };
}

function readSolver(text: string): SolverSettings {
  const [method, effort] = text.split(':');
  const number = Number(effort);
  if (method === 'dopri5' && number > 0) return { method, tolerance: number };
  const known = method === 'rk4' || method === 'heun' || method === 'ab3';
  if (known && Number.isInteger(number) && number >= 1) {
    return { method, steps: number };
  }
  throw new UsageError('--solver takes rk4:STEPS, heun:STEPS, ab3:STEPS or dopri5:TOLERANCE.');
}
