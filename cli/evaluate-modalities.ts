/** @file `cellsmith evaluate … --modalities a,b`: genes judged as ever, peaks in a space of their own, and what ties them. */
import { nodeBackend } from '../src/data/h5-node.ts';
import { IoService } from '../src/data/io-service.ts';
import { binarise } from '../src/data/modalities.ts';
import { openCells } from '../src/data/open-file.ts';
import { compareLinks, parsePlace } from '../src/evaluation/gene-peak-links.ts';
import { judgePeaks } from '../src/evaluation/peaks.ts';
import { selectColumns, selectRows, type CsrMatrix } from '../src/numerics/csr.ts';
import type { CategoryColumn } from '../src/protocol/dataset.ts';
import { StudioError } from '../src/protocol/errors.ts';
import type { LinkVerdict, PeakVerdict } from '../src/protocol/peaks.ts';
import { readMarks } from './file-marks.ts';
import { requireCounts } from './file-and-device.ts';
import { openModalities, type WantedModality } from './modality-options.ts';

/** Cells of one file as they are compared. */
export interface ReadCells {
  readonly path: string;
  readonly counts: CsrMatrix;
  readonly genes: readonly string[];
  readonly columns: Readonly<Record<string, CategoryColumn>>;
  readonly cells: readonly string[];
  /** Genes that were left out, as the file says that its model did not know them. */
  readonly notModelled?: number;
  /** This program made the cells, says their file. */
  readonly madeHere?: boolean;
}

/** One kind of features of the real, the generated and, if known, the training cells, over the features that all have. */
export interface ReadModality {
  readonly wanted: WantedModality;
  readonly real: ReadCells;
  readonly cells: ReadCells;
  readonly training: ReadCells | null;
}

/** What is said of each kind of features, and of both together. */
export interface ModalitiesReport<GeneVerdict> {
  readonly real: string;
  readonly generated: string;
  readonly train: string | null;
  readonly modalities: Readonly<Record<string, GeneVerdict | PeakVerdict>>;
  /** Correlation of genes with near peaks; null when there are no genes and peaks with known places. */
  readonly together: LinkVerdict | null;
}

/** Files and settings of a comparison. */
export interface ModalitiesRequest {
  readonly real: string;
  readonly generated: string;
  readonly train: string | null;
  readonly wanted: readonly WantedModality[];
  readonly seed: number;
  readonly mostCells: number;
}

/** Compares files by kinds of features. @param judgeGenes the comparison by genes. Errors: those of opening and judging. */
export async function evaluateModalities<GeneVerdict>(
  request: ModalitiesRequest,
  judgeGenes: (modality: ReadModality) => Promise<GeneVerdict>,
): Promise<ModalitiesReport<GeneVerdict>> {
  const { real, generated, train, wanted, seed, mostCells } = request;
  const { madeHere } = await readMarks(generated, 0);
  const read: ReadModality[] = [];
  for (const own of wanted) {
    const open = (path: string): Promise<ReadCells> => readModality(path, own);
    read.push({
      wanted: own,
      real: await open(real),
      cells: { ...(await open(generated)), madeHere },
      training: train === null ? null : await open(train),
    });
  }
  const modalities: Record<string, GeneVerdict | PeakVerdict> = {};
  for (const modality of read) {
    const { name } = modality.wanted;
    process.stderr.write(`Comparing ${name}\n`);
    modalities[name] = isGenes(modality)
      ? await judgeGenes(modality)
      : await judgePeaks({ ...commonPeaks(modality), seed, mostCells });
  }
  return { real, generated, train, modalities, together: await linksOf(read, real, seed) };
}

function isGenes({ wanted }: ReadModality): boolean {
  return wanted.likelihood === 'negative-binomial';
}

async function readModality(
  path: string,
  { name, likelihood }: WantedModality,
): Promise<ReadCells> {
  const io = new IoService(nodeBackend());
  try {
    const loaded = await io.load(requireCounts(await openModalities(io, path, [name])));
    const counts = await io.counts();
    return {
      path,
      counts: likelihood === 'negative-binomial' ? counts : binarise(counts),
      genes: loaded.varNames,
      columns: loaded.categorical,
      cells: loaded.obsNames,
    };
  } finally {
    await io.close();
  }
}

/** Features that all files have, in the order of the first, and how to take them. */
function commonFeatures({ real, cells, training }: ReadModality): {
  readonly names: readonly string[];
  readonly pick: (file: ReadCells) => CsrMatrix;
} {
  const others = [cells, ...(training ? [training] : [])].map(({ genes }) => new Set(genes));
  const names = real.genes.filter((name) => others.every((own) => own.has(name)));
  if (names.length === 0) {
    throw new StudioError(
      'no-gene',
      'The files have no feature in common.',
      'Features are matched by name. Compare cells of the same genes and peaks.',
    );
  }
  const pick = (file: ReadCells): CsrMatrix => {
    const at = new Map(file.genes.map((name, g) => [name, g]));
    return selectColumns(file.counts, names.map((name) => at.get(name) ?? -1)); // prettier-ignore
  };
  return { names, pick };
}

/** Peaks of all sets over the common ones; cells without any are left out, they have no place. */
function commonPeaks(modality: ReadModality): {
  readonly heldOut: CsrMatrix;
  readonly synthetic: CsrMatrix;
  readonly training: CsrMatrix | null;
} {
  const { pick } = commonFeatures(modality);
  const filled = (file: ReadCells): CsrMatrix => {
    const counts = pick(file);
    const rows = Int32Array.from({ length: counts.rows }, (_, r) => r);
    return selectRows(counts, rows.filter((r) => counts.indptr[r + 1] > counts.indptr[r])); // prettier-ignore
  };
  const { real, cells, training } = modality;
  return {
    heldOut: filled(real),
    synthetic: filled(cells),
    training: training === null ? null : filled(training),
  };
}

/** Genes with near peaks, when there is a kind of each. */
async function linksOf(
  read: readonly ReadModality[],
  real: string,
  seed: number,
): Promise<LinkVerdict | null> {
  const genes = read.find(isGenes);
  const peaks = read.find((modality) => !isGenes(modality));
  if (genes === undefined || peaks === undefined) return null;
  const [byGenes, byPeaks] = [commonFeatures(genes), commonFeatures(peaks)];
  const both = (a: ReadCells, b: ReadCells) => {
    const at = new Map(b.cells.map((name, row) => [name, row]));
    const rows = a.cells.flatMap((name, row) => (at.has(name) ? [row] : []));
    const others = rows.map((row) => at.get(a.cells[row]) ?? 0);
    return {
      genes: selectRows(byGenes.pick(a), rows),
      peaks: selectRows(byPeaks.pick(b), others),
    };
  };
  const places = await placesIn(real, genes.wanted.name, byGenes.names);
  return compareLinks({
    heldOut: both(genes.real, peaks.real),
    synthetic: both(genes.cells, peaks.cells),
    training: genes.training && peaks.training ? both(genes.training, peaks.training) : null,
    geneNames: byGenes.names,
    peakNames: byPeaks.names,
    genePlaces: places,
    peakPlaces: byPeaks.names.map(parsePlace),
    seed,
  });
}

/** Places of genes as var['interval'] of the real file tells them; null where it does not. */
async function placesIn(path: string, part: string, names: readonly string[]) {
  const file = await openCells(await nodeBackend(), { path }, part);
  try {
    const column = file.var.columns.get('interval');
    const texts = column?.kind === 'text' ? column.values : [];
    const at = new Map(file.var.index.map((name, g) => [name, texts[g] ?? null]));
    return names.map((name) => parsePlace(at.get(name) ?? ''));
  } finally {
    file.close();
  }
}
