/** @file Several kinds of features of the same cells become one matrix to train on: cells matched by name, columns side by side. */
import { joinColumns } from '../numerics/csr-join.ts';
import { csrNnz, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import type { AttributeData, Likelihood, TrainingData } from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import { formatCount } from './file-errors.ts';
import { fewestCells } from './select.ts';

/** One kind of features with its chosen cells. */
export interface ModalityPart {
  readonly name: string;
  readonly likelihood: Likelihood;
  readonly data: TrainingData;
  /** Names of all cells and features of its source, in order. */
  readonly obsNames: readonly string[];
  readonly varNames: readonly string[];
}

/** What is trained on, and what was done to the values. */
export interface JoinedModalities {
  /** Cells and attributes are those of the first part; positions of features count on from part to part. */
  readonly data: TrainingData;
  readonly sourceNames: readonly string[];
  /** Sentences for a person. */
  readonly notes: readonly string[];
}

/** The usual likelihood of a kind of features by its name, or null when the name says nothing. */
export function usualLikelihood(name: string): Likelihood | null {
  if (/rna|gex|gene|expression/i.test(name)) return 'negative-binomial';
  return /atac|peak|chromatin|access/i.test(name) ? 'bernoulli' : null;
}

/** Joins kinds of features on the cells that all of them have. Errors: too-few-cells, bad-request, bad-attribute. */
export function joinModalities(parts: readonly ModalityPart[]): JoinedModalities {
  const rows = commonRows(parts);
  const notes: string[] = [];
  const [first] = parts;
  const cells = rows[0].length;
  const most = Math.max(...parts.map((part) => part.data.cellIndex.length));
  if (cells < most) {
    notes.push(`${formatCount(cells)} of ${formatCount(most)} cells have all kinds of features; only they are used.`); // prettier-ignore
  }
  const matrices = parts.map((part, k) => {
    const own = selectRows(part.data.counts, rows[k]);
    if (part.likelihood !== 'bernoulli' || isBinary(own)) return own;
    notes.push(`The values of ${part.name} were counts; they are reduced to 0 and 1 (there or not). Use --likelihood ${part.name}=poisson to keep them.`); // prettier-ignore
    return binarise(own);
  });
  const places = Int32Array.from({ length: cells }, (_, r) => r);
  const starts = parts.map((_, k) =>
    parts.slice(0, k).reduce((sum, part) => sum + part.varNames.length, 0),
  );
  const data: TrainingData = {
    fileName: first.data.fileName,
    counts: joinColumns(matrices, matrices.map(() => places), cells), // prettier-ignore
    geneNames: parts.flatMap((part) => part.data.geneNames),
    geneIndex: Int32Array.from(
      parts.flatMap((part, k) => Array.from(part.data.geneIndex, (g) => starts[k] + g)),
    ),
    cellIndex: Int32Array.from(rows[0], (row) => first.data.cellIndex[row]),
    attributes: first.data.attributes.map((attribute) => pickAttribute(attribute, rows[0])),
    modalities: parts.map(({ name, likelihood, data: own }) => ({
      name,
      features: own.counts.cols,
      likelihood,
    })),
  };
  return { data, sourceNames: parts.flatMap((part) => part.varNames), notes };
}

/** Rows of every part's data that hold the same cells, in the order of the first. Errors: bad-request, too-few-cells. */
function commonRows(parts: readonly ModalityPart[]): Int32Array[] {
  const maps = parts.map(({ name, data, obsNames }) => {
    const own = new Map(Array.from(data.cellIndex, (cell, row) => [obsNames[cell], row]));
    if (own.size === data.cellIndex.length) return own;
    throw new StudioError(
      'bad-request',
      `Cells of ${name} have the same name.`,
      'Cells of different kinds of features are matched by their names, so these must differ. Make them unique in the file.',
      { modality: name },
    );
  });
  const common = [...maps[0].keys()].filter((cell) => maps.every((map) => map.has(cell)));
  if (common.length < fewestCells) {
    const names = parts.map((part) => part.name).join(' and ');
    throw new StudioError(
      'too-few-cells',
      common.length === 0
        ? `${names} have no cell in common.`
        : `${names} have only ${common.length} cells in common.`,
      'A joint model needs both kinds of features of the same cells, under the same names. Name the cells alike, or train on one of them.',
      { cells: common.length },
    );
  }
  return maps.map((map) => Int32Array.from(common, (cell) => map.get(cell) ?? -1));
}

/** Some rows of an attribute; categories without cells are dropped. Error: bad-attribute. */
function pickAttribute(
  { name, categories, codes }: AttributeData,
  rows: Int32Array,
): AttributeData {
  const own = Int32Array.from(rows, (row) => codes[row]);
  const used = categories.map((_, code) => own.includes(code));
  const place = categories.map((_, code) => used.slice(0, code).filter(Boolean).length);
  const left = categories.filter((_, code) => used[code]);
  if (left.length === 0) {
    throw new StudioError(
      'bad-attribute',
      `No cell with all kinds of features has a value of ${name}.`,
      'An attribute needs cells that are labelled. Do not use this attribute.',
      { attribute: name },
    );
  }
  return { name, categories: left, codes: own.map((code) => (code < 0 ? -1 : place[code])) };
}

function isBinary(counts: CsrMatrix): boolean {
  return counts.values.subarray(0, csrNnz(counts)).every((value) => value === 0 || value === 1);
}

/** Every count above 0 as 1. */
export function binarise(counts: CsrMatrix): CsrMatrix {
  return { ...counts, values: counts.values.map((value) => (value > 0 ? 1 : 0)) };
}
