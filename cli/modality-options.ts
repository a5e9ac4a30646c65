/** @file The options --modalities and --likelihood, and the reading of a file by kinds of features. */
import type { IoService } from '../src/data/io-service.ts';
import { KIND_SEPARATOR, usualLikelihood } from '../src/data/modalities.ts';
import type {
  DiskTrainingData,
  FileSummary,
  Likelihood,
  LoadedData,
  SelectionRequest,
  TrainingData,
} from '../src/protocol/dataset.ts';
import { StudioError } from '../src/protocol/errors.ts';
import { requireCounts } from './file-and-device.ts';
import { UsageError, type Options } from './options.ts';

/** Options that say which kinds of features are read. */
export const modalityOptions: readonly string[] = ['--modalities', '--likelihood'];

/** One kind of features as it was asked for. */
export interface WantedModality {
  readonly name: string;
  readonly likelihood: Likelihood;
}

const LIKELIHOODS: Readonly<Record<string, Likelihood>> = {
  nb: 'negative-binomial',
  'negative-binomial': 'negative-binomial',
  bernoulli: 'bernoulli',
  poisson: 'poisson',
};

/** The names of --modalities; null when it is not given. */
export function readModalityNames(options: Options): readonly string[] | null {
  const names = options.text('--modalities')?.split(',') ?? null;
  if (names !== null && (names.some((name) => name === '') || new Set(names).size < names.length)) {
    throw new UsageError('--modalities takes different names with commas between them.');
  }
  return names;
}

/** The kinds of features that are asked for; null for genes alone. */
export function readModalities(options: Options): readonly WantedModality[] | null {
  const names = readModalityNames(options);
  const told = new Map<string, Likelihood>();
  for (const text of options.all('--likelihood')) {
    const [name, kind] = text.split('=');
    if (!Object.hasOwn(LIKELIHOODS, kind ?? '') || !(names ?? []).includes(name)) {
      throw new UsageError('--likelihood takes NAME=nb, NAME=bernoulli or NAME=poisson with a NAME of --modalities.'); // prettier-ignore
    }
    told.set(name, LIKELIHOODS[kind]);
  }
  if (names === null) return null;
  const wanted = names.map((name) => ({ name, likelihood: likelihoodOf(name, told) }));
  if (wanted.filter((w) => w.likelihood === 'negative-binomial').length > 1) {
    throw new UsageError('Only one of the modalities can be negative binomial.');
  }
  return wanted;
}

function likelihoodOf(name: string, told: ReadonlyMap<string, Likelihood>): Likelihood {
  const likelihood = told.get(name) ?? usualLikelihood(name);
  if (likelihood !== null) return likelihood;
  throw new UsageError(`What ${name} is cannot be told from its name. Add --likelihood ${name}=nb, =bernoulli or =poisson.`); // prettier-ignore
}

/** What training needs of a file with several kinds of features. */
export interface ReadModalities {
  readonly data: TrainingData | DiskTrainingData;
  readonly loaded: LoadedData;
  readonly notes: readonly string[];
}

/** Reads and joins kinds of features; the training's counts go to disk on request. Errors: bad-request (no such kind), those of opening and choosing. */
export async function readJoined(
  io: IoService,
  path: string,
  wanted: readonly WantedModality[],
  { selection, onDisk }: { readonly selection: SelectionRequest; readonly onDisk: boolean },
): Promise<ReadModalities> {
  const names = wanted.map(({ name }) => name);
  const summary = await openModalities(io, path, names);
  const open = (summary.kinds ?? []).filter((kind) => kind.open);
  const own = (k: number): string => open[k]?.name ?? names[k];
  const likelihoods = Object.fromEntries(wanted.map(({ likelihood }, k) => [own(k), likelihood]));
  const loaded = await io.load(requireCounts(summary));
  const notes = summary.warnings.filter((text) => text.includes('all kinds of features'));
  for (const [k, { name, likelihood }] of wanted.entries()) {
    if (likelihood !== 'bernoulli') continue;
    const { values } = await io.counts(undefined, own(k));
    if (values.every((value) => value <= 1)) continue;
    notes.push(`The values of ${name} were counts; they are reduced to 0 and 1 (there or not). Use --likelihood ${name}=poisson to keep them.`); // prettier-ignore
  }
  const request = { ...selection, likelihoods };
  const data = await (onDisk ? io.selectOnDisk(request) : io.select(request));
  const modalities = data.modalities?.map((kind, k) => ({ ...kind, name: names[k] }));
  return { data: { ...data, ...(modalities ? { modalities } : {}) }, loaded, notes };
}

/**
 * Opens kinds of features: parts of the file by their names or by what they hold (rna is also "Gene Expression", atac "Peaks"), features of
 * one type, or, when one kind alone is asked for, a file that holds no more. Error: bad-request.
 */
export async function openModalities(
  io: IoService,
  path: string,
  names: readonly string[],
): Promise<FileSummary> {
  const summary = await io.open({ path }, undefined, names.join(KIND_SEPARATOR));
  const [name] = names;
  const kinds = summary.kinds ?? [];
  const open = kinds.filter((kind) => kind.open);
  const usual = usualLikelihood(name);
  const only =
    summary.part === name ||
    (open.length === 1 && (open[0].name === name || usualLikelihood(open[0].name) === usual)) ||
    (summary.parts.length === 0 && kinds.length < 2);
  if (names.length > 1 || only) return summary;
  const own = (kinds.length > 0 ? kinds : summary.parts).map((kind) => kind.name).join(', ');
  throw new StudioError('bad-request', `${path} has no modality ${name}.`, `It has: ${own}.`, {
    modality: name,
  });
}
