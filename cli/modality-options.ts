/** @file The options --modalities and --likelihood, and the reading of a file by kinds of features. */
import { nodeBackend } from '../src/data/h5-node.ts';
import { IoService } from '../src/data/io-service.ts';
import { openCells } from '../src/data/open-file.ts';
import { selectColumns, selectRows } from '../src/numerics/csr.ts';
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
  const names = new Map<string, string>();
  let firstLoaded: LoadedData | null = null;
  for (const { name, likelihood } of wanted) {
    const io = new IoService(nodeBackend());
    try {
      const { summary, columns, own } = await openModality(io, path, name, wanted.length);
      const same = names.get(own);
      if (same !== undefined) throw sameModality(name, same);
      names.set(own, name);
      const loaded = await io.load(requireCounts(summary));
      if (columns !== null && selection.genes !== 'all') throw variableAmongTypes();
      const all = await io.select(ownSelection(selection, firstLoaded === null, likelihood));
      const data = takeColumns(all, columns);
      firstLoaded ??= loaded;
      const { obsNames, varNames } = loaded;
      parts.push({ name, likelihood, data, obsNames, varNames });
    } finally {
      await io.close();
    }
  }
  return { ...joinModalities(parts), loaded: firstLoaded as LoadedData };
}

/** One kind of features, opened. */
export interface OpenModality {
  readonly summary: FileSummary;
  /** Its name in the file. */
  readonly own: string;
  /** Its columns among all of the file, where var['feature_types'] tells kinds apart; null when all are its own. */
  readonly columns: Int32Array | null;
}

/**
 * Opens one kind of features: a part of the file by its name or by what it holds (rna is also "Gene Expression", atac "Peaks"), features of
 * one type, or, when one kind alone is asked for, a file that holds no more. Error: bad-request.
 */
export async function openModality(
  io: IoService,
  path: string,
  name: string,
  asked: number,
): Promise<OpenModality> {
  const summary = await io.open({ path }, undefined, name);
  const parts = summary.parts.map((part) => part.name);
  if (summary.part === name) return { summary, own: name, columns: null };
  const alike = alikeOf(parts, name);
  if (alike !== null) {
    return { summary: await io.open({ path }, undefined, alike), own: alike, columns: null };
  }
  const types = parts.length > 0 ? [] : await featureTypes(path);
  const kinds = [...new Set(types)];
  const kind = kinds.includes(name) ? name : alikeOf(kinds, name);
  if (kind !== null && kinds.length > 1) {
    const every = Int32Array.from(types.keys());
    return { summary, own: kind, columns: every.filter((feature) => types[feature] === kind) };
  }
  if (parts.length === 0 && asked === 1) return { summary, own: name, columns: null };
  const own = (parts.length > 0 ? parts : kinds).join(', ');
  throw new StudioError(
    'bad-request',
    `${path} has no modality ${name}.`,
    own === '' ? 'It holds one kind of features.' : `It has: ${own}.`,
    { modality: name },
  );
}

/** The only one of some names that usually holds the same, or null. */
function alikeOf(names: readonly string[], name: string): string | null {
  const kind = usualLikelihood(name);
  const alike = names.filter((own) => kind !== null && usualLikelihood(own) === kind);
  return alike.length === 1 ? alike[0] : null;
}

/** Type of every feature as var tells it; empty when it does not. */
async function featureTypes(path: string): Promise<readonly string[]> {
  const file = await openCells(await nodeBackend(), { path });
  try {
    const column = file.var.columns.get('feature_types') ?? file.var.columns.get('feature_type');
    if (column?.kind === 'text') return column.values.map(String);
    if (column?.kind !== 'categorical') return [];
    return Array.from(column.codes, (code) => column.categories[code] ?? '');
  } finally {
    file.close();
  }
}

/** What is left of a choice when only some of the file's features are taken; cells without any are left out. */
function takeColumns(data: TrainingData, columns: Int32Array | null): TrainingData {
  if (columns === null) return data;
  const wanted = new Set(columns);
  const kept = Int32Array.from(data.geneIndex.keys()).filter((g) => wanted.has(data.geneIndex[g]));
  const counts = selectColumns(data.counts, kept);
  const every = Int32Array.from({ length: counts.rows }, (_, row) => row);
  const rows = every.filter((row) => counts.indptr[row + 1] > counts.indptr[row]);
  return {
    ...data,
    counts: selectRows(counts, rows),
    geneNames: Array.from(kept, (g) => data.geneNames[g]),
    geneIndex: data.geneIndex.filter((gene) => wanted.has(gene)),
    cellIndex: Int32Array.from(rows, (row) => data.cellIndex[row]),
    attributes: data.attributes.map((own) => ({
      ...own,
      codes: Int32Array.from(rows, (row) => own.codes[row]),
    })),
  };
}

function sameModality(name: string, other: string): StudioError {
  return new StudioError(
    'bad-request',
    `${name} is the same as ${other}.`,
    'Both names stand for one kind of features of this file. Name each kind once.',
    { modality: name },
  );
}

function variableAmongTypes(): UsageError {
  return new UsageError('--genes hvg needs the kinds of features as parts of the file (h5mu).');
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
