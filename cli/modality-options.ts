/** @file The options --modalities and --likelihood, and the reading of a file by kinds of features. */
import { nodeBackend } from '../src/data/h5-node.ts';
import { IoService } from '../src/data/io-service.ts';
import { joinModalities, usualLikelihood, type ModalityPart } from '../src/data/modalities.ts';
import type {
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
  readonly data: TrainingData;
  /** The first kind, as it was loaded. */
  readonly loaded: LoadedData;
  readonly sourceNames: readonly string[];
  readonly notes: readonly string[];
}

/** Reads and joins kinds of features. Errors: bad-request (no such kind), those of loading, choosing and joining. */
export async function readJoined(
  path: string,
  wanted: readonly WantedModality[],
  selection: SelectionRequest,
): Promise<ReadModalities> {
  const parts: ModalityPart[] = [];
  let firstLoaded: LoadedData | null = null;
  for (const { name, likelihood } of wanted) {
    const io = new IoService(nodeBackend());
    try {
      const summary = await openModality(io, path, name, wanted.length);
      const loaded = await io.load(requireCounts(summary));
      const data = await io.select(ownSelection(selection, firstLoaded === null, likelihood));
      firstLoaded ??= loaded;
      const { obsNames, varNames } = loaded;
      parts.push({ name, likelihood, data, obsNames, varNames });
    } finally {
      await io.close();
    }
  }
  return { ...joinModalities(parts), loaded: firstLoaded as LoadedData };
}

/** Opens one kind of features; a file that holds one kind alone may be called as one likes. Error: bad-request. */
export async function openModality(
  io: IoService,
  path: string,
  name: string,
  asked: number,
): Promise<FileSummary> {
  const summary = await io.open({ path }, undefined, name);
  if (summary.part === name || (summary.parts.length === 0 && asked === 1)) return summary;
  const own = summary.parts.map((part) => part.name).join(', ');
  throw new StudioError(
    'bad-request',
    `${path} has no modality ${name}.`,
    own === '' ? 'It holds one kind of features.' : `It has: ${own}.`,
    { modality: name },
  );
}

/** Attributes come from the first kind of features; variable ones are chosen among genes alone. */
function ownSelection(
  selection: SelectionRequest,
  first: boolean,
  likelihood: Likelihood,
): SelectionRequest {
  const attributes = first ? selection.attributes : [];
  const genes = likelihood === 'negative-binomial' ? selection.genes : 'all';
  return { ...selection, attributes, keepUnlabelled: attributes, genes };
}
