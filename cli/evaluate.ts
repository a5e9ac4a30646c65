/** @file `cellsmith evaluate REAL CELLS`: how far any tool's cells are from real ones, beside a floor and trivial methods. */
import { nodeBackend } from '../src/data/h5-node.ts';
import { IoService } from '../src/data/io-service.ts';
import { Judgement } from '../src/evaluation/judge.ts';
import { selectColumns, type CsrMatrix } from '../src/numerics/csr.ts';
import { StudioError } from '../src/protocol/errors.ts';
import type { JudgeAttribute, Verdict } from '../src/protocol/judge.ts';
import {
  evaluateModalities,
  type ModalitiesReport,
  type ReadCells,
  type ReadModality,
} from './evaluate-modalities.ts';
import {
  evaluatePerturbation,
  perturbationOptions,
  type PerturbationReport,
} from './evaluate-perturbation.ts';
import { requireFile } from './file-and-device.ts';
import { readMarks } from './file-marks.ts';
import { judgeHelpers } from './judge-helpers.ts';
import { commandWords } from './command-words.ts';
import { requireColumn } from './columns.ts';
import { commonGenes, limitsOf } from './comparable.ts';
import { describeResult } from './describe-result.ts';
import { verdictLines, type JudgedFiles } from './verdict-lines.ts';
import { modalityOptions, readModalities } from './modality-options.ts';
import { UsageError, type Options, type OptionRules } from './options.ts';

/** Options of the command. */
export const evaluateRules: OptionRules = {
  values: [
    '--train',
    '--label',
    '--seed',
    '--max-cells',
    ...modalityOptions,
    ...perturbationOptions,
  ],
  switches: ['--paper-compat', '--cell-eval'],
};

/** What the command prints: the verdict, and how many genes were compared. */
export type EvaluateReport = Omit<Verdict, 'key' | 'complete'> & {
  readonly real: string;
  readonly generated: string;
  readonly train: string | null;
  readonly genesOnlyInReal: number;
  /** Genes in the file of cells that their model did not know; they are not compared. */
  readonly genesNotModelled: number;
};

const MOST_CELLS = 3000;

/** The result for a person: a verdict in words and columns, other reports as lists of facts. */
export function describeEvaluation(result: object): string {
  return 'checks' in result ? verdictLines(result as JudgedFiles) : describeResult(result);
}

/** Runs the command for one kind of features, for each and all of --modalities, or for the sets of a --perturbation column. Errors: those of opening, bad-attribute, bad-request. */
export async function runEvaluate(
  options: Options,
): Promise<EvaluateReport | ModalitiesReport<EvaluateReport> | PerturbationReport> {
  if (options.positional.length !== 2) throw new UsageError('Two files are needed: REAL CELLS.');
  if (perturbationOptions.some((name) => options.has(name))) return evaluatePerturbation(options);
  const [real, generated] = options.positional.map(requireFile);
  const wanted = readModalities(options);
  if (wanted === null) return evaluateGenes(options);
  const trainText = options.text('--train');
  const train = trainText === null ? null : requireFile(trainText);
  const seed = options.whole('--seed', 0) ?? 0;
  const mostCells = options.whole('--max-cells', 10) ?? MOST_CELLS;
  const request = { real, generated, train, wanted, seed, mostCells };
  return evaluateModalities(request, (modality) => judgeFiles(options, modality));
}

/** Genes alone, as the files are. Errors: those of runEvaluate. */
export async function evaluateGenes(options: Options): Promise<EvaluateReport> {
  const [realPath, cellsPath] = options.positional.map(requireFile);
  const trainText = options.text('--train');
  const real = await readCells(realPath);
  const cells = await readCells(cellsPath);
  const training = trainText === null ? null : await readCells(requireFile(trainText));
  return judgeFiles(options, { real, cells, training });
}

async function judgeFiles(
  options: Options,
  { real, cells, training }: Pick<ReadModality, 'real' | 'cells' | 'training'>,
): Promise<EvaluateReport> {
  const labels = (options.text('--label') ?? '').split(',').filter((name) => name !== '');
  const attributes = labels.map((name) => attributeOf(name, real, cells, training));
  const genes = commonGenes(real, cells, training);
  const pick = (file: ReadCells): CsrMatrix => {
    const at = new Map(file.genes.map((name, g) => [name, g]));
    return selectColumns(file.counts, genes.map((name) => at.get(name) ?? -1)); // prettier-ignore
  };
  const heldOut = pick(real);
  const empty: CsrMatrix = { ...heldOut, rows: 0, indptr: new Uint32Array(1), indices: new Uint32Array(0), values: new Float32Array(0) }; // prettier-ignore
  const most = options.whole('--max-cells', 10) ?? MOST_CELLS;
  const request = {
    key: '',
    heldOut,
    training: training ? pick(training) : empty,
    synthetic: pick(cells),
    attributes,
    seed: options.whole('--seed', 0) ?? 0,
    mostCells: most,
    mostTransport: most,
    stoppedEarly: false,
    foreign: cells.madeHere !== true,
    paperCompat: options.has('--paper-compat'),
  };
  let last = '';
  const judgement = new Judgement(
    request,
    ({ doing }) => {
      if (doing !== last) process.stderr.write(`${doing}\n`);
      last = doing;
    },
    null,
    judgeHelpers(),
  );
  const { key: _key, complete: _complete, notes, ...judged } = await judgement.run();
  const verdict = {
    ...judged,
    advice: judged.advice.map(commandWords),
    checks: judged.checks.map((check) => ({ ...check, advice: commandWords(check.advice) })),
  };
  return {
    real: real.path,
    generated: cells.path,
    train: training?.path ?? null,
    genesOnlyInReal: real.genes.length - genes.length,
    genesNotModelled: cells.notModelled ?? 0,
    ...verdict,
    notes: [...notes, ...limitsOf(genes.length, real, cells, labels)],
  };
}

async function readCells(path: string): Promise<ReadCells> {
  const io = new IoService(nodeBackend());
  try {
    const summary = await io.open({ path });
    if (summary.chosen === null) {
      throw new StudioError(
        'no-counts',
        `No counts in ${path}.`,
        `${summary.counts.map((c) => c.reason).join(' ')} Cells are compared by their counts: save raw ones in X, a layer or raw, for both files.`,
      );
    }
    const loaded = await io.load(summary.chosen);
    const counts = await io.counts();
    const { varNames: genes, categorical: columns, obsNames: cells } = loaded;
    const { modelled, madeHere } = await readMarks(path, genes.length);
    const of = modelled === null ? { counts, genes } : selectGenes(counts, genes, modelled);
    return { path, ...of, columns, cells, madeHere, notModelled: genes.length - of.genes.length };
  } finally {
    await io.close();
  }
}

function selectGenes(
  counts: CsrMatrix,
  genes: readonly string[],
  kept: Int32Array,
): Pick<ReadCells, 'counts' | 'genes'> {
  return { counts: selectColumns(counts, kept), genes: Array.from(kept, (g) => genes[g]) };
}

/** One column of all files over one list of categories; in cells without the column every value is missing. */
function attributeOf(
  name: string,
  real: ReadCells,
  cells: ReadCells,
  training: ReadCells | null,
): JudgeAttribute {
  for (const file of training ? [real, training] : [real]) {
    requireColumn('--label', file, name);
  }
  const files = [real, cells, ...(training ? [training] : [])];
  const categories = [...new Set(files.flatMap((file) => file.columns[name]?.categories ?? []))];
  const codes = (file: ReadCells | null): Int32Array => {
    const column = file?.columns[name];
    if (!file || !column) return new Int32Array(file?.counts.rows ?? 0).fill(-1);
    const table = column.categories.map((category) => categories.indexOf(category));
    return column.codes.map((code) => (code < 0 ? -1 : table[code]));
  };
  return {
    name,
    categories,
    heldOut: codes(real),
    synthetic: codes(cells),
    training: codes(training),
  };
}
